//! One JSON object a line on stdout, without a time: CloudWatch Logs stamps each event on arrival.

use std::io::{self, Write};

use serde::Serialize;

#[derive(Serialize)]
struct Line<'a, F> {
    level: &'a str,
    event: &'a str,
    #[serde(flatten)]
    fields: F,
}

/// `fields` are what is an object in JSON.
pub fn info(event: &str, fields: impl Serialize) {
    write("info", event, fields);
}

pub fn warn(event: &str, fields: impl Serialize) {
    write("warn", event, fields);
}

fn write(level: &str, event: &str, fields: impl Serialize) {
    if let Ok(mut line) = serde_json::to_vec(&Line { level, event, fields }) {
        line.push(b'\n');
        // Not println!, which panics when nobody reads stdout any more: a lost log must not cost a request.
        let _ = io::stdout().lock().write_all(&line);
    }
}
