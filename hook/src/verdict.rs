//! What a deployment is told in the end.

use serde::Serialize;

use crate::report::Status;

/// What CodeDeploy is told, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The answer itself.
    pub status: Status,
    /// Checks that passed.
    pub passed: usize,
    /// Checks that did not.
    pub failed: usize,
    /// The task definition revision that had to answer, if it is known.
    pub expected_identity: Option<String>,
    /// What proves that it did answer, if anything does.
    pub identity_by: Option<IdentityBy>,
    /// Why it failed.
    pub reason: Option<String>,
}

/// What proves that the candidate answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityBy {
    /// The header of every answer.
    Header,
    /// The test listener's rules, for one answer at least.
    Listener,
    /// Nothing, as the team has decided.
    Off,
}

impl Verdict {
    /// No check was run, or none to its end.
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self {
            status: Status::Failed,
            passed: 0,
            failed: 0,
            expected_identity: None,
            identity_by: None,
            reason: Some(reason.into()),
        }
    }
}
