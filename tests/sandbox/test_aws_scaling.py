"""Application Auto Scaling: what a policy makes, and what a registration does at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.running_stack import until
from tests.sandbox.stack import make, service

Client = Callable[[str], Any]

TARGET = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}


def target(name: str) -> dict[str, str]:
    return TARGET | {"ResourceId": f"service/{name}/{name}"}


@pytest.fixture
def scaling(client: Client, name: str) -> Any:
    """Its client, of a service with the test's name, whose tasks have nothing to start."""
    service(client, make(client, name), desiredCount=2)
    api = client("application-autoscaling")
    api.register_scalable_target(**target(name), MinCapacity=1, MaxCapacity=4)
    return api


def put(scaling: Any, name: str, metric: dict[str, Any] = CPU, value: float = 70, **more: Any) -> dict[str, Any]:
    configured = {"TargetValue": value, **metric, **more}
    answer: dict[str, Any] = scaling.put_scaling_policy(
        **target(name),
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=configured,
    )
    return answer


def alarms(client: Client, name: str) -> list[dict[str, Any]]:
    found = client("cloudwatch").describe_alarms(AlarmNamePrefix=f"TargetTracking-service/{name}/{name}-Alarm")
    return sorted(found["MetricAlarms"], key=lambda one: str(one["AlarmName"]))


def shown(alarm: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: alarm[name] for name in names if name in alarm}


def desired(client: Client, name: str) -> int:
    found = client("ecs").describe_services(cluster=name, services=[name])["services"][0]
    return int(found["desiredCount"])


def activities(scaling: Any, name: str) -> list[dict[str, Any]]:
    found = scaling.describe_scaling_activities(**target(name))["ScalingActivities"]
    return [shown(one, "Description", "Cause", "StatusCode", "StatusMessage") for one in found]


def test_a_policy_makes_a_high_and_a_low_alarm(client: Client, scaling: Any, name: str) -> None:
    answer = put(scaling, name)

    high, low = alarms(client, name)
    assert [one["AlarmName"] for one in answer["Alarms"]] == [high["AlarmName"], low["AlarmName"]]
    assert re.fullmatch(rf"TargetTracking-service/{name}/{name}-AlarmHigh-[0-9a-f-]{{36}}", high["AlarmName"])
    watched = ("Namespace", "MetricName", "Statistic", "Period", "Unit", "TreatMissingData")
    condition = ("ComparisonOperator", "EvaluationPeriods", "Threshold")
    assert shown(high, *watched) == {
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Statistic": "Average",
        "Period": 60,
        "Unit": "Percent",
        "TreatMissingData": "missing",
    }
    assert high["Dimensions"] == [{"Name": "ClusterName", "Value": name}, {"Name": "ServiceName", "Value": name}]
    assert shown(low, *watched) == shown(high, *watched)
    assert shown(high, *condition) == {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 3,
        "Threshold": 70.0,
    }
    assert shown(low, *condition) == {
        "ComparisonOperator": "LessThanThreshold",
        "EvaluationPeriods": 15,
        "Threshold": 63.0,
    }
    (action,) = high["AlarmActions"]
    assert action.startswith(f"{answer['PolicyARN']}:createdBy/")
    assert high["AlarmDescription"] == f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {action}."


def test_the_alarms_of_metric_math_have_its_queries(client: Client, scaling: Any, name: str) -> None:
    def of(id: str) -> dict[str, Any]:
        metric = {
            "Namespace": "AWS/ApplicationELB",
            "MetricName": "RequestCountPerTarget",
            "Dimensions": [{"Name": "TargetGroup", "Value": f"targetgroup/{id}/1"}],
        }
        return {"Id": id, "MetricStat": {"Metric": metric, "Stat": "Sum"}, "ReturnData": False}

    both = {"Id": "requests", "Expression": "blue + green", "Label": "Requests", "ReturnData": True}
    put(scaling, name, {"CustomizedMetricSpecification": {"Metrics": [of("blue"), of("green"), both]}}, 10)

    for alarm in alarms(client, name):
        queries = {query["Id"]: query for query in alarm["Metrics"]}
        assert queries["requests"]["Expression"] == "blue + green"
        assert queries["blue"]["MetricStat"] == of("blue")["MetricStat"] | {"Period": 60}
        assert "MetricName" not in alarm


def test_a_policy_that_is_put_again_keeps_its_arn_and_has_two_alarms(client: Client, scaling: Any, name: str) -> None:
    first = put(scaling, name)["PolicyARN"]

    assert put(scaling, name, value=50)["PolicyARN"] == first
    assert [one["Threshold"] for one in alarms(client, name)] == [50.0, 45.0]


def test_policies_and_their_alarms_go_with_the_target(client: Client, scaling: Any, name: str) -> None:
    put(scaling, name)

    scaling.deregister_scalable_target(**target(name))

    assert alarms(client, name) == []
    found = scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=target(name)["ResourceId"])
    assert found["ScalingPolicies"] == []


@pytest.mark.parametrize(
    ("bounds", "count", "cause"),
    [
        ({"MinCapacity": 3}, 3, "minimum capacity was set to 3"),
        ({"MaxCapacity": 1}, 1, "maximum capacity was set to 1"),
    ],
)
def test_a_service_is_brought_within_new_bounds_at_once(
    client: Client, scaling: Any, name: str, bounds: dict[str, int], count: int, cause: str
) -> None:
    scaling.register_scalable_target(**target(name), **bounds)

    until(lambda: desired(client, name) == count)
    until(lambda: activities(scaling, name) != [])
    (activity,) = activities(scaling, name)
    assert (activity["Description"], activity["Cause"]) == (f"Setting desired count to {count}.", cause)


def test_a_service_is_brought_within_its_bounds_by_a_suspension_too(client: Client, scaling: Any, name: str) -> None:
    client("ecs").update_service(cluster=name, service=name, desiredCount=6)

    scaling.register_scalable_target(**target(name), SuspendedState={"DynamicScalingOutSuspended": True})

    until(lambda: desired(client, name) == 4)


def test_an_activity_says_when_its_tasks_run(scaling: Any, name: str) -> None:
    """Those of this service cannot start, and none are wanted in the end."""
    scaling.register_scalable_target(**target(name), MinCapacity=3)
    until(lambda: activities(scaling, name) != [])
    assert activities(scaling, name) == [
        {
            "Description": "Setting desired count to 3.",
            "Cause": "minimum capacity was set to 3",
            "StatusCode": "InProgress",
            "StatusMessage": "Successfully set desired count to 3. Waiting for change to be fulfilled by ecs.",
        }
    ]

    scaling.register_scalable_target(**target(name), MinCapacity=0, MaxCapacity=0)

    until(lambda: activities(scaling, name)[0]["StatusCode"] == "Successful")
    newest, older = activities(scaling, name)
    assert newest == {
        "Description": "Setting desired count to 0.",
        "Cause": "maximum capacity was set to 0",
        "StatusCode": "Successful",
        "StatusMessage": "Successfully set desired count to 0. Change successfully fulfilled by ecs.",
    }
    assert older["StatusCode"] == "Overridden"


def test_activities_that_did_not_scale_are_not_modelled(scaling: Any, name: str) -> None:
    with pytest.raises(ClientError) as refused:
        scaling.describe_scaling_activities(**target(name), IncludeNotScaledActivities=True)

    assert refused.value.response["Error"]["Code"] == "UnsupportedOperation"
