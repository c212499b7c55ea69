//! How the real binary stops. In each test the request in flight is half of a request: its second half is sent when the
//! test says so, which needs no slow route in the service.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::{
    fs,
    time::{Duration, Instant},
};

use common::{Client, IMAGE, Image, MetadataEndpoint, command, eventually, send};
use rustix::process::{Signal, geteuid};
use serde_json::json;

/// The drain that a test ends itself, with SIGINT.
const LONG: (&str, &str) = ("DRAIN_SECONDS", "3600");
const NONE: (&str, &str) = ("DRAIN_SECONDS", "0");

const FIRST_HALF: &str = "GET /one HTTP/1.1\r\nhost: te";
const SECOND_HALF: &str = "st\r\n\r\n";

#[test]
fn a_request_in_flight_at_sigterm_is_answered() {
    let mut image = Image::start(&[NONE]);
    let mut client = Client::connect(image.address());
    client.send(FIRST_HALF);
    client.wait_until_read();

    image.signal(Signal::TERM);
    assert_eq!(image.log("finishing")["connections"], 1);
    client.send(SECOND_HALF);

    let answer = client.answer();
    assert_eq!((answer.status, answer.body), (200, json!({"key": "route_one from local"})));
    assert_eq!(image.log("stopped")["abandoned"], 0);
    assert_eq!(image.exit_code(), Some(0));
}

#[test]
fn accepts_new_connections_while_draining() {
    let mut image = Image::start(&[LONG]);
    let address = image.address();
    image.signal(Signal::TERM);
    image.log("draining");

    for _ in 0..3 {
        let answer = Client::connect(address).get("/one");
        assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    }

    image.signal(Signal::INT);
    assert_eq!(image.exit_code(), Some(0));
}

#[test]
fn a_connection_reused_while_draining_is_answered_and_then_closed() {
    let image = Image::start(&[LONG]);
    let mut client = Client::connect(image.address());
    assert_eq!(client.get("/one").header("connection"), None);
    image.signal(Signal::TERM);
    image.log("draining");

    let answer = client.get("/one");

    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(client.is_closed_by_the_server());
}

#[test]
fn drains_for_as_long_as_it_was_told() {
    let mut image = Image::start(&[("DRAIN_SECONDS", "0.7")]);
    image.address();
    let started = Instant::now();

    image.signal(Signal::TERM);

    assert_eq!(image.exit_code(), Some(0));
    assert!(started.elapsed() >= Duration::from_millis(700));
}

#[test]
fn a_second_sigterm_does_not_shorten_the_drain() {
    let mut image = Image::start(&[("DRAIN_SECONDS", "0.7")]);
    image.address();
    let started = Instant::now();

    image.signal(Signal::TERM);
    image.log("draining");
    image.signal(Signal::TERM);

    assert_eq!(image.exit_code(), Some(0));
    assert!(started.elapsed() >= Duration::from_millis(700));
}

#[test]
fn an_idle_keep_alive_connection_does_not_hold_the_exit() {
    let mut image = Image::start(&[NONE]);
    let address = image.address();
    let unused = Client::connect(address);
    unused.wait_until_read();
    let mut idle = Client::connect(address);
    idle.get("/one");

    image.signal(Signal::TERM);

    assert_eq!(image.log("stopped")["abandoned"], 0);
    assert_eq!(image.exit_code(), Some(0));
    assert!(idle.is_closed_by_the_server());
}

#[test]
fn sigint_ends_it_without_a_drain() {
    let mut image = Image::start(&[LONG]);
    image.address();

    image.signal(Signal::INT);

    let events: Vec<_> = image.rest_of_log().iter().map(|line| line["event"].clone()).collect();
    assert_eq!(events, ["finishing", "stopped"]);
    assert_eq!(image.exit_code(), Some(0));
}

#[test]
fn a_request_in_flight_at_sigint_is_answered() {
    let mut image = Image::start(&[LONG]);
    let mut client = Client::connect(image.address());
    client.send(FIRST_HALF);
    client.wait_until_read();

    image.signal(Signal::INT);
    image.log("finishing");
    client.send(SECOND_HALF);

    assert_eq!(client.answer().status, 200);
    assert_eq!(image.exit_code(), Some(0));
}

#[test]
fn a_second_sigint_leaves_unfinished_requests_behind() {
    let mut image = Image::start(&[LONG]);
    let mut client = Client::connect(image.address());
    client.send(FIRST_HALF);
    client.wait_until_read();

    image.signal(Signal::INT);
    image.log("finishing");
    image.signal(Signal::INT);

    assert_eq!(image.log("stopped")["abandoned"], 1);
    assert_eq!(image.exit_code(), Some(0));
}

#[test]
fn sigterm_ends_it_while_it_still_asks_for_its_identity() {
    let metadata = MetadataEndpoint::start();
    let mut image = Image::start(&[LONG, ("ECS_CONTAINER_METADATA_URI_V4", &metadata.uri())]);
    let _held = metadata.request();

    image.signal(Signal::TERM);

    let events: Vec<_> = image.rest_of_log().iter().map(|line| line["event"].clone()).collect();
    assert_eq!(events, ["stopped"]);
    assert_eq!(image.exit_code(), Some(0));
}

/// In a PID namespace of its own, where the kernel drops every signal that the process has no handler for.
#[test]
fn sigterm_ends_it_as_process_one() {
    let mut unshare = command("unshare", &[("LISTEN_ADDR", "127.0.0.1:0"), NONE]);
    if !geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    let mut image = Image::spawn({
        unshare.args(["--pid", "--fork", "--kill-child", "--", IMAGE]);
        unshare
    });
    let process_one = eventually("unshare to start the service as process 1", || {
        if let Some(status) = image.ended() {
            panic!(
                "unshare ended with {status}: making a PID namespace is not permitted here. Run the tests as root, or \
                 allow user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0)"
            );
        }
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", image.pid())).ok()?;
        children.split_whitespace().next()?.parse().ok()
    });
    image.address();
    let status = fs::read_to_string(format!("/proc/{process_one}/status")).unwrap();
    assert!(status.lines().any(|line| line.starts_with("NSpid:") && line.ends_with("\t1")), "{status}");

    send(process_one, Signal::TERM);

    image.log("stopped");
    assert_eq!(image.exit_code(), Some(0));
}
