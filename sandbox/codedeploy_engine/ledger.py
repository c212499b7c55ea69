"""The account's deployments, and which of them is active. Called with `sandbox.aws.lock.LOCK` held."""

from __future__ import annotations

from queue import SimpleQueue
from typing import Any

from moto.codedeploy.models import CodeDeployBackend, codedeploy_backends

from sandbox.clients import Clients
from sandbox.codedeploy_engine.records import Deployment, StopRequest

INBOX: SimpleQueue[Deployment] = SimpleQueue()
"""Made and not begun: from the API's threads to the engine's loop."""


def add(backend: CodeDeployBackend, deployment: Deployment) -> None:
    backend.deployments[deployment.deployment_id] = deployment
    deployment.group.last_attempted = deployment
    INBOX.put(deployment)


def active(backend: CodeDeployBackend, group: Any) -> Deployment | None:
    """The one deployment of the group that has not ended."""
    deployments: list[Deployment] = list(backend.deployments.values())
    for deployment in deployments:
        if deployment.group is group and not deployment.ended:
            return deployment
    return None


def stop_all(backend: CodeDeployBackend, group: Any, request: StopRequest) -> None:
    """The group goes: what it does must not go on without it."""
    deployment = active(backend, group)
    if deployment is not None and deployment.stop_request is None:
        deployment.stop_request = request


def end(deployment: Deployment, status: str, error: dict[str, str] | None, rollback: bool) -> None:
    deployment.finish(status, error)
    group = deployment.group
    if status == "Succeeded":
        group.last_successful = deployment
        if deployment.revision is not None:
            group.last_successful_revision = deployment.revision
    if rollback:
        _undo(deployment)


def _undo(failed: Deployment) -> None:
    """The rollback is a deployment of its own, known by both."""
    why = f"Deployment {failed.deployment_id} ended as {failed.status}: {(failed.error or {}).get('message', '')}"
    undoing = Deployment(
        application=failed.application,
        group=failed.group,
        account=failed.account,
        region=failed.region,
        group_info=failed.group_info,
        cluster=failed.cluster,
        service=failed.service,
        service_arn=failed.service_arn,
        deployment_config_name=failed.deployment_config_name,
        routing=failed.routing,
        # What goes live again; absent when that task set is the service's first, which no deployment made.
        revision=failed.original.revision,
        previous_revision=failed.revision,
        creator="codeDeployRollback",
        undoes=failed,
    )
    undoing.rollback_info = {"rollbackTriggeringDeploymentId": failed.deployment_id, "rollbackMessage": why}
    failed.rollback_info = {
        "rollbackDeploymentId": undoing.deployment_id,
        "rollbackMessage": f"Deployment {undoing.deployment_id} brings the original task set back.",
    }
    add(codedeploy_backends[failed.account][failed.region], undoing)


class LockedLedger:
    """The port `Ledger`."""

    def __init__(self, clients: Clients):
        self._clients = clients

    async def end(self, deployment: Deployment, status: str, error: dict[str, str] | None, rollback: bool) -> None:
        await self._clients.locked(lambda: end(deployment, status, error, rollback))
