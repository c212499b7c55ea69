//! Judging one answer: pure, and the only place that says what "good" is.

use std::time::Duration;

use serde_json::Value;

use crate::appspec;
use crate::config::Check;
use crate::subset;

/// As much of a body as is ever kept: what a check needs to read is small, and the function's memory is too.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// What came back from one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// What the identity header says, if the answer had one. Several values are separated by commas.
    pub identity: Option<String>,
    /// What `content-encoding` says, if the answer had one.
    pub encoding: Option<String>,
    /// What followed.
    pub body: Body,
}

/// An answer's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// More than [`BODY_LIMIT`]; the rest was not read.
    TooLarge,
    /// The connection ended before the body did, and why.
    BrokenOff(String),
}

/// Who has to have answered: the header, the value it must have, and whether it must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected<'a> {
    /// Name of the response header.
    pub header: &'a str,
    /// `family:revision` of the task definition being deployed.
    pub identity: &'a str,
    /// An answer without the header is wrong. Otherwise it is for the caller to find out who gave it.
    pub required: bool,
}

/// Whether an answer, `took` after it was asked for, passes its check; if not, everything that is wrong with it.
///
/// Status and identity are reported together: a load balancer's own 503 carries no identity, and a wrong identity
/// explains a wrong status. The body is looked at only once both are right, and the time only once the body is too.
pub fn judge(check: &Check, expected: Option<Expected>, answer: &Answer, took: Duration) -> Result<(), String> {
    let mut problems = Vec::new();
    if answer.status != check.status {
        let note = if (300..400).contains(&answer.status) { " (redirects are not followed)" } else { "" };
        problems.push(format!("answered {}{note}, expected {}", answer.status, check.status));
    }
    problems.extend(expected.and_then(|expected| wrong_identity(expected, answer.identity.as_deref())));
    if !problems.is_empty() {
        return Err(problems.join("; "));
    }

    if let Body::BrokenOff(error) = &answer.body {
        return Err(format!("the body broke off: {error}"));
    }
    if let Some(expected) = &check.json {
        body_contains(expected, answer)?;
    }
    match check.max_ms {
        Some(most) if took > Duration::from_millis(most) => {
            Err(format!("took {} ms, max_ms is {most}", took.as_millis()))
        }
        _ => Ok(()),
    }
}

fn wrong_identity(expected: Expected, got: Option<&str>) -> Option<String> {
    let Expected { header, identity, required } = expected;
    match got {
        Some(got) if got == identity => None,
        Some("") => Some(format!("{header} is empty, expected {identity:?}")),
        Some(got) if got.contains(',') => {
            Some(format!("{header} is {got:?}, expected {identity:?} alone: the answer names several versions"))
        }
        Some(got) if !appspec::is_identity(got) => {
            Some(format!("{header} is {got:?}, expected {identity:?}: that is no family:revision"))
        }
        Some(got) => Some(format!("{header} is {got:?}, expected {identity:?}: another version answered")),
        None => required.then(|| {
            format!(
                "{header} is absent, expected {identity:?} (hook.identity in the settings, IDENTITY here, is header)"
            )
        }),
    }
}

fn body_contains(expected: &Value, answer: &Answer) -> Result<(), String> {
    let Body::Whole(bytes) = &answer.body else {
        return Err(format!("the body is larger than {BODY_LIMIT} bytes, too large to compare with json"));
    };
    // RFC 8259 lets a reader pass over the mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let encoding = answer.encoding.as_deref().unwrap_or_default().to_lowercase();
    match bytes {
        [] => return Err("the body is empty, expected JSON".to_owned()),
        _ if !["", "identity"].contains(&encoding.as_str()) => {
            return Err(format!(
                "the body has content-encoding {encoding}, which the hook does not decode: json needs an answer that \
                 heeds accept-encoding: identity"
            ));
        }
        [0x1f, 0x8b, ..] => return Err("the body is gzip, without a content-encoding that says so".to_owned()),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err("the body is UTF-16, expected JSON in UTF-8".to_owned()),
        _ => {}
    }
    let got: Value = serde_json::from_slice(bytes).map_err(|error| format!("the body is not valid JSON: {error}"))?;
    subset::mismatch(expected, &got).map_or(Ok(()), |mismatch| Err(format!("json {mismatch}")))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use serde_json::json;

    use super::*;

    const GREEN: Expected = Expected { header: "x-task-definition", identity: "api:7", required: true };

    fn check() -> Check {
        Check {
            method: "GET".into(),
            path: "/one".into(),
            headers: HeaderMap::new(),
            status: 200,
            json: None,
            max_ms: None,
        }
    }

    fn answer(body: &str) -> Answer {
        Answer { status: 200, identity: Some("api:7".into()), encoding: None, body: Body::Whole(body.into()) }
    }

    fn reason(check: &Check, answer: &Answer) -> String {
        judge(check, Some(GREEN), answer, Duration::from_millis(10)).unwrap_err()
    }

    #[test]
    fn a_good_answer_passes() {
        let check = Check { json: Some(json!({"key": "green"})), max_ms: Some(10), ..check() };

        let verdict = judge(&check, Some(GREEN), &answer(r#"{"key": "green"}"#), Duration::from_millis(10));

        assert_eq!(verdict, Ok(()));
    }

    #[test]
    fn status_and_identity_are_reported_together() {
        let unavailable = Answer { status: 503, identity: None, ..answer("") };

        let reason = reason(&check(), &unavailable);

        assert_eq!(
            reason,
            "answered 503, expected 200; x-task-definition is absent, expected \"api:7\" (hook.identity in the settings, \
             IDENTITY here, is header)"
        );
    }

    #[test]
    fn another_version_is_named() {
        let blue = Answer { identity: Some("api:6".into()), ..answer("") };

        let reason = reason(&check(), &blue);

        assert_eq!(reason, r#"x-task-definition is "api:6", expected "api:7": another version answered"#);
    }

    #[test]
    fn an_absent_identity_is_wrong_only_where_it_is_required() {
        let unnamed = Answer { identity: None, ..answer("") };
        let either = Expected { required: false, ..GREEN };

        assert!(reason(&check(), &unnamed).starts_with(r#"x-task-definition is absent, expected "api:7""#));
        assert_eq!(judge(&check(), Some(either), &unnamed, Duration::ZERO), Ok(()));
        let blue = Answer { identity: Some("api:6".into()), ..answer("") };
        assert!(judge(&check(), Some(either), &blue, Duration::ZERO).is_err());
    }

    #[test]
    fn an_identity_must_match_to_the_letter() {
        for almost in ["api:70", "API:7", " api:7", "api:7, api:7", ""] {
            let answer = Answer { identity: Some(almost.into()), ..answer("") };
            assert!(judge(&check(), Some(GREEN), &answer, Duration::ZERO).is_err(), "{almost:?}");
        }
    }

    #[test]
    fn without_an_expected_identity_any_version_may_answer() {
        let blue = Answer { identity: Some("api:6".into()), ..answer("") };

        assert_eq!(judge(&check(), None, &blue, Duration::ZERO), Ok(()));
    }

    #[test]
    fn an_empty_body_is_not_json() {
        let check = Check { json: Some(json!({})), ..check() };

        assert_eq!(reason(&check, &answer("")), "the body is empty, expected JSON");
    }

    #[test]
    fn a_body_too_large_to_keep_matters_only_where_it_is_compared() {
        let large = Answer { body: Body::TooLarge, ..answer("") };

        assert_eq!(judge(&check(), Some(GREEN), &large, Duration::ZERO), Ok(()));
        assert!(reason(&Check { json: Some(json!({})), ..check() }, &large).contains("larger than 1048576 bytes"));
    }

    #[test]
    fn a_body_that_breaks_off_fails_even_where_it_is_not_compared() {
        let broken = Answer { body: Body::BrokenOff("reset".into()), ..answer("") };

        assert_eq!(reason(&check(), &broken), "the body broke off: reset");
    }

    #[test]
    fn an_answer_slower_than_its_limit_fails() {
        let check = Check { max_ms: Some(9), ..check() };

        assert_eq!(reason(&check, &answer("")), "took 10 ms, max_ms is 9");
    }
}
