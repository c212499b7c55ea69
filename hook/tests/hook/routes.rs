//! What green answers, and what the hook makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use crate::server::{Reply, Seen, Server, nobody};
use crate::world::{BLUE, GREEN, World, green, version};

/// Green, but for one route.
fn green_except(path: &'static str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> impl Fn(&Seen) -> Reply {
    move |request| if request.path() == path { reply() } else { green() }
}

/// `before` for the first so many requests of each route, green from then on.
fn green_after(count: usize, before: impl Fn() -> Reply) -> impl Fn(&Seen) -> Reply {
    let seen = Mutex::new(BTreeMap::new());
    move |request| {
        let mut seen = seen.lock().unwrap();
        let times = seen.entry(request.path().to_owned()).or_insert(0);
        *times += 1;
        if *times <= count { before() } else { green() }
    }
}

#[tokio::test]
async fn reports_succeeded_when_all_is_good() {
    let told = World::new(|_| green()).await.invoke().await;

    told.assert_succeeded();
    let line = told.check_line("/one");
    for (key, value) in [
        ("deployment_id", json!("d-ABCDEF123")),
        ("method", json!("GET")),
        ("passed", json!(true)),
        ("attempts", json!(1)),
        ("status", json!(200)),
        ("identity", json!(GREEN)),
        ("expected_identity", json!(GREEN)),
        ("reason", json!(null)),
    ] {
        assert_eq!(line[key], value, "{key} in {line}");
    }
    assert!(line["duration_ms"].is_u64() && line["elapsed_ms"].is_u64(), "{line}");
    let line = told.verdict_line();
    assert_eq!((&line["status"], &line["passed"], &line["failed"]), (&json!("Succeeded"), &json!(3), &json!(0)));
    assert_eq!((&line["reported"], &line["put_attempts"], &line["put_error"]), (&json!(true), &json!(1), &json!(null)));
    assert_eq!(told.exit.lines.len(), 4);
}

#[tokio::test]
async fn reports_failed_when_a_route_answers_500() {
    let broken = || Reply::new(500, "").header("x-task-definition", GREEN);

    let told = World::new(green_except("/two", broken)).await.invoke().await;

    told.assert_failed("1 of 3 checks failed: GET /two: answered 500, expected 200");
    assert_eq!(told.check_line("/one")["passed"], true);
    assert_eq!(told.check_line("/two")["passed"], false);
    assert_eq!(told.check_line("/two")["status"], 500);
}

#[tokio::test]
async fn reports_failed_when_a_route_times_out() {
    let world = World::new(green_except("/two", || Reply::Hang)).await.env("REQUEST_TIMEOUT_MS", "300");

    let told = world.invoke().await;

    told.assert_failed("GET /two: no complete answer within 300 ms");
    assert_eq!(told.check_line("/two")["status"], json!(null));
}

#[tokio::test]
async fn reports_failed_when_the_connection_is_refused() {
    let (_socket, address) = nobody();

    let told = World::new(|_| green()).await.env("ALB_URL", format!("http://{address}")).invoke().await;

    told.assert_failed("Connection refused");
}

#[tokio::test]
async fn reports_failed_when_a_body_breaks_off() {
    let told = World::new(|_| Reply::BreakOff).await.env("IDENTITY", "off").invoke().await;

    told.assert_failed("the body broke off");
}

#[tokio::test]
async fn reports_failed_when_a_body_is_not_json() {
    let told = World::new(|request| {
        let body = match request.path() {
            "/html" => "<html>",
            "/half" => r#"{"key": "#,
            _ => "",
        };
        Reply::new(200, body).header("x-task-definition", GREEN)
    })
    .await
    .checks(&json!(["/html", "/half", "/empty"].map(|path| json!({"path": path, "json": {}}))))
    .invoke()
    .await;

    told.assert_failed("3 of 3 checks failed");
    assert!(told.check_line("/html")["reason"].as_str().unwrap().starts_with("the body is not valid JSON"));
    assert!(told.check_line("/half")["reason"].as_str().unwrap().starts_with("the body is not valid JSON"));
    assert_eq!(told.check_line("/empty")["reason"], "the body is empty, expected JSON");
}

#[tokio::test]
async fn a_subset_mismatch_names_the_key() {
    let checks = json!([{"path": "/one", "json": {"key": "route_one from Green", "n": 2}}]);

    let told = World::new(|_| green()).await.checks(&checks).invoke().await;

    told.assert_failed("GET /one: json /n: expected 2, got 1");
}

#[tokio::test]
async fn a_body_may_contain_more_than_its_check_expects() {
    let checks = json!([{"path": "/one", "json": {"key": "route_one from Green"}}]);

    World::new(|_| green()).await.checks(&checks).invoke().await.assert_succeeded();
}

#[tokio::test]
async fn blue_answering_200_everywhere_is_not_green() {
    let told = World::new(|_| version(BLUE)).await.invoke().await;

    told.assert_failed(r#"x-task-definition is "api:6", expected "api:7": another version answered"#);
    let line = told.check_line("/one");
    assert_eq!((&line["status"], &line["identity"]), (&json!(200), &json!(BLUE)));
}

#[tokio::test]
async fn one_blue_answer_among_green_ones_is_enough_to_fail() {
    let told = World::new(green_except("/three", || version(BLUE))).await.invoke().await;

    told.assert_failed("1 of 3 checks failed: GET /three");
}

#[tokio::test]
async fn blue_first_then_green_succeeds_within_the_warm_up() {
    let told = World::new(green_after(1, || version(BLUE))).await.warmup(30).invoke().await;

    told.assert_succeeded();
    let line = told.check_line("/one");
    assert_eq!((&line["identity"], &line["attempts"]), (&json!(GREEN), &json!(2)));
}

#[tokio::test]
async fn a_route_that_recovers_within_the_warm_up_succeeds() {
    let told = World::new(green_after(2, || Reply::new(503, ""))).await.warmup(30).invoke().await;

    told.assert_succeeded();
}

#[tokio::test]
async fn a_failing_check_is_retried_until_the_warm_up_is_over() {
    let told = World::new(|_| version(BLUE)).await.warmup(1).invoke().await;

    told.assert_failed("another version answered");
    let line = told.check_line("/one");
    assert!(line["attempts"].as_u64().unwrap() > 2, "{line}");
    assert!(line["elapsed_ms"].as_u64().unwrap() >= 1000, "{line}");
}

#[tokio::test]
async fn no_warm_up_means_one_attempt() {
    let told = World::new(|_| Reply::new(503, "")).await.warmup(0).invoke().await;

    told.assert_failed("answered 503, expected 200");
    assert_eq!(told.alb.seen().len(), 3);
}

#[tokio::test]
async fn an_absent_identity_header_is_not_green_where_it_is_required() {
    let told = World::new(|_| Reply::new(200, "")).await.env("IDENTITY", "header").invoke().await;

    told.assert_failed(r#"x-task-definition is absent, expected "api:7""#);
    assert_eq!(told.check_line("/one")["identity"], json!(null));
}

#[tokio::test]
async fn an_endless_identity_does_not_flood_the_log() {
    let told = World::new(|_| version(&"api:7".repeat(1000))).await.invoke().await;

    told.assert_failed("that is no family:revision");
    assert_eq!(told.check_line("/one")["identity"].as_str().unwrap().len(), 300);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(|_| green()).await;
    let target = format!("{}/one", elsewhere.url());
    let redirect =
        move |_: &Seen| Reply::new(302, "").header("location", target.clone()).header("x-task-definition", GREEN);

    let told = World::new(redirect).await.invoke().await;

    told.assert_failed("answered 302 (redirects are not followed), expected 200");
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_that_is_expected_passes() {
    let redirect = |_: &Seen| Reply::new(308, "").header("location", "/").header("x-task-definition", GREEN);
    let checks = json!([{"path": "/old", "status": 308}]);

    World::new(redirect).await.checks(&checks).invoke().await.assert_succeeded();
}

#[tokio::test]
async fn every_attempt_has_a_connection_of_its_own() {
    let told = World::new(green_after(1, || version(BLUE))).await.warmup(30).invoke().await;

    told.assert_succeeded();
    let requests = told.alb.seen();
    let connections: BTreeSet<usize> = requests.iter().map(|request| request.connection).collect();
    assert_eq!(connections.len(), requests.len());
}

#[tokio::test]
async fn the_method_and_the_query_reach_green() {
    let checks = json!([
        {"path": "/orders?dry-run=1", "method": "POST", "status": 201},
        {"path": "/health", "method": "head"},
    ]);
    let told = World::new(|request| {
        let status = if request.method == "POST" { 201 } else { 200 };
        Reply::new(status, "").header("x-task-definition", GREEN)
    })
    .await
    .checks(&checks)
    .invoke()
    .await;

    told.assert_succeeded();
    let seen: BTreeSet<_> = told.alb.seen().into_iter().map(|request| (request.method, request.target)).collect();
    let expected = [("HEAD", "/health"), ("POST", "/orders?dry-run=1")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(seen, BTreeSet::from(expected));
}

#[tokio::test]
async fn a_trailing_slash_on_the_url_changes_nothing() {
    let world = World::new(|_| green()).await;
    let url = format!("{}/", world.alb.url());

    let told = world.env("ALB_URL", url).invoke().await;

    told.assert_succeeded();
    assert!(told.alb.seen().iter().all(|request| !request.target.starts_with("//")));
}

#[tokio::test]
async fn the_attempt_that_passes_must_be_fast_enough() {
    let slow_at_first = green_after(1, || green().after(Duration::from_millis(700)));
    let checks = json!([{"path": "/one", "max_ms": 500}]);

    let told = World::new(slow_at_first).await.checks(&checks).warmup(30).invoke().await;

    told.assert_succeeded();
    assert!(told.check_line("/one")["attempts"].as_u64().unwrap() >= 2);
}

#[tokio::test]
async fn reports_failed_when_green_stays_too_slow() {
    let slow = |_: &Seen| green().after(Duration::from_millis(100));
    let checks = json!([{"path": "/one", "max_ms": 50}]);

    let told = World::new(slow).await.checks(&checks).invoke().await;

    told.assert_failed("ms, max_ms is 50");
}
