"""Deployments of one service: read, found, created, stopped."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import appspec, limits
from greenlight.aws import Aws, error_code, explain, is_passing, is_unanswered
from greenlight.clock import Clock, backoff
from greenlight.context import Context
from greenlight.deployment import IN_FLIGHT, Deployment, Until, parse
from greenlight.errors import InFlightError, LostSightError, RefusedError
from greenlight.manifest import Manifest

_NO_TARGET_YET = {"DeploymentNotStartedException", "DeploymentTargetDoesNotExistException"}
_NOT_READY = {
    "DeploymentIsNotInReadyStateException",
    "DeploymentAlreadyCompletedException",
    "InvalidDeploymentStatusException",
}
ROLLBACK_NAMED_SECONDS = 60.0
_ATTEMPTS = 5
_LISTED_SECONDS = (0.0, 2.0, 4.0, 8.0)
_BATCH = 25  # as many as BatchGetDeployments takes


class Group(Protocol):
    @property
    def application(self) -> str: ...

    @property
    def group(self) -> str: ...


class Released(Protocol):
    """What is released, and by which deployment group: a release manifest, or what else names them."""

    @property
    def cluster(self) -> str: ...

    @property
    def ecs_service(self) -> str: ...

    @property
    def codedeploy(self) -> Group: ...


def read(aws: Aws, manifest: Released, deployment_id: str) -> Deployment:
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


def get(context: Context, deployment_id: str) -> Deployment:
    """The same for an id that a person gave. Raises RefusedError where it is none of this service."""
    aws, manifest = context.aws, context.manifest
    known = f"{context.command('history')} lists those of {manifest.address}"
    try:
        found = read(aws, manifest, deployment_id)
    except ClientError as error:
        if error_code(error) not in ("DeploymentDoesNotExistException", "InvalidDeploymentIdException"):
            raise
        raise RefusedError(
            f"no deployment {deployment_id} in account {aws.account}, region {aws.region}: {known}"
        ) from error
    if found.deployment_group != (manifest.codedeploy.application, manifest.codedeploy.group):
        raise RefusedError(f"deployment {deployment_id} is of group {'/'.join(found.deployment_group)}: {known}")
    return found


def in_flight(aws: Aws, manifest: Released) -> Deployment | None:
    """The deployment that has the group, if any: it takes one at a time."""
    found = aws.call("codedeploy:ListDeployments", **_group(manifest), includeOnlyStatuses=list(IN_FLIGHT))
    for deployment_id in found.get("deployments", []):
        deployment = read(aws, manifest, deployment_id)
        # It may have ended since.
        if not deployment.over:
            return deployment
    return None


def last_failed(aws: Aws, manifest: Released) -> Deployment | None:
    """The newest deployment, if it ended badly and nothing has undone it."""
    newest = next(newest_first(aws, manifest), None)
    if newest is None or not newest.over or newest.status == "Succeeded" or newest.rollback_id:
        return None
    return read(aws, manifest, newest.id)


def left_in_mid_shift(aws: Aws, manifest: Manifest) -> Deployment | None:
    """The newest deployment, if it failed with a part of production on its candidate and nothing has undone it.

    It may be a rollback that failed before it gave production back.
    """
    failed = last_failed(aws, manifest)
    return failed if failed and failed.exposed else None


def under_way(context: Context) -> Deployment | None:
    """What has the group, or is about to: one in flight, or one that has just failed and that CodeDeploy will undo."""
    if found := in_flight(context.aws, context.manifest):
        return found
    failed = last_failed(context.aws, context.manifest)
    return failed if failed and may_be_undone(context.clock, failed) else None


def may_be_undone(clock: Clock, failed: Deployment) -> bool:
    """Whether CodeDeploy has yet to name the deployment that undoes this one, which it does a little after the end."""
    if failed.rollback_id or not failed.rollback_expected:
        return False
    return failed.completed is None or (clock.utc() - failed.completed).total_seconds() < ROLLBACK_NAMED_SECONDS


def in_mid_shift(aws: Aws, manifest: Manifest) -> bool:
    """Whether a deployment is in flight whose production traffic is not wholly moved yet."""
    found = in_flight(aws, manifest)
    return found is not None and not found.reached(Until.traffic)


def newest_first(aws: Aws, manifest: Released, *statuses: str) -> Iterator[Deployment]:
    """All of them, or those of these statuses, without lifecycle events; read page by page as they are asked for."""
    more: dict[str, Any] = {"includeOnlyStatuses": list(statuses)} if statuses else {}
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
        more["nextToken"] = page["nextToken"]


def released(aws: Aws, manifest: Manifest, deployment: Deployment) -> str | None:
    """The ARN of the task definition that the deployment releases; None where CodeDeploy does not give its AppSpec.

    Other clients write `family:revision`, which is of the same account and region.
    """
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
    name = appspec.released(content) if content else None
    return f"{manifest.task_definition.rpartition('/')[0]}/{name}" if name else None


def request(
    manifest: Manifest, spec: appspec.AppSpec, description: str, *, ignore_alarms: bool, config: str | None = None
) -> dict[str, Any]:
    """CreateDeployment's. `description` tells this very request from any other; without `config` the group's holds."""
    asked: dict[str, Any] = {**_group(manifest), "revision": spec.revision, "description": description}
    if config:
        asked["deploymentConfigName"] = config
    if ignore_alarms:
        asked["overrideAlarmConfiguration"] = {"enabled": False, "alarms": []}
    return asked


def create(context: Context, asked: dict[str, Any]) -> str:
    """Begins the deployment, once, and returns its id.

    AWS has no token that would make the call safe to repeat, so that a lost answer is followed by a look whether the
    deployment is there: a second one would fail, or worse, follow the first.

    Raises InFlightError where another has the group, RefusedError where CodeDeploy refuses, and LostSightError
    where nobody knows whether it began.
    """
    lost = False
    for attempt in range(_ATTEMPTS):
        if attempt:
            context.clock.sleep(backoff(attempt))
        if lost and (found := _find_mine(context, asked)):
            return found
        try:
            return str(context.aws.call_once("codedeploy:CreateDeployment", **asked)["deploymentId"])
        except (ClientError, BotoCoreError) as error:
            last: BaseException = error
            if is_passing(error):
                lost = lost or is_unanswered(error)
            elif lost:
                break  # refused, or the group is taken: perhaps by what was asked for before
            elif error_code(error) == "DeploymentLimitExceededException":
                raise InFlightError(
                    f"another deployment was quicker, run the command again: {explain(error)}"
                ) from error
            else:
                raise RefusedError(f"CodeDeploy refused the deployment: {explain(error)}") from error
    if lost:
        return await_mine(context, asked, explain(last))
    raise RefusedError(f"CodeDeploy did not take the deployment in {_ATTEMPTS} attempts: {explain(last)}") from last


def await_mine(context: Context, asked: dict[str, Any], why: str) -> str:
    """The deployment that was, or may have been, begun with this very request: CodeDeploy may list it a little later.

    Raises LostSightError if it does not, nor says that it did not begin.
    """
    for pause in _LISTED_SECONDS:
        context.clock.sleep(pause)
        if found := _find_mine(context, asked):
            return found
    raise unknown(context, why)


def _find_mine(context: Context, asked: dict[str, Any]) -> str | None:
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
        raise unknown(context, explain(error)) from error
    return None


def unknown(context: Context, why: str) -> LostSightError:
    """Of a CreateDeployment that may, or may not, have begun one."""
    return LostSightError(
        f"CodeDeploy gave no answer to CreateDeployment, nor whether it began: {why}. "
        f"See what goes on: {context.command('watch')}"
    )


def ending(found: Deployment, *, replaced: bool = False) -> dict[str, dict[str, Any]]:
    """What ends a deployment: with rollback, so that production goes back to, or stays on, what was live.

    Where it is only `replaced` and bakes, it may keep the traffic that it has. Nothing ends a rollback, nor what is
    over and about to be undone.
    """
    if found.undoes or found.over:
        return {}
    if replaced and found.baking:
        wait = {"deploymentId": found.id, "deploymentWaitType": "TERMINATION_WAIT"}
        return {"codedeploy:ContinueDeployment": wait}
    return {"codedeploy:StopDeployment": {"deploymentId": found.id, "autoRollbackEnabled": True}}


def answered(context: Context, found: Deployment, what: str, ask: Callable[[], bool]) -> bool:
    """What `ask` returns, which changes a deployment. Raises LostSightError where that may be `what` was asked for,
    and nobody knows."""
    try:
        return ask()
    except (ClientError, BotoCoreError) as error:
        if not is_unanswered(error):
            raise
        raise LostSightError(
            f"CodeDeploy gave no answer, and {found.id} may be {what}: {explain(error).rstrip('.')}. "
            f"See what goes on: {context.command('watch', found.id)}"
        ) from error


def end(aws: Aws, requests: dict[str, dict[str, Any]]) -> bool:
    """Makes the requests of `ending`. False if it was over already."""
    try:
        if request := requests.get("codedeploy:StopDeployment"):
            aws.call("codedeploy:StopDeployment", **request)
        if request := requests.get("codedeploy:ContinueDeployment"):
            aws.call("codedeploy:ContinueDeployment", **request)
    except ClientError as error:
        if error_code(error) != "DeploymentAlreadyCompletedException":
            raise
        return False
    return True


def approval(found: Deployment) -> dict[str, dict[str, Any]]:
    """What lets a deployment that waits for an approval go on to production traffic."""
    return {"codedeploy:ContinueDeployment": {"deploymentId": found.id, "deploymentWaitType": "READY_WAIT"}}


def approve(context: Context, found: Deployment) -> bool:
    """Makes the request of `approval`. False where it goes on already: somebody was quicker, or an answer was lost.

    Raises RefusedError where it has ended.
    """
    try:
        context.aws.call("codedeploy:ContinueDeployment", **approval(found)["codedeploy:ContinueDeployment"])
    except ClientError as error:
        if error_code(error) not in _NOT_READY:
            raise
        now = read(context.aws, context.manifest, found.id)
        if now.over or now.waits_for_approval:
            raise RefusedError(f"{found.id} cannot be approved any more: it is {now.status}") from error
        return False
    return True


def limit_seconds(context: Context, until: Until, config: str | None = None) -> float:
    """How long a release of this service is followed; `config` is its configuration where it has not the group's."""
    aws, manifest = context.aws, context.manifest
    group = aws.call(
        "codedeploy:GetDeploymentGroup",
        applicationName=manifest.codedeploy.application,
        deploymentGroupName=manifest.codedeploy.group,
    )["deploymentGroupInfo"]
    try:
        found = aws.call(
            "codedeploy:GetDeploymentConfig", deploymentConfigName=config or group["deploymentConfigName"]
        )["deploymentConfigInfo"]
    except ClientError as error:
        # That of a deployment of long ago may be gone: nothing is waited for then.
        if config is None or error_code(error) != "DeploymentConfigDoesNotExistException":
            raise
        found = {}
    return 60 * limits.limit_minutes(group, found, len(manifest.hooks), until)


def _group(manifest: Released) -> dict[str, str]:
    return {"applicationName": manifest.codedeploy.application, "deploymentGroupName": manifest.codedeploy.group}
