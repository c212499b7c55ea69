"""What AWS fills in where nothing was said, and clients read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.lambda_function import Function, archive
from tests.sandbox.stack import Stack, make, service

Client = Callable[[str], Any]


@pytest.fixture
def stack(client: Client, name: str) -> Stack:
    return make(client, name)


def test_a_service_behind_a_load_balancer_has_a_grace_period_of_zero(client: Client, stack: Stack) -> None:
    assert service(client, stack)["healthCheckGracePeriodSeconds"] == 0
    rolling = {"deploymentController": {"type": "ECS"}, "serviceName": "rolling"}
    assert service(client, stack, **rolling)["healthCheckGracePeriodSeconds"] == 0
    alone = service(client, stack, **rolling | {"serviceName": "alone", "loadBalancers": []})
    assert "healthCheckGracePeriodSeconds" not in alone


def test_a_service_is_balanced_over_the_zones_unless_told_otherwise(client: Client, stack: Stack) -> None:
    told = service(client, stack, serviceName="told", availabilityZoneRebalancing="DISABLED")

    assert service(client, stack)["availabilityZoneRebalancing"] == "ENABLED"
    assert told["availabilityZoneRebalancing"] == "DISABLED"


@pytest.mark.parametrize(
    ("cpu", "memory", "kept"),
    [("256", "512", ("256", "512")), (".25 vCPU", "0.5 GB", ("256", "512")), ("1 vcpu", "2GB", ("1024", "2048"))],
)
def test_the_size_of_a_task_is_kept_in_units_and_mib(
    client: Client, name: str, cpu: str, memory: str, kept: tuple[str, str]
) -> None:
    register = client("ecs").register_task_definition
    settings = {"family": name, "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc"}
    containers = [{"name": "api", "image": "nowhere/api:1"}]

    answer = register(**settings, cpu=cpu, memory=memory, containerDefinitions=containers)["taskDefinition"]

    read = client("ecs").describe_task_definition(taskDefinition=name)["taskDefinition"]
    assert (answer["cpu"], answer["memory"]) == (read["cpu"], read["memory"]) == kept


def test_the_tags_of_a_task_definition_are_in_the_answer_that_makes_it(client: Client, name: str) -> None:
    register, tags = client("ecs").register_task_definition, [{"key": "color", "value": "blue"}]
    containers = [{"name": "api", "image": "nowhere/api:1", "memory": 128}]

    assert register(family=name, containerDefinitions=containers, tags=tags)["tags"] == tags
    assert "tags" not in register(family=name, containerDefinitions=containers)


def test_a_function_is_pending_in_the_answer_that_makes_it_and_active_after_that(
    client: Client, function: Function
) -> None:
    function.create()
    role = client("lambda").get_function_configuration(FunctionName=function.name)["Role"]
    given = {"Role": role, "Runtime": "provided.al2023", "Handler": "bootstrap", "Code": {"ZipFile": archive()}}

    made = client("lambda").create_function(FunctionName=f"{function.name}-two", **given)

    found = (made["State"], made["StateReason"], made["StateReasonCode"])
    assert found == ("Pending", "The function is being created.", "Creating")
    assert client("lambda").get_function_configuration(FunctionName=made["FunctionName"])["State"] == "Active"


def test_a_new_alarm_has_no_data_and_one_that_is_changed_keeps_its_state(client: Client, name: str) -> None:
    cloudwatch = client("cloudwatch")
    settings = {"AlarmName": name, "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60}
    # Without data it keeps any state.
    settings |= {"EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "ignore"}

    def states(threshold: float) -> tuple[str, float]:
        cloudwatch.put_metric_alarm(**settings, Threshold=threshold)
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return alarm["StateValue"], alarm["Threshold"]

    assert states(1.0) == ("INSUFFICIENT_DATA", 1.0)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    assert states(2.0) == ("ALARM", 2.0)
