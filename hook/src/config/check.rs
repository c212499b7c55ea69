//! One entry of `CHECKS`.

use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use super::headers;

/// Longest that an attempt may be given, in milliseconds: that of a Lambda function.
pub(super) const MOST_MS: u64 = 900_000;

/// One request to the candidate, and what its answer must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// HTTP method, in capitals.
    pub method: String,
    /// Path and query, from the leading slash on.
    pub path: String,
    /// Sent with the request.
    pub headers: HeaderMap,
    /// Status that the answer must have.
    pub status: u16,
    /// What the answer's body, as JSON, must contain.
    pub json: Option<Value>,
    /// How long the attempt that passes may take.
    pub max_ms: Option<u64>,
}

const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

impl Check {
    /// Everything that is wrong with the entry, each problem with its key.
    pub(super) fn parse(raw: Value) -> Result<Self, Vec<String>> {
        let Value::Object(raw) = raw else {
            return Err(vec![format!(r#"is {raw}, expected an object such as {{"path": "/health"}}"#)]);
        };
        let mut keys = Keys(raw);
        let path = path(keys.take("path"));
        let method = method(keys.take("method"));
        let headers = headers::parse(keys.take("headers"));
        let status = status(keys.take("status"));
        let json = keys.take("json");
        let max_ms = max_ms(keys.take("max_ms"));
        let json = match (&method, json) {
            (Ok(method), Some(_)) if method == "HEAD" => {
                Err("json can never match with method HEAD, whose answers have no body".to_owned())
            }
            (_, json) => Ok(json),
        };
        let unknown = keys.unknown();
        match (path, method, headers, status, json, max_ms, unknown) {
            (Ok(path), Ok(method), Ok(headers), Ok(status), Ok(json), Ok(max_ms), Ok(())) => {
                Ok(Self { method, path, headers, status, json, max_ms })
            }
            (path, method, headers, status, json, max_ms, unknown) => {
                let problems = [path.err(), method.err(), status.err(), json.err(), max_ms.err(), unknown.err()];
                Err(problems.into_iter().flatten().chain(headers.err().into_iter().flatten()).collect())
            }
        }
    }
}

/// `null` means absent, as Terraform's and Python's encoders write an attribute that was not given.
struct Keys(Map<String, Value>);

impl Keys {
    fn take(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key).filter(|value| !value.is_null())
    }

    fn unknown(self) -> Result<(), String> {
        match self.0.keys().next() {
            Some(key) => Err(format!("{key:?} is unknown, expected path, method, headers, status, json or max_ms")),
            None => Ok(()),
        }
    }
}

fn path(value: Option<Value>) -> Result<String, String> {
    const WANTED: &str = "expected a path from / on, encoded as in a URL, without #";
    match value {
        Some(Value::String(path)) if is_path_and_query(&path) => Ok(path),
        Some(other) => Err(format!("path is {other}, {WANTED}")),
        None => Err(format!("path is missing, {WANTED}")),
    }
}

/// RFC 3986, sections 3.3 and 3.4. What else a server may understand, load balancers and proxies refuse or rewrite.
fn is_path_and_query(path: &str) -> bool {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    path.starts_with('/') && is_encoded(path, b"/") && is_encoded(query, b"/?")
}

fn is_encoded(text: &str, also: &[u8]) -> bool {
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => return true,
            [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => rest,
            [byte, rest @ ..]
                if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(byte) || also.contains(byte) =>
            {
                rest
            }
            _ => return false,
        };
    }
}

fn method(value: Option<Value>) -> Result<String, String> {
    let Some(value) = value else { return Ok("GET".to_owned()) };
    let method = value.as_str().map(str::to_ascii_uppercase);
    match method.filter(|method| METHODS.iter().any(|known| *known == method.as_str())) {
        Some(method) => Ok(method),
        None => {
            Err(format!("method is {value}, expected one of {}", METHODS.map(|known| known.to_string()).join(", ")))
        }
    }
}

fn status(value: Option<Value>) -> Result<u16, String> {
    let Some(value) = value else { return Ok(200) };
    let status = value.as_u64().and_then(|status| u16::try_from(status).ok());
    status
        .filter(|status| (200..=599).contains(status))
        .ok_or_else(|| format!("status is {value}, expected a number from 200 to 599"))
}

fn max_ms(value: Option<Value>) -> Result<Option<u64>, String> {
    let Some(value) = value else { return Ok(None) };
    match value.as_u64() {
        Some(most @ 1..=MOST_MS) => Ok(Some(most)),
        _ => Err(format!("max_ms is {value}, expected a whole number from 1 to {MOST_MS}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // Which checks are valid is in contracts/checks.json, and tests/hook/contracts.rs reads it.

    #[test]
    fn all_problems_of_a_check_are_named_at_once() {
        let check = json!({"path": "one", "method": "CONNECT", "status": 199, "max_ms": 0, "stauts": 200});

        assert_eq!(
            Check::parse(check),
            Err(vec![
                r#"path is "one", expected a path from / on, encoded as in a URL, without #"#.to_owned(),
                r#"method is "CONNECT", expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"#.to_owned(),
                "status is 199, expected a number from 200 to 599".to_owned(),
                "max_ms is 0, expected a whole number from 1 to 900000".to_owned(),
                r#""stauts" is unknown, expected path, method, headers, status, json or max_ms"#.to_owned(),
            ])
        );
    }

    #[test]
    fn a_check_that_is_no_object_is_refused() {
        let problem = r#"is "/one", expected an object such as {"path": "/health"}"#;

        assert_eq!(Check::parse(json!("/one")), Err(vec![problem.to_owned()]));
    }

    #[test]
    fn json_is_no_use_with_head() {
        let problem = "json can never match with method HEAD, whose answers have no body";

        assert_eq!(Check::parse(json!({"path": "/one", "method": "head", "json": {}})), Err(vec![problem.to_owned()]));
    }

    #[test]
    fn a_path_may_have_what_rfc_3986_allows_and_no_more() {
        for path in ["/", "//a", "/-._~!$&'()*+,;=:@", "/%41%2f", "/a?b?c/d&e=%20"] {
            assert!(is_path_and_query(path), "{path}");
        }
        for path in ["", "a", "?a", "/a[0]", "/a|b", "/a\\b", "/a\"b", "/a^b", "/%4", "/%", "/%zz", "/a?b#c", "/a?{b}"]
        {
            assert!(!is_path_and_query(path), "{path}");
        }
    }
}
