//! Telling CodeDeploy, until it has accepted.

use std::future::Future;

use serde::Serialize;
use tokio::time::Instant;

use crate::retry::{CallError, until};

/// The two answers that CodeDeploy accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Status {
    /// Green may have production traffic.
    Succeeded,
    /// It may not.
    Failed,
}

/// Takes the verdict.
pub trait Reporter: Send + Sync + 'static {
    /// `PutLifecycleEventHookExecutionStatus`.
    fn put(
        &self,
        deployment_id: &str,
        hook_execution_id: &str,
        status: Status,
    ) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// AWS's code for an event that has its answer already: an earlier delivery of the same event, or an attempt of ours
/// whose response was lost. Either way CodeDeploy knows.
const ALREADY_COMPLETED: &str = "LifecycleEventAlreadyCompletedException";

/// Repeat the verdict until CodeDeploy has accepted it, or `by` has come. Also says how often it was sent.
pub async fn tell(
    reporter: &impl Reporter,
    deployment_id: &str,
    hook_execution_id: &str,
    status: Status,
    by: Instant,
) -> (u32, Result<(), CallError>) {
    until(by, async || match reporter.put(deployment_id, hook_execution_id, status).await {
        Err(error) if error.code.as_deref() == Some(ALREADY_COMPLETED) => Ok(()),
        result => result,
    })
    .await
}
