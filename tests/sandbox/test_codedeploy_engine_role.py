"""What becomes of a deployment whose service role may not do something. In a world of fakes and fast time."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.codedeploy_engine.ports import RoleError
from tests.sandbox.codedeploy_world import BLUE, GREEN, World, make, statuses

DENIED = {"code": "IAM_ROLE_PERMISSIONS", "message": "denied"}


class Denying(World):
    """Denies one of CodeDeploy's steps, as often as it is asked for."""

    def __init__(self, step: str, code: str = "IAM_ROLE_PERMISSIONS"):
        super().__init__()

        async def deny(*_: Any) -> Any:
            raise RoleError(code, "denied")

        setattr(self, step, deny)


@pytest.mark.parametrize("step", ["service_is_active", "primary", "target_groups", "carries"])
def test_a_role_that_may_not_look_fails_the_deployment_before_it_begins(step: str) -> None:
    world = Denying(step)

    failed = world.run(make())

    assert (failed.status, failed.error) == ("Failed", DENIED)
    assert failed.rollback_info is None
    assert world.done == []


@pytest.mark.parametrize(
    ("step", "event", "done"),
    [
        ("create", "Install", []),
        ("healthy_targets", "Install", ["create new"]),
        ("move", "AllowTestTraffic", ["create new"]),
        ("invoke", "AfterInstall", ["create new"]),
        ("make_primary", "AllowTraffic", ["create new", "test 100 %", "prod 100 %"]),
    ],
)
def test_a_denied_step_fails_its_event_and_is_undone(step: str, event: str, done: list[str]) -> None:
    world = Denying(step)
    hooks = {"AfterInstall": "check"} if step == "invoke" else None

    failed = world.run(make(hooks=hooks))

    assert (failed.status, failed.error) == ("Failed", DENIED)
    assert statuses(failed)[event] == "Failed"
    assert world.done[: len(done)] == done
    assert failed.rollback_info is not None
    assert world.shares["prod"][BLUE] == 100


def test_a_rollback_with_the_same_role_fails_where_it_is_denied_too() -> None:
    world = Denying("make_primary")

    world.run(make())

    undoing = world.deployments[1]
    assert (undoing.status, undoing.error) == ("Failed", DENIED)
    assert world.shares["prod"] == {BLUE: 100, GREEN: 0}
    assert [task_set.status for task_set in world.service.task_sets] == ["PRIMARY", "ACTIVE"]


def test_a_role_that_may_not_delete_task_sets_leaves_the_original_in_place() -> None:
    world = Denying("drain")

    failed = world.run(make())

    assert (failed.status, failed.error) == ("Failed", DENIED)
    assert failed.rollback_info is None
    assert [task_set.status for task_set in world.service.task_sets] == ["ACTIVE", "PRIMARY"]


def test_a_role_that_is_gone_is_told_from_one_that_may_do_too_little() -> None:
    failed = Denying("service_is_active", "IAM_ROLE_MISSING").run(make())

    assert failed.error == {"code": "IAM_ROLE_MISSING", "message": "denied"}
