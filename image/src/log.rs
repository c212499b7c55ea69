//! One JSON object a line on stdout, without a time: CloudWatch Logs stamps each event on arrival.

use std::io::{self, Write};

use serde_json::{Value, json};

pub fn info(event: &str, fields: Value) {
    write("info", event, fields);
}

pub fn warn(event: &str, fields: Value) {
    write("warn", event, fields);
}

fn write(level: &str, event: &str, fields: Value) {
    let mut line = json!({"level": level, "event": event});
    if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
        line.extend(fields);
    }
    // Not println!, which panics when nobody reads stdout any more: a lost log must not cost a request.
    let _ = writeln!(io::stdout().lock(), "{line}");
}
