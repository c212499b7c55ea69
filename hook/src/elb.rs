//! Elastic Load Balancing through the AWS SDK.

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::config::Builder;
use aws_sdk_elasticloadbalancingv2::types;
use aws_types::SdkConfig;

use crate::aws::call_error;
use crate::listener::{Forward, Rule, Rules};
use crate::retry::CallError;

/// The client.
#[derive(Debug, Clone)]
pub struct LoadBalancing(Client);

impl LoadBalancing {
    /// A client that has called nothing yet.
    #[must_use]
    pub fn new(config: &SdkConfig, endpoint_url: Option<String>) -> Self {
        let mut config = Builder::from(config);
        config.set_endpoint_url(endpoint_url);
        Self(Client::from_conf(config.build()))
    }
}

impl Rules for LoadBalancing {
    async fn rules(&self, listener: &str) -> Result<Vec<Rule>, CallError> {
        let mut rules = Vec::new();
        let mut marker = None;
        loop {
            let call = self.0.describe_rules().listener_arn(listener).set_marker(marker);
            let page = call.send().await.map_err(|error| call_error(&error))?;
            rules.extend(page.rules.unwrap_or_default().into_iter().map(rule));
            marker = page.next_marker.filter(|marker| !marker.is_empty());
            if marker.is_none() {
                return Ok(rules);
            }
        }
    }
}

fn rule(rule: types::Rule) -> Rule {
    let name = if rule.is_default == Some(true) {
        "the default rule".to_owned()
    } else {
        format!("the rule with priority {}", rule.priority.as_deref().unwrap_or("unknown"))
    };
    Rule { name, forwards: rule.actions.unwrap_or_default().into_iter().flat_map(forwards).collect() }
}

/// AWS repeats a single target group in both places; a client may have set either.
fn forwards(action: types::Action) -> Vec<Forward> {
    let groups = action.forward_config.and_then(|forward| forward.target_groups).unwrap_or_default();
    if groups.is_empty() {
        let single = action.target_group_arn;
        return single.map(|arn| Forward { target_group: name(&arn), weight: 1 }).into_iter().collect();
    }
    let forward = |group: types::TargetGroupTuple| {
        let arn = group.target_group_arn.unwrap_or_default();
        Forward { target_group: name(&arn), weight: group.weight.unwrap_or(1) }
    };
    groups.into_iter().map(forward).collect()
}

/// `arn:…:targetgroup/dev-api-green/73e2d6bc24d8a067` -> `dev-api-green`.
fn name(arn: &str) -> String {
    arn.split('/').nth(1).unwrap_or(arn).to_owned()
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::builders::ForwardActionConfigBuilder;
    use aws_sdk_elasticloadbalancingv2::types::{
        Action, ActionTypeEnum, ForwardActionConfig, Rule as AwsRule, TargetGroupTuple,
    };

    use super::*;

    const GREEN: &str =
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/dev-api-green/73e2d6bc24d8a067";
    const BLUE: &str = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/dev-api-blue/6d0ecf831eec9f09";

    fn forward(target_group: &str, weight: i32) -> Forward {
        Forward { target_group: target_group.to_owned(), weight }
    }

    fn action(kind: ActionTypeEnum, config: Option<ForwardActionConfig>, single: Option<&str>) -> Action {
        Action::builder()
            .r#type(kind)
            .set_forward_config(config)
            .set_target_group_arn(single.map(str::to_owned))
            .build()
    }

    fn config(groups: &[(&str, Option<i32>)]) -> ForwardActionConfig {
        groups
            .iter()
            .map(|(arn, weight)| TargetGroupTuple::builder().target_group_arn(*arn).set_weight(*weight).build())
            .fold(ForwardActionConfig::builder(), ForwardActionConfigBuilder::target_groups)
            .build()
    }

    #[test]
    fn a_single_target_group_is_read_from_either_place() {
        let both = config(&[(GREEN, Some(1))]);
        for action in [
            action(ActionTypeEnum::Forward, None, Some(GREEN)),
            action(ActionTypeEnum::Forward, Some(config(&[])), Some(GREEN)),
            action(ActionTypeEnum::Forward, Some(config(&[(GREEN, None)])), None),
            action(ActionTypeEnum::Forward, Some(both), Some(GREEN)),
        ] {
            let read = rule(AwsRule::builder().priority("10").is_default(false).actions(action).build());

            let expected =
                Rule { name: "the rule with priority 10".to_owned(), forwards: vec![forward("dev-api-green", 1)] };
            assert_eq!(read, expected);
        }
    }

    #[test]
    fn weights_are_read_with_their_groups() {
        let weighted = config(&[(BLUE, Some(0)), (GREEN, Some(100))]);
        let action = action(ActionTypeEnum::Forward, Some(weighted), None);

        let read = rule(AwsRule::builder().priority("default").is_default(true).actions(action).build());

        assert_eq!(read.name, "the default rule");
        assert_eq!(read.forwards, [forward("dev-api-blue", 0), forward("dev-api-green", 100)]);
    }

    #[test]
    fn a_rule_that_does_not_forward_has_no_groups() {
        let action = action(ActionTypeEnum::FixedResponse, None, None);

        assert_eq!(rule(AwsRule::builder().priority("1").actions(action).build()).forwards, []);
    }
}
