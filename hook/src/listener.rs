//! Proof by the test listener that the candidate is what answers, for images that do not say who they are.
//!
//! `GetDeploymentGroup` names the service, its pair of target groups and the test listener; `GetDeploymentTarget` says
//! which of the pair has the candidate's task set, which AWS labels Green; `DescribeRules` says where the listener
//! sends requests. Whatever it sends to the pair has to go to the candidate, before the checks and after them.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::identity::Release;
use crate::retry::{Backoff, CallError, until};

/// How long the rules must have been right before the first check. AWS shows a rule as soon as it is changed; the load
/// balancer's own nodes take some seconds more to follow it.
pub const SETTLE: Duration = Duration::from_secs(10);

/// Kept back for the look after the checks.
pub const LAST_LOOK: Duration = Duration::from_secs(3);

/// What `GetDeploymentGroup` knows of a deployment group, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Name of the ECS cluster.
    pub cluster: String,
    /// Name of the ECS service.
    pub service: String,
    /// ARN of the test listener.
    pub test_listener: String,
    /// Names of the two target groups.
    pub pair: Vec<String>,
}

/// A rule of a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// For people: `the default rule`, `the rule with priority 10`.
    pub name: String,
    /// Empty when the rule does something else.
    pub forwards: Vec<Forward>,
}

/// A target group that a rule forwards to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// The target group's name.
    pub target_group: String,
    /// Its share, relative to the other groups' of the same rule. 0 is none.
    pub weight: i32,
}

/// What CodeDeploy knows about the traffic of a deployment.
pub trait Groups: Send + Sync + 'static {
    /// `GetDeploymentGroup`.
    fn group(&self, application: &str, name: &str) -> impl Future<Output = Result<Group, CallError>> + Send;

    /// `GetDeploymentTarget`: the name of the candidate's target group.
    fn green(&self, deployment_id: &str, target_id: &str) -> impl Future<Output = Result<String, CallError>> + Send;
}

/// What the load balancer knows about it.
pub trait Rules: Send + Sync + 'static {
    /// `DescribeRules`: every rule of a listener, the default one included.
    fn rules(&self, listener: &str) -> impl Future<Output = Result<Vec<Rule>, CallError>> + Send;
}

/// When the looking has to end.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Until when a listener that is wrong may become right.
    pub warm: Instant,
    /// Until when calls to AWS that fail are repeated.
    pub calls_by: Instant,
    /// When the checks and the look after them have to be over.
    pub by: Instant,
}

/// Where the test listener has to send requests.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Route {
    listener: String,
    /// Name of the candidate's target group.
    green: String,
    pair: Vec<String>,
}

/// A test listener that has shown the candidate, and nothing else of the pair, for [`SETTLE`].
#[derive(Debug)]
pub struct Proof<'a, R> {
    rules: &'a R,
    route: Route,
}

impl<'a, R: Rules> Proof<'a, R> {
    /// Look until the listener is right, then wait for [`SETTLE`]; or say why it proves nothing.
    pub async fn before(
        groups: &impl Groups,
        rules: &'a R,
        deployment_id: &str,
        release: &Release,
        Times { warm, calls_by, by }: Times,
    ) -> Result<Self, String> {
        let left = by.saturating_duration_since(Instant::now());
        let needed = SETTLE + LAST_LOOK + Duration::from_secs(1);
        if left < needed {
            return Err(format!(
                "{} s of the function's timeout are left for it, expected at least {} s: raise hook.timeout_seconds",
                left.as_secs(),
                needed.as_secs()
            ));
        }
        let calls_by = calls_by.min(by - SETTLE - LAST_LOOK);

        let proof = Self { rules, route: route(groups, deployment_id, release, calls_by).await? };
        let warm = warm.min(calls_by);
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(2));
        while let Err(wrong) = proof.look(calls_by).await? {
            let now = Instant::now();
            if now >= warm {
                return Err(wrong);
            }
            sleep_until((now + backoff.pause()).min(warm)).await;
        }
        sleep_until(Instant::now() + SETTLE).await;
        Ok(proof)
    }

    /// Whether the listener still shows the candidate alone, asked until `by`; if not, what it shows.
    pub async fn after(&self, by: Instant) -> Result<(), String> {
        self.look(by).await?
    }

    /// `Err`: the rules could not be read. `Ok(Err)`: they are wrong.
    async fn look(&self, by: Instant) -> Result<Result<(), String>, String> {
        let listener = &self.route.listener;
        let (_, rules) = until(by, || self.rules.rules(listener)).await;
        let rules = rules.map_err(|error| format!("DescribeRules did not list the rules of {listener}: {error}"))?;
        Ok(judge(&self.route, &rules))
    }
}

async fn route(groups: &impl Groups, deployment_id: &str, release: &Release, by: Instant) -> Result<Route, String> {
    let (_, group) = until(by, || groups.group(&release.application, &release.group)).await;
    let Group { cluster, service, test_listener, pair } =
        group.map_err(|error| format!("GetDeploymentGroup did not name the test listener: {error}"))?;
    let target_id = format!("{cluster}:{service}");
    let (_, green) = until(by, || groups.green(deployment_id, &target_id)).await;
    let green =
        green.map_err(|error| format!("GetDeploymentTarget did not name the candidate's target group: {error}"))?;
    Ok(Route { listener: test_listener, green, pair })
}

/// Whether each rule that sends anything to the pair sends all to the candidate, and one does; if not, what is wrong.
fn judge(route: &Route, rules: &[Rule]) -> Result<(), String> {
    let Route { listener, green, pair } = route;
    let is_of_the_pair = |forward: &&Forward| forward.target_group == *green || pair.contains(&forward.target_group);
    let mut shown = false;
    for rule in rules {
        let forwards: Vec<&Forward> = rule.forwards.iter().filter(|forward| forward.weight > 0).collect();
        if !forwards.iter().any(is_of_the_pair) {
            continue;
        }
        if forwards.iter().any(|forward| forward.target_group != *green) {
            let name = &rule.name;
            return Err(format!("{name} of {listener} forwards to {}, expected {green} alone", list(&forwards)));
        }
        shown = true;
    }
    if shown { Ok(()) } else { Err(format!("no rule of {listener} forwards to {green}, expected one that does")) }
}

fn list(forwards: &[&Forward]) -> String {
    match forwards {
        [single] => single.target_group.clone(),
        several => {
            let each = several.iter().map(|forward| format!("{} (weight {})", forward.target_group, forward.weight));
            each.collect::<Vec<_>>().join(" and ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, forwards: &[(&str, i32)]) -> Rule {
        let forward = |(group, weight): &(&str, i32)| Forward { target_group: (*group).to_owned(), weight: *weight };
        Rule { name: name.to_owned(), forwards: forwards.iter().map(forward).collect() }
    }

    fn judged(rules: &[Rule]) -> Result<(), String> {
        let route = Route {
            listener: "arn:test".to_owned(),
            green: "green".to_owned(),
            pair: vec!["blue".to_owned(), "green".to_owned()],
        };
        judge(&route, rules)
    }

    #[test]
    fn a_listener_that_forwards_to_the_candidate_alone_is_right() {
        let cases = [
            vec![rule("the default rule", &[("green", 1)])],
            vec![rule("the default rule", &[("green", 100), ("blue", 0)])],
            vec![rule("rule 1", &[("green", 1)]), rule("the default rule", &[])],
            vec![rule("rule 1", &[("green", 1)]), rule("the default rule", &[("green", 1)])],
            vec![rule("rule 1", &[("another-service", 1)]), rule("the default rule", &[("green", 1)])],
            vec![rule("rule 1", &[("another-service", 1), ("blue", 0)]), rule("the default rule", &[("green", 1)])],
        ];
        for rules in cases {
            assert_eq!(judged(&rules), Ok(()), "{rules:?}");
        }
    }

    #[test]
    fn a_listener_that_forwards_elsewhere_is_wrong() {
        let none = "no rule of arn:test forwards to green, expected one that does";
        let cases = [
            (
                vec![rule("the default rule", &[("blue", 1)])],
                "the default rule of arn:test forwards to blue, expected green alone",
            ),
            (
                vec![rule("the default rule", &[("blue", 10), ("green", 90)])],
                "the default rule of arn:test forwards to blue (weight 10) and green (weight 90), expected green alone",
            ),
            (
                vec![rule("the default rule", &[("blue", 100), ("green", 0)])],
                "the default rule of arn:test forwards to blue, expected green alone",
            ),
            (
                vec![rule("rule 1", &[("blue", 1)]), rule("the default rule", &[("green", 1)])],
                "rule 1 of arn:test forwards to blue, expected green alone",
            ),
            (
                vec![rule("the default rule", &[("green", 1), ("another-service", 1)])],
                "the default rule of arn:test forwards to green (weight 1) and another-service (weight 1), expected green alone",
            ),
            (vec![rule("the default rule", &[("another-service", 1)])], none),
            (vec![rule("the default rule", &[("green", 0)])], none),
            (vec![rule("the default rule", &[])], none),
            (vec![], none),
        ];
        for (rules, wrong) in cases {
            assert_eq!(judged(&rules), Err(wrong.to_owned()), "{rules:?}");
        }
    }
}
