//! CodeDeploy through the AWS SDK.

use aws_sdk_codedeploy::Client;
use aws_sdk_codedeploy::config::Builder;
use aws_sdk_codedeploy::types::{
    AppSpecContent, DeploymentGroupInfo, LifecycleEventStatus, RevisionLocation, RevisionLocationType, TargetLabel,
};
use aws_types::SdkConfig;

use crate::aws::call_error;
use crate::identity::{Deployment, Deployments, Revision};
use crate::listener::{Group, Groups};
use crate::report::{Reporter, Status};
use crate::retry::CallError;

/// The client.
#[derive(Debug, Clone)]
pub struct CodeDeploy(Client);

impl CodeDeploy {
    /// A client that has called nothing yet.
    #[must_use]
    pub fn new(config: &SdkConfig, endpoint_url: Option<String>) -> Self {
        let mut config = Builder::from(config);
        config.set_endpoint_url(endpoint_url);
        Self(Client::from_conf(config.build()))
    }
}

impl Deployments for CodeDeploy {
    async fn deployment(&self, id: &str) -> Result<Deployment, CallError> {
        let output = self.0.get_deployment().deployment_id(id).send().await.map_err(|error| call_error(&error))?;

        let info = output.deployment_info.ok_or_else(|| CallError::permanent("the answer has no deploymentInfo"))?;
        let application =
            info.application_name.ok_or_else(|| CallError::permanent("the answer has no applicationName"))?;
        let group =
            info.deployment_group_name.ok_or_else(|| CallError::permanent("the answer has no deploymentGroupName"))?;
        let revision = info.revision.ok_or_else(|| CallError::permanent("the answer has no revision"))?;
        let revision = match (revision.revision_type, revision.app_spec_content.and_then(|content| content.sha256)) {
            (Some(RevisionLocationType::AppSpecContent), Some(sha256)) => Revision::AppSpec(sha256),
            (Some(RevisionLocationType::AppSpecContent), None) => {
                return Err(CallError::permanent("the revision has no sha256"));
            }
            (kind, _) => Revision::Other(kind.map_or("unknown".to_owned(), |kind| kind.as_str().to_owned())),
        };
        Ok(Deployment { application, group, revision })
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

impl Groups for CodeDeploy {
    async fn group(&self, application: &str, name: &str) -> Result<Group, CallError> {
        let call = self.0.get_deployment_group().application_name(application).deployment_group_name(name);
        let output = call.send().await.map_err(|error| call_error(&error))?;

        let info = output.deployment_group_info;
        group(info.ok_or_else(|| CallError::permanent("the answer has no deploymentGroupInfo"))?)
    }

    async fn green(&self, deployment_id: &str, target_id: &str) -> Result<String, CallError> {
        let call = self.0.get_deployment_target().deployment_id(deployment_id).target_id(target_id);
        let output = call.send().await.map_err(|error| call_error(&error))?;

        let target = output.deployment_target.and_then(|target| target.ecs_target);
        let task_sets = target.and_then(|target| target.task_sets_info).unwrap_or_default();
        let green = task_sets.into_iter().find(|task_set| task_set.task_set_label == Some(TargetLabel::Green));
        // Passing, because CodeDeploy may be about to add it.
        green
            .and_then(|task_set| task_set.target_group?.name)
            .ok_or_else(|| CallError::passing("the answer has no task set labelled Green with a target group"))
    }
}

fn group(info: DeploymentGroupInfo) -> Result<Group, CallError> {
    let missing = |what: &str| CallError::permanent(format!("the deployment group has no {what}"));
    let service = info.ecs_services.unwrap_or_default().into_iter().next();
    let (cluster, service) = service
        .and_then(|service| Some((service.cluster_name?, service.service_name?)))
        .ok_or_else(|| missing("ECS service"))?;
    // AWS allows one pair, and in it one test listener.
    let pairs = info.load_balancer_info.and_then(|info| info.target_group_pair_info_list).unwrap_or_default();
    let pair = pairs.into_iter().next().ok_or_else(|| missing("pair of target groups"))?;
    let listeners = pair.test_traffic_route.and_then(|route| route.listener_arns).unwrap_or_default();
    let test_listener = listeners.into_iter().next().ok_or_else(|| missing("test listener"))?;
    let pair = pair.target_groups.unwrap_or_default().into_iter().filter_map(|group| group.name).collect();
    Ok(Group { cluster, service, test_listener, pair })
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
