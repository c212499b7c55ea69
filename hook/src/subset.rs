//! Does a JSON value contain another?

use serde_json::{Number, Value};

/// Where and how `got` fails to contain `expected`: a JSON pointer, then both values. `None` if it does contain it.
///
/// Objects may have more keys than expected; arrays must have the same length, element by element. Types are strict:
/// `1` is not `"1"`, `true` is not `1`, and `null` is not an absent key. `1` and `1.0` are the same JSON number.
#[must_use]
pub fn mismatch(expected: &Value, got: &Value) -> Option<String> {
    let mut pointer = String::new();
    descend(expected, got, &mut pointer)
}

fn descend(expected: &Value, got: &Value, pointer: &mut String) -> Option<String> {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => expected.iter().find_map(|(key, expected)| {
            inside(pointer, &key.replace('~', "~0").replace('/', "~1"), |pointer| match got.get(key) {
                Some(got) => descend(expected, got, pointer),
                None => Some(format!("{pointer}: expected {}, but the key is absent", brief(expected))),
            })
        }),
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            let mut pairs = expected.iter().zip(got).enumerate();
            pairs.find_map(|(index, (expected, got))| {
                inside(pointer, &index.to_string(), |pointer| descend(expected, got, pointer))
            })
        }
        (Value::Number(expected), Value::Number(got)) if same_number(expected, got) => None,
        _ if expected == got => None,
        _ => {
            let place = if pointer.is_empty() { "the body" } else { pointer };
            Some(format!("{place}: expected {}, got {}", brief(expected), brief(got)))
        }
    }
}

fn inside(pointer: &mut String, token: &str, step: impl FnOnce(&mut String) -> Option<String>) -> Option<String> {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(token);
    let found = step(pointer);
    pointer.truncate(length);
    found
}

// Whole numbers are compared as such: as f64 two different large ones could look the same.
fn same_number(a: &Number, b: &Number) -> bool {
    if a.is_f64() || b.is_f64() { a.as_f64() == b.as_f64() } else { a == b }
}

/// Enough of a value to recognise it by, and never a whole body: this ends up in the log.
fn brief(value: &Value) -> String {
    const MOST: usize = 80;
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(items) => format!("an array of {}", items.len()),
        scalar => {
            let text = scalar.to_string();
            match text.char_indices().nth(MOST) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_may_contain_more_than_expected() {
        let got = json!({"key": "green", "extra": {"a": 1}, "list": [{"x": 1, "y": 2}]});

        assert_eq!(mismatch(&json!({"key": "green", "list": [{"x": 1}]}), &got), None);
        assert_eq!(mismatch(&json!({}), &got), None);
    }

    #[test]
    fn a_mismatch_names_the_key_and_both_values() {
        let cases = [
            (json!({"a": {"b": 1}}), json!({"a": {"b": 2}}), "/a/b: expected 1, got 2"),
            (json!({"a": 1}), json!({}), "/a: expected 1, but the key is absent"),
            (json!({"a": [1, 2]}), json!({"a": [1, 3]}), "/a/1: expected 2, got 3"),
            (json!({"a": [1]}), json!({"a": [1, 3]}), "/a: expected an array of 1, got an array of 2"),
            (json!({"x/y~": 1}), json!({"x/y~": 2}), "/x~1y~0: expected 1, got 2"),
            (json!({"a": 1}), json!([1]), "the body: expected an object, got an array of 1"),
            (json!({"a": {"b": 1}, "c": 1}), json!({"a": {"b": 1}, "c": 2}), "/c: expected 1, got 2"),
        ];
        for (expected, got, reason) in cases {
            assert_eq!(mismatch(&expected, &got).as_deref(), Some(reason));
        }
    }

    #[test]
    fn types_are_strict() {
        let pairs = [
            (json!(1), json!("1")),
            (json!(1), json!(true)),
            (json!(0), json!(false)),
            (json!(null), json!(false)),
            (json!({"a": null}), json!({})),
            (json!([]), json!({})),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64)),
        ];
        for (expected, got) in pairs {
            assert!(mismatch(&expected, &got).is_some(), "{expected} must not match {got}");
        }
        assert_eq!(mismatch(&json!(1), &json!(1.0)), None);
    }

    #[test]
    fn a_long_value_is_cut_short() {
        let reason = mismatch(&json!({"a": 1}), &json!({"a": "é".repeat(10_000)})).unwrap();

        assert!(reason.chars().count() < 130, "{reason}");
    }
}
