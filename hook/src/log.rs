//! The lines on stdout. They are a contract: the release CLI shows them, and people search for them.
//!
//! One JSON object a line; keys in this order, always all of them; what is not known is `null`. Keys may be added.
//!
//! One line a check, printed as it ends:
//!
//! ```json
//! {"greenlight": "check", "deployment_id": "d-ABCDEF123", "method": "GET", "path": "/one", "passed": false,
//!  "attempts": 9, "duration_ms": 12, "elapsed_ms": 30105, "status": 500, "identity": "api:7",
//!  "expected_identity": "api:7", "reason": "answered 500, expected 200"}
//! ```
//!
//! `status`, `identity` and `duration_ms` (what `max_ms` limits) are the last attempt's; `elapsed_ms` is from the
//! first attempt's start to the last one's end. `status` is `null` when nothing was answered, `identity` when the
//! answer did not say or was not asked (`IDENTITY` is `listener` or `off`), `expected_identity` when `IDENTITY` is
//! `off`, `reason` when the check passed.
//!
//! One line for the verdict, after CodeDeploy was told:
//!
//! ```json
//! {"greenlight": "verdict", "deployment_id": "d-ABCDEF123", "status": "Failed", "passed": 2, "failed": 1,
//!  "expected_identity": "api:7", "identity_by": null, "duration_ms": 30211, "reported": true, "put_attempts": 1, "put_error": null,
//!  "reason": "1 of 3 checks failed: GET /one: answered 500, expected 200"}
//! ```
//!
//! `identity_by` is what proves that the candidate answered: `header` when each answer said so, `listener` when the test
//! listener proves it for one answer at least, `off` when the team has turned the proof off, `null` when `status` is
//! `Failed` for another reason than that. `passed` and `failed` are both 0 when no check was run; where `failed` is 0 and
//! `status` is `Failed`, `reason` says what else was wrong. `reported` is false when CodeDeploy
//! did not accept the verdict; then `put_error` says why, and the invocation ends with an error.
//!
//! One line for an event that cannot be read, after which the invocation ends with an error:
//!
//! ```json
//! {"greenlight": "error", "reason": "the event is not a CodeDeploy lifecycle event: missing field `DeploymentId`"}
//! ```
//!
//! One line for an event that only keeps the function awake:
//!
//! ```json
//! {"greenlight": "wake"}
//! ```
//!
//! No line holds a body, or what a header says, but for the identity's and an answer's `content-encoding`; of a body, at
//! most the one value that was compared.

use std::io::Write;

use serde::Serialize;

use crate::checks::Outcome;
use crate::config::Check;
use crate::report::Status;
use crate::retry::CallError;
use crate::verdict::{IdentityBy, Verdict};

/// Takes one line.
pub type Sink = Box<dyn Fn(&str) + Send + Sync>;

/// Lines to stdout, which Lambda sends to the function's log group.
#[must_use]
pub fn stdout() -> Sink {
    // Not println!, which panics when nobody reads: a lost line must not cost the verdict.
    Box::new(|line| drop(writeln!(std::io::stdout().lock(), "{line}")))
}

#[derive(Serialize)]
#[serde(tag = "greenlight", rename_all = "lowercase")]
enum Line<'a> {
    Check {
        deployment_id: &'a str,
        method: &'a str,
        path: &'a str,
        passed: bool,
        attempts: u32,
        duration_ms: u128,
        elapsed_ms: u128,
        status: Option<u16>,
        identity: Option<&'a str>,
        expected_identity: Option<&'a str>,
        reason: Option<&'a str>,
    },
    Verdict {
        deployment_id: &'a str,
        status: Status,
        passed: usize,
        failed: usize,
        expected_identity: Option<&'a str>,
        identity_by: Option<IdentityBy>,
        duration_ms: u128,
        reported: bool,
        put_attempts: u32,
        put_error: Option<String>,
        reason: Option<&'a str>,
    },
    Error {
        reason: &'a str,
    },
    Wake,
}

impl Line<'_> {
    fn print(&self, sink: &Sink) {
        // There is nothing in a line that could fail to become JSON; if there were, silence is better than a panic.
        if let Ok(line) = serde_json::to_string(self) {
            sink(&line);
        }
    }
}

/// One check has ended.
pub fn check(sink: &Sink, deployment_id: &str, check: &Check, outcome: &Outcome, expected_identity: Option<&str>) {
    Line::Check {
        deployment_id,
        method: &check.method,
        path: &check.path,
        passed: outcome.failure.is_none(),
        attempts: outcome.attempts,
        duration_ms: outcome.duration.as_millis(),
        elapsed_ms: outcome.elapsed.as_millis(),
        status: outcome.status,
        identity: outcome.identity.as_deref(),
        expected_identity,
        reason: outcome.failure.as_deref(),
    }
    .print(sink);
}

/// CodeDeploy was told, or would not be.
pub fn verdict(
    sink: &Sink,
    deployment_id: &str,
    verdict: &Verdict,
    duration: std::time::Duration,
    put_attempts: u32,
    put: &Result<(), CallError>,
) {
    Line::Verdict {
        deployment_id,
        status: verdict.status,
        passed: verdict.passed,
        failed: verdict.failed,
        expected_identity: verdict.expected_identity.as_deref(),
        identity_by: verdict.identity_by,
        duration_ms: duration.as_millis(),
        reported: put.is_ok(),
        put_attempts,
        put_error: put.as_ref().err().map(ToString::to_string),
        reason: verdict.reason.as_deref(),
    }
    .print(sink);
}

/// The event could not be read.
pub fn error(sink: &Sink, reason: &str) {
    Line::Error { reason }.print(sink);
}

/// The function was only to be kept awake.
pub fn wake(sink: &Sink) {
    Line::Wake.print(sink);
}
