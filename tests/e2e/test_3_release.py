"""Releases through the hook: a good one takes the traffic without dropping a request, a bad one never gets any."""

import json
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from harness import IMAGE, Command, Stack, poll
from sandbox import broken_release
from sandbox.stream import RequestStream

EVENTS = [
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
]


@pytest.fixture(scope="module", autouse=True)
def images(stack: Stack) -> None:
    blue = ("api:print-blue", "--binary", str(IMAGE), "--env", "RELEASE=Blue")
    stack.python("sandbox", "push", *blue).succeed()
    broken = broken_release.executable(stack.sandbox.state_dir)
    stack.python("sandbox", "push", "api:print-broken", "--binary", str(broken)).succeed()


@pytest.fixture
def stream(stack: Stack) -> Iterator[RequestStream]:
    with RequestStream(f"{stack.manifest()['urls']['api']}/one") as stream:
        poll("the stream is answered", lambda: stream.sent > 10)
        yield stream


def greenlight(stack: Stack, *arguments: str) -> Command:
    return stack.python("greenlight", *arguments)


def live(stack: Stack) -> dict[str, Any]:
    """The one task set of the service between releases."""
    (service,) = stack.client("ecs").describe_services(cluster="sandbox", services=["sandbox-api"])["services"]
    (task_set,) = service["taskSets"]
    return dict(task_set)


def newest_target(stack: Stack) -> dict[str, Any]:
    codedeploy = stack.client("codedeploy")
    names = {"applicationName": "sandbox-api", "deploymentGroupName": "sandbox-api"}
    newest = codedeploy.list_deployments(**names)["deployments"][0]
    target = codedeploy.get_deployment_target(deploymentId=newest, targetId="sandbox:sandbox-api")
    return dict(target["deploymentTarget"]["ecsTarget"])


def assert_plan_is_empty(stack: Stack) -> None:
    plan = stack.terraform("plan", "-detailed-exitcode", "-input=false")
    assert plan.wait() == 0, plan.output


def test_a_good_release_takes_the_traffic_without_dropping_a_request(stack: Stack, stream: RequestStream) -> None:
    greenlight(stack, "deploy", "sandbox", "--image", ":print-blue").succeed()
    stream.phase("after")
    poll("answers after the release", lambda: stream.answers["after"].total() > 20)

    assert stream.failed == {}
    assert set(stream.answers["after"]) == {"Blue"}


def test_a_release_goes_through_all_eight_events_in_order_each_with_its_times(stack: Stack) -> None:
    events = newest_target(stack)["lifecycleEvents"]
    times = [(event["startTime"], event["endTime"]) for event in events]

    assert [event["lifecycleEventName"] for event in events] == EVENTS
    assert {event["status"] for event in events} == {"Succeeded"}
    assert times == sorted(times)


def test_the_hook_tested_the_candidate_and_said_so_in_its_log(stack: Stack) -> None:
    group = stack.manifest()["log_groups"]["hooks"]["BeforeAllowTraffic"]

    def verdicts() -> list[str]:
        events = stack.client("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events if '"verdict"' in event["message"]]

    (verdict,) = poll("the hook's verdict is logged", verdicts)

    assert json.loads(verdict)["expected_identity"] == "api:2"


def test_the_plan_is_empty_after_one_release(stack: Stack) -> None:
    assert_plan_is_empty(stack)


def test_the_same_image_again_is_nothing_to_do(stack: Stack) -> None:
    before = live(stack)["taskDefinition"]

    greenlight(stack, "deploy", "sandbox", "--image", ":print-blue").succeed()

    assert live(stack)["taskDefinition"] == before


def test_a_bad_release_is_refused_by_the_hook_and_never_gets_a_request(stack: Stack, stream: RequestStream) -> None:
    deploy = greenlight(stack, "deploy", "sandbox", "--image", ":print-broken")

    assert deploy.wait() == 3
    assert stream.failed == {}
    assert sum(stream.answers.values(), Counter()).keys() == {"Blue"}


def test_the_last_lines_of_a_refused_release_name_route_expected_and_got(stack: Stack) -> None:
    deploy = greenlight(stack, "deploy", "sandbox", "--image", ":print-broken")
    deploy.wait()
    last = "\n".join(deploy.output.strip().splitlines()[-12:])

    assert "GET /one" in last
    assert "200" in last
    assert "500" in last


def test_a_release_with_only_the_aws_apis_goes_the_same_way(stack: Stack, stream: RequestStream) -> None:
    """What `aws ecs register-task-definition`, `aws deploy create-deployment` and its waiter do."""
    ecs, codedeploy, manifest = stack.client("ecs"), stack.client("codedeploy"), stack.manifest()
    base = ecs.describe_task_definition(taskDefinition=manifest["task_definition"])["taskDefinition"]
    fields = ("family", "containerDefinitions", "taskRoleArn", "executionRoleArn", "networkMode", "cpu", "memory")
    more = ("requiresCompatibilities", "runtimePlatform")
    revision = ecs.register_task_definition(**{field: base[field] for field in (*fields, *more)})["taskDefinition"]
    appspec = {
        "version": 0.0,
        "Resources": [
            {
                "TargetService": {
                    "Type": "AWS::ECS::Service",
                    "Properties": {
                        "TaskDefinition": revision["taskDefinitionArn"],
                        "LoadBalancerInfo": {"ContainerName": "api", "ContainerPort": 3000},
                    },
                }
            }
        ],
        "Hooks": [{"BeforeAllowTraffic": manifest["hooks"]["BeforeAllowTraffic"]}],
    }
    content = json.dumps(appspec)
    made = codedeploy.create_deployment(
        applicationName="sandbox-api",
        deploymentGroupName="sandbox-api",
        revision={
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": content, "sha256": sha256(content.encode()).hexdigest()},
        },
    )
    waiter = codedeploy.get_waiter("deployment_successful")
    waiter.wait(deploymentId=made["deploymentId"], WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    stream.phase("after")
    poll("answers after the release", lambda: stream.answers["after"].total() > 20)

    assert stream.failed == {}
    assert set(stream.answers["after"]) == {"Green"}


def test_the_plan_is_empty_after_two_releases_and_a_refused_one(stack: Stack) -> None:
    assert_plan_is_empty(stack)


def test_rollback_gives_the_traffic_back_to_the_version_before(stack: Stack, stream: RequestStream) -> None:
    greenlight(stack, "rollback", "sandbox").succeed()
    stream.phase("after")
    poll("answers after the rollback", lambda: stream.answers["after"].total() > 20)

    assert stream.failed == {}
    assert set(stream.answers["after"]) == {"Blue"}


def test_the_plan_is_empty_after_a_rollback(stack: Stack) -> None:
    assert_plan_is_empty(stack)


def test_a_killed_cli_does_not_stop_the_release_and_watch_sees_it_through(stack: Stack, stream: RequestStream) -> None:
    deploy = greenlight(stack, "deploy", "sandbox", "--image", ":print-green")
    poll("the traffic is being moved", lambda: "AllowTestTraffic" in deploy.output)
    deploy.process.kill()
    deploy.wait()

    greenlight(stack, "watch", "sandbox").succeed()
    stream.phase("after")
    poll("answers after the release", lambda: stream.answers["after"].total() > 20)

    assert stream.failed == {}
    assert set(stream.answers["after"]) == {"Green"}


def test_ctrl_c_detaches_with_130_and_stops_nothing(stack: Stack) -> None:
    deploy = greenlight(stack, "deploy", "sandbox", "--image", ":print-blue")
    poll("the release is under way", lambda: "Install" in deploy.output)
    deploy.interrupt()

    assert deploy.wait() == 130
    assert "greenlight watch" in deploy.output
    greenlight(stack, "watch", "sandbox").succeed()
    assert live(stack)["status"] == "PRIMARY"
