//! The headers of a check's request: what reaches the candidate as it was written, and nothing else.

use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

/// Of one connection, which is not the candidate's; and the length of a body that no check has.
const OF_THE_CONNECTION: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// It writes them itself, whatever was sent.
const OF_THE_LOAD_BALANCER: [&str; 2] = ["x-forwarded-port", "x-forwarded-proto"];

/// Everything that is wrong with them. No problem shows a value, because it ends up in the log.
pub(super) fn parse(value: Option<Value>) -> Result<HeaderMap, Vec<String>> {
    let given = match value {
        None => Map::new(),
        Some(Value::Object(given)) => given,
        Some(_) => return Err(vec![r#"headers must be an object such as {"Host": "api.example.com"}"#.to_owned()]),
    };
    let mut headers = HeaderMap::with_capacity(given.len());
    let mut problems = Vec::new();
    for (name, value) in &given {
        match header(name, value) {
            Ok((name, value)) => {
                if let Some(_other) = headers.insert(&name, value) {
                    problems.push(format!("headers: {name} is there more than once"));
                }
            }
            Err(problem) => problems.push(format!("headers: {problem}")),
        }
    }
    if problems.is_empty() { Ok(headers) } else { Err(problems) }
}

fn header(name: &str, value: &Value) -> Result<(HeaderName, HeaderValue), String> {
    let is_let_through = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let Some(known) = HeaderName::from_bytes(name.as_bytes()).ok().filter(|_| is_let_through) else {
        return Err(format!("{name:?} is not letters, digits and hyphens: load balancers drop others"));
    };
    if OF_THE_CONNECTION.contains(&known.as_str()) {
        return Err(format!("{name} is the connection's, not the check's"));
    }
    if OF_THE_LOAD_BALANCER.contains(&known.as_str()) {
        return Err(format!("{name} is written by the load balancer itself"));
    }
    let Some(text) = value.as_str().filter(|text| is_printable(text)) else {
        return Err(format!("{name} must be printable ASCII, not empty and without spaces around it"));
    };
    if known == HOST && !is_host(text) {
        return Err(format!("{name} is not a host's name, which may have a port, such as api.example.com"));
    }
    match HeaderValue::from_str(text) {
        Ok(value) => Ok((known, value)),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

fn is_printable(text: &str) -> bool {
    let ends_in_space = text.starts_with(' ') || text.ends_with(' ');
    !text.is_empty() && !ends_in_space && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "0"));
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let is_port = matches!(port.len(), 1..=5) && port.bytes().all(|byte| byte.is_ascii_digit());
    !name.is_empty() && is_name && is_port
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // Which headers are valid is in contracts/checks.json, and tests/hook/contracts.rs reads it.

    #[test]
    fn all_problems_of_the_headers_are_named_at_once_and_no_value_is_shown() {
        let headers = json!({"X_A": "s3cr3t", "X-B": "s3cr3t\n", "te": "s3cr3t", "x-forwarded-proto": "s3cr3t",
            "Host": "s3cr3t/", "X-C": "s3cr3t", "x-c": "s3cr3t", "X-D": "s3cr3t\u{7f}"});

        let mut problems = parse(Some(headers)).unwrap_err();

        problems.sort();
        assert_eq!(
            problems,
            [
                "headers: \"X_A\" is not letters, digits and hyphens: load balancers drop others",
                "headers: Host is not a host's name, which may have a port, such as api.example.com",
                "headers: X-B must be printable ASCII, not empty and without spaces around it",
                "headers: X-D must be printable ASCII, not empty and without spaces around it",
                "headers: te is the connection's, not the check's",
                "headers: x-c is there more than once",
                "headers: x-forwarded-proto is written by the load balancer itself",
            ]
        );
    }
}
