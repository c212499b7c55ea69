//! Proof by the test listener, for images that do not say who they are. What it decides is tested beside the code; here
//! it is asked of AWS.

use std::time::Duration;

use serde_json::{Value, json};

use crate::codedeploy::{Fault, GET_DEPLOYMENT_GROUP, GET_DEPLOYMENT_TARGET};
use crate::elb::forward_to;
use crate::server::Reply;
use crate::world::{Told, World, green};

const SETTLE: Duration = Duration::from_secs(10);

/// An image that does not know what it is called.
fn unnamed() -> Reply {
    Reply::new(200, r#"{"status": "ok"}"#)
}

/// Assert that the checks that count were sent ten seconds after the first look was answered, and looked at again after.
fn assert_looked_around_the_checks(told: &Told) {
    let looks: Vec<_> = told.elb.seen().iter().map(|request| request.at).collect();
    let [first, last] = looks[..] else { panic!("{} looks", looks.len()) };
    let requests = told.alb.seen();
    let counting: Vec<_> = requests.iter().map(|request| request.at).filter(|at| *at > first).collect();
    assert_eq!(counting.len(), 3);
    assert!(counting.iter().all(|at| *at - first >= SETTLE && *at < last), "{first:?} {counting:?} {last:?}");
}

#[tokio::test]
async fn an_image_without_the_header_is_proven_by_the_test_listener() {
    let told = World::new(|_| unnamed()).await.invoke().await;

    told.assert_succeeded();
    assert_looked_around_the_checks(&told);
    assert_eq!(told.alb.seen().len(), 6);
    let line = told.verdict_line();
    assert_eq!((&line["identity_by"], &line["expected_identity"]), (&json!("listener"), &json!("api:7")));
    assert_eq!(told.check_line("/one")["identity"], Value::Null);
    assert_eq!(told.exit.lines.len(), 4);
}

#[tokio::test]
async fn an_image_with_the_header_needs_nothing_of_the_listener() {
    let told = World::new(|_| green()).await.invoke().await;

    told.assert_succeeded();
    assert_eq!(told.verdict_line()["identity_by"], "header");
    assert!(told.elb.seen().is_empty());
    assert!(told.codedeploy.calls(GET_DEPLOYMENT_GROUP).is_empty());
    assert!(told.codedeploy.calls(GET_DEPLOYMENT_TARGET).is_empty());
}

#[tokio::test]
async fn the_listener_alone_is_enough_where_it_is_chosen() {
    let told = World::new(|_| unnamed()).await.env("IDENTITY", "listener").invoke().await;

    told.assert_succeeded();
    assert_looked_around_the_checks(&told);
    assert_eq!(told.alb.seen().len(), 3);
}

#[tokio::test]
async fn a_test_listener_that_shows_the_live_version_is_refused() {
    let world = World::new(|_| unnamed()).await.elb(|elb| elb.looks = [forward_to("dev-api-blue")].into());

    let told = world.invoke().await;

    told.assert_failed(
        "3 of 3 checks were answered without x-task-definition, and the test listener does not prove that api:7 answers: \
         the default rule of arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/dev/50dc6c495c0c9188/\
         f2f7dc8efc522ab2 forwards to dev-api-blue, expected dev-api-green alone (hook.identity in the settings, IDENTITY \
         here, is auto)",
    );
    assert_eq!(told.verdict_line()["identity_by"], Value::Null);
}

#[tokio::test]
async fn a_test_listener_that_changes_during_the_checks_is_refused() {
    let looks = [forward_to("dev-api-green"), forward_to("dev-api-blue")];
    let world = World::new(|_| unnamed()).await.env("IDENTITY", "listener").elb(|elb| elb.looks = looks.into());

    world.invoke().await.assert_failed("forwards to dev-api-blue, expected dev-api-green alone");
}

#[tokio::test]
async fn every_page_of_the_rules_counts() {
    let rules = vec![
        ("1", vec![("dev-api-green", 1)]),
        ("2", vec![("dev-api-green", 90), ("dev-api-blue", 10)]),
        ("default", vec![("dev-api-green", 1)]),
    ];
    let world = World::new(|_| unnamed()).await.env("IDENTITY", "listener");

    let told = world.elb(|elb| (elb.looks, elb.page_size) = ([rules].into(), 1)).invoke().await;

    told.assert_failed("the rule with priority 2 of arn:");
    told.assert_failed(
        "forwards to dev-api-green (weight 90) and dev-api-blue (weight 10), expected dev-api-green alone",
    );
    assert_eq!(told.elb.seen().len(), 3);
}

#[tokio::test]
async fn a_deployment_group_without_a_test_listener_proves_nothing() {
    let world = World::new(|_| unnamed()).await.env("IDENTITY", "listener");

    let told = world.script(|script| script.test_traffic_route = Value::Null).invoke().await;

    told.assert_failed("GetDeploymentGroup did not name the test listener: the deployment group has no test listener");
}

#[tokio::test]
async fn a_candidate_that_codedeploy_does_not_name_yet_is_asked_for_again() {
    let world = World::new(|_| unnamed()).await.env("IDENTITY", "listener");

    let told = world.script(|script| script.labels = [json!("Blue"), json!("Green")].into()).invoke().await;

    told.assert_succeeded();
    assert_eq!(told.codedeploy.calls(GET_DEPLOYMENT_TARGET).len(), 2);
}

#[tokio::test]
async fn calls_for_the_proof_that_fail_at_first_are_repeated() {
    let throttled = [Fault::Error("Throttling"), Fault::Html500];
    let world = World::new(|_| unnamed()).await.env("IDENTITY", "listener").elb(|elb| elb.faults = throttled.into());

    let told = world
        .faults(GET_DEPLOYMENT_GROUP, [Fault::Error("ThrottlingException"), Fault::Hang])
        .faults(GET_DEPLOYMENT_TARGET, [Fault::Error("AccessDeniedException")])
        .invoke()
        .await;

    told.assert_succeeded();
}

#[tokio::test]
async fn a_listener_that_is_gone_is_named_at_once() {
    let world = World::new(|_| unnamed()).await.env("IDENTITY", "listener");
    let route = json!({"listenerArns": ["arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/dev/1/2"]});

    let told = world.script(|script| script.test_traffic_route = route).invoke().await;

    told.assert_failed("DescribeRules did not list the rules of arn:");
    told.assert_failed("listener/app/dev/1/2: ListenerNotFound: One or more listeners not found");
    assert_eq!(told.elb.seen().len(), 1);
}

#[tokio::test]
async fn one_endpoint_may_serve_every_service() {
    let elb = crate::elb::start(crate::elb::Script::default()).await;
    let codedeploy = crate::codedeploy::CodeDeploy::start(crate::codedeploy::Script::default()).await;
    let world = World::new(|_| unnamed()).await.env("IDENTITY", "listener");

    let told = world
        .env("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", "")
        .env("AWS_ENDPOINT_URL", elb.url())
        .env("AWS_ENDPOINT_URL_CODEDEPLOY", codedeploy.server.url())
        .invoke()
        .await;

    assert_eq!(codedeploy.accepted(), ["Succeeded"], "{:?}", told.exit);
    let authorization = elb.seen()[0].headers["authorization"].to_str().unwrap().to_owned();
    assert!(authorization.contains("/us-east-1/elasticloadbalancing/aws4_request"), "{authorization}");
}
