//! Learning from CodeDeploy which version has to answer.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::codedeploy::{APPSPEC, Fault, GET_DEPLOYMENT, GET_REVISION, PUT};
use crate::server::Reply;
use crate::world::{BLUE, World, green, version};

#[tokio::test]
async fn reports_failed_when_getdeployment_is_refused() {
    let world = World::new(|_| green()).await.deadline(Duration::from_secs(5));

    let told = world.faults(GET_DEPLOYMENT, [Fault::Error("AccessDeniedException"); 50]).invoke().await;

    told.assert_failed("GetDeployment did not say what is being deployed: AccessDeniedException: made up for a test");
    assert!(told.alb.seen().is_empty());
}

#[tokio::test]
async fn reports_failed_when_getapplicationrevision_is_refused() {
    let world = World::new(|_| green()).await.deadline(Duration::from_secs(5));

    let told = world.faults(GET_REVISION, [Fault::Error("AccessDeniedException"); 50]).invoke().await;

    told.assert_failed("GetApplicationRevision did not give the AppSpec: AccessDeniedException: made up for a test");
}

#[tokio::test]
async fn reports_failed_when_something_else_answers_for_codedeploy() {
    let world = World::new(|_| green()).await.deadline(Duration::from_secs(5));

    let told = world.faults(GET_DEPLOYMENT, [Fault::Html500; 50]).invoke().await;

    told.assert_failed("GetDeployment did not say what is being deployed: HTTP status 500 and nothing that");
}

#[tokio::test]
async fn a_refusal_that_does_not_last_is_overcome() {
    let refused = [Fault::Error("AccessDeniedException")];
    let world = World::new(|_| green()).await.faults(GET_DEPLOYMENT, refused).faults(GET_REVISION, refused);

    world.invoke().await.assert_succeeded();
}

#[tokio::test]
async fn throttled_questions_are_asked_again() {
    let throttled = [Fault::Error("ThrottlingException"); 3];
    let world = World::new(|_| green()).await.faults(GET_DEPLOYMENT, throttled).faults(GET_REVISION, throttled);

    let told = world.invoke().await;

    told.assert_succeeded();
    assert_eq!(told.codedeploy.calls(GET_DEPLOYMENT).len(), 4);
    assert_eq!(told.codedeploy.calls(GET_REVISION).len(), 4);
}

#[tokio::test]
async fn a_question_that_hangs_once_is_asked_again() {
    let world = World::new(|_| green()).await.faults(GET_DEPLOYMENT, [Fault::Hang]).faults(GET_REVISION, [Fault::Hang]);

    world.deadline(Duration::from_secs(10)).invoke().await.assert_succeeded();
}

#[tokio::test]
async fn reports_failed_in_time_when_getdeployment_always_hangs() {
    let world = World::new(|_| green()).await.deadline(Duration::from_secs(5));

    let told = world.faults(GET_DEPLOYMENT, [Fault::Hang; 50]).invoke().await;

    told.assert_failed("GetDeployment did not say what is being deployed: no answer within");
    assert!(told.exit.ends[0].took < Duration::from_secs(5), "{:?}", told.exit.ends);
}

#[tokio::test]
async fn reports_failed_in_time_when_getapplicationrevision_always_hangs() {
    let world = World::new(|_| green()).await.deadline(Duration::from_secs(5));

    let told = world.faults(GET_REVISION, [Fault::Hang; 50]).invoke().await;

    told.assert_failed("GetApplicationRevision did not give the AppSpec: no answer within");
    assert!(told.exit.ends[0].took < Duration::from_secs(5), "{:?}", told.exit.ends);
}

#[tokio::test]
async fn an_s3_or_github_revision_is_refused_with_the_reason() {
    let revisions = [
        json!({"revisionType": "S3", "s3Location": {"bucket": "b", "key": "appspec.yaml", "bundleType": "YAML"}}),
        json!({"revisionType": "GitHub", "gitHubLocation": {"repository": "a/b", "commitId": "c"}}),
    ];
    for revision in revisions {
        let kind = revision["revisionType"].as_str().unwrap().to_owned();

        let told = World::new(|_| green()).await.script(|script| script.revision = revision).invoke().await;

        told.assert_failed(&format!("the revision is of type {kind}: only an AppSpec"));
    }
}

#[tokio::test]
async fn the_appspec_is_understood_in_every_spelling() {
    let json_appspec = json!({"version": 0.0, "Resources": [{"TargetService": {
        "Type": "AWS::ECS::Service",
        "Properties": {"TaskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/api:7"},
    }}]});
    let spellings = [
        APPSPEC.to_lowercase(),
        APPSPEC.replace("TaskDefinition", "taskDefinition"),
        json_appspec.to_string(),
        serde_json::to_string_pretty(&json_appspec).unwrap().to_lowercase(),
    ];
    for spelling in spellings {
        let told = World::new(|_| green()).await.script(|script| script.appspec = json!(spelling)).invoke().await;

        told.assert_succeeded();
    }
}

#[tokio::test]
async fn an_appspec_that_names_no_task_definition_is_refused_with_the_reason() {
    let cases = [(json!("version: 0.0"), "no list of Resources"), (Value::Null, "has no AppSpec content")];
    for (content, reason) in cases {
        let told = World::new(|_| green()).await.script(|script| script.appspec = content).invoke().await;

        told.assert_failed(reason);
    }
}

#[tokio::test]
async fn identity_off_lets_any_version_pass_and_logs_that() {
    let told = World::new(|_| version(BLUE)).await.env("IDENTITY", "off").invoke().await;

    told.assert_succeeded();
    assert!(told.codedeploy.calls(GET_DEPLOYMENT).is_empty());
    let line = told.verdict_line();
    assert_eq!((&line["identity_by"], &line["expected_identity"]), (&json!("off"), &Value::Null));
}

#[tokio::test]
async fn the_identity_may_be_in_another_header() {
    let told = World::new(|_| Reply::new(200, "").header("X-Served-By", "api:7"))
        .await
        .env("IDENTITY_HEADER", "x-served-by")
        .invoke()
        .await;

    told.assert_succeeded();
}

#[tokio::test]
async fn calls_are_signed_with_the_functions_credentials() {
    let told = World::new(|_| green()).await.invoke().await;

    for action in [GET_DEPLOYMENT, GET_REVISION, PUT] {
        let call = &told.codedeploy.calls(action)[0];
        let authorization = call.headers["authorization"].to_str().unwrap();
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
        assert!(authorization.contains("/us-east-1/codedeploy/aws4_request"), "{authorization}");
        assert_eq!(call.headers["x-amz-security-token"], "session");
    }
}

#[tokio::test]
async fn every_call_has_a_connection_of_its_own() {
    let told = World::new(|_| green()).await.invoke().await;

    let connections: BTreeSet<usize> = told.codedeploy.server.seen().iter().map(|call| call.connection).collect();
    assert_eq!(connections.len(), 3);
}
