"""`greenlight deploy`, from the request to the exit code."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from greenlight.commands import deploy, history, rollback, status
from greenlight.deployment import Until
from greenlight.errors import InFlightError, RefusedError
from greenlight.release import Conflict


def run(context: Any, image: str | None = ":blue", **changes: Any) -> Any:
    return deploy.run(context, deploy.Options(image=image, **changes))


def test_a_release_is_terraforms_newest_revision_with_the_image_pinned_and_says_where_it_comes_from(
    context: Any, aws: Any, play: Any
) -> None:
    environment = {"team": "api", "greenlight:environment": "dev"}
    aws.revisions[f"{play.family}:1"]["tags"] = environment | {"aws:x": "y", "greenlight:commit": "old"}

    result = run(context)

    (asked,) = aws.made("ecs:RegisterTaskDefinition")
    assert asked["containerDefinitions"][0]["image"] == f"{play.repository}@{play.blue}"
    assert (asked["family"], asked["memory"]) == ("api", "512")
    assert {tag["key"]: tag["value"] for tag in asked["tags"]} == {
        "team": "api",
        "greenlight:environment": "dev",
        "greenlight:base": f"{play.family}:1",
        "greenlight:replaces": f"{play.family}:1",
        "greenlight:tag": "blue",
        "greenlight:commit": "c0ffee",
    }
    assert (result.exit_code, result.document["outcome"]) == (0, "succeeded")
    assert result.document["task_definition"] == f"{play.family}:2"


def test_the_tag_and_the_commit_are_told_by_every_verb(context: Any, aws: Any, play: Any) -> None:
    aws.live = aws.register(f"{play.repository}@{play.green}", {"greenlight:tag": "v1", "greenlight:commit": "abc"})
    aws.past("d-1", aws.live)

    released = run(context)
    states = [status.run(context), history.run(context, limit=20)]

    new, old = {"tag": "blue", "commit": "c0ffee"}, {"tag": "v1", "commit": "abc"}
    told = [released.document, states[0].document["live"], *states[1].document["deployments"]]
    assert [{key: one[key] for key in new} for one in told] == [new, new, new, old]
    assert "api:3 is :blue, commit c0ffee" in context.show.lines
    assert states[0].text.splitlines()[2:4] == ["  tag        blue", "  commit     c0ffee"]
    assert [line.rpartition("  ")[2] for line in states[1].text.splitlines()] == [
        ":blue, commit c0ffee",
        ":v1, commit abc",
    ]

    back = rollback.run(context, until=Until.done, dry_run=False)

    assert {key: back.document[key] for key in old} == old
    assert "rolling back from api:3 to api:2, which is :v1, commit abc" in context.show.lines


def test_an_image_that_stays_keeps_its_tag_and_its_commit(
    context: Any, aws: Any, play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_SHA")
    aws.live = aws.register(f"{play.repository}@{play.green}", {"greenlight:tag": "v1", "greenlight:commit": "abc"})
    newest = aws.register(image="whatever:created-with", memory="1024")
    changed = replace(context, manifest=context.manifest.model_copy(update={"task_definition": newest}))

    result = run(changed, None)

    assert (result.document["tag"], result.document["commit"]) == ("v1", "abc")


def test_an_image_that_stays_keeps_its_commit_in_ci_too(context: Any, aws: Any, play: Any) -> None:
    aws.live = aws.register(f"{play.repository}@{play.green}", {"greenlight:tag": "v1", "greenlight:commit": "abc"})
    newest = aws.register(image="whatever:created-with", memory="1024")
    changed = replace(context, manifest=context.manifest.model_copy(update={"task_definition": newest}))

    assert run(changed, None).document["commit"] == "abc"


def test_the_commit_of_an_image_that_stays_is_cis_where_none_is_known(context: Any, aws: Any) -> None:
    newest = aws.register(image="whatever:created-with", memory="1024")
    changed = replace(context, manifest=context.manifest.model_copy(update={"task_definition": newest}))

    assert run(changed, None).document["commit"] == "c0ffee"


def test_a_tag_next_to_a_digest_is_not_recorded(context: Any, aws: Any, play: Any) -> None:
    result = run(context, f"{play.repository}:v9@{play.blue}")

    assert (result.document["image"], result.document["tag"]) == (f"{play.repository}@{play.blue}", None)
    (asked,) = aws.made("ecs:RegisterTaskDefinition")
    assert not [tag for tag in asked["tags"] if tag["key"] == "greenlight:tag"]


def test_the_folder_that_one_stands_in_says_nothing_of_the_commit(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_SHA")

    assert run(context).document["commit"] is None


def test_the_appspec_is_sent_with_the_sha256_of_its_exact_text(context: Any, aws: Any) -> None:
    run(context)

    (asked,) = aws.made("codedeploy:CreateDeployment")
    spec = asked["revision"]["appSpecContent"]
    assert spec["sha256"] == hashlib.sha256(spec["content"].encode()).hexdigest()


def test_lifecycle_events_weights_and_the_hooks_own_checks_are_shown_as_they_change(context: Any, aws: Any) -> None:
    check = {"greenlight": "check", "deployment_id": "d-NEW0", "method": "GET", "path": "/one", "passed": True}
    check |= {"attempts": 1, "duration_ms": 12, "identity": "api:2", "reason": None}
    verdict = {"greenlight": "verdict", "deployment_id": "d-NEW0", "status": "Succeeded", "passed": 1, "failed": 0}
    aws.logs = [json.dumps(check), json.dumps(verdict | {"reported": True, "reason": None})]

    run(context)

    shown = context.show.lines
    assert shown[shown.index("deployment d-NEW0 Created") :] == [
        "deployment d-NEW0 Created",
        "BeforeInstall          Succeeded",
        "Install                InProgress",
        "traffic: 0 % dev-api-green (candidate), 100 % dev-api-blue (live)",
        "candidate: 0 of 2 tasks running",
        "deployment d-NEW0 InProgress",
        "Install                Succeeded",
        "AfterInstall           Succeeded",
        "AllowTestTraffic       Succeeded",
        "AfterAllowTestTraffic  Succeeded",
        "BeforeAllowTraffic     InProgress",
        "candidate: 2 of 2 tasks running",
        "hook: GET /one passed in 12 ms, answered by api:2",
        "hook: 1 checks passed",
        "BeforeAllowTraffic     Succeeded",
        "AllowTraffic           InProgress",
        "AllowTraffic           Succeeded",
        "AfterAllowTraffic      Succeeded",
        "traffic: 100 % dev-api-green (candidate), 0 % dev-api-blue (live)",
        "baking: the old tasks are kept, and the way back is instant",
        "deployment d-NEW0 Succeeded",
        "GET https://api/one answered 200",
        "api:2 has the traffic, and the old tasks are gone",
    ]


def test_without_an_image_the_live_digest_stays_and_terraforms_changes_ship(context: Any, aws: Any, play: Any) -> None:
    aws.live = aws.register(image=f"{play.repository}@{play.blue}")
    newest = aws.register(image=f"{play.repository}:print-green", memory="1024")
    context = type(context)(
        aws, context.manifest.model_copy(update={"task_definition": newest}), context.clock, context.show
    )

    result = run(context, image=None)

    (asked,) = aws.made("ecs:RegisterTaskDefinition")
    assert asked["containerDefinitions"][0]["image"] == f"{play.repository}@{play.blue}"
    assert asked["memory"] == "1024"
    assert result.document["differences"] == [{"path": "memory", "before": "512", "after": "1024"}]


@pytest.mark.parametrize("image", [None, ":green"])
def test_what_runs_already_is_nothing_to_do(context: Any, aws: Any, image: str | None) -> None:
    result = run(context, image)

    assert (result.exit_code, result.document["outcome"]) == (0, "nothing-to-do")
    assert aws.made("ecs:RegisterTaskDefinition") == aws.made("codedeploy:CreateDeployment") == []


def test_an_image_that_was_missing_when_the_service_was_made_is_released_once_it_is_there(
    context: Any, aws: Any, play: Any
) -> None:
    """ECS would pull it again too, but waits for up to 27 minutes between two tries."""
    aws.live = aws.register(image=f"{play.repository}:green")
    aws.parameters["/greenlight/dev/api"] = aws.parameters["/greenlight/dev/api"].replace(f"{play.family}:1", aws.live)
    aws.running = 0

    result = run(context, ":green")

    assert result.document["outcome"] == "succeeded"
    assert [difference["path"] for difference in result.document["differences"]] == ["containerDefinitions.api.image"]


def test_a_live_tag_is_what_the_running_tasks_pulled_not_where_the_tag_points_now(
    context: Any, aws: Any, play: Any
) -> None:
    aws.revisions[aws.live]["definition"]["containerDefinitions"][0]["image"] = f"{play.repository}:green"
    aws.images[":green"] = play.blue  # the tag was moved since
    ran = {"name": "api", "imageDigest": play.green}
    aws.tasks = [{"taskArn": "t/1", "desiredStatus": "RUNNING", "taskDefinitionArn": aws.live, "containers": [ran]}]

    assert run(context, image=None).document["image"] == f"{play.repository}@{play.green}"


def test_a_change_of_subnets_alone_is_a_release(context: Any, aws: Any) -> None:
    network = context.manifest.network.model_copy(update={"subnets": ["subnet-3"]})
    moved = context.manifest.model_copy(update={"network": network})

    result = run(type(context)(aws, moved, context.clock, context.show), image=None)

    assert result.document["differences"] == [
        {"path": "networkConfiguration.subnets", "before": ["subnet-1", "subnet-2"], "after": ["subnet-3"]}
    ]
    assert len(aws.made("codedeploy:CreateDeployment")) == 1


def test_a_release_at_zero_tasks_says_that_nothing_was_proven(context: Any, aws: Any, play: Any) -> None:
    aws.next_script = [play.step("Succeeded", weight=100.0, running=0)]
    aws.next_script[0]["target"]["taskSetsInfo"][1]["desiredCount"] = 0

    result = run(context)

    assert (result.exit_code, result.document["deployment"]["traffic"]["candidate"]["desired"]) == (0, 0)
    assert context.show.lines[-2:] == [
        "no task ran, because the service is scaled to zero: nothing was proven",
        "api:2 has the traffic, and the old tasks are gone",
    ]


def test_no_value_of_a_variable_gets_into_logs(context: Any, aws: Any) -> None:
    newest = aws.register(image="whatever:x", container={"environment": [{"name": "TOKEN", "value": "s3cret"}]})
    changed = replace(context, manifest=context.manifest.model_copy(update={"task_definition": newest}))

    printed = run(changed, dry_run=True)
    released = run(changed)

    told = [printed.text, json.dumps(printed.document), *context.show.lines, json.dumps(released.document, default=str)]
    assert not [text for text in told if "s3cret" in text]
    assert "+ containerDefinitions.api.environment.TOKEN: (hidden)" in context.show.lines
    (asked,) = aws.made("ecs:RegisterTaskDefinition")
    assert asked["containerDefinitions"][0]["environment"] == [{"name": "TOKEN", "value": "s3cret"}]


def test_a_missing_image_is_an_error_before_anything_changed(context: Any, aws: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        run(context, ":purple")

    assert str(refused.value) == (
        "no image :purple in ECR repository api (account 123456789012, us-east-1): push it first, or correct --image. "
        "If that is a pull-through cache, pull the image through it once: it holds what was pulled before"
    )
    assert aws.made("ecs:RegisterTaskDefinition") == []


def test_ignore_alarms_overrides_the_groups_alarms_and_nothing_else_does(context: Any, aws: Any) -> None:
    run(context, ":blue", ignore_alarms=True)
    run(context, ":green")

    first, second = aws.made("codedeploy:CreateDeployment")
    assert first["overrideAlarmConfiguration"] == {"enabled": False, "alarms": []}
    assert "overrideAlarmConfiguration" not in second


def test_a_dry_run_prints_the_exact_requests_and_makes_none(context: Any, aws: Any) -> None:
    printed = json.loads(run(context, dry_run=True, show_values=True).text)
    assert {action for action, _ in aws.calls} <= {
        "codedeploy:GetDeploymentGroup",
        "codedeploy:ListDeployments",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ecr:BatchGetImage",
        "elasticloadbalancing:DescribeRules",
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
        "ecr:DescribeImages",
        "lambda:GetFunctionConfiguration",
    }

    run(context)

    register, create = printed
    assert register["request"] == aws.made("ecs:RegisterTaskDefinition")[0]
    (made,) = aws.made("codedeploy:CreateDeployment")
    content = create["request"]["revision"]["appSpecContent"]["content"]
    assert content.replace("api:REVISION", "api:2") == made["revision"]["appSpecContent"]["content"]
    assert [one["action"] for one in printed] == ["ecs:RegisterTaskDefinition", "codedeploy:CreateDeployment"]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        (Until.ready, "api:2 is ready for production traffic"),
        (Until.traffic, "api:2 has the traffic"),
        (Until.done, "api:2 has the traffic, and the old tasks are gone"),
    ],
)
def test_it_returns_as_soon_as_what_until_asks_for_is_reached(context: Any, aws: Any, until: Until, last: str) -> None:
    result = run(context, until=until)

    left = {Until.ready: 2, Until.traffic: 1, Until.done: 1}[until]
    assert (result.exit_code, context.show.lines[-1]) == (0, last)
    assert len(aws.deployments["d-NEW0"]) == left


def test_a_dry_run_refuses_what_the_release_would_refuse(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-OTHER", play.good[1:])

    with pytest.raises(InFlightError, match="d-OTHER in flight"):
        run(context, dry_run=True)


@pytest.mark.parametrize("script", [1, 4], ids=["in flight", "baking"])
def test_a_dry_run_shows_what_replace_and_autoscaling_would_change_too(
    context: Any, aws: Any, play: Any, script: int
) -> None:
    manifest = context.manifest.model_copy(update={"scalable_target": "service/dev/dev-api"})
    scaled = type(context)(aws, manifest, context.clock, context.show)
    aws.play("d-OTHER", [play.good[script], *play.good[script:]])
    aws.play("d-BACK", [play.step("Succeeded", rollbackInfo={"rollbackTriggeringDeploymentId": "d-OTHER"})])
    aws.stop_script = [play.step("Stopped", failed="Install", rollbackInfo={"rollbackDeploymentId": "d-BACK"})]
    printed = json.loads(run(scaled, conflict=Conflict.replace, dry_run=True).text)
    before = len(aws.calls)

    run(scaled, conflict=Conflict.replace)

    actions = [one["action"] for one in printed]
    ending = "codedeploy:StopDeployment" if script == 1 else "codedeploy:ContinueDeployment"
    assert actions == [
        *(ending, "ecs:RegisterTaskDefinition", "ssm:PutParameter"),
        *("application-autoscaling:RegisterScalableTarget", "codedeploy:CreateDeployment"),
    ]
    made = [(action, request) for action, request in aws.calls[before:] if action in actions]
    assert [action for action, _ in made][: len(actions)] == actions
    assert [request for _, request in made][: len(actions) - 1] == [one["request"] for one in printed][:-1]


def test_the_pinned_image_of_a_live_tag_is_kept_for_the_way_back(context: Any, aws: Any, play: Any) -> None:
    aws.revisions[aws.live]["definition"]["containerDefinitions"][0]["image"] = f"{play.repository}:green"

    run(context)

    (asked,) = aws.made("ecs:RegisterTaskDefinition")
    assert {"key": "greenlight:replaces-image", "value": f"{play.repository}@{play.green}"} in asked["tags"]
