"""CodeDeploy. A deployment is allowed or denied by the ARN of its group, which is looked up.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.codedeploy.models import codedeploy_backends

from sandbox.access.model import Need
from sandbox.access.needs import needs, tags
from sandbox.access.needs.arns import arn, passed
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

SERVICE = "codedeploy.amazonaws.com"


def _need(call: Call, resource: str, request_tags: dict[str, str] | None = None) -> Need:
    return _named(call.operation.name, resource, request_tags)


def _named(name: str, resource: str, request_tags: dict[str, str] | None = None) -> Need:
    had = {} if resource == "*" else tags.on(resource)
    return Need(f"codedeploy:{name}", resource, request_tags=request_tags or {}, resource_tags=had)


def _application(call: Call, name: str | None) -> str:
    return arn(call, "codedeploy", f"application:{name}") if name else "*"


def _group(call: Call, application: str | None, name: str | None) -> str:
    return arn(call, "codedeploy", f"deploymentgroup:{application}/{name}") if application and name else "*"


def _group_of(call: Call, deployment_id: str | None) -> str:
    """The ARN of a deployment's group; ``*`` for a deployment that is not there, so that only who may ask about all of
    them hears so."""
    deployment: Any = codedeploy_backends[ACCOUNT][call.region].deployments.get(deployment_id or "")
    if deployment is None:
        return "*"
    return _group(call, deployment.application_name, deployment.deployment_group_name)


@needs(
    "codedeploy",
    *("CreateApplication", "DeleteApplication", "GetApplication", "UpdateApplication"),
    *("BatchGetApplicationRevisions", "GetApplicationRevision", "ListApplicationRevisions", "ListDeploymentGroups"),
    "RegisterApplicationRevision",
)
def of_an_application(call: Call) -> Iterator[Need]:
    yield _need(call, _application(call, call.params.get("applicationName")), tags.given(call.params.get("tags")))


@needs("codedeploy", "BatchGetApplications")
def of_applications(call: Call) -> Iterator[Need]:
    for name in call.params["applicationNames"] or ["*"]:
        yield _need(call, _application(call, name))


@needs("codedeploy", "DeleteDeploymentGroup", "GetDeploymentGroup", "ListDeployments")
def of_a_group(call: Call) -> Iterator[Need]:
    """All deployments of an account, or of an application, are listed by who may list them for all groups."""
    yield _need(call, _group(call, call.params.get("applicationName"), call.params.get("deploymentGroupName")))


@needs("codedeploy", "BatchGetDeploymentGroups")
def of_groups(call: Call) -> Iterator[Need]:
    for name in call.params["deploymentGroupNames"] or ["*"]:
        yield _need(call, _group(call, call.params["applicationName"], name))


@needs("codedeploy", "CreateDeploymentGroup", "UpdateDeploymentGroup")
def changed_group(call: Call) -> Iterator[Need]:
    name = call.params.get("currentDeploymentGroupName") or call.params.get("deploymentGroupName")
    group = _group(call, call.params["applicationName"], name)
    yield _need(call, group, tags.given(call.params.get("tags")))
    yield from passed(call.params.get("serviceRoleArn"), SERVICE)


@needs("codedeploy", "CreateDeployment")
def create_deployment(call: Call) -> Iterator[Need]:
    """Beside itself it reads the configuration and registers the revision, as AWS's own deployer is given both, and
    calls neither: https://github.com/aws-actions/amazon-ecs-deploy-task-definition#permissions
    https://github.com/openva/richmondsunlight.com/issues/140 (RegisterApplicationRevision, on the application)"""
    params = call.params
    application, name = params["applicationName"], params.get("deploymentGroupName")
    group = _group(call, application, name)
    yield _need(call, group)
    config = params.get("deploymentConfigName") or _config_of(call, application, name)
    yield _named("GetDeploymentConfig", arn(call, "codedeploy", f"deploymentconfig:{config}") if config else "*")
    if "revision" in params:
        yield _named("RegisterApplicationRevision", _application(call, application))
    if "overrideAlarmConfiguration" in params:
        # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html
        yield _named("UpdateDeploymentGroup", group)


def _config_of(call: Call, application: str, name: str | None) -> str | None:
    groups: Any = codedeploy_backends[ACCOUNT][call.region].deployment_groups.get(application, {})
    return str(groups[name].deployment_config_name) if name in groups else None


@needs(
    "codedeploy",
    *("GetDeployment", "BatchGetDeploymentInstances", "GetDeploymentInstance", "ListDeploymentInstances"),
    # aws-cdk, aws-codedeploy/lib/lambda/deployment-group.ts: grantPutLifecycleEventHookExecutionStatus names the group.
    "PutLifecycleEventHookExecutionStatus",
)
def of_a_deployment(call: Call) -> Iterator[Need]:
    yield _need(call, _group_of(call, call.params.get("deploymentId")))


@needs("codedeploy", "BatchGetDeployments")
def of_deployments(call: Call) -> Iterator[Need]:
    for group in dict.fromkeys(_group_of(call, one) for one in call.params["deploymentIds"] or [None]):
        yield _need(call, group)


@needs("codedeploy", "CreateDeploymentConfig", "DeleteDeploymentConfig", "GetDeploymentConfig")
def of_a_config(call: Call) -> Iterator[Need]:
    yield _need(call, arn(call, "codedeploy", f"deploymentconfig:{call.params['deploymentConfigName']}"))


@needs("codedeploy", "ListTagsForResource", "TagResource", "UntagResource")
def of_tags(call: Call) -> Iterator[Need]:
    brought = tags.given(call.params.get("Tags")) or tags.without_values(call.params.get("TagKeys", ()))
    yield _need(call, call.params["ResourceArn"], brought)


@needs("codedeploy", "DeregisterOnPremisesInstance", "GetOnPremisesInstance", "RegisterOnPremisesInstance")
def of_an_instance(call: Call) -> Iterator[Need]:
    yield _need(call, arn(call, "codedeploy", f"instance:{call.params['instanceName']}"))


@needs(
    "codedeploy", *("AddTagsToOnPremisesInstances", "BatchGetOnPremisesInstances", "RemoveTagsFromOnPremisesInstances")
)
def of_instances(call: Call) -> Iterator[Need]:
    for name in call.params["instanceNames"] or ["*"]:
        yield _need(call, arn(call, "codedeploy", f"instance:{name}"))
