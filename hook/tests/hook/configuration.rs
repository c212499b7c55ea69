//! A broken configuration is an answer, at each event, and never a crash.

use serde_json::json;

use crate::codedeploy::PUT;
use crate::world::{World, event, green};

#[tokio::test]
async fn a_broken_configuration_is_answered_as_failed_with_the_reason() {
    let cases = [
        ("CHECKS", "{", "CHECKS cannot be read"),
        ("CHECKS", r#"{"path": "/one"}"#, "CHECKS cannot be read"),
        ("CHECKS", "[]", "CHECKS is empty"),
        ("CHECKS", r#"[{"path": "/one", "stauts": 200}]"#, "CHECKS[0]: \"stauts\" is unknown"),
        ("ALB_URL", "internal-dev.elb.amazonaws.com", "ALB_URL is \"internal-dev.elb.amazonaws.com\""),
        ("ALB_URL", "http://internal-dev.elb.amazonaws.com", "with scheme and port"),
        ("WARMUP_SECONDS", "soon", "WARMUP_SECONDS is \"soon\", expected a whole number from 0 to 900"),
        ("REQUEST_TIMEOUT_MS", "0", "REQUEST_TIMEOUT_MS is \"0\""),
        ("IDENTITY", "on", "IDENTITY is \"on\", expected auto, header, listener or off"),
        ("IDENTITY_HEADER", "x task", "IDENTITY_HEADER is \"x task\""),
        ("IDENTITY_HEADER", "", "to check no identity, set IDENTITY=off"),
    ];
    for (name, value, reason) in cases {
        let told = World::new(|_| green()).await.env(name, value).invoke().await;

        told.assert_failed(reason);
        assert!(told.alb.seen().is_empty(), "{name}={value}");
    }
}

#[tokio::test]
async fn a_missing_variable_is_answered_as_failed_with_the_reason() {
    for name in ["ALB_URL", "CHECKS"] {
        let told = World::new(|_| green()).await.without(name).invoke().await;

        told.assert_failed(&format!("the hook's configuration is broken: {name} is not set"));
    }
}

#[tokio::test]
async fn a_broken_configuration_is_answered_at_each_event_by_one_process() {
    let world = World::new(|_| green()).await.env("CHECKS", "").events(vec![event(), event()]);

    let told = world.invoke().await;

    let results: Vec<_> = told.exit.ends.iter().map(|end| end.result.as_ref().unwrap()["status"].clone()).collect();
    assert_eq!(results, [json!("Failed"), json!("Failed")]);
    assert_eq!(told.codedeploy.calls(PUT).len(), 2);
}
