from dataclasses import replace
from typing import Any

from modules import inputs
from modules.scaling import Scaling, ScalingProps
from tests.modules.example import ROUTES, RUNNING, SERVICE
from tests.synthesis import Config, reference, resource, resources, synth

BOUNDS = inputs.Scaling(min=2, max=10, cpu_percent=60)
PROPS = ScalingProps(service=SERVICE, running=RUNNING, routes=ROUTES, settings=BOUNDS)
TARGET = "aws_appautoscaling_target"
POLICY = "aws_appautoscaling_policy"


def scaling(settings: inputs.Scaling = BOUNDS) -> Config:
    return synth(lambda stack: Scaling(stack, "scaling", replace(PROPS, settings=settings)))


def policy(settings: inputs.Scaling) -> dict[str, Any]:
    configured = resource(scaling(settings), POLICY)["target_tracking_scaling_policy_configuration"]
    assert isinstance(configured, dict)
    return configured


def test_the_desired_count_is_scaled_between_its_bounds() -> None:
    # No suspended_state: releases suspend scaling, and an apply leaves that alone.
    assert resources(scaling(), TARGET) == [
        {
            "service_namespace": "ecs",
            "resource_id": "service/dev/dev-api",
            "scalable_dimension": "ecs:service:DesiredCount",
            "min_capacity": 2,
            "max_capacity": 10,
        }
    ]


def test_a_policy_belongs_to_the_target_and_tracks_what_is_given() -> None:
    config = scaling()

    assert resources(config, POLICY) == [
        {
            "name": "dev-api-cpu",
            "policy_type": "TargetTrackingScaling",
            "service_namespace": reference(config, TARGET, "service_namespace"),
            "resource_id": reference(config, TARGET, "resource_id"),
            "scalable_dimension": reference(config, TARGET, "scalable_dimension"),
            "target_tracking_scaling_policy_configuration": {
                "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
                "target_value": 60,
                "scale_in_cooldown": 300,
                "scale_out_cooldown": 60,
            },
        }
    ]


def test_each_target_has_a_policy_of_its_own() -> None:
    every = replace(BOUNDS, memory_percent=70, requests_per_target=600)

    assert [one["name"] for one in resources(scaling(every), POLICY)] == [
        "dev-api-cpu",
        "dev-api-memory",
        "dev-api-requests",
    ]


def test_memory_is_tracked_as_ecs_measures_it() -> None:
    tracked = policy(inputs.Scaling(min=1, max=2, memory_percent=70))

    assert tracked["predefined_metric_specification"] == {
        "predefined_metric_type": "ECSServiceAverageMemoryUtilization"
    }


def test_requests_are_counted_in_both_target_groups() -> None:
    """Releases swap the groups: a policy that knows one of them is blind after the next."""

    def of(group: str) -> dict[str, Any]:
        dimensions = [
            {"name": "LoadBalancer", "value": "app/dev/0123"},
            {"name": "TargetGroup", "value": f"targetgroup/{group}"},
        ]
        metric = {"namespace": "AWS/ApplicationELB", "metric_name": "RequestCountPerTarget", "dimensions": dimensions}
        return {"metric": metric, "stat": "Sum"}

    assert policy(
        inputs.Scaling(
            min=1, max=4, requests_per_target=600, scale_in_cooldown_seconds=30, scale_out_cooldown_seconds=0
        )
    ) == {
        "customized_metric_specification": {
            "metrics": [
                {"id": "blue", "metric_stat": of("dev-api-blue/b1"), "return_data": False},
                {"id": "green", "metric_stat": of("dev-api-green/b2"), "return_data": False},
                {"id": "requests", "expression": "blue + green", "label": "Requests per task", "return_data": True},
            ]
        },
        "target_value": 600,
        "scale_in_cooldown": 30,
        "scale_out_cooldown": 0,
    }
