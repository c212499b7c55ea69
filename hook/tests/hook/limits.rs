//! Time and memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::codedeploy::{Fault, PUT};
use crate::server::{Reply, Seen};
use crate::world::{GREEN, World, green};

const MIB: u64 = 1024 * 1024;

#[tokio::test]
async fn a_route_that_hangs_past_the_deadline_is_answered_before_it() {
    let deadline = Duration::from_secs(10);
    let world = World::new(|_| Reply::Hang).await.env("REQUEST_TIMEOUT_MS", "60000").warmup(60).deadline(deadline);

    let told = world.faults(PUT, [Fault::Hang]).invoke().await;

    told.assert_failed("no complete answer before the function's own time ran out");
    assert!(told.exit.ends[0].took < deadline, "{:?}", told.exit.ends);
    assert_eq!(told.check_line("/one")["passed"], false);
}

#[tokio::test]
async fn a_warm_up_longer_than_the_deadline_ends_in_time() {
    let deadline = Duration::from_secs(5);

    let told = World::new(|_| Reply::new(503, "")).await.warmup(600).deadline(deadline).invoke().await;

    told.assert_failed("answered 503, expected 200");
    assert!(told.exit.ends[0].took < deadline, "{:?}", told.exit.ends);
}

#[tokio::test]
async fn an_attempt_cut_short_by_the_deadline_tells_what_the_one_before_saw() {
    let requests = AtomicUsize::new(0);
    let broken_then_silent = move |_: &Seen| match requests.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::new(503, ""),
        _ => Reply::Hang,
    };
    let world = World::new(broken_then_silent).await.checks(&json!([{"path": "/one"}])).warmup(600);

    let told = world.env("REQUEST_TIMEOUT_MS", "60000").deadline(Duration::from_secs(5)).invoke().await;

    told.assert_failed("the function's own time ran out; before that: answered 503, expected 200");
}

#[tokio::test]
async fn five_slow_routes_take_the_time_of_one() {
    let slow = |_: &Seen| green().after(Duration::from_millis(800));
    let checks: Vec<Value> = (0..5).map(|n| json!({"path": format!("/{n}")})).collect();

    let told = World::new(slow).await.checks(&json!(checks)).invoke().await;

    told.assert_succeeded();
    let took = told.exit.ends[0].took;
    assert!(took >= Duration::from_millis(800) && took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn four_bodies_of_50_mb_stay_out_of_memory() {
    let large = |_: &Seen| Reply::Large { headers: Vec::new(), size: 50_000_000 }.header("x-task-definition", GREEN);
    let checks: Vec<Value> = (0..4).map(|n| json!({"path": format!("/{n}"), "json": {}})).collect();

    let told = World::new(large).await.checks(&json!(checks)).warmup(1).invoke().await;

    told.assert_failed("4 of 4 checks failed: GET /0: the body is larger than 1048576 bytes");
    assert!(told.exit.peak_bytes < 64 * MIB, "{} MiB", told.exit.peak_bytes / MIB);
}

#[tokio::test]
async fn a_large_body_that_is_not_compared_is_no_failure() {
    let large = |_: &Seen| Reply::Large { headers: Vec::new(), size: 50_000_000 }.header("x-task-definition", GREEN);

    World::new(large).await.invoke().await.assert_succeeded();
}

#[tokio::test]
async fn many_checks_do_not_reach_green_all_at_once() {
    static NOW: AtomicUsize = AtomicUsize::new(0);
    // The count is taken when a request has come in; each stays for longer than all of them need to arrive.
    let counting = |_: &Seen| {
        let at_once = NOW.fetch_add(1, Ordering::Relaxed) + 1;
        std::thread::spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            NOW.fetch_sub(1, Ordering::Relaxed);
        });
        let status = if at_once > 8 { 500 } else { 200 };
        Reply::new(status, "").header("x-task-definition", GREEN).after(Duration::from_millis(150))
    };
    let checks: Vec<Value> = (0..20).map(|n| json!({"path": format!("/{n}")})).collect();

    World::new(counting).await.checks(&json!(checks)).invoke().await.assert_succeeded();
}
