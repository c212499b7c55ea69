//! What green is sent.

use serde_json::json;

use crate::server::{Reply, Seen};
use crate::world::{GREEN, World, green};

/// As strict servers are: what may have a body says how long it is, even if it has none.
fn strict(request: &Seen) -> Reply {
    let may_have_a_body = ["POST", "PUT", "PATCH"].contains(&request.method.as_str());
    let status = if may_have_a_body && !request.headers.contains_key("content-length") { 411 } else { 200 };
    Reply::new(status, "").header("x-task-definition", GREEN)
}

#[tokio::test]
async fn a_request_that_may_have_a_body_says_that_it_has_none() {
    let checks = json!(["POST", "PUT", "PATCH"].map(|method| json!({"path": "/one", "method": method})));

    let told = World::new(strict).await.checks(&checks).invoke().await;

    told.assert_succeeded();
    for request in told.alb.seen() {
        assert_eq!(request.headers["content-length"], "0", "{}", request.method);
        assert!(request.body.is_empty());
    }
}

#[tokio::test]
async fn a_request_that_has_no_body_by_its_method_says_nothing_of_one() {
    let checks = json!(["GET", "HEAD", "DELETE", "OPTIONS"].map(|method| json!({"path": "/one", "method": method})));

    let told = World::new(strict).await.checks(&checks).invoke().await;

    told.assert_succeeded();
    for request in told.alb.seen() {
        for name in ["content-length", "transfer-encoding"] {
            assert!(!request.headers.contains_key(name), "{} {name}", request.method);
        }
    }
}

#[tokio::test]
async fn a_body_is_asked_for_as_it_is() {
    let told = World::new(|_| green()).await.invoke().await;

    told.assert_succeeded();
    let asked: Vec<_> = told.alb.seen().into_iter().map(|request| request.headers["accept-encoding"].clone()).collect();
    assert_eq!(asked, ["identity"; 3]);
}
