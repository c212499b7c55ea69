"""ECS services that CodeDeploy releases, as AWS's clients see them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.stack import Stack, make, service, task_definition

Client = Callable[[str], Any]


@pytest.fixture
def stack(client: Client, name: str) -> Stack:
    return make(client, name)


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def described(client: Client, stack: Stack) -> dict[str, Any]:
    answer = client("ecs").describe_services(cluster=stack.name, services=[stack.name])
    found: dict[str, Any] = answer["services"][0]
    return found


def wait_for(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_codedeploy_service_has_one_primary_task_set_from_birth(client: Client, stack: Stack) -> None:
    service(client, stack)

    found = described(client, stack)
    (task_set,) = found["taskSets"]
    assert found["deployments"] == []
    assert task_set["status"] == "PRIMARY"
    assert task_set["taskDefinition"] == stack.task_definition
    assert task_set["id"].startswith("ecs-svc/")
    assert task_set["taskSetArn"].endswith(f":task-set/{stack.name}/{stack.name}/{task_set['id']}")
    assert (task_set["serviceArn"], task_set["clusterArn"]) == (found["serviceArn"], found["clusterArn"])
    assert task_set["loadBalancers"] == found["loadBalancers"]
    assert task_set["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == [stack.subnet]
    assert task_set["scale"] == {"value": 100.0, "unit": "PERCENT"}
    assert (task_set["computedDesiredCount"], task_set["pendingCount"], task_set["runningCount"]) == (0, 0, 0)
    assert (task_set["launchType"], task_set["platformVersion"]) == ("FARGATE", "1.4.0")
    assert found["createdAt"] <= task_set["createdAt"]
    wait_for(lambda: described(client, stack)["taskSets"][0]["stabilityStatus"] == "STEADY_STATE")


def test_create_service_keeps_what_was_asked_for(client: Client, stack: Stack) -> None:
    asked = {
        "availabilityZoneRebalancing": "ENABLED",
        "enableECSManagedTags": True,
        "enableExecuteCommand": True,
        "healthCheckGracePeriodSeconds": 15,
        "propagateTags": "SERVICE",
        "deploymentConfiguration": {"maximumPercent": 150, "minimumHealthyPercent": 50},
    }
    service(client, stack, **asked)

    found = described(client, stack)
    assert {key: found[key] for key in asked} == asked
    assert found["platformVersion"] == "LATEST"


def test_the_desired_count_reaches_the_task_set(client: Client, stack: Stack) -> None:
    service(client, stack)

    client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=3)

    assert described(client, stack)["taskSets"][0]["computedDesiredCount"] == 3
    client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=0)


def test_a_task_set_is_not_steady_while_its_count_is_not_what_is_wanted(client: Client, stack: Stack) -> None:
    service(client, stack)
    wait_for(lambda: described(client, stack)["taskSets"][0]["stabilityStatus"] == "STEADY_STATE")

    client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=3)

    (task_set,) = described(client, stack)["taskSets"]
    assert (task_set["computedDesiredCount"], task_set["runningCount"]) == (3, 0)
    assert task_set["stabilityStatus"] == "STABILIZING"
    client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=0)


def test_a_service_says_whether_its_tasks_have_public_addresses(client: Client, stack: Stack) -> None:
    service(client, stack)

    found = described(client, stack)
    expected = {"awsvpcConfiguration": stack.network["awsvpcConfiguration"] | {"assignPublicIp": "DISABLED"}}
    assert found["networkConfiguration"] == expected
    assert found["taskSets"][0]["networkConfiguration"] == expected


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("taskDefinition", "Unable to update task definition"),
        ("loadBalancers", "Unable to update load balancers"),
        ("networkConfiguration", "Unable to update network parameters"),
        ("platformVersion", "Unable to update platform version"),
        ("capacityProviderStrategy", "Unable to update capacity provider strategy"),
        ("forceNewDeployment", "Cannot force a new deployment"),
    ],
)
def test_what_codedeploy_owns_is_refused_to_update_service(
    client: Client, stack: Stack, change: str, words: str
) -> None:
    service(client, stack)
    values = {
        "taskDefinition": stack.task_definition,
        "loadBalancers": [{"targetGroupArn": stack.green, "containerName": "api", "containerPort": 3000}],
        "networkConfiguration": stack.network,
        "platformVersion": "1.4.0",
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        "forceNewDeployment": True,
    }

    code, message = refused(
        client("ecs").update_service, cluster=stack.name, service=stack.name, **{change: values[change]}
    )

    assert code == "InvalidParameterException"
    assert message == (
        f"{words} on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment."
    )


def test_alarms_that_codedeploy_would_not_look_at_are_refused(client: Client, stack: Stack) -> None:
    service(client, stack)
    named = {"cluster": stack.name, "service": stack.name}
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": True}

    code, message = refused(
        client("ecs").update_service, **named, deploymentConfiguration={"alarms": alarms, "maximumPercent": 150}
    )

    assert code == "InvalidParameterException"
    assert "those of its CodeDeploy deployment group" in message
    off = {"alarmNames": [], "enable": False, "rollback": False}
    client("ecs").update_service(**named, deploymentConfiguration={"alarms": off, "maximumPercent": 150})


def test_a_service_cannot_have_less_than_no_tasks(client: Client, stack: Stack) -> None:
    service(client, stack)

    refusal = refused(client("ecs").update_service, cluster=stack.name, service=stack.name, desiredCount=-1)

    assert refusal == ("InvalidParameterException", "desiredCount must be 0 or more, got -1.")


def test_a_target_group_that_no_listener_uses_is_refused(client: Client, stack: Stack) -> None:
    load_balancers = [{"targetGroupArn": stack.green, "containerName": "api", "containerPort": 3000}]

    code, message = refused(service, client=client, stack=stack, loadBalancers=load_balancers)

    assert code == "InvalidParameterException"
    assert message == (f"The target group with targetGroupArn {stack.green} does not have an associated load balancer.")


def test_a_container_port_that_the_task_definition_lacks_is_refused(client: Client, stack: Stack) -> None:
    load_balancers = [{"targetGroupArn": stack.blue, "containerName": "api", "containerPort": 1}]

    _, message = refused(service, client=client, stack=stack, loadBalancers=load_balancers)

    assert message == "The container api did not have a container port 1 defined."


def test_a_second_service_of_the_same_name_is_refused(client: Client, stack: Stack) -> None:
    service(client, stack)

    assert refused(service, client=client, stack=stack)[1] == "Creation of service was not idempotent."


def test_a_service_must_be_scaled_down_or_forced_to_be_deleted(client: Client, stack: Stack) -> None:
    service(client, stack, desiredCount=1)
    named = {"cluster": stack.name, "service": stack.name}

    code, message = refused(client("ecs").delete_service, **named)
    assert (code, message) == ("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
    assert refused(client("ecs").delete_cluster, cluster=stack.name)[0] == "ClusterContainsServicesException"

    assert client("ecs").delete_service(**named, force=True)["service"]["status"] == "DRAINING"
    wait_for(lambda: described(client, stack)["status"] == "INACTIVE")
    assert client("ecs").list_services(cluster=stack.name)["serviceArns"] == []
    assert client("ecs").delete_cluster(cluster=stack.name)["cluster"]["status"] == "INACTIVE"


def test_task_definitions_are_listed_in_the_order_asked_for_page_by_page(client: Client, name: str) -> None:
    arns = [task_definition(client, name) for _ in range(11)]
    client("ecs").deregister_task_definition(taskDefinition=arns[10])

    def pages(**params: Any) -> list[list[str]]:
        pager = client("ecs").get_paginator("list_task_definitions")
        return [page["taskDefinitionArns"] for page in pager.paginate(familyPrefix=name, **params)]

    # Revision 10 comes after 9, not after 1.
    assert pages(sort="DESC", PaginationConfig={"PageSize": 8}) == [arns[9:1:-1], [arns[1], arns[0]]]
    assert pages() == [arns[:10]]
    assert pages(status="INACTIVE") == [[arns[10]]]
    for token in ("garbage", "-1", "999"):
        call = client("ecs").list_task_definitions
        assert refused(call, familyPrefix=name, nextToken=token)[0] == "InvalidParameterException"


def test_a_registered_task_definition_has_its_defaults_filled_in(client: Client, name: str) -> None:
    client("ecs").register_task_definition(
        family=name,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[
            {"name": "a", "image": "a:1", "portMappings": [{"containerPort": 80}]},
            {"name": "b", "image": "b:1", "portMappings": [{"containerPort": 53, "hostPort": 0, "protocol": "udp"}]},
        ],
    )

    found = client("ecs").describe_task_definition(taskDefinition=name)["taskDefinition"]
    assert [container["portMappings"] for container in found["containerDefinitions"]] == [
        [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}],
        [{"containerPort": 53, "hostPort": 53, "protocol": "udp"}],
    ]
    assert found["registeredBy"] == "arn:aws:iam::123456789012:root"
    gone = client("ecs").deregister_task_definition(taskDefinition=f"{name}:1")["taskDefinition"]
    assert found["registeredAt"] == gone["registeredAt"] <= gone["deregisteredAt"]


def test_a_deregistered_revision_stays_and_the_family_means_its_newest_active_one(client: Client, name: str) -> None:
    ecs = client("ecs")
    first, second = task_definition(client, name), task_definition(client, name)
    ecs.deregister_task_definition(taskDefinition=second)

    def of(named: str) -> tuple[str, str]:
        found = ecs.describe_task_definition(taskDefinition=named)["taskDefinition"]
        return found["taskDefinitionArn"], found["status"]

    assert of(second) == (second, "INACTIVE")
    assert of(name) == (first, "ACTIVE")
    assert task_definition(client, name).endswith(f"{name}:3")


def test_tasks_that_nothing_would_run_are_refused(client: Client, stack: Stack) -> None:
    code, message = refused(client("ecs").run_task, cluster=stack.name, taskDefinition=stack.task_definition)

    assert code == "UnsupportedOperation"
    assert message == "The sandbox does not model RunTask: tasks come from services only."


def test_unknown_tasks_are_failures(client: Client, stack: Stack) -> None:
    answer = client("ecs").describe_tasks(cluster=stack.name, tasks=["abc"])

    assert answer["tasks"] == []
    arn = f"arn:aws:ecs:us-east-1:123456789012:task/{stack.name}/abc"
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]
