//! An event that only keeps the function awake between releases.

use serde_json::{Value, json};

use crate::world::{World, event, green};

/// What the modules' schedule and the release CLI send, by their own tests.
const WAKE: &str = include_str!("../../../contracts/wake.json");

#[tokio::test]
async fn it_is_answered_without_checks_and_without_a_call_to_aws() {
    for checks in [r#"[{"path": "/one"}]"#, "broken"] {
        let told = World::new(|_| green()).await.env("CHECKS", checks).events(vec![WAKE.to_owned()]).invoke().await;

        assert_eq!(told.exit.ends[0].result, Ok(Value::Null));
        assert_eq!(told.exit.lines, [json!({"greenlight": "wake"})]);
        assert!(told.alb.seen().is_empty() && told.codedeploy.server.seen().is_empty() && told.elb.seen().is_empty());
    }
}

#[tokio::test]
async fn a_release_after_it_is_judged_as_ever() {
    let told = World::new(|_| green()).await.events(vec![WAKE.to_owned(), event()]).invoke().await;

    told.assert_succeeded();
}
