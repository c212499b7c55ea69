"""What a person sees of a deployed stack, through AWS's own APIs and over HTTP."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from sandbox.stream import RequestStream
from tests.e2e.harness import Stack, poll


def get(url: str) -> tuple[int, Any, dict[str, str]]:
    """Status, JSON body and headers of an answer."""
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return response.status, json.load(response), dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), dict(error.headers)


def healthy_targets(stack: Stack) -> list[str]:
    blue = stack.manifest()["load_balancer"]["blue"]["arn"]
    found = stack.client("elbv2").describe_target_health(TargetGroupArn=blue)["TargetHealthDescriptions"]
    return [target["Target"]["Id"] for target in found if target["TargetHealth"]["State"] == "healthy"]


def tasks(stack: Stack, status: str = "RUNNING") -> list[dict[str, Any]]:
    ecs = stack.client("ecs")
    arns = ecs.list_tasks(cluster="sandbox", serviceName="sandbox-api", desiredStatus=status)["taskArns"]
    return list(ecs.describe_tasks(cluster="sandbox", tasks=arns)["tasks"]) if arns else []


def test_both_tasks_become_healthy_targets(stack: Stack) -> None:
    poll("two healthy targets", lambda: len(healthy_targets(stack)) == 2)


def test_the_service_answers_through_the_api(stack: Stack) -> None:
    url = stack.manifest()["urls"]["api"]
    status, body, headers = get(f"{url}/one")

    assert (status, body) == (200, {"key": "route_one from Green"})
    assert headers["x-task-definition"] == "sandbox-api:1"


def test_each_route_of_the_settings_answers(stack: Stack) -> None:
    url = stack.manifest()["urls"]["api"]

    assert [get(f"{url}/{route}")[1]["key"] for route in ("two", "three")] == [
        "route_two from Green",
        "route_three from Green",
    ]


def test_no_other_route_leads_inside(stack: Stack) -> None:
    status, body, _ = get(f"{stack.manifest()['urls']['api']}/health")

    assert (status, body) == (404, {"message": "Not Found"})


def test_the_service_is_steady_with_one_primary_task_set(stack: Stack) -> None:
    def steady() -> dict[str, Any] | None:
        (found,) = stack.client("ecs").describe_services(cluster="sandbox", services=["sandbox-api"])["services"]
        return found if found["taskSets"][0]["stabilityStatus"] == "STEADY_STATE" else None

    service = poll("a steady task set", steady)
    (task_set,) = service["taskSets"]

    assert (service["status"], service["desiredCount"], service["runningCount"]) == ("ACTIVE", 2, 2)
    assert task_set["status"] == "PRIMARY"
    assert service["deploymentController"] == {"type": "CODE_DEPLOY"}


def test_tasks_run_the_pushed_image_and_pass_their_health_check(stack: Stack) -> None:
    def checked() -> list[dict[str, Any]]:
        found = [task["containers"][0] for task in tasks(stack)]
        return found if {container.get("healthStatus") for container in found} == {"HEALTHY"} else []

    image = stack.client("ecr").describe_images(repositoryName="api")["imageDetails"][0]
    containers = poll("both containers HEALTHY", checked)

    assert [container["imageDigest"] for container in containers] == [image["imageDigest"]] * 2
    assert {container["lastStatus"] for container in containers} == {"RUNNING"}


def test_what_tasks_print_is_in_their_log_group(stack: Stack) -> None:
    group = stack.manifest()["log_groups"]["service"]

    def lines() -> list[str]:
        events = stack.client("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events if "/one" in event["message"]]

    assert poll("the request for /one is logged", lines)


def test_requests_are_in_the_access_log(stack: Stack) -> None:
    def entries() -> list[dict[str, str]]:
        events = stack.client("logs").filter_log_events(logGroupName="/aws/vendedlogs/sandbox/api")["events"]
        found = [json.loads(event["message"]) for event in events]
        return [entry for entry in found if entry["routeKey"] == "GET /one"]

    entry = poll("the request for /one is in the access log", entries)[0]

    assert (entry["path"], entry["status"], entry["integrationStatus"]) == ("/one", "200", "200")


def test_the_manifest_says_where_everything_is(stack: Stack) -> None:
    manifest = stack.manifest()
    balancer = stack.client("elbv2").describe_load_balancers(Names=["sandbox"])["LoadBalancers"][0]

    assert manifest["version"] == 1
    assert manifest["load_balancer"]["dns_name"] == balancer["DNSName"]
    assert manifest["task_definition"] == "arn:aws:ecs:us-east-1:123456789012:task-definition/sandbox-api:1"


def process_of(task: dict[str, Any]) -> int:
    """The process that is this task, found by the metadata address it was given."""
    task_id = task["taskArn"].rsplit("/", 1)[1].encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if task_id in (folder / "environ").read_bytes():
                return int(folder.name)
        except OSError:
            continue
    raise AssertionError(f"no process of task {task['taskArn']}")


def test_a_task_killed_by_hand_is_replaced(stack: Stack) -> None:
    before = {task["taskArn"] for task in tasks(stack)}
    victim = tasks(stack)[0]

    os.kill(process_of(victim), signal.SIGKILL)

    def replaced() -> bool:
        running = {task["taskArn"] for task in tasks(stack) if task["lastStatus"] == "RUNNING"}
        return victim["taskArn"] not in running and len(running) == 2 and len(healthy_targets(stack)) == 2

    poll("another task is healthy in its place", replaced)
    stopped = next(task for task in tasks(stack, "STOPPED") if task["taskArn"] == victim["taskArn"])
    assert before >= {victim["taskArn"]}
    assert (stopped["stopCode"], stopped["containers"][0]["exitCode"]) == ("EssentialContainerExited", 137)


def test_a_killed_task_costs_only_what_was_sent_to_it_before_its_target_was_gone(
    stack: Stack, stream: RequestStream
) -> None:
    before = set(healthy_targets(stack))
    os.kill(process_of(tasks(stack)[0]), signal.SIGKILL)
    poll("its target is gone", lambda: before - set(healthy_targets(stack)))
    gone = time.monotonic()
    poll("another is there in its place", lambda: len(healthy_targets(stack)) == 2)
    stream.phase("after")
    poll("answers after that", lambda: stream.answers["after"].total() > 20)

    # Nothing is asked twice, as on AWS: what reaches nobody is the load balancer's 502.
    assert set(stream.failed) <= {"failed: 502"}
    assert [answer for answer in stream.log if answer.failed and answer.sent > gone] == []


def test_the_plan_is_still_empty_after_that(stack: Stack) -> None:
    stack.assert_plan_is_empty()
