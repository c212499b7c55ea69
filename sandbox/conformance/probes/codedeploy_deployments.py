"""CodeDeploy: what a deployment needs before it begins, deployments that are not there, and revisions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sandbox.conformance.parts.balancing import PORT
from sandbox.conformance.probe import Probe, Request, answered, without
from sandbox.conformance.probes.codedeploy import API, refusal
from sandbox.conformance.world import World

_UNKNOWN = "d-AAAAAAAAA"
"""Of the form of a deployment's id."""

_MALFORMED = "deployment"


def _revision(world: World, version: Any = 0.0) -> dict[str, Any]:
    container = {"ContainerName": "app", "ContainerPort": PORT}
    properties = {"TaskDefinition": world.task_definition, "LoadBalancerInfo": container}
    resource = {"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}
    content = json.dumps({"version": version, "Resources": [resource]})
    digest = sha256(content.encode()).hexdigest()
    return {"revisionType": "AppSpecContent", "appSpecContent": {"content": content, "sha256": digest}}


# Making one -----------------------------------------------------------------------------------------------------------


def _deployment(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "applicationName": world.application,
        "deploymentGroupName": world.deployment_group,
        "revision": _revision(world),
    } | changes


def _alarms(*names: str) -> dict[str, Any]:
    return {"enabled": True, "alarms": [{"name": name} for name in names]}


_MAKING = [
    refusal(
        "CreateDeployment",
        "a deployment has a revision",
        lambda world: without(_deployment(world), "revision"),
        "RevisionRequiredException",
        "https://github.com/aws/aws-cli/issues/4256",
    ),
    refusal(
        "CreateDeployment",
        "a deployment's revision is of one of the types that there are",
        lambda world: _deployment(world, revision=_revision(world) | {"revisionType": "AppSpec"}),
        "InvalidRevisionException",
    ),
    refusal(
        "CreateDeployment",
        "a deployment has an application",
        lambda world: without(_deployment(world), "applicationName"),
        "ApplicationNameRequiredException",
    ),
    refusal(
        "CreateDeployment",
        "a deployment's application is there",
        lambda world: _deployment(world, applicationName=world.missing),
        "ApplicationDoesNotExistException",
    ),
    refusal(
        "CreateDeployment",
        "a deployment has a group",
        lambda world: without(_deployment(world), "deploymentGroupName"),
        "DeploymentGroupNameRequiredException",
    ),
    refusal(
        "CreateDeployment",
        "a deployment's group is there",
        lambda world: _deployment(world, deploymentGroupName=world.missing),
        "DeploymentGroupDoesNotExistException",
    ),
    refusal(
        "CreateDeployment",
        "a deployment's configuration is there",
        lambda world: _deployment(world, deploymentConfigName=world.missing),
        "DeploymentConfigDoesNotExistException",
    ),
    refusal(
        "CreateDeployment",
        "a deployment's rollback that is on has an event",
        lambda world: _deployment(world, autoRollbackConfiguration={"enabled": True, "events": []}),
        "InvalidAutoRollbackConfigException",
    ),
    refusal(
        "CreateDeployment",
        "a deployment's alarms that are on are named",
        lambda world: _deployment(world, overrideAlarmConfiguration=_alarms()),
        "InvalidAlarmConfigException",
    ),
    refusal(
        "CreateDeployment",
        "a deployment has ten alarms at most",
        lambda world: _deployment(
            world, overrideAlarmConfiguration=_alarms(*(f"slow-{number}" for number in range(11)))
        ),
        "AlarmsLimitExceededException",
    ),
]


# Those that are not there ---------------------------------------------------------------------------------------------

_ASKING: dict[str, dict[str, Any]] = {
    "GetDeployment": {},
    "GetDeploymentTarget": {"targetId": "cluster:service"},
    "ListDeploymentTargets": {},
    "BatchGetDeploymentTargets": {"targetIds": ["cluster:service"]},
    "StopDeployment": {"autoRollbackEnabled": False},
    "ContinueDeployment": {"deploymentWaitType": "READY_WAIT"},
}
"""Operation -> what it is asked for beside the deployment."""


def _by_id(operation: str, request: dict[str, Any]) -> list[Probe]:
    """With an id of no deployment, with one of another form, and with none."""

    def asked(**id: str) -> Request:
        return lambda _: request | id

    return [
        refusal(
            operation,
            f"{operation} finds no deployment that is not there",
            asked(deploymentId=_UNKNOWN),
            "DeploymentDoesNotExistException",
        ),
        refusal(
            operation,
            f"{operation} wants an id of a deployment's form",
            asked(deploymentId=_MALFORMED),
            "InvalidDeploymentIdException",
        ),
        refusal(operation, f"{operation} wants a deployment's id", asked(), "DeploymentIdRequiredException"),
    ]


_ANSWER = {"lifecycleEventHookExecutionId": "none", "status": "Succeeded"}

_NOT_THERE = [
    *(probe for operation, request in _ASKING.items() for probe in _by_id(operation, request)),
    # Of a deployment that is not there AWS may look at the execution's id first.
    refusal(
        "PutLifecycleEventHookExecutionStatus",
        "PutLifecycleEventHookExecutionStatus wants an id of a deployment's form",
        lambda _: _ANSWER | {"deploymentId": _MALFORMED},
        "InvalidDeploymentIdException",
    ),
    refusal(
        "PutLifecycleEventHookExecutionStatus",
        "PutLifecycleEventHookExecutionStatus wants a deployment's id",
        lambda _: _ANSWER,
        "DeploymentIdRequiredException",
    ),
    refusal(
        "BatchGetDeployments",
        "deployments are asked for by their ids",
        lambda _: {"deploymentIds": []},
        "DeploymentIdRequiredException",
    ),
    refusal(
        "BatchGetDeployments",
        "no more than 100 deployments are asked for at a time",
        lambda _: {"deploymentIds": [f"d-{number:09}" for number in range(101)]},
        "BatchLimitExceededException",
    ),
]


# Lists ----------------------------------------------------------------------------------------------------------------


def _listed(world: World, **changes: Any) -> dict[str, Any]:
    return {"applicationName": world.application, "deploymentGroupName": world.deployment_group} | changes


_LATE, _EARLY = datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)

_LISTS = [
    answered(
        "codedeploy",
        "ListDeployments",
        "a new group has no deployments",
        _listed,
        {"deployments": []},
        f"{API}/API_ListDeployments.html",
    ),
    refusal(
        "ListDeployments",
        "an application's deployments are asked for by group",
        lambda world: without(_listed(world), "deploymentGroupName"),
        "DeploymentGroupNameRequiredException",
    ),
    refusal(
        "ListDeployments",
        "a group's deployments are asked for with its application",
        lambda world: without(_listed(world), "applicationName"),
        "ApplicationNameRequiredException",
    ),
    refusal(
        "ListDeployments",
        "a group that is not there has no deployments",
        lambda world: _listed(world, deploymentGroupName=world.missing),
        "DeploymentGroupDoesNotExistException",
    ),
    refusal(
        "ListDeployments",
        "a deployment's status is one of those that there are",
        lambda world: _listed(world, includeOnlyStatuses=["Done"]),
        "InvalidDeploymentStatusException",
    ),
    refusal(
        "ListDeployments",
        "a range of times begins before it ends",
        lambda world: _listed(world, createTimeRange={"start": _LATE, "end": _EARLY}),
        "InvalidTimeRangeException",
    ),
    refusal(
        "ListDeployments",
        "a page of deployments is one that AWS told of",
        lambda world: _listed(world, nextToken="nonsense"),
        "InvalidNextTokenException",
    ),
]


# Revisions ------------------------------------------------------------------------------------------------------------


def _revisions(world: World, **changes: Any) -> dict[str, Any]:
    return {"applicationName": world.application} | changes


def _listed_wrongly(claim: str, code: str, **asked: str) -> Probe:
    return refusal("ListApplicationRevisions", claim, lambda world: _revisions(world, **asked), code)


_NO_REVISION = {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": "0" * 64}}

_REVISIONS = [
    refusal(
        "GetApplicationRevision",
        "a revision that nobody registered is not shown",
        lambda world: _revisions(world, revision=_NO_REVISION),
        "RevisionDoesNotExistException",
    ),
    refusal("GetApplicationRevision", "a revision is asked for by what it is", _revisions, "RevisionRequiredException"),
    refusal(
        "GetApplicationRevision",
        "an application that is not there has no revisions",
        lambda world: _revisions(world, applicationName=world.missing, revision=_NO_REVISION),
        "ApplicationDoesNotExistException",
    ),
    refusal("RegisterApplicationRevision", "what is registered is a revision", _revisions, "RevisionRequiredException"),
    _listed_wrongly(
        "revisions are deployed, not deployed or both", "InvalidDeployedStateFilterException", deployed="yes"
    ),
    _listed_wrongly("revisions are sorted by one of three times", "InvalidSortByException", sortBy="size"),
    _listed_wrongly(
        "revisions are sorted up or down", "InvalidSortOrderException", sortBy="registerTime", sortOrder="up"
    ),
    _listed_wrongly("a key's prefix is that of a bucket", "BucketNameFilterRequiredException", s3KeyPrefix="a/"),
]


# One that is made -----------------------------------------------------------------------------------------------------


def _of_version_1(world: World) -> dict[str, Any]:
    """Of the spare service: what it shifts is nobody else's."""
    return _deployment(world, deploymentGroupName=world.spare_deployment_group, revision=_revision(world, version=1))


_MADE = [
    answered(
        "codedeploy",
        "CreateDeployment",
        "an AppSpec of version 1 is deployed, and the deployment's id is of its form",
        _of_version_1,
        {"starts_with(deploymentId, 'd-')": True, "length(deploymentId)": len(_UNKNOWN)},
        "https://github.com/CircleCI-Public/aws-ecs-orb/blob/master/src/scripts/update_bluegreen_service_via_task_def.sh",
    )
]

PROBES: list[Probe] = [*_MAKING, *_NOT_THERE, *_LISTS, *_REVISIONS, *_MADE]
