"""Deployments of one service: read, found, created, stopped."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import appspec, limits
from greenlight.aws import Aws, error_code, explain, is_passing, is_throttled
from greenlight.clock import Clock
from greenlight.context import Context
from greenlight.deployment import IN_FLIGHT, Deployment, Until, parse
from greenlight.errors import GreenlightError, InFlightError, LostSightError
from greenlight.manifest import Manifest

_NO_TARGET_YET = {"DeploymentNotStartedException", "DeploymentTargetDoesNotExistException"}
_ATTEMPTS = 5
_BATCH = 25  # as many as BatchGetDeployments takes


def read(aws: Aws, manifest: Manifest, deployment_id: str) -> Deployment:
    """The deployment with its lifecycle events and traffic weights."""
    info = aws.call("codedeploy:GetDeployment", deploymentId=deployment_id)["deploymentInfo"]
    try:
        target = aws.call(
            "codedeploy:GetDeploymentTarget",
            deploymentId=deployment_id,
            targetId=f"{manifest.cluster}:{manifest.ecs_service}",
        )["deploymentTarget"]["ecsTarget"]
    except ClientError as error:
        if error_code(error) not in _NO_TARGET_YET:
            raise
        target = None
    return parse(info, target)


def get(aws: Aws, manifest: Manifest, deployment_id: str) -> Deployment:
    """The same for an id that a person gave. Raises GreenlightError where it is none of this account and region."""
    try:
        return read(aws, manifest, deployment_id)
    except ClientError as error:
        if error_code(error) not in ("DeploymentDoesNotExistException", "InvalidDeploymentIdException"):
            raise
        raise GreenlightError(
            f"no deployment {deployment_id} in account {aws.account}, region {aws.region}: "
            f"`greenlight history {manifest.address}` lists those of {manifest.address}"
        ) from error


def in_flight(aws: Aws, manifest: Manifest) -> Deployment | None:
    """The deployment that has the group, if any: it takes one at a time."""
    found = aws.call("codedeploy:ListDeployments", **_group(manifest), includeOnlyStatuses=list(IN_FLIGHT))
    for deployment_id in found.get("deployments", []):
        deployment = read(aws, manifest, deployment_id)
        # It may have ended since.
        if not deployment.over:
            return deployment
    return None


def newest_first(aws: Aws, manifest: Manifest) -> Iterator[Deployment]:
    """All of them, without lifecycle events; read page by page as they are asked for."""
    more: dict[str, Any] = {}
    while True:
        page = aws.call("codedeploy:ListDeployments", **_group(manifest), **more)
        ids = page.get("deployments", [])
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            found = aws.call("codedeploy:BatchGetDeployments", deploymentIds=batch)
            by_id = {info["deploymentId"]: info for info in found["deploymentsInfo"]}
            yield from (parse(by_id[one]) for one in batch if one in by_id)
        if not page.get("nextToken"):
            return
        more = {"nextToken": page["nextToken"]}


def released(aws: Aws, manifest: Manifest, deployment: Deployment) -> str | None:
    """The task definition that the deployment releases; None where its AppSpec is not to be had from CodeDeploy."""
    if not deployment.sha256:
        return None
    try:
        answer = aws.call(
            "codedeploy:GetApplicationRevision",
            applicationName=manifest.codedeploy.application,
            revision={"revisionType": "AppSpecContent", "appSpecContent": {"sha256": deployment.sha256}},
        )
    except ClientError as error:
        if error_code(error) != "RevisionDoesNotExistException":
            raise
        return None
    content = (answer.get("revision", {}).get("appSpecContent") or {}).get("content")
    return appspec.released(content) if content else None


def request(manifest: Manifest, task_definition: str, description: str, *, ignore_alarms: bool) -> dict[str, Any]:
    """CreateDeployment's. `description` tells this very request from any other."""
    asked: dict[str, Any] = {
        **_group(manifest),
        "revision": appspec.build(manifest, task_definition).revision,
        "description": description,
    }
    if ignore_alarms:
        asked["overrideAlarmConfiguration"] = {"enabled": False, "alarms": []}
    return asked


def create(aws: Aws, clock: Clock, asked: dict[str, Any]) -> str:
    """Begins the deployment, once, and returns its id.

    AWS has no token that would make the call safe to repeat, so that a lost answer is followed by a look whether the
    deployment is there: a second one would fail, or worse, follow the first.
    """
    lost: BaseException | None = None
    for attempt in range(_ATTEMPTS):
        if attempt:
            clock.sleep(2.0**attempt)
        if lost and (found := _find(aws, asked)):
            return found
        try:
            return str(aws.call_once("codedeploy:CreateDeployment", **asked)["deploymentId"])
        except (ClientError, BotoCoreError) as error:
            if error_code(error) == "DeploymentLimitExceededException":
                if lost and (found := _find(aws, asked)):
                    return found
                raise InFlightError(
                    f"another deployment was quicker, run the command again: {explain(error)}"
                ) from error
            if not is_passing(error):
                raise GreenlightError(f"CodeDeploy refused the deployment: {explain(error)}") from error
            if not is_throttled(error):
                lost = error
            last = error
    if lost and (found := _find(aws, asked)):
        return found
    raise GreenlightError(f"CodeDeploy did not take the deployment in {_ATTEMPTS} attempts: {explain(last)}") from last


def find_mine(aws: Aws, asked: dict[str, Any]) -> str | None:
    """The deployment that was begun with this very request, if it was."""
    newest = aws.call(
        "codedeploy:ListDeployments",
        applicationName=asked["applicationName"],
        deploymentGroupName=asked["deploymentGroupName"],
    )
    for deployment_id in newest.get("deployments", [])[:5]:
        info = aws.call("codedeploy:GetDeployment", deploymentId=deployment_id)["deploymentInfo"]
        if info.get("description") == asked["description"]:
            return str(deployment_id)
    return None


def _find(aws: Aws, asked: dict[str, Any]) -> str | None:
    try:
        return find_mine(aws, asked)
    except (ClientError, BotoCoreError) as error:
        raise LostSightError(
            f"CodeDeploy gave no answer to CreateDeployment, nor whether it began: {explain(error)}"
        ) from error


def stop(aws: Aws, deployment_id: str) -> bool:
    """Stops it with rollback: production goes back to, or stays on, what was live. False if it was over already."""
    try:
        aws.call("codedeploy:StopDeployment", deploymentId=deployment_id, autoRollbackEnabled=True)
    except ClientError as error:
        if error_code(error) != "DeploymentAlreadyCompletedException":
            raise
        return False
    return True


def end_bake(aws: Aws, deployment_id: str) -> None:
    """Lets the old tasks go now: production stays on the new version."""
    try:
        aws.call("codedeploy:ContinueDeployment", deploymentId=deployment_id, deploymentWaitType="TERMINATION_WAIT")
    except ClientError as error:
        if error_code(error) != "DeploymentAlreadyCompletedException":
            raise


def limit_seconds(context: Context, until: Until) -> float:
    """How long a release of this service is followed."""
    aws, manifest = context.aws, context.manifest
    group = aws.call(
        "codedeploy:GetDeploymentGroup",
        applicationName=manifest.codedeploy.application,
        deploymentGroupName=manifest.codedeploy.group,
    )["deploymentGroupInfo"]
    config = aws.call("codedeploy:GetDeploymentConfig", deploymentConfigName=group["deploymentConfigName"])[
        "deploymentConfigInfo"
    ]
    return 60 * limits.limit_minutes(group, config, len(manifest.hooks), until)


def _group(manifest: Manifest) -> dict[str, str]:
    return {"applicationName": manifest.codedeploy.application, "deploymentGroupName": manifest.codedeploy.group}
