//! CodeDeploy through the AWS SDK.
//!
//! The SDK's own retries are off: they know nothing of the invocation's deadline, and [`crate::retry`] does.

use aws_sdk_codedeploy::Client;
use aws_sdk_codedeploy::config::retry::RetryConfig;
use aws_sdk_codedeploy::config::timeout::TimeoutConfig;
use aws_sdk_codedeploy::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_codedeploy::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_codedeploy::types::{AppSpecContent, LifecycleEventStatus, RevisionLocation, RevisionLocationType};

use crate::identity::{Deployment, Deployments, Revision};
use crate::report::{Reporter, Status};
use crate::retry::{ATTEMPT_LIMIT, CallError};
use crate::transport::{self, Http};

/// Answers that repeating the same call cannot change. Anything else may heal, a refusal included.
const PERMANENT: [&str; 17] = [
    "ApplicationDoesNotExistException",
    "ApplicationNameRequiredException",
    "DeploymentDoesNotExistException",
    "DeploymentIdRequiredException",
    "InvalidApplicationNameException",
    "InvalidDeploymentIdException",
    "InvalidLifecycleEventHookExecutionIdException",
    "InvalidLifecycleEventHookExecutionStatusException",
    "InvalidRevisionException",
    "RevisionDoesNotExistException",
    "RevisionRequiredException",
    "SerializationException",
    "UnknownOperationException",
    "UnsupportedActionForDeploymentTypeException",
    "ValidationError",
    "ValidationException",
    "LifecycleEventAlreadyCompletedException",
];

/// What the process environment says about AWS. Lambda sets all of it, except the endpoint.
#[derive(Clone, Default)]
pub struct Settings {
    /// `AWS_REGION`.
    pub region: Option<String>,
    /// `AWS_ENDPOINT_URL`, for a sandbox.
    pub endpoint_url: Option<String>,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: Option<String>,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Option<String>,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<String>,
}

/// The client.
#[derive(Debug, Clone)]
pub struct CodeDeploy(Client);

impl CodeDeploy {
    /// A client that has called nothing yet.
    #[must_use]
    pub fn new(settings: Settings, http: Http) -> Self {
        // Lambda's credentials are valid for as long as the environment they were put in lives, so there is nothing
        // to refresh, and no need for the crate that knows every other place where credentials can be.
        let credentials = Credentials::new(
            settings.access_key_id.unwrap_or_default(),
            settings.secret_access_key.unwrap_or_default(),
            settings.session_token,
            None,
            "environment",
        );
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(settings.region.map(Region::new))
            .credentials_provider(credentials)
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            // Each caller sets a shorter limit when time is short. This one is here because the SDK has none.
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_LIMIT).build());
        config.set_endpoint_url(settings.endpoint_url);
        Self(Client::from_conf(config.build()))
    }
}

impl Deployments for CodeDeploy {
    async fn deployment(&self, id: &str) -> Result<Deployment, CallError> {
        let output = self.0.get_deployment().deployment_id(id).send().await.map_err(|error| call_error(&error))?;

        let info = output.deployment_info.ok_or_else(|| CallError::permanent("the answer has no deploymentInfo"))?;
        let application =
            info.application_name.ok_or_else(|| CallError::permanent("the answer has no applicationName"))?;
        let revision = info.revision.ok_or_else(|| CallError::permanent("the answer has no revision"))?;
        let revision = match (revision.revision_type, revision.app_spec_content.and_then(|content| content.sha256)) {
            (Some(RevisionLocationType::AppSpecContent), Some(sha256)) => Revision::AppSpec(sha256),
            (Some(RevisionLocationType::AppSpecContent), None) => {
                return Err(CallError::permanent("the revision has no sha256"));
            }
            (kind, _) => Revision::Other(kind.map_or("unknown".to_owned(), |kind| kind.as_str().to_owned())),
        };
        Ok(Deployment { application, revision })
    }

    async fn appspec(&self, application: &str, sha256: &str) -> Result<String, CallError> {
        let revision = RevisionLocation::builder()
            .revision_type(RevisionLocationType::AppSpecContent)
            .app_spec_content(AppSpecContent::builder().sha256(sha256).build())
            .build();
        let call = self.0.get_application_revision().application_name(application).revision(revision);
        let output = call.send().await.map_err(|error| call_error(&error))?;

        let content = output.revision.and_then(|revision| revision.app_spec_content?.content);
        content.ok_or_else(|| CallError::permanent("the answer has no AppSpec content"))
    }
}

impl Reporter for CodeDeploy {
    async fn put(&self, deployment_id: &str, hook_execution_id: &str, status: Status) -> Result<(), CallError> {
        let call = self
            .0
            .put_lifecycle_event_hook_execution_status()
            .deployment_id(deployment_id)
            .lifecycle_event_hook_execution_id(hook_execution_id)
            .status(match status {
                Status::Succeeded => LifecycleEventStatus::Succeeded,
                Status::Failed => LifecycleEventStatus::Failed,
            });
        call.send().await.map(drop).map_err(|error| call_error(&error))
    }
}

fn call_error<E>(error: &SdkError<E>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = error.code().map(str::to_owned);
    let message = match (error.message(), error.raw_response()) {
        (Some(message), _) => message.to_owned(),
        (None, Some(answer)) => {
            format!("HTTP status {} and nothing that CodeDeploy would say", answer.status().as_u16())
        }
        (None, None) if matches!(error, SdkError::TimeoutError(_)) => "no answer in time".to_owned(),
        (None, None) => transport::chain(error),
    };
    let permanent = code.as_deref().is_some_and(|code| PERMANENT.contains(&code));
    CallError { code, message, permanent }
}
