"""What Terraform changes in the task definition waits for a release, which shows it before and takes it along."""

import json
from typing import Any

from tests.e2e.harness import Stack


def live_definition(stack: Stack) -> dict[str, Any]:
    ecs = stack.client("ecs")
    (service,) = ecs.describe_services(cluster="sandbox", services=["sandbox-api"])["services"]
    return dict(ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"])


def running_digests(stack: Stack) -> set[str]:
    ecs = stack.client("ecs")
    arns = ecs.list_tasks(cluster="sandbox", serviceName="sandbox-api")["taskArns"]
    return {task["containers"][0]["imageDigest"] for task in ecs.describe_tasks(cluster="sandbox", tasks=arns)["tasks"]}


def more_memory_and_a_variable(definition: dict[str, Any]) -> None:
    definition["memory"] = "1024"
    (container,) = json.loads(definition["container_definitions"])
    container["environment"].append({"name": "PAINT", "value": "matt"})
    definition["container_definitions"] = json.dumps([container])


def test_an_apply_changes_nothing_that_runs(stack: Stack) -> None:
    before = live_definition(stack)

    stack.change("aws_ecs_task_definition", more_memory_and_a_variable)

    assert live_definition(stack) == before


def test_diff_shows_the_change_before_it_ships(stack: Stack) -> None:
    diff = stack.greenlight("diff", "sandbox", "--show-values", "-o", "json")

    assert diff.wait() == 2
    shown = json.loads(diff.output[diff.output.index("{") :])
    paths = {difference["path"]: (difference["before"], difference["after"]) for difference in shown["differences"]}
    assert paths == {"memory": ("512", "1024"), "containerDefinitions.api.environment.PAINT": (None, "matt")}


def test_a_release_without_an_image_ships_the_change_and_keeps_the_live_digest(stack: Stack) -> None:
    before, digests = live_definition(stack), running_digests(stack)
    stack.greenlight("deploy", "sandbox").succeed()
    after = live_definition(stack)

    assert (before["memory"], after["memory"]) == ("512", "1024")
    assert {"name": "PAINT", "value": "matt"} in after["containerDefinitions"][0]["environment"]
    assert running_digests(stack) == digests


def test_then_there_is_nothing_left_to_ship_or_to_plan(stack: Stack) -> None:
    assert stack.greenlight("diff", "sandbox").wait() == 0
    stack.assert_plan_is_empty()
