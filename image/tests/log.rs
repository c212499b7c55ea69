//! What a log driver that reads slowly may cost: time, and no line.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use common::{Client, IMAGE, command, eventually, send};
use rustix::process::Signal;
use serde_json::Value;

struct Log(BufReader<ChildStdout>);

impl Log {
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Of whose log nobody reads but its test.
fn start() -> (Process, Log, Client) {
    let variables = [("LISTEN_ADDR", "127.0.0.1:0"), ("DRAIN_SECONDS", "0")];
    let mut process = command(IMAGE, &variables).stdout(Stdio::piped()).spawn().unwrap();
    let mut log = Log(BufReader::new(process.stdout.take().unwrap()));
    let address = log.next()["address"].as_str().unwrap().parse().unwrap();
    (Process(process), log, Client::connect(address))
}

/// Is logged.
fn path(number: usize) -> String {
    format!("/{number}{}", "-long".repeat(1000))
}

#[test]
fn requests_are_answered_while_nobody_reads_a_mebibyte_of_lines() {
    let (_process, _log, mut client) = start();

    for number in 0..200 {
        assert_eq!(client.get(&path(number)).status, 404);
    }
}

#[test]
fn no_line_is_lost_to_a_reader_that_falls_behind_nor_at_the_end() {
    let (mut process, mut log, mut client) = start();
    let answered = AtomicUsize::new(0);

    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..1000 {
                assert_eq!(client.get(&path(number)).status, 404);
                answered.fetch_add(1, Ordering::Relaxed);
            }
            send(process.0.id(), Signal::TERM);
        });
        eventually("requests to wait for the reader", || {
            let before = answered.load(Ordering::Relaxed);
            thread::sleep(Duration::from_millis(200));
            (before > 200 && before == answered.load(Ordering::Relaxed)).then_some(())
        });
        assert!(answered.load(Ordering::Relaxed) < 1000, "its memory has a bound");

        for number in 0..1000 {
            assert_eq!(log.next()["path"], path(number));
        }
        for event in ["draining", "finishing", "stopped"] {
            assert_eq!(log.next()["event"], event);
        }
    });

    assert_eq!(eventually("the process to end", || process.0.try_wait().unwrap()).code(), Some(0));
}
