//! Telling CodeDeploy, however hard it makes that, and what ends as an invocation error.

use std::time::Duration;

use serde_json::json;

use crate::codedeploy::{Fault, PUT};
use crate::server::Reply;
use crate::world::{World, event, green};

#[tokio::test]
async fn a_put_throttled_three_times_is_accepted_in_the_end() {
    let told = World::new(|_| green()).await.faults(PUT, [Fault::Error("ThrottlingException"); 3]).invoke().await;

    told.assert_succeeded();
    assert_eq!(told.verdict_line()["put_attempts"], 4);
}

#[tokio::test]
async fn a_put_that_hangs_once_is_repeated() {
    let told = World::new(|_| green()).await.faults(PUT, [Fault::Hang]).deadline(Duration::from_secs(6)).invoke().await;

    told.assert_succeeded();
    assert!(told.exit.ends[0].took < Duration::from_secs(6), "{:?}", told.exit.ends);
}

#[tokio::test]
async fn a_put_met_by_a_broken_server_is_repeated() {
    let told = World::new(|_| green()).await.faults(PUT, [Fault::Html500]).invoke().await;

    told.assert_succeeded();
}

#[tokio::test]
async fn a_put_refused_at_first_is_repeated() {
    let told = World::new(|_| green()).await.faults(PUT, [Fault::Error("AccessDeniedException"); 2]).invoke().await;

    told.assert_succeeded();
}

#[tokio::test]
async fn a_put_whose_answer_is_lost_counts_as_done() {
    let told = World::new(|_| green()).await.faults(PUT, [Fault::LostAnswer]).deadline(Duration::from_secs(6));

    let told = told.invoke().await;

    told.assert_succeeded();
    assert_eq!(told.codedeploy.calls(PUT).len(), 2);
}

#[tokio::test]
async fn an_event_that_is_already_completed_counts_as_done() {
    let told = World::new(|_| green()).await.script(|script| script.completed = true).invoke().await;

    assert!(told.exit.ends[0].result.is_ok(), "{:?}", told.exit.ends);
    assert_eq!(told.verdict_line()["reported"], true);
    assert_eq!(told.codedeploy.calls(PUT).len(), 1);
}

#[tokio::test]
async fn errs_when_the_put_is_refused_until_the_time_is_up() {
    let world = World::new(|_| green()).await.deadline(Duration::from_secs(5));

    let told = world.faults(PUT, [Fault::Error("AccessDeniedException"); 50]).invoke().await;

    assert_eq!(told.error()["errorType"], "NotReported");
    let message = told.error()["errorMessage"].as_str().unwrap();
    assert!(message.starts_with("CodeDeploy did not accept Succeeded: AccessDeniedException"), "{message}");
    assert!(told.exit.ends[0].took < Duration::from_secs(5), "{:?}", told.exit.ends);
    let line = told.verdict_line();
    assert_eq!((&line["reported"], &line["status"]), (&json!(false), &json!("Succeeded")));
    assert!(line["put_error"].as_str().unwrap().starts_with("AccessDeniedException"), "{line}");
    assert!(line["put_attempts"].as_u64().unwrap() > 2, "{line}");
}

#[tokio::test]
async fn errs_at_once_when_the_put_can_never_be_accepted() {
    let other = json!({"DeploymentId": "d-ABCDEF123", "LifecycleEventHookExecutionId": "made-up"}).to_string();

    let told = World::new(|_| green()).await.events(vec![other]).invoke().await;

    let message = told.error()["errorMessage"].as_str().unwrap();
    assert!(message.contains("InvalidLifecycleEventHookExecutionIdException"), "{message}");
    assert_eq!(told.codedeploy.calls(PUT).len(), 1);
}

#[tokio::test]
async fn errs_when_the_deployment_is_unknown() {
    let other = json!({"DeploymentId": "d-000000000", "LifecycleEventHookExecutionId": "made-up"}).to_string();

    let told = World::new(|_| green()).await.events(vec![other]).invoke().await;

    let message = told.error()["errorMessage"].as_str().unwrap();
    assert!(message.starts_with("CodeDeploy did not accept Failed: DeploymentDoesNotExistException"), "{message}");
    let reason = told.verdict_line()["reason"].as_str().unwrap();
    assert!(reason.contains("GetDeployment") && reason.contains("DeploymentDoesNotExistException"), "{reason}");
}

#[tokio::test]
async fn errs_when_the_event_is_malformed_and_goes_on_to_the_next() {
    let malformed = ["{}", "[]", "null", r#""text""#, r#"{"DeploymentId": 7, "LifecycleEventHookExecutionId": "x"}"#];
    let events = malformed.into_iter().map(str::to_owned).chain([event()]).collect();

    let told = World::new(|_| green()).await.events(events).invoke().await;

    let (last, before) = told.exit.ends.split_last().unwrap();
    for end in before {
        let error = end.result.as_ref().unwrap_err();
        assert_eq!(error["errorType"], "UnreadableEvent");
    }
    let lines = told.exit.lines.iter().filter(|line| line["greenlight"] == "error");
    assert_eq!(lines.count(), malformed.len());
    assert!(last.result.is_ok(), "{last:?}");
    assert_eq!(told.verdicts(), ["Succeeded"]);
}

#[tokio::test]
async fn an_event_that_is_not_json_at_all_is_an_invocation_error() {
    let told = World::new(|_| green()).await.events(vec!["{".to_owned(), event()]).invoke().await;

    assert!(told.exit.ends[0].result.is_err());
    assert_eq!(told.verdicts(), ["Succeeded"]);
}

#[tokio::test]
async fn two_invocations_in_one_process_are_judged_apart() {
    let requests = std::sync::atomic::AtomicUsize::new(0);
    let alb = move |_: &_| match requests.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0..3 => green(),
        _ => Reply::new(500, ""),
    };

    let told = World::new(alb).await.events(vec![event(), event()]).invoke().await;

    let results: Vec<_> = told.exit.ends.iter().map(|end| end.result.as_ref().unwrap()["status"].clone()).collect();
    assert_eq!(results, ["Succeeded", "Failed"]);
    let lines: Vec<_> = told.exit.lines.iter().filter(|line| line["greenlight"] == "verdict").collect();
    assert_eq!((&lines[0]["passed"], &lines[1]["failed"]), (&json!(3), &json!(3)));
    // The second is an event that has its answer already: it is reported, and changes nothing.
    assert_eq!(told.verdicts(), ["Succeeded"]);
}
