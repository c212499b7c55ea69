"""Each thing that can be wrong with a service is found, by itself, and a service that is well has no finding."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from greenlight.commands import doctor
from greenlight.doctor.examine import JUDGES, name_of
from tests.greenlight.doctored import TAGS, Service
from tests.greenlight.script import BLUE, GREEN, REPOSITORY, failure, step

AGAIN = "deploy the stack again, which sets it"
DEAD_END = (
    'and every release fails with "Primary taskset target group must be behind listener", however often it is tried'
)
FIX = "greenlight doctor dev/api --fix --region us-east-1"
RELEASE = "greenlight deploy dev/api --image '…' --region us-east-1"
IMAGE_GREEN, IMAGE_BLUE = f"{REPOSITORY}@{GREEN}", f"{REPOSITORY}@{BLUE}"


@pytest.fixture
def aws() -> Service:
    return Service()


def set_in(name: str, **values: Any) -> Callable[[Service], None]:
    """Changes keys of one of its mappings."""
    return lambda aws: getattr(aws, name).update(values)


def gone(aws: Service, name: str) -> None:
    aws.images = {known: digest for known, digest in aws.images.items() if digest != name}


def fail_in_mid_shift(aws: Service) -> None:
    aws.play("d-HALF", [step("Failed", failed="AllowTraffic", weight=10.0, autoRollbackConfiguration={})])
    aws.weigh("arn:prod", green=90, blue=10)


def fail_to_roll_back(aws: Service, weight: float) -> None:
    """With this part of production still on the candidate, as CodeDeploy has it; the listener sends the live none."""
    failed = step("Failed", failed="AllowTraffic", weight=weight)
    aws.play("d-BACK", [failed], rollbackInfo={"rollbackTriggeringDeploymentId": "d-1"})
    aws.weigh("arn:prod", blue=100, green=0)


def no_events(aws: Service) -> None:
    assert aws.group
    aws.group["autoRollbackConfiguration"] = {"enabled": True, "events": ["DEPLOYMENT_STOP_ON_REQUEST"]}


def alarms_without(aws: Service) -> None:
    aws.watched("slow")
    assert aws.group
    aws.group["autoRollbackConfiguration"]["events"].remove("DEPLOYMENT_STOP_ON_ALARM")


def events_without(aws: Service) -> None:
    aws.watched("slow")
    assert aws.group
    aws.group["alarmConfiguration"]["enabled"] = False


def forget_the_alarm(aws: Service) -> None:
    aws.watched("slow")
    aws.alarms.clear()


def suspend(aws: Service) -> None:
    aws.parameters["/greenlight/dev/api/suspended"] = '{"DynamicScalingInSuspended": false}'


def turn_the_test_listener_away(aws: Service) -> None:
    aws.rules["arn:test"][0]["Actions"] = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}]


def close_the_shop(aws: Service) -> None:
    aws.rules["arn:prod"][0]["Actions"] = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}]


FORWARD = '\'[{"Type":"forward","ForwardConfig":{"TargetGroups":[{"TargetGroupArn":"arn:green","Weight":100}%s]}}]\''
BLUE_NONE = ',{"TargetGroupArn":"arn:blue","Weight":0}'

CASES: dict[str, tuple[Callable[[Service], Any], dict[str, str]]] = {
    "reverted-listener": (
        lambda aws: aws.weigh("arn:prod", blue=1),
        {
            "what": "the default rule of the prod listener sends 100 % to dev-api-blue, and the live tasks are in "
            "dev-api-green",
            "effect": f"100 % of these requests reach no live task, {DEAD_END}",
            "repair": "aws elbv2 modify-listener --listener-arn arn:prod --default-actions "
            f"{FORWARD % BLUE_NONE} --region us-east-1",
        },
    ),
    "prod-listener-elsewhere": (
        close_the_shop,
        {
            "what": "no rule of the prod listener forwards to dev-api-blue or dev-api-green; its default rule does "
            "fixed-response",
            "effect": f"no request reaches the service, {DEAD_END}",
            "repair": "aws elbv2 modify-listener --listener-arn arn:prod --default-actions "
            f"{FORWARD % ''} --region us-east-1",
        },
    ),
    "no-healthy-target": (
        set_in("targets", **{"arn:green": ["unhealthy", "draining"]}),
        {
            "what": "the live version has no healthy target in dev-api-green: 1 draining, 1 unhealthy",
            "effect": "requests fail, or are answered by tasks that fail their health check",
            "repair": "greenlight status dev/api --region us-east-1 and the tasks' log say more; greenlight rollback "
            "dev/api --region us-east-1 releases the version before",
        },
    ),
    "left-in-mid-shift": (
        fail_in_mid_shift,
        {
            "what": "d-HALF failed in mid-shift, and nothing has undone it",
            "effect": "its candidate still has a part of production",
            "repair": "greenlight rollback dev/api --region us-east-1 gives the live version all of the traffic",
        },
    ),
    "vpc-link": (
        lambda aws: setattr(aws, "link", {"VpcLinkStatus": "INACTIVE", "VpcLinkStatusMessage": "No traffic."}),
        {
            "what": "VPC link abcd123 is INACTIVE: No traffic.",
            "effect": "requests through the API fail. API Gateway takes its network away after 60 days without a "
            "request, and brings it back within minutes of the next one",
            "repair": "ask the API until it answers: curl -f https://api/one",
        },
    ),
    "live-outside-pair": (
        lambda aws: aws.balancers[0].update(targetGroupArn="arn:other"),
        {
            "what": "the live tasks are in target group arn:other, and releases move traffic between dev-api-blue and "
            "dev-api-green",
            "effect": "every release fails before it begins: CodeDeploy wants the live tasks in one of the two",
            "repair": "the release manifest is of other target groups than the service: deploy the stack again; if "
            "that changes nothing, the service has to be made anew, which is an outage: docs/changes.md",
        },
    ),
    "test-listener-elsewhere": (
        turn_the_test_listener_away,
        {
            "what": "no rule of the test listener forwards to dev-api-blue or dev-api-green; its default rule does "
            "fixed-response",
            "effect": "the next release's hook may ask something else than the candidate, and refuse it",
            "repair": "aws elbv2 modify-listener --listener-arn arn:test --default-actions "
            f"{FORWARD % ''} --region us-east-1",
        },
    ),
    "missing": (
        lambda aws: aws.rules.pop("arn:test"),
        {
            "what": "the release manifest /greenlight/dev/api names arn:test, which is not there",
            "effect": "releases and rollbacks fail, or are refused",
            "repair": "the manifest is older than the stack, or a part of it was deleted: deploy the stack again",
        },
    ),
    "manifest-older": (
        lambda aws: aws.register(IMAGE_GREEN, TAGS),
        {
            "what": "the release manifest names api:1, and Terraform has made api:4 since",
            "effect": "the next release takes back what Terraform has changed",
            "repair": "deploy the stack again, which writes the manifest; after a restored state see whether the plan "
            "changes what you want",
        },
    ),
    "other-group": (
        lambda aws: aws.pair.update(prodTrafficRoute={"listenerArns": ["arn:other"]}),
        {
            "what": "deployment group dev-api has prod listener arn:other, unlike the manifest",
            "effect": "a release moves other traffic than status shows, or fails before it begins",
            "repair": AGAIN,
        },
    ),
    "test-listener-not-in-group": (
        lambda aws: aws.pair.pop("testTrafficRoute"),
        {
            "what": "deployment group dev-api has the test listener none, and the hook asks arn:test",
            "effect": "a release does not show its candidate there: the hook tests whatever that listener leads to, "
            "and refuses each release whose candidate it cannot find",
            "repair": AGAIN,
        },
    ),
    "hook-gone": (
        lambda aws: aws.functions.clear(),
        {
            "what": "hook arn:hook is gone",
            "effect": "no release and no rollback can pass it",
            "repair": "deploy the stack again, which makes it",
        },
    ),
    "hook-failed": (
        set_in("functions", **{"arn:hook": {"State": "Failed", "StateReasonCode": "InvalidSubnet"}}),
        {
            "what": "hook arn:hook is Failed (InvalidSubnet)",
            "effect": "no release and no rollback can pass it",
            "repair": "remove the cause and deploy the stack again; Lambda says that such a function must be deleted "
            "and made again",
        },
    ),
    "hook-not-active": (
        set_in("functions", **{"arn:hook": {"State": "Inactive", "StateReasonCode": "Idle"}}),
        {
            "what": "hook arn:hook is Inactive (Idle)",
            "effect": "CodeDeploy's next invocation fails; greenlight deploy and rollback wake it first, other clients "
            "do not",
            "repair": FIX,
        },
    ),
    "firing-alarm": (
        lambda aws: aws.watched("slow", slow={"AlarmDescription": "It is slow."}),
        {
            "what": "alarm slow fires (It is slow): too many 5xx",
            "effect": "CodeDeploy stops every release meanwhile; a rollback it does not",
            "repair": "remove the cause; if it is the live version: greenlight rollback dev/api --region us-east-1, or "
            "greenlight deploy dev/api --image '…' --ignore-alarms --region us-east-1",
        },
    ),
    "missing-alarm": (
        forget_the_alarm,
        {
            "what": "alarm slow stops releases, and is not there",
            "effect": "CodeDeploy stops a release whose alarms it cannot read",
            "repair": "deploy the stack again, which makes its own alarms; make one of yours again, or take it out of "
            "the service's alarms.more",
        },
    ),
    "no-task-starts": (
        lambda aws: setattr(aws, "security_groups", []),
        {
            "what": "security group sg-1 of the release manifest is gone, and no task of the candidate could start",
            "effect": "deploy and rollback are refused beforehand",
            "repair": "deploy the stack again, which makes it",
        },
    ),
    "live-image-gone": (
        lambda aws: gone(aws, GREEN),
        {
            "what": f"image {IMAGE_GREEN} of the live version is gone from ECR",
            "effect": "tasks that run go on, and none can be started: not after a crash, not when the service grows",
            "repair": f"push it again under that digest, or release another: {RELEASE}",
        },
    ),
    "way-back-gone": (
        lambda aws: gone(aws, BLUE),
        {
            "what": f"image {IMAGE_BLUE} of api:2, which a rollback would release, is gone from ECR",
            "effect": "rollback is refused",
            "repair": "push it again under that digest; keep ECR's lifecycle rules from images that may be gone back "
            "to",
        },
    ),
    "no-rollback": (
        no_events,
        {
            "what": "deployment group dev-api does not roll back a deployment that fails",
            "effect": "a release that fails in mid-shift leaves its candidate with a part of production",
            "repair": AGAIN,
        },
    ),
    "alarms-without-rollback": (
        alarms_without,
        {
            "what": "deployment group dev-api has alarms, and does not roll back on them",
            "effect": "an alarm in mid-shift stops the release there: the candidate keeps its part of production",
            "repair": AGAIN,
        },
    ),
    "rollback-on-no-alarm": (
        events_without,
        {
            "what": "deployment group dev-api rolls back on alarms, and has none",
            "effect": "nothing but the hooks looks after a release: its errors stop and undo nothing",
            "repair": "name alarms in the service's settings (alarms), and deploy the stack",
        },
    ),
    "hook-log-gone": (
        lambda aws: aws.hook_logs.clear(),
        {
            "what": "log group /aws/lambda/dev-api-hook of a hook is gone",
            "effect": "a release that the hook refuses fails without a reason that anybody can read",
            "repair": "deploy the stack again, which makes it",
        },
    ),
    "suspended": (
        suspend,
        {
            "what": "autoscaling is suspended by a release that nobody has seen through",
            "effect": "the service keeps its size, whatever the load",
            "repair": FIX,
        },
    ),
    "drain-outlasts-stop": (
        set_in("delays", **{"arn:blue": 30}),
        {
            "what": "the deregistration delay of dev-api-blue is 30 seconds, and a task is killed 30 seconds after it "
            "is told to stop",
            "effect": "at the end of a release requests that last longer are cut off",
            "repair": "set target_groups.deregistration_delay_seconds below container.stop_timeout_seconds, and deploy "
            "the stack",
        },
    ),
    "no-grace-period": (
        lambda aws: setattr(aws, "grace", 0),
        {
            "what": "the service has no health check grace period",
            "effect": "ECS replaces a task that is not up before its first health checks have failed, again and again",
            "repair": "set health_check_grace_period_seconds, and deploy the stack; at once: aws ecs update-service "
            "--cluster dev --service dev-api --health-check-grace-period-seconds 60 --region us-east-1",
        },
    ),
    "unseen": (
        lambda aws: aws.errors.update({"lambda:GetFunctionConfiguration": [failure("AccessDeniedException")]}),
        {
            "what": "could not look at hook arn:hook: lambda:GetFunctionConfiguration is not allowed",
            "effect": "what is wrong there is not found",
            "repair": "give the role what greenlight policy dev/api --region us-east-1 prints",
        },
    ),
}
FIXABLE = {"reverted-listener", "test-listener-elsewhere", "hook-not-active", "suspended"}


@pytest.fixture
def scaled(context: Any) -> Any:
    changed = context.manifest.model_copy(update={"scalable_target": "service/dev/dev-api"})
    return replace(context, manifest=changed)


def test_a_service_that_is_well_has_no_finding(scaled: Any, aws: Service) -> None:
    result = doctor.run(scaled, fix=False)

    assert (result.exit_code, result.document["findings"]) == (0, [])
    assert result.text.splitlines()[0] == "dev/api: nothing found"
    assert [name for name, _ in aws.calls if not re.search(r":(BatchGet|Get|GET|List|Describe|Filter)", name)] == []


@pytest.mark.parametrize("id", CASES)
def test_what_is_wrong_is_found_and_nothing_else(scaled: Any, aws: Service, id: str) -> None:
    break_it, expected = CASES[id]
    break_it(aws)

    result = doctor.run(scaled, fix=False)

    assert result.document["findings"] == [{"id": id, **expected, "fixable": id in FIXABLE}]
    assert result.exit_code == 2


def test_each_finding_has_its_case() -> None:
    assert set(CASES) == {name_of(judge) for judge in JUDGES}


def test_each_finding_is_documented_with_whether_fix_repairs_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \|.*\| (yes|no) \|$", page, re.MULTILINE)

    assert rows == [(name_of(judge), "yes" if name_of(judge) in FIXABLE else "no") for judge in JUDGES]


def test_a_version_that_failed_gets_no_production_because_its_rollback_failed_half_way(
    context: Any, aws: Service
) -> None:
    fail_to_roll_back(aws, weight=0.0)

    (found,) = doctor.run(context, fix=True).document["findings"]

    assert (found["id"], found["fixable"]) == ("reverted-listener", False)
    assert "elasticloadbalancing:ModifyListener" not in [action for action, _ in aws.calls]
    assert found["effect"] == (
        "these requests are answered by the version before, if its tasks are still there, while ECS calls the one live "
        f"that failed: rollback d-BACK gave production back, and failed before it told ECS, {DEAD_END}"
    )


def test_a_rollback_that_failed_before_the_listener_leaves_the_repair_to_the_version_before(
    context: Any, aws: Service
) -> None:
    fail_to_roll_back(aws, weight=100.0)

    found = doctor.run(context, fix=False).document["findings"]

    assert [(one["id"], one["fixable"]) for one in found] == [("reverted-listener", True), ("left-in-mid-shift", False)]


def test_what_another_client_released_with_terraforms_tags_is_not_taken_for_terraforms(
    context: Any, aws: Service
) -> None:
    aws.past("d-OTHER", aws.register(IMAGE_GREEN, TAGS))

    assert doctor.run(context, fix=False).document["findings"] == []
