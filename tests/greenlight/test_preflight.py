"""What would make a release fail, or stall for an hour, is refused before anything is changed."""

from dataclasses import replace
from typing import Any

import pytest

from greenlight import architecture
from greenlight.commands import deploy, rollback
from greenlight.deployment import Until
from greenlight.errors import RefusedError
from greenlight.release import Conflict
from tests.greenlight.script import forward

CHANGES = ("ecs:RegisterTaskDefinition", "codedeploy:CreateDeployment", "ssm:PutParameter", "lambda:InvokeFunction")
PROD = "production's listener, arn:prod, "
MADE_AGAIN = "deploy the stack again, which makes it; with `live: green` in the service's settings"
NOT_BEHIND = (
    "CodeDeploy would refuse (Primary taskset target group must be behind listener), and trying again does not help. "
    "What brings it back: greenlight doctor dev/api --region us-east-1"
)


@pytest.fixture
def live_in_green(aws: Any) -> Any:
    """A service whose load balancer ECS tells, with awslogs."""
    aws.balancers = [{"targetGroupArn": "arn:green", "containerName": "api", "containerPort": 3000}]
    logs = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/dev/api", "awslogs-region": "us-east-1"}}
    for revision in aws.revisions.values():
        revision["definition"]["containerDefinitions"][0]["logConfiguration"] = logs
    return aws


def refusal(context: Any, aws: Any, *, dry_run: bool = False, **options: Any) -> str:
    """What `deploy` says; nothing is changed."""
    with pytest.raises(RefusedError) as refused:
        deploy.run(context, deploy.Options(image=":blue", dry_run=dry_run, **options))
    assert [action for action, _ in aws.calls if action in CHANGES] == []
    return str(refused.value)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"desired": 0},
            "dev-api is scaled to zero: no task would run, so that the hook gets no answer and lets no version pass. "
            "Scale it first: aws ecs update-service --cluster dev --service dev-api --desired-count 1 "
            "--region us-east-1",
        ),
        (
            {"group_is_gone": True},
            "deployment group dev-api/dev-api is gone, by which CodeDeploy releases: deploy the stack again, which "
            "makes it",
        ),
        (
            {"pair": {"prodTrafficRoute": {"listenerArns": ["arn:prod"]}}},
            "deployment group dev-api/dev-api has no test listener, so that the hook would ask the live version and "
            "never the candidate: deploy the stack again, which sets it",
        ),
        (
            {"rules": {"arn:prod": [forward("default", TargetGroupArn="arn:blue")]}},
            f"{PROD}sends to dev-api-blue, and the live version, api:1, is in dev-api-green: {NOT_BEHIND}",
        ),
        (
            {"rules": {"arn:prod": [forward("default", TargetGroupArn="arn:other")]}},
            f"{PROD}sends to neither of the service's target groups, and the live version, api:1, is in dev-api-green: "
            f"{NOT_BEHIND}",
        ),
        ({"rules": {"arn:prod": None}}, f"{PROD}is gone: {MADE_AGAIN}"),
        ({"rules": {"arn:test": None}}, f"the test listener, arn:test, is gone: {MADE_AGAIN}"),
        (
            {"rules": {"arn:test": [forward("default", TargetGroupArn="arn:other")]}},
            "the test listener, arn:test, forwards to neither of the service's target groups, so that CodeDeploy "
            "cannot show the hook the candidate. What brings it back: greenlight doctor dev/api "
            "--region us-east-1",
        ),
        (
            {"balancers": [{"targetGroupArn": "arn:old"}]},
            "the live version, api:1, is in target group arn:old, and CodeDeploy releases between dev-api-blue and "
            "dev-api-green only: greenlight doctor dev/api --region us-east-1",
        ),
        (
            {"subnets": {"subnet-1": {"SubnetId": "subnet-1", "AvailableIpAddressCount": 9}}},
            "subnet subnet-2 of the release manifest is gone, and no task of the candidate could start: deploy the "
            "stack again with subnets that are there",
        ),
        (
            {"subnets": {one: {"SubnetId": one, "AvailableIpAddressCount": 0} for one in ("subnet-1", "subnet-2")}},
            "subnets subnet-1, subnet-2 have 0 free addresses together, and the candidate's 2 tasks need one each, "
            "next to the live ones: free some, or add a subnet and deploy the stack",
        ),
        (
            {"security_groups": []},
            "security group sg-1 of the release manifest is gone, and no task of the candidate could start: deploy the "
            "stack again, which makes it",
        ),
        (
            {"log_groups": []},
            "log group /ecs/dev/api of container api is gone, and ECS starts no task without it "
            "(ResourceInitializationError): deploy the stack again, which makes it",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_would_fail_for_certain_is_refused_with_what_to_do(
    context: Any, live_in_green: Any, change: dict[str, Any], words: str, dry_run: bool
) -> None:
    for name, value in change.items():
        if name == "rules":
            live_in_green.rules = {k: v for k, v in (live_in_green.rules | value).items() if v}
        else:
            setattr(live_in_green, name, value)

    assert refusal(context, live_in_green, dry_run=dry_run) == words


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_live_version_without_production_is_not_called_nothing_to_do(
    context: Any, live_in_green: Any, dry_run: bool
) -> None:
    live_in_green.rules["arn:prod"] = [forward("default", TargetGroupArn="arn:blue")]

    with pytest.raises(RefusedError) as refused:
        deploy.run(context, deploy.Options(image=None, dry_run=dry_run))

    said = f"{PROD}sends to dev-api-blue, and the live version, api:1, is in dev-api-green: {NOT_BEHIND}"
    assert str(refused.value) == said


def test_all_that_is_wrong_is_said_at_once(context: Any, live_in_green: Any) -> None:
    live_in_green.log_groups, live_in_green.security_groups = [], []

    assert [line.partition(" is gone")[0] for line in refusal(context, live_in_green).splitlines()] == [
        "dev/api cannot be released now, and nothing was changed:",
        "  security group sg-1 of the release manifest",
        "  log group /ecs/dev/api of container api",
    ]


@pytest.mark.usefixtures("live_in_green")
def test_a_service_that_is_well_is_released(context: Any) -> None:
    assert deploy.run(context, deploy.Options(image=":blue")).exit_code == 0
    assert context.show.lines[0].startswith("~ containerDefinitions.api.image")


@pytest.mark.parametrize("action", ["ec2:DescribeSubnets", "logs:DescribeLogStreams", "codedeploy:GetDeploymentGroup"])
@pytest.mark.parametrize("code", ["UnauthorizedOperation", "AccessDeniedException", "InternalError"])
def test_what_cannot_be_seen_beforehand_is_a_warning_and_costs_no_release(
    context: Any, live_in_green: Any, play: Any, action: str, code: str
) -> None:
    live_in_green.errors[action] = [play.failure(code)]

    assert deploy.run(context, deploy.Options(image=":blue")).exit_code == 0
    what = {"ec2": "the subnets", "logs": "the log groups", "codedeploy": "the deployment group"}[
        action.partition(":")[0]
    ]
    why = "the role needs what greenlight policy dev/api --region us-east-1 prints now"
    assert context.show.lines[0] == (
        f"cannot see beforehand whether {what} would stop this release: "
        f"{'InternalError: said AWS' if code == 'InternalError' else why}"
    )


def test_a_log_group_of_the_teams_own_that_the_policy_does_not_know_need_not_be_seen(
    context: Any, live_in_green: Any, play: Any
) -> None:
    for revision in live_in_green.revisions.values():
        revision["definition"]["containerDefinitions"][0]["logConfiguration"]["options"]["awslogs-group"] = "/team"
    live_in_green.errors["logs:DescribeLogStreams"] = [play.failure("AccessDeniedException")]

    assert deploy.run(context, deploy.Options(image=":blue")).exit_code == 0
    assert [line for line in context.show.lines if "beforehand" in line] == []


@pytest.mark.parametrize(
    "log",
    [
        {"logDriver": "awslogs", "options": {"awslogs-group": "/new", "awslogs-create-group": "true"}},
        {"logDriver": "splunk", "options": {"splunk-url": "https://x"}},
    ],
    ids=["made by the driver", "another driver"],
)
def test_a_log_that_needs_no_group_is_not_looked_for(context: Any, live_in_green: Any, log: dict[str, Any]) -> None:
    for revision in live_in_green.revisions.values():
        revision["definition"]["containerDefinitions"][0]["logConfiguration"] = log
    live_in_green.log_groups = []

    assert deploy.run(context, deploy.Options(image=":blue")).exit_code == 0


def test_subnets_without_ipv4_have_no_addresses_to_count(context: Any, live_in_green: Any) -> None:
    for subnet in live_in_green.subnets.values():
        subnet |= {"AvailableIpAddressCount": 0, "Ipv6Native": True}

    assert deploy.run(context, deploy.Options(image=":blue")).exit_code == 0


def test_a_service_at_zero_whose_releases_no_hook_guards_is_released(context: Any, live_in_green: Any) -> None:
    live_in_green.desired = 0
    unguarded = {"hooks": {}, "log_groups": context.manifest.log_groups.model_copy(update={"hooks": {}})}
    free = replace(context, manifest=context.manifest.model_copy(update=unguarded))

    assert deploy.run(free, deploy.Options(image=":blue")).exit_code == 0


@pytest.mark.parametrize(("left", "refused"), [(1, False), (0, True)])
def test_what_failed_in_mid_shift_is_repaired_by_a_release_as_long_as_the_live_version_has_a_part(
    context: Any, live_in_green: Any, play: Any, left: int, refused: bool
) -> None:
    groups = [{"TargetGroupArn": "arn:blue", "Weight": 99}, {"TargetGroupArn": "arn:green", "Weight": left}]
    live_in_green.rules["arn:prod"] = [forward("default", ForwardConfig={"TargetGroups": groups})]
    failed = play.step("Failed", failed="AllowTraffic", weight=99.0, autoRollbackConfiguration={})
    live_in_green.play("d-1", [failed])

    if refused:
        assert refusal(context, live_in_green).startswith(f"{PROD}sends to dev-api-blue")
    else:
        assert deploy.run(context, deploy.Options(image=":green")).exit_code == 0


def test_with_replace_nothing_is_stopped_for_a_release_that_would_fail(
    context: Any, live_in_green: Any, play: Any
) -> None:
    live_in_green.play("d-OTHER", play.good[1:])
    live_in_green.security_groups = []

    assert "sg-1" in refusal(context, live_in_green, conflict=Conflict.replace)
    assert live_in_green.made("codedeploy:StopDeployment") == []


def test_a_rollback_is_refused_too_where_it_would_fail(context: Any, live_in_green: Any, play: Any) -> None:
    live_in_green.live = live_in_green.register(
        f"{play.repository}@{play.blue}", {"greenlight:replaces": f"{play.family}:1"}
    )
    live_in_green.log_groups = []

    with pytest.raises(RefusedError, match="log group /ecs/dev/api of container api is gone"):
        rollback.run(context, until=Until.done, dry_run=False)
    assert live_in_green.made("codedeploy:CreateDeployment") == []


def test_what_a_killed_release_left_in_ssm_is_read_before_anything_is_registered(context: Any, aws: Any) -> None:
    scaled = replace(context, manifest=context.manifest.model_copy(update={"scalable_target": "service/dev/dev-api"}))
    aws.parameters["/greenlight/dev/api/suspended"] = "not JSON"

    assert refusal(scaled, aws).startswith(
        "SSM parameter /greenlight/dev/api/suspended should say what autoscaling was"
    )


INDEX = {
    "manifests": [
        {"platform": {"os": "linux", "architecture": "arm64"}},
        {"platform": {"os": "unknown", "architecture": "unknown"}},
        {"platform": {"os": "windows", "architecture": "amd64"}},
    ]
}
SINGLE = {"config": {"digest": "sha256:config"}, "layers": []}


@pytest.fixture
def configuration(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What an image's configuration says."""
    says: dict[str, Any] = {"architecture": "arm64"}
    monkeypatch.setattr(architecture, "get", lambda url: says if url == "https://layers/sha256:config" else {})
    return says


@pytest.mark.parametrize("manifest", [INDEX, SINGLE], ids=["index", "single"])
@pytest.mark.usefixtures("configuration")
def test_an_image_for_another_processor_is_refused(
    context: Any, live_in_green: Any, play: Any, manifest: dict[str, Any]
) -> None:
    live_in_green.manifests[play.blue] = manifest

    assert refusal(context, live_in_green) == (
        f"image {play.repository}@{play.blue} is for arm64, and the task definition asks for amd64: build it with "
        "--platform linux/amd64, or change the service's architecture"
    )


@pytest.mark.parametrize("manifest", [INDEX, SINGLE, {"layers": []}, None], ids=["index", "single", "odd", "none"])
@pytest.mark.usefixtures("configuration")
def test_an_image_that_fits_or_does_not_say_is_released(
    context: Any, live_in_green: Any, play: Any, manifest: dict[str, Any] | None
) -> None:
    live_in_green.manifests = {play.blue: manifest} if manifest else {}
    for revision in live_in_green.revisions.values():
        revision["definition"]["runtimePlatform"] = {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}

    assert deploy.run(context, deploy.Options(image=":blue")).exit_code == 0


def test_a_configuration_that_is_not_to_be_had_costs_no_release(
    context: Any, live_in_green: Any, play: Any, configuration: dict[str, Any]
) -> None:
    live_in_green.manifests[play.blue] = SINGLE
    configuration.clear()

    assert deploy.run(context, deploy.Options(image=":blue")).exit_code == 0
