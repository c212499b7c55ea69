//! Answers that are right, in forms that are not usual; and what is said of those that cannot be read.

use serde_json::{Value, json};

use crate::server::{Reply, Seen};
use crate::world::{BLUE, GREEN, World, green};

/// One check of a body.
fn check() -> Value {
    json!([{"path": "/one", "json": {"n": 1}}])
}

async fn answered(reply: impl Fn() -> Reply + Send + Sync + 'static) -> crate::world::Told {
    World::new(move |_: &Seen| reply()).await.checks(&check()).invoke().await
}

fn with_body(body: impl Into<Vec<u8>>) -> Reply {
    Reply::new(200, body).header("x-task-definition", GREEN)
}

#[tokio::test]
async fn an_answer_may_have_hundreds_of_headers() {
    let many = || (0..1500).fold(green(), |reply, n| reply.header(&format!("x-{n}"), "some value"));

    answered(many).await.assert_succeeded();
}

#[tokio::test]
async fn an_endless_head_is_named() {
    let endless = || (0..10_000).fold(green(), |reply, n| reply.header(&format!("x-{n}"), "v"));

    answered(endless).await.assert_failed("GET /one: the answer cannot be read: message head is too large");
}

#[tokio::test]
async fn an_answer_may_have_a_very_long_header() {
    let long = || green().header("content-security-policy", "x".repeat(60_000));

    answered(long).await.assert_succeeded();
}

#[tokio::test]
async fn an_answer_may_have_a_header_that_is_not_utf_8() {
    let latin_1 = || green().header("content-disposition", b"attachment; filename=\"gr\xf6\xdfe\"");

    answered(latin_1).await.assert_succeeded();
}

#[tokio::test]
async fn an_answer_may_have_a_body_of_a_megabyte() {
    let body = json!({"n": 1, "padding": "x".repeat(1_000_000)}).to_string();

    answered(move || with_body(body.clone())).await.assert_succeeded();
}

#[tokio::test]
async fn a_byte_order_mark_before_json_is_passed_over() {
    answered(|| with_body("\u{feff}{\"n\": 1}")).await.assert_succeeded();
    answered(|| with_body("\u{feff}")).await.assert_failed("GET /one: the body is empty, expected JSON");
}

#[tokio::test]
async fn a_compressed_body_is_named_by_its_encoding() {
    for encoding in ["gzip", "deflate", "br", "zstd", "GZIP"] {
        let told = answered(move || with_body(b"\x1f\x8b\x08\x00").header("content-encoding", encoding)).await;

        told.assert_failed(&format!(
            "GET /one: the body has content-encoding {}, which the hook does not decode: json needs an answer that \
             heeds accept-encoding: identity",
            encoding.to_lowercase()
        ));
    }
}

#[tokio::test]
async fn a_body_encoded_as_itself_is_read() {
    for encoding in ["identity", "Identity", ""] {
        answered(move || green().header("content-encoding", encoding)).await.assert_succeeded();
    }
}

#[tokio::test]
async fn a_compressed_body_that_is_not_compared_is_no_failure() {
    let told = World::new(|_| with_body(b"\x1f\x8b").header("content-encoding", "gzip")).await.invoke().await;

    told.assert_succeeded();
}

#[tokio::test]
async fn a_body_that_looks_compressed_or_is_utf_16_is_named() {
    let cases: [(&[u8], &str); 3] = [
        (b"\x1f\x8b\x08\x00", "the body is gzip, without a content-encoding that says so"),
        (b"\xff\xfe{\0}\0", "the body is UTF-16, expected JSON in UTF-8"),
        (b"\xfe\xff\0{\0}", "the body is UTF-16, expected JSON in UTF-8"),
    ];
    for (body, reason) in cases {
        answered(move || with_body(body)).await.assert_failed(&format!("GET /one: {reason}"));
    }
}

#[tokio::test]
async fn an_identity_said_twice_is_one() {
    let told = answered(|| green().header("X-Task-Definition", GREEN)).await;

    told.assert_succeeded();
    assert_eq!(told.check_line("/one")["identity"], GREEN);
    let joined = format!("{GREEN}, {GREEN}");
    answered(move || Reply::new(200, r#"{"n": 1}"#).header("x-task-definition", joined.clone()))
        .await
        .assert_succeeded();
}

#[tokio::test]
async fn countless_identities_do_not_hold_up_the_hook() {
    let countless = (0..50_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");

    let told = answered(move || green().header("x-task-definition", countless.clone())).await;

    told.assert_failed("the answer names several versions");
    assert_eq!(told.check_line("/one")["identity"].as_str().unwrap().len(), 300);
}

#[tokio::test]
async fn two_identities_in_one_answer_prove_nothing() {
    let told = answered(|| green().header("x-task-definition", BLUE)).await;

    told.assert_failed(
        r#"GET /one: x-task-definition is "api:7, api:6", expected "api:7" alone: the answer names several versions"#,
    );
}

#[tokio::test]
async fn an_identity_that_is_no_version_is_not_called_another_version() {
    let cases = [
        ("", r#"x-task-definition is empty, expected "api:7""#),
        ("unknown", r#"x-task-definition is "unknown", expected "api:7": that is no family:revision"#),
        ("api", r#"x-task-definition is "api", expected "api:7": that is no family:revision"#),
    ];
    for (value, reason) in cases {
        let told = answered(move || Reply::new(200, r#"{"n": 1}"#).header("x-task-definition", value)).await;

        told.assert_failed(&format!("GET /one: {reason}"));
    }
}
