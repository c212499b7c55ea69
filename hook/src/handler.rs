//! One event, from start to end, and how its time is shared out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::event::codedeploy::CodeDeployLifecycleEvent;
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::checks::Fetch;
use crate::hook::Hook;
use crate::identity::Deployments;
use crate::listener::{Groups, Rules};
use crate::log;
use crate::report::{self, Reporter};
use crate::verdict::Verdict;

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

impl<C: Deployments + Groups + Reporter, R: Rules, F: Fetch> Hook<C, R, F> {
    /// Decide and tell, within the `remaining` time of the invocation.
    ///
    /// `{"greenlight": "wake"}` asks for no verdict. It keeps the function from becoming inactive between releases.
    pub async fn handle(self: Arc<Self>, event: Value, remaining: Duration) -> Result<Option<Verdict>, HookError> {
        if event == json!({"greenlight": "wake"}) {
            log::wake(&self.log);
            return Ok(None);
        }
        let start = Instant::now();
        let budget = Budget::new(start, remaining);
        let CodeDeployLifecycleEvent { deployment_id, lifecycle_event_hook_execution_id, .. } =
            serde_json::from_value(event).map_err(|error| {
                let reason = format!("the event is not a CodeDeploy lifecycle event: {error}");
                log::error(&self.log, &reason);
                HookError::UnreadableEvent(reason)
            })?;

        let verdict = Arc::clone(&self).decide_or_fail(&deployment_id, budget.decide_by).await;

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
            Ok(()) => Ok(Some(verdict)),
            Err(error) => {
                Err(HookError::NotReported(format!("CodeDeploy did not accept {:?}: {error}", verdict.status)))
            }
        }
    }

    /// A verdict, whatever happens: in a task of its own, so that a panic in it is one too.
    async fn decide_or_fail(self: Arc<Self>, deployment_id: &str, by: Instant) -> Verdict {
        let id = deployment_id.to_owned();
        let task = tokio::spawn(async move { self.decide(&id, by).await });
        task.await.unwrap_or_else(|_| Verdict::failed("the hook itself broke down: its panic is in the log above"))
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
    use crate::config::Config;
    use crate::identity::{Deployment, Revision};
    use crate::listener::{Group, Rule};
    use crate::report::Status;
    use crate::retry::CallError;

    /// Knows one deployment, and takes down what it is told.
    #[derive(Default)]
    struct FakeCodeDeploy(Mutex<Vec<(String, String, Status)>>);

    impl Deployments for FakeCodeDeploy {
        async fn deployment(&self, _id: &str) -> Result<Deployment, CallError> {
            Ok(Deployment {
                application: "app".into(),
                group: "group".into(),
                revision: Revision::AppSpec("sha".into()),
            })
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

    impl Groups for FakeCodeDeploy {
        async fn group(&self, _application: &str, _name: &str) -> Result<Group, CallError> {
            Err(CallError::permanent("not asked in this test"))
        }

        async fn green(&self, _deployment_id: &str, _target_id: &str) -> Result<String, CallError> {
            Err(CallError::permanent("not asked in this test"))
        }
    }

    struct NoRules;

    impl Rules for NoRules {
        async fn rules(&self, _listener: &str) -> Result<Vec<Rule>, CallError> {
            Ok(Vec::new())
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
        let lines = Arc::new(Mutex::new(Vec::<String>::new()));
        let sink = Arc::clone(&lines);
        let lookup = |name: &str| match name {
            "ALB_URL" => Some("http://green:8080".to_owned()),
            "CHECKS" => Some(r#"[{"path": "/one"}]"#.to_owned()),
            _ => None,
        };
        let hook = Arc::new(Hook {
            config: Config::from_lookup(lookup),
            codedeploy: FakeCodeDeploy::default(),
            load_balancing: NoRules,
            fetch: Panicking,
            log: Box::new(move |line| sink.lock().unwrap().push(line.to_owned())),
        });
        let event = json!({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"});

        let verdict = Arc::clone(&hook).handle(event, Duration::from_mins(1)).await.unwrap().unwrap();

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
