//! One event, from start to end, and how its time is shared out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::event::codedeploy::CodeDeployLifecycleEvent;
use lambda_runtime::Diagnostic;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::checks::{self, Fetch};
use crate::config::Config;
use crate::identity::{self, Deployments};
use crate::log::{self, Sink};
use crate::report::{self, Reporter, Status};

/// Longest that CodeDeploy is asked what is being deployed. Shorter than an invocation usually is, because a refusal
/// that lasts this long is no longer one of a permission that has yet to spread, and its author is waiting.
const IDENTITY_LIMIT: Duration = Duration::from_secs(20);

/// Everything an event needs.
pub struct Hook<C, F> {
    /// What is wrong with the configuration is told at each event, rather than dying at start-up: a function that
    /// cannot start cannot answer either.
    pub config: Result<Config, String>,
    /// CodeDeploy.
    pub codedeploy: C,
    /// The way to green.
    pub fetch: F,
    /// Where lines go.
    pub log: Sink,
}

/// What CodeDeploy is told, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The answer itself.
    pub status: Status,
    /// Checks that passed.
    pub passed: usize,
    /// Checks that did not.
    pub failed: usize,
    /// The task definition revision that had to answer, if it is known.
    pub expected_identity: Option<String>,
    /// Why it failed.
    pub reason: Option<String>,
}

/// The only two ways in which an invocation itself fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookError {
    /// There is no telling which deployment to answer for.
    UnreadableEvent(String),
    /// CodeDeploy did not take the answer.
    NotReported(String),
}

/// How one invocation's time is shared out.
#[derive(Debug, Clone, Copy)]
struct Budget {
    decide_by: Instant,
    report_by: Instant,
}

impl Budget {
    /// Of `remaining`, a third but at most ten seconds is kept back for telling CodeDeploy, so that a Put that hangs
    /// can be repeated. The last bit of that is for ending the invocation itself.
    fn new(now: Instant, remaining: Duration) -> Self {
        // Lambda gives no event without time. If its clock and ours disagree, trying is better than giving up.
        let remaining = remaining.max(Duration::from_secs(1));
        let deadline = now + remaining;
        Self {
            decide_by: deadline - (remaining / 3).min(Duration::from_secs(10)),
            report_by: deadline - (remaining / 10).min(Duration::from_millis(500)),
        }
    }
}

impl<C: Deployments + Reporter, F: Fetch> Hook<C, F> {
    /// Decide and tell, within the `remaining` time of the invocation.
    pub async fn handle(self: Arc<Self>, event: Value, remaining: Duration) -> Result<Verdict, HookError> {
        let start = Instant::now();
        let budget = Budget::new(start, remaining);
        let CodeDeployLifecycleEvent { deployment_id, lifecycle_event_hook_execution_id, .. } =
            serde_json::from_value(event).map_err(|error| {
                let reason = format!("the event is not a CodeDeploy lifecycle event: {error}");
                log::error(&self.log, &reason);
                HookError::UnreadableEvent(reason)
            })?;

        let verdict = Arc::clone(&self).decide_at_all_costs(&deployment_id, budget.decide_by).await;

        let (attempts, told) = report::tell(
            &self.codedeploy,
            &deployment_id,
            &lifecycle_event_hook_execution_id,
            verdict.status,
            budget.report_by,
        )
        .await;
        log::verdict(&self.log, &deployment_id, &verdict, start.elapsed(), attempts, &told);
        match told {
            Ok(()) => Ok(verdict),
            Err(error) => {
                Err(HookError::NotReported(format!("CodeDeploy did not accept {:?}: {error}", verdict.status)))
            }
        }
    }

    /// A verdict, whatever happens: in a task of its own, so that a panic in it is one too.
    async fn decide_at_all_costs(self: Arc<Self>, deployment_id: &str, by: Instant) -> Verdict {
        let id = deployment_id.to_owned();
        let task = tokio::spawn(async move { self.decide(&id, by).await });
        task.await.unwrap_or_else(|_| Verdict::failed("the hook itself broke down: its panic is in the log above"))
    }

    async fn decide(&self, deployment_id: &str, by: Instant) -> Verdict {
        let config = match &self.config {
            Ok(config) => config,
            Err(problems) => return Verdict::failed(format!("the hook's configuration is broken: {problems}")),
        };
        let mut expected_identity = None;
        if config.identity_header.is_some() {
            let identity_by = by.min(Instant::now() + IDENTITY_LIMIT);
            match identity::expected(&self.codedeploy, deployment_id, identity_by).await {
                Ok(identity) => expected_identity = Some(identity),
                Err(reason) => return Verdict::failed(reason),
            }
        }
        let identity = expected_identity.as_deref();
        let outcomes = checks::run(&self.fetch, config, identity, by, |check, outcome| {
            log::check(&self.log, deployment_id, check, outcome, identity);
        })
        .await;

        let failures: Vec<String> = config
            .checks
            .iter()
            .zip(&outcomes)
            .filter_map(|(check, outcome)| {
                Some(format!("{} {}: {}", check.method, check.path, outcome.failure.as_ref()?))
            })
            .collect();
        let (failed, all) = (failures.len(), outcomes.len());
        let reason = (failed > 0).then(|| format!("{failed} of {all} checks failed: {}", failures.join("; ")));
        let status = if failed == 0 { Status::Succeeded } else { Status::Failed };
        Verdict { status, passed: all - failed, failed, expected_identity, reason }
    }
}

impl Verdict {
    /// No check was run, or none to its end.
    fn failed(reason: impl Into<String>) -> Self {
        Self { status: Status::Failed, passed: 0, failed: 0, expected_identity: None, reason: Some(reason.into()) }
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnreadableEvent(reason) | Self::NotReported(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for HookError {}

impl From<HookError> for Diagnostic {
    fn from(error: HookError) -> Self {
        let error_type = match error {
            HookError::UnreadableEvent(_) => "UnreadableEvent",
            HookError::NotReported(_) => "NotReported",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::json;

    use super::*;
    use crate::answer::Answer;
    use crate::checks::Request;
    use crate::identity::{Deployment, Revision};
    use crate::retry::CallError;

    /// Knows one deployment, and takes down what it is told.
    #[derive(Default)]
    struct FakeCodeDeploy(Mutex<Vec<(String, String, Status)>>);

    impl Deployments for FakeCodeDeploy {
        async fn deployment(&self, _id: &str) -> Result<Deployment, CallError> {
            Ok(Deployment { application: "app".into(), revision: Revision::AppSpec("sha".into()) })
        }

        async fn appspec(&self, _application: &str, _sha256: &str) -> Result<String, CallError> {
            Ok("Resources: [{api: {Properties: {TaskDefinition: 'api:7'}}}]".into())
        }
    }

    impl Reporter for FakeCodeDeploy {
        async fn put(&self, deployment: &str, execution: &str, status: Status) -> Result<(), CallError> {
            self.0.lock().unwrap().push((deployment.into(), execution.into(), status));
            Ok(())
        }
    }

    struct Panicking;

    impl Fetch for Panicking {
        async fn fetch(&self, _request: Request<'_>) -> Result<Answer, String> {
            panic!("made up for a test")
        }
    }

    #[tokio::test]
    async fn reports_failed_when_the_hook_itself_panics() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let lookup = |name: &str| match name {
            "ALB_URL" => Some("http://green:8080".to_owned()),
            "CHECKS" => Some(r#"[{"path": "/one"}]"#.to_owned()),
            _ => None,
        };
        let hook = Arc::new(Hook {
            config: Config::from_lookup(lookup),
            codedeploy: FakeCodeDeploy::default(),
            fetch: Panicking,
            log: Box::new(move |line| sink.lock().unwrap().push(line.to_owned())),
        });
        let event = json!({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"});

        let verdict = Arc::clone(&hook).handle(event, Duration::from_mins(1)).await.unwrap();

        assert_eq!(verdict.reason.as_deref(), Some("the hook itself broke down: its panic is in the log above"));
        assert_eq!(*hook.codedeploy.0.lock().unwrap(), [("d-1".into(), "e-1".into(), Status::Failed)]);
        assert!(
            lines.lock().unwrap()[0].starts_with(r#"{"greenlight":"verdict","deployment_id":"d-1","status":"Failed""#)
        );
    }

    #[test]
    fn time_is_kept_back_for_telling_codedeploy() {
        let now = Instant::now();
        for (remaining, decide, report) in
            [(0, 666, 900), (3_000, 2_000, 2_700), (12_000, 8_000, 11_500), (120_000, 110_000, 119_500)]
        {
            let budget = Budget::new(now, Duration::from_millis(remaining));

            assert_eq!((budget.decide_by - now).as_millis(), decide);
            assert_eq!((budget.report_by - now).as_millis(), report);
        }
    }
}
