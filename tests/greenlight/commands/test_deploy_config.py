"""One release by another deployment configuration than the group's."""

from typing import Any

import pytest

from greenlight.commands import deploy, history, watch
from greenlight.deployment import Until
from greenlight.errors import RefusedError
from greenlight.release import Conflict

CANARY = {
    "computePlatform": "ECS",
    "trafficRoutingConfig": {
        "type": "TimeBasedCanary",
        "timeBasedCanary": {"canaryPercentage": 5, "canaryInterval": 600},
    },
}
CHANGES = ("ecs:RegisterTaskDefinition", "codedeploy:StopDeployment", "codedeploy:CreateDeployment")


@pytest.fixture
def configured(aws: Any) -> Any:
    aws.configs |= {
        "dev-api-canary": CANARY,
        "one-by-one": {"computePlatform": "Server"},
        "CodeDeployDefault.OneAtATime": {"computePlatform": "Server"},
    }
    return aws


def release(context: Any, **changes: Any) -> Any:
    return deploy.run(context, deploy.Options(image=":blue", config="dev-api-canary", **changes))


def test_the_request_names_it_and_the_progress_says_what_it_does(context: Any, configured: Any) -> None:
    result = release(context)

    assert [one["deploymentConfigName"] for one in configured.made("codedeploy:CreateDeployment")] == ["dev-api-canary"]
    assert context.show.lines[0] == "traffic is to move by dev-api-canary: 5 % first, the rest after 600 minutes"
    group = "the deployment group has CodeDeployDefault.ECSAllAtOnce"
    assert f"traffic moves by dev-api-canary this time; {group}" in context.show.lines
    assert result.document["deployment"]["config"] == "dev-api-canary"


def test_without_it_the_groups_own_holds(context: Any, configured: Any) -> None:
    deploy.run(context, deploy.Options(image=":blue"))

    assert "deploymentConfigName" not in configured.made("codedeploy:CreateDeployment")[0]
    assert not [line for line in context.show.lines if "traffic moves by" in line]


@pytest.mark.usefixtures("configured")
def test_a_dry_run_shows_it(context: Any) -> None:
    requests = release(context, dry_run=True).document["requests"]

    assert [one["request"].get("deploymentConfigName") for one in requests] == [None, "dev-api-canary"]


def test_its_own_time_is_waited_for(context: Any, configured: Any, play: Any) -> None:
    """By the group's, which moves all at once, it would be given up after some two hours."""
    configured.next_script = [play.step(at="AllowTraffic", weight=5.0)]

    result = release(context, until=Until.traffic)

    # An hour for the tasks, one for the hook, ten minutes, and ten hours of the canary.
    assert context.clock.time >= 60 * (60 + 60 + 10 + 600)
    assert result.exit_code == 4


def test_watch_gives_it_that_time_too_and_says_by_what_traffic_moves(context: Any, configured: Any, play: Any) -> None:
    configured.play("d-1", [play.step(at="AllowTraffic", weight=5.0)], deploymentConfigName="dev-api-canary")

    watch.run(context, None, Until.traffic)

    assert context.clock.time >= 60 * (60 + 60 + 10 + 600)
    assert any(line.startswith("traffic moves by dev-api-canary this time") for line in context.show.lines)


def test_watch_of_what_is_over_needs_no_configuration_that_is_gone(context: Any, configured: Any, play: Any) -> None:
    configured.play("d-1", [play.step("Succeeded")], deploymentConfigName="long-gone")

    assert watch.run(context, None, Until.done).exit_code == 0


def test_history_names_it(context: Any, configured: Any, play: Any) -> None:
    configured.play("d-1", [play.step("Succeeded")], deploymentConfigName="CodeDeployDefault.ECSAllAtOnce")
    configured.play("d-2", [play.step("Succeeded")], deploymentConfigName="dev-api-canary")

    result = history.run(context, limit=2)

    assert ["by dev-api-canary" in line for line in result.text.splitlines()] == [True, False]
    assert [one["config"] for one in result.document["deployments"]] == [
        "dev-api-canary",
        "CodeDeployDefault.ECSAllAtOnce",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("typo", "no deployment configuration typo in account 123456789012, region us-east-1: "),
        ("one-by-one", "deployment configuration one-by-one is for Server, not for ECS: "),
    ],
)
def test_one_that_ecs_does_not_have_is_refused_before_anything_changes(
    context: Any, configured: Any, name: str, expected: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        deploy.run(context, deploy.Options(image=":blue", config=name, conflict=Conflict.replace))

    assert str(refused.value) == f"{expected}there are CodeDeployDefault.ECSAllAtOnce, dev-api-canary"
    assert [action for action, _ in configured.calls if action in CHANGES] == []


def test_a_role_that_may_not_list_them_is_refused_in_the_same_way(context: Any, configured: Any, play: Any) -> None:
    configured.errors["codedeploy:ListDeploymentConfigs"] = [play.failure("AccessDeniedException", status=403)]

    with pytest.raises(
        RefusedError, match=r"no deployment configuration typo .*: which others there are may not be seen"
    ):
        deploy.run(context, deploy.Options(image=":blue", config="typo"))
