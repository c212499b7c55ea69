//! What the clients of AWS's services have in common.
//!
//! The SDK's own retries are off: they know nothing of the invocation's deadline, and [`crate::retry`] does.

use aws_sdk_codedeploy::config::retry::RetryConfig;
use aws_sdk_codedeploy::config::timeout::TimeoutConfig;
use aws_sdk_codedeploy::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_codedeploy::error::{ProvideErrorMetadata, SdkError};
use aws_types::SdkConfig;

use crate::retry::{ATTEMPT_LIMIT, CallError};
use crate::transport::{self, Http};

/// Answers that repeating the same call cannot change. Anything else may heal, a refusal included.
const PERMANENT: [&str; 24] = [
    "ApplicationDoesNotExistException",
    "ApplicationNameRequiredException",
    "DeploymentDoesNotExistException",
    "DeploymentGroupDoesNotExistException",
    "DeploymentGroupNameRequiredException",
    "DeploymentIdRequiredException",
    "DeploymentTargetIdRequiredException",
    "InvalidApplicationNameException",
    "InvalidDeploymentGroupNameException",
    "InvalidDeploymentIdException",
    "InvalidDeploymentTargetIdException",
    "InvalidLifecycleEventHookExecutionIdException",
    "InvalidLifecycleEventHookExecutionStatusException",
    "InvalidRevisionException",
    "LifecycleEventAlreadyCompletedException",
    "ListenerNotFound",
    "RevisionDoesNotExistException",
    "RevisionRequiredException",
    "SerializationException",
    "UnknownOperationException",
    "UnsupportedActionForDeploymentTypeException",
    "UnsupportedProtocol",
    "ValidationError",
    "ValidationException",
];

/// What the process environment says about AWS. Lambda sets all of it, except the endpoints.
#[derive(Clone, Default)]
pub struct Settings {
    /// `AWS_REGION`.
    pub region: Option<String>,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: Option<String>,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Option<String>,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<String>,
}

/// The configuration of a client, but for its endpoint.
#[must_use]
pub fn config(settings: Settings, http: Http) -> SdkConfig {
    // Lambda's credentials are valid for as long as the environment they were put in lives, so there is nothing
    // to refresh, and no need for the crate that knows every other place where credentials can be.
    let credentials = Credentials::new(
        settings.access_key_id.unwrap_or_default(),
        settings.secret_access_key.unwrap_or_default(),
        settings.session_token,
        None,
        "environment",
    );
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(settings.region.map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http)
        .retry_config(RetryConfig::disabled())
        // Each caller sets a shorter limit when time is short. This one is here because the SDK has none.
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_LIMIT).build())
        .build()
}

pub(crate) fn call_error<E>(error: &SdkError<E>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = error.code().map(str::to_owned);
    let message = match (error.message(), error.raw_response()) {
        (Some(message), _) => message.to_owned(),
        (None, Some(answer)) => {
            format!("HTTP status {} and nothing that AWS would say", answer.status().as_u16())
        }
        (None, None) if matches!(error, SdkError::TimeoutError(_)) => "no answer in time".to_owned(),
        (None, None) => transport::chain(error),
    };
    let permanent = code.as_deref().is_some_and(|code| PERMANENT.contains(&code));
    CallError { code, message, permanent }
}
