"""What a client that asks for little reads of a load balancer: the defaults, and a target group in both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.stack import Stack, make

Client = Callable[[str], Any]


@pytest.fixture
def stack(client: Client, name: str) -> Stack:
    return make(client, name)


def pair(arn: str, weight: int) -> dict[str, Any]:
    return {"TargetGroupArn": arn, "Weight": weight}


def actions(client: Client, stack: Stack) -> tuple[Any, Any]:
    """The production listener's, as it tells them itself and as its default rule."""
    (listener,) = client("elbv2").describe_listeners(ListenerArns=[stack.prod])["Listeners"]
    (rule,) = client("elbv2").describe_rules(ListenerArn=stack.prod)["Rules"]
    return listener["DefaultActions"], rule["Actions"]


@pytest.mark.parametrize("given", ["TargetGroupArn", "ForwardConfig"])
def test_one_target_group_is_told_in_both_ways_whichever_it_was_given_in(
    client: Client, stack: Stack, given: str
) -> None:
    ways = {"TargetGroupArn": stack.green, "ForwardConfig": {"TargetGroups": [pair(stack.green, 1)]}}

    client("elbv2").modify_listener(ListenerArn=stack.prod, DefaultActions=[{"Type": "forward", given: ways[given]}])

    config = {"TargetGroups": [pair(stack.green, 1)], "TargetGroupStickinessConfig": {"Enabled": False}}
    told = [{"Type": "forward", "TargetGroupArn": stack.green, "ForwardConfig": config}]
    assert actions(client, stack) == (told, told)


def test_two_target_groups_are_told_as_such(client: Client, stack: Stack) -> None:
    config = {"TargetGroups": [pair(stack.blue, 9), pair(stack.green, 1)]}

    client("elbv2").modify_listener(
        ListenerArn=stack.prod, DefaultActions=[{"Type": "forward", "ForwardConfig": config}]
    )

    told = [{"Type": "forward", "ForwardConfig": {**config, "TargetGroupStickinessConfig": {"Enabled": False}}}]
    assert actions(client, stack) == (told, told)


@pytest.mark.parametrize(
    ("field", "config", "given"),
    [
        ("path-pattern", "PathPatternConfig", {"Values": ["/a*"]}),
        ("path-pattern", "PathPatternConfig", {"PathPatternConfig": {"Values": ["/a*"]}}),
        ("path-pattern", "PathPatternConfig", {"PathPatternConfig": {"Values": ["/a*", "/b"]}}),
        ("host-header", "HostHeaderConfig", {"Values": ["a.example.com"]}),
        ("host-header", "HostHeaderConfig", {"HostHeaderConfig": {"Values": ["a.example.com"]}}),
    ],
)
def test_a_rules_hosts_and_paths_are_told_in_both_ways_whichever_they_were_given_in(
    client: Client, stack: Stack, field: str, config: str, given: dict[str, Any]
) -> None:
    elb, condition = client("elbv2"), {"Field": field, **given}
    values = given.get("Values") or given[config]["Values"]
    forward = [{"Type": "forward", "TargetGroupArn": stack.blue}]

    made = elb.create_rule(ListenerArn=stack.prod, Priority=1, Conditions=[condition], Actions=forward)["Rules"]
    (rule,) = elb.describe_rules(RuleArns=[made[0]["RuleArn"]])["Rules"]

    told = [{"Field": field, "Values": values, config: {"Values": values}}]
    assert made[0]["Conditions"] == rule["Conditions"] == told


def test_a_new_load_balancer_has_awss_defaults_and_keeps_what_is_changed(client: Client, stack: Stack) -> None:
    elb, arn = client("elbv2"), stack.load_balancer

    changed = [{"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"}]
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=changed)

    answer = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    assert {pair["Key"]: pair["Value"] for pair in answer} == {
        "access_logs.s3.bucket": "",
        "access_logs.s3.enabled": "false",
        "access_logs.s3.prefix": "",
        "client_keep_alive.seconds": "3600",
        "connection_logs.s3.bucket": "",
        "connection_logs.s3.enabled": "false",
        "connection_logs.s3.prefix": "",
        "deletion_protection.enabled": "false",
        "idle_timeout.timeout_seconds": "60",
        "load_balancing.cross_zone.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive",
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "routing.http.preserve_host_header.enabled": "false",
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
        "routing.http.xff_client_port.enabled": "false",
        "routing.http.xff_header_processing.mode": "append",
        "routing.http2.enabled": "true",
        "waf.fail_open.enabled": "false",
        "zonal_shift.config.enabled": "false",
    }


def test_a_new_target_group_tells_how_long_a_cookie_would_last(client: Client, stack: Stack) -> None:
    answer = client("elbv2").describe_target_group_attributes(TargetGroupArn=stack.green)["Attributes"]

    told = {pair["Key"]: pair["Value"] for pair in answer}
    assert (told["stickiness.enabled"], told["stickiness.lb_cookie.duration_seconds"]) == ("false", "86400")
