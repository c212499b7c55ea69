"""The engine's pure parts: the AppSpec, the steps of a shift, the actions of a listener."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sandbox.codedeploy_engine.appspec import AppSpec, InvalidAppSpecError, parse
from sandbox.codedeploy_engine.shifts import InvalidRoutingError, Shift, shifts
from sandbox.codedeploy_engine.traffic import moved
from tests.sandbox.codedeploy_stack import appspec

YAML = """\
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: arn:aws:ecs:us-east-1:123456789012:task-definition/app:7
        LoadBalancerInfo: {ContainerName: app, ContainerPort: 3000}
        PlatformVersion: 1.4.0
        NetworkConfiguration:
          AwsvpcConfiguration: {Subnets: [subnet-1], SecurityGroups: [sg-1], AssignPublicIp: DISABLED}
Hooks:
  - BeforeAllowTraffic: check
"""
READ = AppSpec(
    task_definition="arn:aws:ecs:us-east-1:123456789012:task-definition/app:7",
    container_name="app",
    container_port=3000,
    platform_version="1.4.0",
    network_configuration={
        "awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
    },
    hooks={"BeforeAllowTraffic": "check"},
)


def lower(value: Any) -> Any:
    """The same document as other clients write it: every key in lower case."""
    if isinstance(value, dict):
        return {key.lower(): lower(item) for key, item in value.items()}
    return [lower(item) for item in value] if isinstance(value, list) else value


def test_an_appspec_is_yaml_or_json_with_keys_in_any_case() -> None:
    document = json.loads(appspec("app:7", "app", {"AfterAllowTraffic": "check"}))

    assert parse(YAML) == READ
    assert parse(json.dumps(lower(document))) == parse(json.dumps(document))
    assert parse(json.dumps(lower(document))).hooks == {"AfterAllowTraffic": "check"}


@pytest.mark.parametrize("version", ["0.0", '"0.0"', "0", "1", "1.0"])
def test_versions_that_clients_write_are_taken(version: str) -> None:
    assert parse(YAML.replace("0.0", version, 1)) == READ


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version: 0.0", "version: 2", "version must be 0.0, got 2"),
        ("version: 0.0\n", "", "version must be 0.0, got None"),
        ("AWS::ECS::Service", "AWS::Lambda::Function", "Type of resource TargetService must be AWS::ECS::Service"),
        ("TaskDefinition: arn:aws:ecs:us-east-1:123456789012:task-definition/app:7", "x: y", "TaskDefinition is"),
        ("ContainerPort: 3000", "ContainerPort: web", "ContainerPort must be a number, got 'web'"),
        ("ContainerName: app, ", "", "ContainerName is missing"),
        (", AssignPublicIp: DISABLED", "", "missing: AssignPublicIp"),
        ("BeforeAllowTraffic", "Install", "Install is no event that has hooks"),
        ("BeforeAllowTraffic: check", "BeforeAllowTraffic: ''", "the function of BeforeAllowTraffic is missing"),
        ("Resources:", "Resources: []\nx:", "exactly one resource"),
        ("version: 0.0", "version: [", "neither JSON nor YAML"),
        ("version: 0.0", f"version: {'[' * 2000}", "neither JSON nor YAML"),
        ("version: 0.0", "version: 2026-13-01", "neither JSON nor YAML: month must be in 1..12"),
        ("version: 0.0", f"version: 1{'0' * 400}", "version must be 0.0, got 1"),
    ],
)
def test_what_is_wrong_with_an_appspec_is_named(old: str, new: str, message: str) -> None:
    assert old in YAML

    with pytest.raises(InvalidAppSpecError, match=re.escape(message)):
        parse(YAML.replace(old, new, 1))


def test_a_linear_shift_ends_with_everything() -> None:
    linear = {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 30, "linearInterval": 2}}
    canary = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 20, "canaryInterval": 5}}

    assert shifts(linear) == [Shift(30, 2), Shift(60, 2), Shift(90, 2), Shift(100)]
    assert shifts(canary) == [Shift(20, 5), Shift(100)]
    assert shifts({"type": "AllAtOnce"}) == [Shift(100)]


def test_a_way_to_move_traffic_that_nobody_knows_moves_nothing() -> None:
    with pytest.raises(
        InvalidRoutingError, match="must be AllAtOnce, TimeBasedCanary or TimeBasedLinear, got 'Canary'"
    ):
        shifts({"type": "Canary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 5}})


def test_both_groups_stay_in_the_action_and_the_rest_of_it_is_kept() -> None:
    login = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {"Issuer": "x"}}
    sticky = {"Enabled": True, "DurationSeconds": 60}
    config = {"TargetGroups": [{"TargetGroupArn": "blue", "Weight": 1}], "TargetGroupStickinessConfig": sticky}

    changed = moved([login, {"Type": "forward", "Order": 2, "ForwardConfig": config}], "blue", "green", 10)

    shares = [{"TargetGroupArn": "blue", "Weight": 90}, {"TargetGroupArn": "green", "Weight": 10}]
    assert changed == [
        login,
        {
            "Type": "forward",
            "Order": 2,
            "ForwardConfig": {"TargetGroups": shares, "TargetGroupStickinessConfig": sticky},
        },
    ]


@pytest.mark.parametrize(
    ("before", "percent", "after"),
    [
        ({"blue": 1, "third": 1}, 10, {"blue": 899, "green": 100, "third": 999}),
        ({"blue": 899, "green": 100, "third": 999}, 100, {"blue": 0, "green": 999, "third": 999}),
        ({"blue": 300, "third": 100}, 0, {"blue": 999, "green": 0, "third": 333}),
        ({"blue": 0, "third": 7}, 100, {"blue": 0, "green": 0, "third": 999}),
    ],
)
def test_a_third_target_group_keeps_its_share(before: dict[str, int], percent: float, after: dict[str, int]) -> None:
    def forward(shares: dict[str, int]) -> dict[str, Any]:
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in shares.items()]
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}

    assert moved([forward(before)], "blue", "green", percent) == [forward(after)]


@pytest.mark.parametrize(
    "action",
    [
        {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}},
        {"Type": "forward", "TargetGroupArn": "another"},
    ],
)
def test_actions_that_do_not_point_at_the_pair_are_left_alone(action: dict[str, Any]) -> None:
    assert moved([action], "blue", "green", 100) is None
