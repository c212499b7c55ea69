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

#[tokio::test]
async fn a_check_may_have_headers_of_its_own() {
    let checks = json!([
        {"path": "/one", "headers": {"Host": "api.example.com", "Authorization": "Bearer abc", "X-Literal": "${a} \"b\""}},
        {"path": "/two", "method": "POST", "headers": {"USER-AGENT": "smoke test", "accept-encoding": "gzip"}},
        {"path": "/three"},
    ]);

    let told = World::new(|_| green()).await.checks(&checks).invoke().await;

    told.assert_succeeded();
    let own = |path: &str| {
        let seen = told.alb.seen().into_iter().find(|request| request.path() == path).unwrap();
        let text = |name: &str| seen.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        ["host", "authorization", "x-literal", "user-agent", "accept-encoding"].map(text)
    };
    let [alb, agent] = [told.alb.address.to_string(), format!("greenlight-hook/{}", env!("CARGO_PKG_VERSION"))];
    let expected = |headers: [Option<&str>; 5]| headers.map(|value| value.map(str::to_owned));
    assert_eq!(
        own("/one"),
        expected([Some("api.example.com"), Some("Bearer abc"), Some(r#"${a} "b""#), Some(&agent), Some("identity")])
    );
    assert_eq!(own("/two"), expected([Some(&alb), None, None, Some("smoke test"), Some("gzip")]));
    assert_eq!(own("/three"), expected([Some(&alb), None, None, Some(&agent), Some("identity")]));
}

#[tokio::test]
async fn headers_of_a_check_are_sent_with_each_attempt() {
    let refused = |request: &Seen| {
        let status =
            if request.headers.get("authorization").is_some_and(|given| given == "Bearer abc") { 503 } else { 401 };
        Reply::new(status, "").header("x-task-definition", GREEN)
    };
    let checks = json!([{"path": "/one", "headers": {"Authorization": "Bearer abc"}}]);

    let told = World::new(refused).await.checks(&checks).warmup(1).invoke().await;

    told.assert_failed("GET /one: answered 503, expected 200");
    assert!(told.alb.seen().len() > 1);
}

#[tokio::test]
async fn a_value_of_a_header_is_never_logged() {
    let headers = json!({"Authorization": "Bearer s3cr3t", "X-Wrong": "s3cr3t\n"});
    for checks in [
        json!([{"path": "/one", "headers": {"Authorization": "Bearer s3cr3t"}}]),
        json!([{"path": "/one", "headers": headers}]),
    ] {
        let told = World::new(|_| Reply::new(401, "")).await.checks(&checks).invoke().await;

        assert_eq!(told.verdicts(), ["Failed"]);
        let lines: Vec<String> = told.exit.lines.iter().map(ToString::to_string).collect();
        assert!(!lines.join("\n").contains("s3cr3t"), "{lines:?}");
    }
}
