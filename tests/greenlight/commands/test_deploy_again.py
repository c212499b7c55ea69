"""What is live, released again: by --force, or because a failed release still has a part of production."""

import json
from typing import Any

import pytest

from greenlight.commands import rollback
from greenlight.deployment import Until
from greenlight.errors import RefusedError
from tests.greenlight.commands.test_deploy import run


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_is_live_is_released_again_where_a_failed_release_still_has_a_part_of_production(
    context: Any, aws: Any, play: Any, dry_run: bool
) -> None:
    aws.play("d-1", [play.step("Failed", failed="AllowTraffic", weight=50.0, autoRollbackConfiguration={})])

    result = run(context, ":green", dry_run=dry_run)

    released = aws.made("codedeploy:CreateDeployment") or [one["request"] for one in result.document["requests"]]
    assert [aws.live in one["revision"]["appSpecContent"]["content"] for one in released] == [True]
    assert (result.exit_code, aws.made("ecs:RegisterTaskDefinition")) == (0, [])
    assert context.show.lines[0] == (
        "d-1 failed in mid-shift, and nobody undid it: api:1 is released again, so that it gets all of the traffic"
    )


def test_a_failed_release_that_never_had_traffic_leaves_nothing_to_do(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", [play.step("Failed", failed="BeforeAllowTraffic", autoRollbackConfiguration={})])

    assert run(context, ":green").document["outcome"] == "nothing-to-do"


def test_force_releases_the_same_revision_again_so_that_new_tasks_read_a_rotated_secret(context: Any, aws: Any) -> None:
    result = run(context, None, force=True)

    assert aws.made("ecs:RegisterTaskDefinition") == []
    (asked,) = aws.made("codedeploy:CreateDeployment")
    assert aws.live in asked["revision"]["appSpecContent"]["content"]
    assert (result.exit_code, result.document["task_definition"], result.document["differences"]) == (0, aws.live, [])


def test_force_of_an_image_by_its_tag_pins_what_runs(context: Any, aws: Any, play: Any) -> None:
    aws.revisions[aws.live]["definition"]["containerDefinitions"][0]["image"] = f"{play.repository}:green"

    result = run(context, None, force=True)

    (asked,) = aws.made("ecs:RegisterTaskDefinition")
    assert asked["containerDefinitions"][0]["image"] == f"{play.repository}@{play.green}"
    assert result.document["task_definition"] == f"{play.family}:2"


def test_force_ships_differences_as_every_release_does(context: Any, play: Any) -> None:
    assert run(context, ":blue", force=True).document["task_definition"] == f"{play.family}:2"


def test_a_dry_run_of_force_registers_nothing(context: Any, aws: Any) -> None:
    (create,) = json.loads(run(context, None, force=True, dry_run=True).text)

    assert aws.live in create["request"]["revision"]["appSpecContent"]["content"]


def test_a_refusal_of_force_does_not_claim_that_anything_was_registered(context: Any, aws: Any, play: Any) -> None:
    aws.errors["codedeploy:CreateDeployment"] = [play.failure("InvalidRoleException")]

    with pytest.raises(RefusedError, match=r"CodeDeploy refused the deployment: InvalidRoleException: said AWS$"):
        run(context, None, force=True)


@pytest.mark.parametrize("image", ["tag", "digest"])
def test_the_same_again_that_needs_another_revision_keeps_the_way_back(
    context: Any, aws: Any, play: Any, image: str
) -> None:
    named = f"{play.repository}:green" if image == "tag" else f"{play.repository}@{play.green}"
    aws.live = aws.register(named, {"greenlight:replaces": f"{play.family}:1"})
    aws.revisions[aws.live]["definition"]["status"] = "ACTIVE" if image == "tag" else "INACTIVE"

    assert run(context, None, force=True).document["task_definition"] == f"{play.family}:3"
    assert rollback.run(context, until=Until.done, dry_run=True).document["task_definition"] == f"{play.family}:1"
