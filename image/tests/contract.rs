//! What a release hook, a load balancer and a task definition rely on, with the real binary.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    process::Output,
    thread,
    time::{Duration, Instant},
};

use common::{Client, IMAGE, Image, MetadataEndpoint, command, eventually, listens};
use serde_json::{Value, json};

const METADATA: &str = "ECS_CONTAINER_METADATA_URI_V4";

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    command(IMAGE, variables).args(arguments).output().unwrap()
}

#[test]
fn routes_name_the_release() {
    let image = Image::start(&[("RELEASE", "Blue")]);
    let mut client = Client::connect(image.address());

    for (path, key) in
        [("/one", "route_one from Blue"), ("/two", "route_two from Blue"), ("/three", "route_three from Blue")]
    {
        let answer = client.get(path);

        assert_eq!((answer.status, answer.body), (200, json!({"key": key})));
    }
}

#[test]
fn header_is_absent_without_metadata() {
    let image = Image::start(&[]);

    let answer = Client::connect(image.address()).get("/one");

    assert_eq!(answer.header("x-task-definition"), None);
}

/// `contracts/identity.json`, which the hook's tests read too.
#[test]
fn header_names_family_and_revision_as_the_hook_expects_them() {
    let contract = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../contracts/identity.json")).unwrap();
    let contract: Value = serde_json::from_slice(&contract).unwrap();
    let source = &contract["metadata"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    assert_eq!(source["path"], "/task", "what the stand-in for the metadata endpoint answers");

    let metadata = MetadataEndpoint::start();
    let image = Image::start(&[(&text(&source["variable"]), &metadata.uri())]);
    metadata.answer_all("200 OK", source["answer"].clone());
    let mut client = Client::connect(image.address());

    for path in ["/one", "/health", "/four"] {
        let answer = client.get(path);
        assert_eq!(answer.header(&text(&contract["header"])), contract["value"].as_str(), "{path}");
    }
}

#[test]
fn nothing_listens_before_the_identity_is_known() {
    let metadata = MetadataEndpoint::start();
    let image = Image::start(&[(METADATA, &metadata.uri())]);

    let held = metadata.request();
    assert!(!listens(image.pid()));

    drop(held);
    metadata.answer_all("200 OK", json!({"Family": "api", "Revision": "7"}));
    image.address();
    assert!(listens(image.pid()));
}

#[test]
fn a_metadata_endpoint_that_fails_at_first_is_asked_again() {
    let metadata = MetadataEndpoint::start();
    let image = Image::start(&[(METADATA, &metadata.uri())]);
    metadata.request().answer("500 Internal Server Error", &json!({}));
    metadata.answer_all("200 OK", json!({"Family": "api", "Revision": "7"}));

    let answer = Client::connect(image.address()).get("/one");

    assert_eq!(answer.header("x-task-definition"), Some("api:7"));
}

#[test]
fn serves_without_the_header_when_the_metadata_endpoint_is_gone() {
    let uri = MetadataEndpoint::start().uri();
    let image = Image::start(&[(METADATA, &uri)]);

    let warning = image.log("task_definition_unknown");
    assert_eq!((&warning["level"], &warning["uri"]), (&json!("warn"), &json!(uri)));
    let answer = Client::connect(image.address()).get("/one");

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-task-definition"), None);
}

#[test]
fn each_request_is_logged_except_health_checks() {
    let image = Image::start(&[]);
    let mut client = Client::connect(image.address());

    client.get("/health");
    client.get("/four?token=secret");
    client.send("GET /one HTTP/1.1\r\nhost: test\r\nx-amzn-trace-id: Root=1-67891233-abc\r\n\r\n");
    client.answer();

    let mut first = image.log("request");
    assert!(first["ms"].take().is_number());
    assert_eq!(
        first,
        json!({"level": "info", "event": "request", "method": "GET", "path": "/four", "status": 404, "ms": null})
    );
    let second = image.log("request");
    assert_eq!((&second["path"], &second["trace_id"]), (&json!("/one"), &json!("Root=1-67891233-abc")));
}

#[test]
fn a_bad_variable_ends_it_with_one_line_that_says_what_is_right() {
    for (name, value, wanted) in [
        ("LISTEN_ADDR", "3000", "an IP address and a port, such as 0.0.0.0:3000 or [::]:3000"),
        ("DRAIN_SECONDS", "20s", "a number of seconds from 0 to 3600, such as 20 or 0.5"),
        ("RELEASE", "", "the release's name, such as Green"),
    ] {
        let output = run(&[], &[(name, value)]);

        assert_eq!(output.status.code(), Some(2));
        let expected = format!("image: {name} must be {wanted}, got \"{value}\"\n");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn an_address_in_use_ends_it_with_one_line_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let output = run(&[], &[("LISTEN_ADDR", &address)]);

    assert_eq!(output.status.code(), Some(1));
    let expected = format!("image: cannot listen on {address} (LISTEN_ADDR): Address already in use (os error 98)\n");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
}

#[test]
fn an_unknown_argument_ends_it_with_the_usage() {
    let output = run(&["serve"], &[]);

    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("image: usage: "));
}

#[test]
fn health_subcommand_succeeds_when_the_service_is_healthy() {
    let image = Image::start(&[]);

    let address = image.address().to_string();

    // Its own time limit is short, and may be missed once when the machine is busy.
    eventually("the service to be healthy", || {
        let output = run(&["health"], &[("LISTEN_ADDR", &address)]);
        (output.status.code() == Some(0) && output.stderr.is_empty()).then_some(())
    });
}

#[test]
fn health_subcommand_fails_when_nothing_listens() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();

    let output = run(&["health"], &[("LISTEN_ADDR", &free)]);

    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with(&format!("image: unhealthy: http://{free}/health: ")), "{stderr}");
}

#[test]
fn health_subcommand_fails_when_the_answer_is_not_200() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in other.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
        }
    });

    eventually("the 503 to be noticed", || {
        let output = run(&["health"], &[("LISTEN_ADDR", &address)]);

        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap().contains("answered 503").then_some(())
    });
}

#[test]
fn health_subcommand_fails_when_the_service_hangs() {
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let started = Instant::now();

    let output = run(&["health"], &[("LISTEN_ADDR", &hanging.local_addr().unwrap().to_string())]);

    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("no answer within 2 s"), "{stderr}");
    assert!(started.elapsed() >= Duration::from_secs(2));
}

#[test]
fn health_subcommand_never_answers_anything_but_0_or_1() {
    assert_eq!(run(&["health"], &[("LISTEN_ADDR", "3000")]).status.code(), Some(1));
}
