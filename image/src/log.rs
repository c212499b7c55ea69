//! One JSON object a line on stdout, without a time: CloudWatch Logs stamps each event on arrival.
//!
//! A thread of its own writes them, a few milliseconds later and many at once, which costs a request less than a write of
//! its own. No line is lost to a slow reader: once a mebibyte waits, requests wait too, unless the log driver does not
//! block (`docs/containers.md`).

use std::{
    io::{self, Write},
    mem::swap,
    sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use serde::Serialize;

/// How long a line waits for others to be written with it. A crash costs the lines that wait.
const GATHER: Duration = Duration::from_millis(5);

const MOST_BYTES: usize = 1 << 20;

#[derive(Serialize)]
struct Line<'a, F> {
    level: &'a str,
    event: &'a str,
    #[serde(flatten)]
    fields: F,
}

/// `fields` are what is an object in JSON.
pub fn info(event: &str, fields: impl Serialize) {
    LINES.add(&Line { level: "info", event, fields });
}

pub fn warn(event: &str, fields: impl Serialize) {
    LINES.add(&Line { level: "warn", event, fields });
}

/// Returns when all lines are written.
pub fn flush() {
    drop(LINES.wait_until(|state| state.waiting.is_empty() && !state.writing));
}

static LINES: LazyLock<Lines> = LazyLock::new(|| {
    thread::spawn(|| LINES.write_to(&mut io::stdout()));
    Lines::default()
});

#[derive(Default)]
struct Lines {
    state: Mutex<State>,
    added: Condvar,
    written: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    writing: bool,
}

impl Lines {
    fn add(&self, line: &impl Serialize) {
        let mut state = self.wait_until(|state| state.waiting.len() < MOST_BYTES);
        let length = state.waiting.len();
        if length == 0 {
            self.added.notify_one();
        }
        match serde_json::to_writer(&mut state.waiting, line) {
            Ok(()) => state.waiting.push(b'\n'),
            Err(_) => state.waiting.truncate(length),
        }
    }

    fn write_to(&self, output: &mut impl Write) -> ! {
        let mut lines = Vec::new();
        loop {
            drop(self.added.wait_while(self.state(), |state| state.waiting.is_empty()));
            thread::sleep(GATHER);

            let mut state = self.state();
            swap(&mut lines, &mut state.waiting);
            state.writing = true;
            drop(state);
            self.written.notify_all();

            // Not println!, which panics when nobody reads stdout any more: a lost log must not cost a request.
            let _ = output.write_all(&lines);
            lines.clear();
            self.state().writing = false;
            self.written.notify_all();
        }
    }

    fn wait_until(&self, reached: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waiting = self.written.wait_while(self.state(), |state| !reached(state));
        waiting.unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
