"""What Terraform changes in the task definition waits for a release, which shows it before and takes it along."""

import json
from typing import Any

from harness import Stack


def live_definition(stack: Stack) -> dict[str, Any]:
    ecs = stack.client("ecs")
    (service,) = ecs.describe_services(cluster="sandbox", services=["sandbox-api"])["services"]
    return dict(ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"])


def running_digests(stack: Stack) -> set[str]:
    ecs = stack.client("ecs")
    arns = ecs.list_tasks(cluster="sandbox", serviceName="sandbox-api")["taskArns"]
    return {task["containers"][0]["imageDigest"] for task in ecs.describe_tasks(cluster="sandbox", tasks=arns)["tasks"]}


def change_memory_and_environment(stack: Stack) -> None:
    """As an edit of the environment's YAML and a deploy would, but in the synthesized stack: the YAML is the user's."""
    file = stack.stack_folder / "cdk.tf.json"
    config = json.loads(file.read_text())
    (definition,) = config["resource"]["aws_ecs_task_definition"].values()
    definition["memory"] = "1024"
    (container,) = json.loads(definition["container_definitions"])
    container["environment"].append({"name": "PAINT", "value": "matt"})
    definition["container_definitions"] = json.dumps([container])
    file.write_text(json.dumps(config))
    stack.terraform("apply", "-auto-approve", "-input=false").succeed()


def test_an_apply_changes_nothing_that_runs(stack: Stack) -> None:
    before = live_definition(stack)

    change_memory_and_environment(stack)

    assert live_definition(stack) == before


def test_diff_shows_the_change_before_it_ships(stack: Stack) -> None:
    diff = stack.python("greenlight", "diff", "sandbox", "-o", "json")

    assert diff.wait() == 2
    shown = json.loads(diff.output[diff.output.index("{") :])
    paths = {
        difference["path"]: (difference.get("before"), difference.get("after")) for difference in shown["differences"]
    }
    assert paths["memory"] == ("512", "1024")
    assert any("PAINT" in path for path in paths)


def test_a_release_without_an_image_ships_the_change_and_keeps_the_live_digest(stack: Stack) -> None:
    before, digests = live_definition(stack), running_digests(stack)
    stack.python("greenlight", "deploy", "sandbox").succeed()
    after = live_definition(stack)

    assert (before["memory"], after["memory"]) == ("512", "1024")
    assert {"name": "PAINT", "value": "matt"} in after["containerDefinitions"][0]["environment"]
    assert running_digests(stack) == digests


def test_then_there_is_nothing_left_to_ship_or_to_plan(stack: Stack) -> None:
    assert stack.python("greenlight", "diff", "sandbox").wait() == 0
    plan = stack.terraform("plan", "-detailed-exitcode", "-input=false")
    assert plan.wait() == 0, plan.output
