//! The environment variables, read once, as values or as everything that is wrong with them.
//!
//! | name | meaning | default |
//! |---|---|---|
//! | `ALB_URL` | base URL of the **test** listener, scheme and port included | required |
//! | `CHECKS` | JSON array of `{"path", "method", "status", "json", "max_ms"}`; only `path` is required | required |
//! | `IDENTITY_HEADER` | response header that must equal `family:revision`; empty turns it off | `x-task-definition` |
//! | `REQUEST_TIMEOUT_MS` | limit of one attempt, connecting included | 2000 |
//! | `WARMUP_SECONDS` | how long a failing check is retried; 0 is one attempt | 30 |

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use http::{HeaderName, Method, Uri};
use serde::Deserialize;
use serde_json::Value;

/// Everything a team can decide about the hook.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Without a trailing slash, so that a check's path can simply be appended.
    pub base_url: String,
    /// Never empty.
    pub checks: Vec<Check>,
    /// `None`: the team has turned the comparison off.
    pub identity_header: Option<String>,
    /// Limit of one attempt, connecting included.
    pub request_timeout: Duration,
    /// How long after the first attempt a failing check is tried again.
    pub warmup: Duration,
}

/// One request to green, and what its answer must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// HTTP method, in capitals.
    pub method: String,
    /// Path and query, from the leading slash on.
    pub path: String,
    /// Status that the answer must have.
    pub status: u16,
    /// What the answer's body, as JSON, must contain.
    pub json: Option<Value>,
    /// How long the attempt that passes may take.
    pub max_ms: Option<u64>,
}

/// `null` means absent, as Terraform's and Python's encoders write an attribute that was not given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCheck {
    path: String,
    method: Option<String>,
    status: Option<u16>,
    json: Option<Value>,
    max_ms: Option<u64>,
}

const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

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
        let checks = checks(lookup("CHECKS"), &mut note);
        let identity_header = identity_header(lookup("IDENTITY_HEADER")).unwrap_or_else(|problem| {
            note(problem);
            None
        });
        let request_timeout_ms = number(&lookup, "REQUEST_TIMEOUT_MS", 2000, 1, 900_000, &mut note);
        let warmup_seconds = number(&lookup, "WARMUP_SECONDS", 30, 0, 900, &mut note);

        if !problems.is_empty() {
            return Err(problems.join("; "));
        }
        Ok(Self {
            base_url,
            checks,
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

fn checks(value: Option<String>, note: &mut impl FnMut(String)) -> Vec<Check> {
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
        match check(raw) {
            Ok(check) => checks.push(check),
            Err(problem) => note(format!("CHECKS[{index}]: {problem}")),
        }
    }
    checks
}

fn check(raw: Value) -> Result<Check, String> {
    let RawCheck { path, method, status, json, max_ms } =
        serde_json::from_value(raw).map_err(|error| error.to_string())?;

    let starts_well = path.starts_with('/') && !path.contains('#');
    if !starts_well || path.parse::<http::uri::PathAndQuery>().is_err() {
        return Err(format!("path is {path:?}, expected a path from / on, encoded as in a URL, without #"));
    }
    let method = method.map_or("GET".to_owned(), |method| method.to_uppercase());
    if !METHODS.iter().any(|known| *known == method.as_str()) {
        return Err(format!("method is {method:?}, expected one of {}", join(METHODS)));
    }
    if method == "HEAD" && json.is_some() {
        return Err("json can never match with method HEAD, whose answers have no body".to_owned());
    }
    let status = status.unwrap_or(200);
    if !(200..=599).contains(&status) {
        return Err(format!("status is {status}, expected 200 to 599"));
    }
    if max_ms == Some(0) {
        return Err("max_ms is 0, expected at least 1".to_owned());
    }
    Ok(Check { method, path, status, json, max_ms })
}

fn identity_header(value: Option<String>) -> Result<Option<String>, String> {
    let value = value.unwrap_or_else(|| "x-task-definition".to_owned());
    if value.is_empty() {
        return Ok(None);
    }
    match HeaderName::from_str(&value) {
        Ok(name) => Ok(Some(name.to_string())),
        Err(_) => Err(format!("IDENTITY_HEADER is {value:?}, expected the name of a response header, or nothing")),
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

fn join(items: impl IntoIterator<Item = impl Display>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
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
                    method: "GET".into(),
                    path: "/one".into(),
                    status: 200,
                    json: None,
                    max_ms: None
                }],
                identity_header: Some("x-task-definition".into()),
                request_timeout: Duration::from_secs(2),
                warmup: Duration::from_secs(30),
            })
        );
    }

    #[test]
    fn everything_can_be_chosen() {
        let check = r#"[{"path": "/a?b=c", "method": "post", "status": 201, "json": {"a": 1}, "max_ms": 500}]"#;
        let config = read(&[
            ("ALB_URL", "https://green.example.com:8443/"),
            ("CHECKS", check),
            ("IDENTITY_HEADER", "X-Version"),
            ("REQUEST_TIMEOUT_MS", "750"),
            ("WARMUP_SECONDS", "0"),
        ]);

        let check = Check {
            method: "POST".into(),
            path: "/a?b=c".into(),
            status: 201,
            json: Some(json!({"a": 1})),
            max_ms: Some(500),
        };
        assert_eq!(
            config,
            Ok(Config {
                base_url: "https://green.example.com:8443".into(),
                checks: vec![check],
                identity_header: Some("x-version".into()),
                request_timeout: Duration::from_millis(750),
                warmup: Duration::ZERO,
            })
        );
    }

    #[test]
    fn null_in_a_check_means_absent() {
        let null = r#"[{"path": "/one", "method": null, "status": null, "json": null, "max_ms": null}]"#;

        assert_eq!(read(&[URL, ("CHECKS", null)]), read(&[URL, ("CHECKS", r#"[{"path": "/one"}]"#)]));
    }

    #[test]
    fn all_problems_are_named_at_once() {
        let checks = r#"[{"path": "one"}, {"path": "/two", "max_ms": -1}, {"pfad": "/three"}, {"path": "/ok"}]"#;

        let problems = read(&[("CHECKS", checks), ("WARMUP_SECONDS", "-1"), ("REQUEST_TIMEOUT_MS", "")]).unwrap_err();

        for problem in [
            "ALB_URL is not set",
            "CHECKS[0]: path is \"one\"",
            "CHECKS[1]: invalid value: integer `-1`",
            "CHECKS[2]: unknown field `pfad`",
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

    #[test]
    fn a_check_that_could_not_work_is_refused() {
        let cases = [
            (json!({"path": "/a b"}), "path is"),
            (json!({"path": "/a#b"}), "path is"),
            (json!({"path": "//evil.example.com", "method": "CONNECT"}), "method is \"CONNECT\", expected one of GET,"),
            (json!({"path": "/", "status": 199}), "status is 199"),
            (json!({"path": "/", "status": 600}), "status is 600"),
            (json!({"path": "/", "status": "200"}), "invalid type: string"),
            (json!({"path": "/", "max_ms": 0}), "max_ms is 0"),
            (json!({"path": "/", "max_ms": 1.5}), "invalid type: floating point"),
            (json!({"path": "/", "method": "HEAD", "json": {}}), "json can never match"),
            (json!({"status": 200}), "missing field `path`"),
            (json!("/one"), "invalid type: string"),
        ];
        for (check, reason) in cases {
            let problems = read(&[URL, ("CHECKS", &json!([check]).to_string())]).unwrap_err();
            assert!(problems.starts_with("CHECKS[0]: ") && problems.contains(reason), "{problems:?}");
        }
    }
}
