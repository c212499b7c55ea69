"""`greenlight rollback`: never simply the revision before."""

import json
from typing import Any

import pytest

from greenlight.commands import history, rollback
from greenlight.deployment import Until
from greenlight.errors import RefusedError


def run(context: Any, **changes: Any) -> Any:
    options: dict[str, Any] = {"until": Until.done, "dry_run": False}
    return rollback.run(context, **options | changes)


@pytest.fixture
def revisions(aws: Any, play: Any) -> list[str]:
    """api:2 to api:5, of which api:5 is live."""
    arns = [aws.register(image=f"{play.repository}@{play.blue}") for _ in range(4)]
    aws.live = arns[-1]
    return arns


def tag(aws: Any, arn: str, **tags: str) -> None:
    aws.revisions[arn]["tags"] = {f"greenlight:{key}": value for key, value in tags.items()}


def test_it_releases_what_the_live_revision_replaced_whatever_was_registered_in_between(
    context: Any, aws: Any, revisions: list[str]
) -> None:
    tag(aws, revisions[3], replaces=revisions[0])

    result = run(context)

    assert (result.exit_code, result.document["task_definition"]) == (0, revisions[0])
    assert context.show.lines[0] == "rolling back from api:5 to api:2, which is @sha256:bbbbbbbbbbbb…"
    assert aws.live == revisions[0]
    assert aws.made("ecs:RegisterTaskDefinition") == []


def test_a_firing_alarm_does_not_block_the_way_out(context: Any, aws: Any, revisions: list[str]) -> None:
    tag(aws, revisions[3], replaces=revisions[0])

    run(context)

    (asked,) = aws.made("codedeploy:CreateDeployment")
    assert asked["overrideAlarmConfiguration"] == {"enabled": False, "alarms": []}


def test_a_second_rollback_goes_on_into_the_past_instead_of_back_to_what_was_rolled_back(
    context: Any, aws: Any, revisions: list[str], play: Any
) -> None:
    tag(aws, revisions[3], replaces=revisions[1])
    tag(aws, revisions[1], replaces=f"{play.family}:1")

    run(context)
    result = run(context)

    assert result.document["task_definition"] == f"{play.family}:1"


def test_of_an_untagged_revision_the_last_success_before_its_first_one_is_taken(
    context: Any, aws: Any, revisions: list[str]
) -> None:
    two, three, four, five = revisions
    aws.past("d-1", two)
    aws.past("d-2", three)
    aws.past("d-3", four, status="Failed")
    aws.past("d-4", five)
    aws.past("d-5", two)
    aws.past("d-6", five)  # live again: its story begins at d-4

    assert run(context).document["task_definition"] == three


@pytest.mark.parametrize("spelling", ["tabs", "family:revision"])
def test_what_another_client_released_is_known_however_its_appspec_is_spelt(
    context: Any, aws: Any, revisions: list[str], spelling: str
) -> None:
    aws.past("d-1", revisions[0])
    aws.past("d-2", revisions[3])
    properties = {"TaskDefinition": "api:5" if spelling == "family:revision" else revisions[3]}
    content = {"Resources": [{"TargetService": {"Properties": properties}}]}
    aws.appspecs[f"sha-of-{revisions[3]}"] = json.dumps(content, indent="\t" if spelling == "tabs" else 2)

    newest, _ = history.run(context, limit=20).document["deployments"]
    assert newest["task_definition"] == revisions[3]
    assert run(context).document["task_definition"] == revisions[0]


@pytest.mark.parametrize("past", ["none", "only its own", "only failures before", "never released"])
def test_with_nothing_to_go_back_to_it_says_so(context: Any, aws: Any, revisions: list[str], past: str) -> None:
    if past == "only failures before":
        aws.past("d-1", revisions[0], status="Failed")
    if past in ("only its own", "only failures before"):
        aws.past("d-2", revisions[3])
    if past == "never released":
        aws.past("d-1", revisions[0])

    with pytest.raises(RefusedError) as refused:
        run(context)

    assert str(refused.value) == (
        "nothing to roll back to: api:5 is live, was not released by greenlight, and no deployment that succeeded came "
        "before it. Release the version you want: greenlight deploy dev/api --image … --region us-east-1"
    ).replace("…", "'…'")
    assert aws.made("codedeploy:CreateDeployment") == []


def test_a_predecessor_that_nobody_knows_is_named_and_never_skipped(
    context: Any, aws: Any, revisions: list[str]
) -> None:
    aws.past("d-1", revisions[0])
    s3 = {"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k"}}
    aws.play("d-2", [{"info": {"status": "Succeeded", "revision": s3}, "target": None}])
    aws.past("d-3", revisions[3])

    with pytest.raises(RefusedError, match="cannot tell what d-2, the deployment before api:5, released"):
        run(context)

    assert aws.made("codedeploy:CreateDeployment") == []


def test_what_came_before_the_live_revision_was_registered_is_not_gone_through(
    context: Any, aws: Any, revisions: list[str], play: Any
) -> None:
    aws.revisions[revisions[3]]["definition"]["registeredAt"] = play.began
    for number in range(40):
        aws.past(f"d-{number}", revisions[0], createTime=play.began.replace(year=2025))
    aws.past("d-LIVE", revisions[3])

    assert run(context).document["task_definition"] == revisions[0]
    assert len(aws.made("codedeploy:GetApplicationRevision")) < 5


def test_an_image_whose_tag_has_moved_since_it_ran_is_not_released_for_what_ran(
    context: Any, aws: Any, revisions: list[str], play: Any
) -> None:
    aws.revisions[revisions[0]]["definition"]["containerDefinitions"][0]["image"] = f"{play.repository}:green"
    tag(aws, revisions[3], replaces=revisions[0], **{"replaces-image": f"{play.repository}@{play.blue}"})

    with pytest.raises(RefusedError) as refused:
        run(context)

    assert str(refused.value) == (
        f"cannot roll back to api:2: its image {play.repository}:green was {play.blue} when it ran, "
        f"and is {play.green} now. Release what ran: "
        f"greenlight deploy dev/api --image {play.repository}@{play.blue} --region us-east-1"
    )
    assert aws.made("codedeploy:CreateDeployment") == []


def test_until_ready_does_not_say_that_it_has_the_traffic(context: Any, aws: Any, revisions: list[str]) -> None:
    tag(aws, revisions[3], replaces=revisions[0])

    result = run(context, until=Until.ready)

    assert (result.document["outcome"], context.show.lines[-1]) == ("ready", "api:2 is ready for production traffic")


def test_a_deregistered_revision_is_told_before_anything_is_changed(
    context: Any, aws: Any, revisions: list[str]
) -> None:
    tag(aws, revisions[3], replaces=revisions[0])
    aws.revisions[revisions[0]]["definition"]["status"] = "INACTIVE"

    with pytest.raises(RefusedError, match="cannot roll back to api:2, which api:5 replaced: it was deregistered"):
        run(context)


def test_an_image_that_ecr_no_longer_has_is_told_before_anything_is_changed(
    context: Any, aws: Any, revisions: list[str]
) -> None:
    tag(aws, revisions[3], replaces=revisions[0])
    aws.images = {}

    with pytest.raises(RefusedError, match=r"no image sha256:b+ in ECR repository api"):
        run(context)


@pytest.mark.parametrize("baking", [False, True])
def test_a_release_in_flight_or_baking_is_stopped_with_rollback_which_is_instant(
    context: Any, aws: Any, play: Any, baking: bool
) -> None:
    aws.play("d-1", [play.good[4 if baking else 2]])
    aws.play("d-BACK", [play.step("Succeeded")], rollbackInfo={"rollbackTriggeringDeploymentId": "d-1"})
    aws.stop_script = [play.step("Stopped", failed="AllowTraffic", rollbackInfo={"rollbackDeploymentId": "d-BACK"})]

    result = run(context)

    assert aws.made("codedeploy:StopDeployment") == [{"deploymentId": "d-1", "autoRollbackEnabled": True}]
    assert aws.made("codedeploy:CreateDeployment") == []
    assert (result.exit_code, result.document["outcome"]) == (0, "stopped")
    assert context.show.lines[-1] == "stopped: the version before has the traffic"


def test_a_release_that_has_just_failed_is_left_to_codedeploys_own_rollback(
    context: Any, aws: Any, play: Any, revisions: list[str]
) -> None:
    tag(aws, revisions[3], replaces=revisions[0])
    failed = play.step("Failed", failed="AllowTraffic", weight=10.0)
    named = play.step("Failed", failed="AllowTraffic", rollbackInfo={"rollbackDeploymentId": "d-BACK"})
    aws.play("d-BACK", [play.step("Succeeded")], rollbackInfo={"rollbackTriggeringDeploymentId": "d-1"})
    aws.not_yet = {"d-BACK"}
    aws.play("d-1", [failed, failed, failed, named])

    assert run(context, dry_run=True).document["requests"] == []
    result = run(context)

    assert (result.exit_code, result.document["rollback"]["id"]) == (0, "d-BACK")
    assert (result.document["task_definition"], result.document["replaces"]) == (None, None)
    assert aws.made("codedeploy:CreateDeployment") == aws.made("codedeploy:StopDeployment") == []


def test_a_release_that_was_stopped_long_ago_without_rollback_neither_blocks_nor_delays_the_way_back(
    context: Any, aws: Any, play: Any, revisions: list[str]
) -> None:
    tag(aws, revisions[3], replaces=revisions[0])
    said = {"code": "MANUAL_STOP", "message": "The deployment was stopped by the user."}
    yesterday = play.began.replace(day=1)
    aws.play("d-1", [play.step("Stopped", failed="Install", errorInformation=said, completeTime=yesterday)])

    assert run(context).document["task_definition"] == revisions[0]
    assert context.clock.time < 30


def test_after_a_failure_in_mid_shift_that_nobody_undid_the_live_version_gets_all_of_the_traffic(
    context: Any, aws: Any, play: Any, revisions: list[str]
) -> None:
    tag(aws, revisions[3], replaces=revisions[0])
    old = {"autoRollbackConfiguration": {}, "completeTime": play.began.replace(day=1)}
    aws.play("d-1", [play.step("Failed", failed="AllowTraffic", weight=50.0, **old)])

    result = run(context)

    assert result.document["task_definition"] == revisions[3]
    assert context.show.lines[0] == "rolling back from what d-1 left behind to api:5, which is @sha256:bbbbbbbbbbbb…"


def test_a_dry_run_names_what_would_be_released_and_releases_nothing(
    context: Any, aws: Any, revisions: list[str]
) -> None:
    tag(aws, revisions[3], replaces=revisions[0])

    (request,) = run(context, dry_run=True).document["requests"]

    assert request["action"] == "codedeploy:CreateDeployment"
    assert aws.made("codedeploy:CreateDeployment") == []
