//! Which version green must be, asked of CodeDeploy itself.
//!
//! The event names only the deployment. `GetDeployment` names the application and the sha256 of the AppSpec, whose
//! content it never gives; `GetApplicationRevision` does.

use std::future::Future;

use tokio::time::Instant;

use crate::appspec;
use crate::retry::{CallError, until};

/// What CodeDeploy knows of a deployment, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Name of the CodeDeploy application.
    pub application: String,
    /// Name of the deployment group.
    pub group: String,
    /// What is being deployed.
    pub revision: Revision,
}

/// What is being deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revision {
    /// An AppSpec that CodeDeploy keeps, by its sha256.
    AppSpec(String),
    /// Anything else, by AWS's name for it.
    Other(String),
}

/// The two questions.
pub trait Deployments: Send + Sync + 'static {
    /// `GetDeployment`.
    fn deployment(&self, id: &str) -> impl Future<Output = Result<Deployment, CallError>> + Send;

    /// `GetApplicationRevision`: the AppSpec's content.
    fn appspec(&self, application: &str, sha256: &str) -> impl Future<Output = Result<String, CallError>> + Send;
}

/// The version that a deployment brings, and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Name of the CodeDeploy application.
    pub application: String,
    /// Name of the deployment group.
    pub group: String,
    /// `family:revision` of the task definition.
    pub identity: String,
}

/// What a deployment brings, or why it could not be learnt before `by`.
pub async fn expected(deployments: &impl Deployments, deployment_id: &str, by: Instant) -> Result<Release, String> {
    let (_, deployment) = until(by, || deployments.deployment(deployment_id)).await;
    let Deployment { application, group, revision } =
        deployment.map_err(|error| format!("GetDeployment did not say what is being deployed: {error}"))?;
    let sha256 = match revision {
        Revision::AppSpec(sha256) => sha256,
        Revision::Other(kind) => {
            return Err(format!(
                "the revision is of type {kind}: only an AppSpec given to CreateDeployment as content (type \
                 AppSpecContent) tells which task definition to expect"
            ));
        }
    };
    let (_, content) = until(by, || deployments.appspec(&application, &sha256)).await;
    let content = content.map_err(|error| format!("GetApplicationRevision did not give the AppSpec: {error}"))?;
    let identity = appspec::identity(&content)?;
    Ok(Release { application, group, identity })
}
