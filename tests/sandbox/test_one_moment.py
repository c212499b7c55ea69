"""An answer tells of one moment, whatever tasks, checks and deployments do while it is made.

AWS API calls are answered in threads, while the scheduler, the health checker and the deployment engine go on.
"""

from __future__ import annotations

import threading
from typing import Any

from moto.ecs.models import ecs_backends
from moto.elbv2.models import ELBv2Backend

from sandbox.aws.elbv2 import INITIAL, delete_target_group, target_health
from sandbox.codedeploy_engine.records import Deployment, Event
from sandbox.scheduler.moto_state import Changes, write
from sandbox.scheduler.records import ContainerRecord, TaskRecord
from sandbox.scheduler.spec import SetSpec
from tests.sandbox.codedeploy_world import World, make

ACCOUNT, REGION = "123456789012", "us-east-1"
GROUP = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/moment/1"


def spec() -> SetSpec:
    where: dict[str, Any] = {"region": REGION, "account": ACCOUNT, "cluster_name": "moment", "cluster_arn": "cluster"}
    what: dict[str, Any] = {"service_name": "app", "service_arn": "service", "id": "ecs-svc/1", "is_task_set": True}
    network: dict[str, Any] = {"targets": (), "subnets": (), "security_groups": (), "public": False}
    return SetSpec(
        **where,
        **what,
        **network,
        desired=1,
        task_definition=None,
        grace_seconds=0,
        launch_type="FARGATE",
        platform_version="1.4.0",
    )


def record(task: str) -> TaskRecord:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/moment/{task}"
    made = TaskRecord(
        task_arn=arn,
        cluster_arn="cluster",
        cluster_name="moment",
        task_definition_arn="app:1",
        group="service:app",
        started_by="ecs-svc/1",
        launch_type="FARGATE",
        platform_version="1.4.0",
        platform_family="Linux",
        cpu="256",
        memory="512",
        availability_zone=None,
        attributes=[],
        attachments=[{"id": "1", "status": "ATTACHED", "details": []}],
        tags=[],
    )
    made.containers.append(ContainerRecord(f"{arn}/c", arn, "app", "image", "0", None, None, []))
    return made


def shown(own: TaskRecord) -> TaskRecord:
    found: TaskRecord = ecs_backends[ACCOUNT][REGION].tasks["moment"][own.task_arn]
    return found


def tell(own: TaskRecord) -> dict[str, str]:
    changes = Changes()
    changes.show(spec(), own)
    return write(changes)


def test_a_task_that_ends_while_it_is_described_is_described_as_it_was() -> None:
    own = record("ending")
    tell(own)
    described = shown(own)

    own.containers[0].exit_code, own.containers[0].last_status = 0, "STOPPED"
    own.attachments[0]["status"] = "DELETED"
    own.set_status("STOPPED")

    def said(task: TaskRecord) -> tuple[Any, ...]:
        (container,), (attachment,) = task.containers, task.attachments
        return task.last_status, container.last_status, container.exit_code, attachment["status"], task.version

    assert said(described) == ("PROVISIONING", "PENDING", None, "ATTACHED", 1)
    tell(own)
    assert said(described) == ("PROVISIONING", "PENDING", None, "ATTACHED", 1)
    assert said(shown(own)) == ("STOPPED", "STOPPED", 0, "DELETED", 2)


def test_what_is_asked_of_a_task_meanwhile_is_not_lost() -> None:
    own = record("asked")
    tell(own)
    described = shown(own)
    described.desired_status, described.stop_code, described.stopped_reason = "STOPPED", "UserInitiated", "because"
    described.tags = [{"key": "team", "value": "a"}]
    own.set_status("RUNNING")

    assert tell(own) == {own.id: "because"}

    now = shown(own)
    assert (now.last_status, now.desired_status, now.stopped_reason) == ("RUNNING", "STOPPED", "because")
    assert now.tags == [{"key": "team", "value": "a"}]


def test_the_reason_for_which_a_task_ends_already_stays() -> None:
    own = record("ended")
    tell(own)
    asked = shown(own)
    asked.desired_status, asked.stop_code, asked.stopped_reason = "STOPPED", "UserInitiated", "because"
    own.desired_status, own.stop_code, own.stopped_reason = "STOPPED", "EssentialContainerExited", "exited"

    assert tell(own) == {}

    assert (shown(own).stop_code, shown(own).stopped_reason) == ("EssentialContainerExited", "exited")


def test_a_target_group_is_deleted_while_targets_of_others_are_checked() -> None:
    class Checked(tuple[str, str, int]):
        """As it is looked at, a check of another target ends."""

        def __getitem__(self, index: Any) -> Any:
            target_health["another", "10.0.0.9", len(target_health)] = INITIAL
            return super().__getitem__(index)

    backend = ELBv2Backend(REGION, ACCOUNT)
    backend.target_groups[GROUP] = None
    target_health[Checked((GROUP, "10.0.0.8", 3000))] = INITIAL
    try:
        delete_target_group(backend, GROUP)

        assert [key for key in target_health if GROUP in tuple(key)] == []
    finally:
        target_health.clear()


def test_nobody_sees_a_lifecycle_event_half_changed() -> None:
    free: list[bool] = []

    class Watched(Event):
        def begin(self) -> None:
            super().begin()
            free.append(can_be_read(deployment))

        def end(self, status: str, diagnostics: dict[str, str] | None = None) -> None:
            super().end(status, diagnostics)
            free.append(can_be_read(deployment))

    deployment = make()
    deployment.events = [Watched(event.name) for event in deployment.events]

    World().run(deployment)

    assert deployment.status == "Succeeded"
    assert free == [False] * 2 * len(deployment.events)


def can_be_read(deployment: Deployment) -> bool:
    """Whether a call that comes at this moment would be answered now."""
    found = []

    def read() -> None:
        found.append(deployment.lock.acquire(blocking=False))
        if found[0]:
            deployment.lock.release()

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    return found[0]
