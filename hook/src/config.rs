//! The environment variables, read once, as values or as everything that is wrong with them.
//!
//! | name | meaning | default |
//! |---|---|---|
//! | `ALB_URL` | base URL of the **test** listener, scheme and port included | required |
//! | `CHECKS` | JSON array of `{"path", "method", "headers", "status", "json", "max_ms"}`; only `path` is required | required |
//! | `IDENTITY` | how the candidate's identity is proven: `auto`, `header`, `listener` or `off` | `auto` |
//! | `IDENTITY_HEADER` | response header that must equal `family:revision` | `x-task-definition` |
//! | `REQUEST_TIMEOUT_MS` | limit of one attempt, connecting included | 2000 |
//! | `WARMUP_SECONDS` | how long a failing check is retried; 0 is one attempt | 30 |

mod check;
mod headers;

use std::str::FromStr;
use std::time::Duration;

use http::{HeaderName, Uri};
use serde_json::Value;

pub use check::Check;

/// Everything a team can decide about the hook.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Without a trailing slash, so that a check's path can simply be appended.
    pub base_url: String,
    /// Never empty.
    pub checks: Vec<Check>,
    /// How it is proven that the candidate is what answers.
    pub identity: Identity,
    /// The response header that says who answered, in lower case.
    pub identity_header: String,
    /// Limit of one attempt, connecting included.
    pub request_timeout: Duration,
    /// How long after the first attempt a failing check is tried again.
    pub warmup: Duration,
}

/// How it is proven that the candidate is what answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// By the header where an answer has one, by the test listener's rules where it has none.
    Auto,
    /// By the header, which each answer must have.
    Header,
    /// By the test listener's rules, whatever the answers say.
    Listener,
    /// Not at all.
    Off,
}

impl Config {
    /// Read the configuration through `lookup`, so that only `main` knows about the process environment.
    ///
    /// The error names every problem at once: each attempt to fix one costs its author a deployment.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut problems = Vec::new();
        let mut note = |problem: String| problems.push(problem);

        let base_url = base_url(lookup("ALB_URL")).unwrap_or_else(|problem| {
            note(problem);
            String::new()
        });
        let identity = identity(lookup("IDENTITY").as_deref()).unwrap_or_else(|problem| {
            note(problem);
            Identity::Auto
        });
        let identity_header = identity_header(lookup("IDENTITY_HEADER")).unwrap_or_else(|problem| {
            note(problem);
            String::new()
        });
        let checks = checks(lookup("CHECKS"), &identity_header, &mut note);
        let request_timeout_ms = number(&lookup, "REQUEST_TIMEOUT_MS", 2000, 1, check::MOST_MS, &mut note);
        let warmup_seconds = number(&lookup, "WARMUP_SECONDS", 30, 0, 900, &mut note);

        if !problems.is_empty() {
            return Err(problems.join("; "));
        }
        Ok(Self {
            base_url,
            checks,
            identity,
            identity_header,
            request_timeout: Duration::from_millis(request_timeout_ms),
            warmup: Duration::from_secs(warmup_seconds),
        })
    }
}

fn base_url(value: Option<String>) -> Result<String, String> {
    const WANTED: &str = "expected the test listener's URL with scheme and port, such as http://name:8080";
    let value = value.ok_or_else(|| format!("ALB_URL is not set, {WANTED}"))?;
    let wrong = || format!("ALB_URL is {value:?}, {WANTED}");

    let uri: Uri = value.parse().map_err(|_| wrong())?;
    let authority = uri.authority().ok_or_else(wrong)?;
    let scheme_is_known = matches!(uri.scheme_str(), Some("http" | "https"));
    // A URL without a port would mean the scheme's own, which is where production traffic goes: the hook would
    // then examine the version that is already live, and pass whatever is being released.
    let port_is_given = authority.port_u16().is_some_and(|port| port != 0);
    let is_plain = uri.query().is_none() && !authority.as_str().contains('@') && !uri.host().unwrap_or("").is_empty();
    if !(scheme_is_known && port_is_given && is_plain) {
        return Err(wrong());
    }
    Ok(value.trim_end_matches('/').to_owned())
}

fn checks(value: Option<String>, identity_header: &str, note: &mut impl FnMut(String)) -> Vec<Check> {
    const WANTED: &str = r#"expected a JSON array such as [{"path": "/health"}]"#;
    let Some(value) = value else {
        note(format!("CHECKS is not set, {WANTED}"));
        return Vec::new();
    };
    let raw: Vec<Value> = match serde_json::from_str(&value) {
        Ok(raw) => raw,
        Err(error) => {
            note(format!("CHECKS cannot be read ({error}), {WANTED}"));
            return Vec::new();
        }
    };
    if raw.is_empty() {
        note(format!("CHECKS is empty, so it would prove nothing, {WANTED}"));
    }

    let mut checks = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        match Check::parse(raw) {
            Ok(check) if check.headers.contains_key(identity_header) => note(format!(
                "CHECKS[{index}]: headers: {identity_header} is IDENTITY_HEADER: an echo would look like a proof"
            )),
            Ok(check) => checks.push(check),
            Err(problems) => note(format!("CHECKS[{index}]: {}", problems.join(", and "))),
        }
    }
    checks
}

fn identity(value: Option<&str>) -> Result<Identity, String> {
    match value {
        None | Some("auto") => Ok(Identity::Auto),
        Some("header") => Ok(Identity::Header),
        Some("listener") => Ok(Identity::Listener),
        Some("off") => Ok(Identity::Off),
        Some(other) => Err(format!("IDENTITY is {other:?}, expected auto, header, listener or off")),
    }
}

fn identity_header(value: Option<String>) -> Result<String, String> {
    let value = value.unwrap_or_else(|| "x-task-definition".to_owned());
    match HeaderName::from_str(&value) {
        Ok(name) => Ok(name.to_string()),
        Err(_) => Err(format!(
            "IDENTITY_HEADER is {value:?}, expected the name of a response header; to check no identity, set IDENTITY=off"
        )),
    }
}

fn number(
    lookup: &impl Fn(&str) -> Option<String>,
    name: &str,
    default: u64,
    least: u64,
    most: u64,
    note: &mut impl FnMut(String),
) -> u64 {
    let Some(value) = lookup(name) else { return default };
    match value.parse() {
        Ok(number) if (least..=most).contains(&number) => number,
        _ => {
            note(format!("{name} is {value:?}, expected a whole number from {least} to {most}"));
            default
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::{HOST, HeaderMap, HeaderValue};
    use serde_json::json;

    use super::*;

    const URL: (&str, &str) = ("ALB_URL", "http://green:8080");

    fn read(variables: &[(&str, &str)]) -> Result<Config, String> {
        Config::from_lookup(|wanted| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn two_variables_are_enough() {
        let config = read(&[URL, ("CHECKS", r#"[{"path": "/one"}]"#)]);

        assert_eq!(
            config,
            Ok(Config {
                base_url: "http://green:8080".into(),
                checks: vec![Check {
                    headers: HeaderMap::new(),
                    method: "GET".into(),
                    path: "/one".into(),
                    status: 200,
                    json: None,
                    max_ms: None
                }],
                identity: Identity::Auto,
                identity_header: "x-task-definition".into(),
                request_timeout: Duration::from_secs(2),
                warmup: Duration::from_secs(30),
            })
        );
    }

    #[test]
    fn everything_can_be_chosen() {
        let check = r#"[{"path": "/a?b=c", "method": "post", "headers": {"Host": "a"}, "status": 201,
            "json": {"a": 1}, "max_ms": 500}]"#;
        let config = read(&[
            ("ALB_URL", "https://green.example.com:8443/"),
            ("CHECKS", check),
            ("IDENTITY", "listener"),
            ("IDENTITY_HEADER", "X-Version"),
            ("REQUEST_TIMEOUT_MS", "750"),
            ("WARMUP_SECONDS", "0"),
        ]);

        let check = Check {
            method: "POST".into(),
            path: "/a?b=c".into(),
            headers: HeaderMap::from_iter([(HOST, HeaderValue::from_static("a"))]),
            status: 201,
            json: Some(json!({"a": 1})),
            max_ms: Some(500),
        };
        assert_eq!(
            config,
            Ok(Config {
                base_url: "https://green.example.com:8443".into(),
                checks: vec![check],
                identity: Identity::Listener,
                identity_header: "x-version".into(),
                request_timeout: Duration::from_millis(750),
                warmup: Duration::ZERO,
            })
        );
    }

    #[test]
    fn all_problems_are_named_at_once() {
        let checks = r#"[{"path": "one"}, {"path": "/two", "max_ms": -1}, {"pfad": "/three"}, {"path": "/ok"}]"#;

        let problems = read(&[
            ("CHECKS", checks),
            ("IDENTITY", "on"),
            ("IDENTITY_HEADER", ""),
            ("WARMUP_SECONDS", "-1"),
            ("REQUEST_TIMEOUT_MS", ""),
        ])
        .unwrap_err();

        for problem in [
            "ALB_URL is not set",
            "CHECKS[0]: path is \"one\"",
            "CHECKS[1]: max_ms is -1",
            "CHECKS[2]: path is missing",
            "\"pfad\" is unknown",
            "IDENTITY is \"on\", expected auto, header, listener or off",
            "IDENTITY_HEADER is \"\", expected the name of a response header; to check no identity, set IDENTITY=off",
            "WARMUP_SECONDS is \"-1\"",
            "REQUEST_TIMEOUT_MS is \"\"",
        ] {
            assert!(problems.contains(problem), "{problem:?} is not in {problems:?}");
        }
        assert!(!problems.contains("CHECKS[3]"), "{problems:?}");
    }

    #[test]
    fn a_url_that_may_not_be_the_test_listeners_is_refused() {
        for url in [
            "",
            "green",
            "green:8080",
            "http://green",
            "http://green:0",
            "http://:8080",
            "ftp://green:8080",
            "http://user:password@green:8080",
            "http://green:8080?a=b",
        ] {
            let problems = read(&[("ALB_URL", url), ("CHECKS", r#"[{"path": "/one"}]"#)]).unwrap_err();
            assert!(problems.starts_with(&format!("ALB_URL is {url:?}, expected")), "{problems:?}");
        }
    }
}
