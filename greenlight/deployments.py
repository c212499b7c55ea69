"""Deployments of one service: read, found, created, stopped."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import appspec, limits
from greenlight.aws import Aws, error_code, explain, is_passing, is_throttled
from greenlight.clock import Clock, Pace
from greenlight.context import Context
from greenlight.deployment import IN_FLIGHT, Deployment, Until, parse
from greenlight.errors import GreenlightError, InFlightError, LostSightError
from greenlight.manifest import Manifest

_NO_TARGET_YET = {"DeploymentNotStartedException", "DeploymentTargetDoesNotExistException"}
# The rollback is a deployment of its own, which CodeDeploy names a little after the failure.
_ROLLBACK_NAMED_SECONDS = 60.0
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
    """The same for an id that a person gave. Raises GreenlightError where it is none of this service."""
    known = f"`greenlight history {manifest.address}` lists those of {manifest.address}"
    try:
        found = read(aws, manifest, deployment_id)
    except ClientError as error:
        if error_code(error) not in ("DeploymentDoesNotExistException", "InvalidDeploymentIdException"):
            raise
        raise GreenlightError(
            f"no deployment {deployment_id} in account {aws.account}, region {aws.region}: {known}"
        ) from error
    if found.group != (manifest.codedeploy.application, manifest.codedeploy.group):
        raise GreenlightError(f"deployment {deployment_id} is of group {'/'.join(found.group)}: {known}")
    return found


def in_flight(aws: Aws, manifest: Manifest) -> Deployment | None:
    """The deployment that has the group, if any: it takes one at a time."""
    found = aws.call("codedeploy:ListDeployments", **_group(manifest), includeOnlyStatuses=list(IN_FLIGHT))
    for deployment_id in found.get("deployments", []):
        deployment = read(aws, manifest, deployment_id)
        # It may have ended since.
        if not deployment.over:
            return deployment
    return None


def await_rollback(clock: Clock, failed: Deployment, read: Callable[[str], Deployment | None]) -> Deployment:
    """The failed deployment once CodeDeploy has named the one that undoes it; as it is where none is to be expected."""
    pace, end = Pace(), clock.now() + _ROLLBACK_NAMED_SECONDS
    while failed.rollback_id is None and failed.rollback_expected and clock.now() < end:
        clock.sleep(pace.next())
        failed = read(failed.id) or failed
    return failed


def in_mid_shift(aws: Aws, manifest: Manifest) -> bool:
    """Whether a deployment is in flight whose production traffic is not wholly moved yet."""
    found = in_flight(aws, manifest)
    return found is not None and not found.reached(Until.traffic)


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
    if deployment.revision.get("revisionType") not in ("AppSpecContent", "String"):
        return None
    try:
        revision = aws.call(
            "codedeploy:GetApplicationRevision",
            applicationName=manifest.codedeploy.application,
            revision=deployment.revision,
        )["revision"]
    except ClientError as error:
        if error_code(error) != "RevisionDoesNotExistException":
            raise
        return None
    content = (revision.get("appSpecContent") or revision.get("string") or {}).get("content")
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


def create(context: Context, asked: dict[str, Any]) -> str:
    """Begins the deployment, once, and returns its id.

    AWS has no token that would make the call safe to repeat, so that a lost answer is followed by a look whether the
    deployment is there: a second one would fail, or worse, follow the first.
    """
    lost: BaseException | None = None
    for attempt in range(_ATTEMPTS):
        if attempt:
            context.clock.sleep(2.0**attempt)
        if lost and (found := find_mine(context, asked)):
            return found
        try:
            return str(context.aws.call_once("codedeploy:CreateDeployment", **asked)["deploymentId"])
        except (ClientError, BotoCoreError) as error:
            if error_code(error) == "DeploymentLimitExceededException":
                if lost and (found := find_mine(context, asked)):
                    return found
                raise InFlightError(
                    f"another deployment was quicker, run the command again: {explain(error)}"
                ) from error
            if not is_passing(error):
                if lost:
                    # What was asked before may have been taken, and not be listed yet.
                    raise _unknown(context, error) from error
                raise GreenlightError(f"CodeDeploy refused the deployment: {explain(error)}") from error
            if not is_throttled(error):
                lost = error
            last = error
    if lost and (found := find_mine(context, asked)):
        return found
    raise GreenlightError(f"CodeDeploy did not take the deployment in {_ATTEMPTS} attempts: {explain(last)}") from last


def find_mine(context: Context, asked: dict[str, Any]) -> str | None:
    """The deployment that was begun with this very request, if it was. Raises LostSightError if nobody knows."""
    aws = context.aws
    try:
        newest = aws.call(
            "codedeploy:ListDeployments",
            applicationName=asked["applicationName"],
            deploymentGroupName=asked["deploymentGroupName"],
        )
        for deployment_id in newest.get("deployments", [])[:5]:
            info = aws.call("codedeploy:GetDeployment", deploymentId=deployment_id)["deploymentInfo"]
            if info.get("description") == asked["description"]:
                return str(deployment_id)
    except (ClientError, BotoCoreError) as error:
        raise _unknown(context, error) from error
    return None


def _unknown(context: Context, error: BaseException) -> LostSightError:
    return LostSightError(
        f"CodeDeploy gave no answer to CreateDeployment, nor whether it began: {explain(error)}. "
        f"See what goes on: {context.command('watch')}"
    )


def stop_request(deployment_id: str) -> dict[str, Any]:
    return {"deploymentId": deployment_id, "autoRollbackEnabled": True}


def end_bake_request(deployment_id: str) -> dict[str, Any]:
    return {"deploymentId": deployment_id, "deploymentWaitType": "TERMINATION_WAIT"}


def stop(aws: Aws, deployment_id: str) -> bool:
    """Stops it with rollback: production goes back to, or stays on, what was live. False if it was over already."""
    try:
        aws.call("codedeploy:StopDeployment", **stop_request(deployment_id))
    except ClientError as error:
        if error_code(error) != "DeploymentAlreadyCompletedException":
            raise
        return False
    return True


def end_bake(aws: Aws, deployment_id: str) -> None:
    """Lets the old tasks go now: production stays on the new version."""
    try:
        aws.call("codedeploy:ContinueDeployment", **end_bake_request(deployment_id))
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
