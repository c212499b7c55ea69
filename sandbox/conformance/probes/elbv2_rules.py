"""Elastic Load Balancing's listeners and rules: actions that lead nowhere, conditions that cannot be, listeners that
lack something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.conformance.probe import Probe, Request, breaks, refused, without, worded
from sandbox.conformance.world import World

_FREE_PORT = 8090
_FREE_PRIORITY = 30

_OK = {"StatusCode": "200"}
_ELSEWHERE = {"StatusCode": "HTTP_301", "Port": "81"}
_ANSWER = {"Type": "fixed-response", "FixedResponseConfig": _OK}


def _listener(**changes: Any) -> Request:
    """CreateListener."""
    return lambda world: (
        {"LoadBalancerArn": world.load_balancer, "Protocol": "HTTP", "Port": _FREE_PORT, "DefaultActions": [_ANSWER]}
        | changes
    )


def _does(rule: str, *actions: dict[str, Any]) -> Probe:
    return worded(rule, "CreateListener", _listener(DefaultActions=list(actions)))


def _redirects(rule: str, **parts: str) -> Probe:
    return _does(rule, {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **parts}})


def _forwards(rule: str, groups: Callable[[World], list[str]], *weights: int | None, sticky: Any = None) -> Probe:
    """To so many of the groups as there are weights."""

    def request(world: World) -> dict[str, Any]:
        targets = [
            {"TargetGroupArn": arn} | ({} if weight is None else {"Weight": weight})
            for arn, weight in zip(groups(world), weights, strict=False)
        ]
        config = {"TargetGroups": targets} | ({} if sticky is None else {"TargetGroupStickinessConfig": sticky})
        return _listener(DefaultActions=[{"Type": "forward", "ForwardConfig": config}])(world)

    return worded(rule, "CreateListener", request)


def _two_groups(world: World) -> dict[str, Any]:
    """CreateListener, which forwards to two groups and, with another word, to one."""
    config = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": 1} for arn in (world.blue, world.green)]}
    forward = {"Type": "forward", "TargetGroupArn": world.blue, "ForwardConfig": config}
    return _listener(DefaultActions=[forward])(world)


def _certificate(world: World, number: int) -> dict[str, str]:
    """One that is not there: how many there may be is told without a look at them."""
    return {"CertificateArn": world.arn("acm", f"certificate/{number:08}-1234-1234-1234-123456789012")}


def _condition(field: str, *values: str, **more: str) -> dict[str, Any]:
    name = "".join(part.capitalize() for part in field.split("-")) + "Config"
    return {"Field": field, name: {"Values": list(values), **more}}


def _looks(rule: str, *conditions: dict[str, Any]) -> Probe:
    wanted = {"Conditions": list(conditions)}
    return worded(rule, "CreateRule", lambda world: world.rule_settings(_FREE_PRIORITY) | wanted)


def _six(world: World) -> list[str]:
    return world.six_target_groups


def _default_rule(world: World) -> dict[str, Any]:
    rules = world.account.read("elbv2", "DescribeRules", ListenerArn=world.production_listener)["Rules"]
    return {"RuleArn": next(rule["RuleArn"] for rule in rules if rule["IsDefault"])}


PROBES: list[Probe] = [
    # Actions
    _does("action_has_no_configuration", {"Type": "fixed-response"}),
    _does(
        "actions_exclude_each_other",
        {"Type": "redirect", "RedirectConfig": _ELSEWHERE, "Order": 1},
        _ANSWER | {"Order": 2},
    ),
    _does("actions_have_no_order", _ANSWER, _ANSWER),
    _redirects("redirect_is_a_loop"),
    _redirects("redirect_port_is_none", Port="0"),
    _redirects("redirect_path_is_not_absolute", Path="path"),
    _forwards("forward_has_too_many_groups", _six, 1, 1, 1, 1, 1, 1),
    _forwards("forward_weight_is_missing_or_out_of_range", _six, 1, 1000),
    _forwards("forward_weight_is_out_of_range", _six, 1000),
    worded("forward_names_two_groups", "CreateListener", _two_groups),
    _forwards("stickiness_has_no_duration", _six, 1, sticky={"Enabled": True}),
    _forwards("stickiness_duration_is_out_of_range", _six, 1, sticky={"Enabled": True, "DurationSeconds": 604801}),
    _forwards("target_group_is_in_another_vpc", lambda world: [world.other_target_group], 1),
    _forwards("target_group_has_another_protocol", lambda world: [world.tcp_target_group], 1),
    # Listeners
    refused(
        "elbv2",
        "CreateListener",
        "a listener has a port",
        lambda world: without(_listener()(world), "Port"),
        "ValidationError",
        "https://github.com/badmintoncryer/cdk-preflight/blob/main/rules/elbv2/pf-elbv2-listener-port-required/meta.yaml",
        message="A listener port must be specified",
    ),
    worded(
        "http_listener_has_a_certificate",
        "CreateListener",
        lambda world: _listener(Certificates=[_certificate(world, 1)])(world),
    ),
    worded("http_listener_has_a_policy", "CreateListener", _listener(SslPolicy="ELBSecurityPolicy-2016-08")),
    worded(
        "listener_has_two_certificates",
        "CreateListener",
        lambda world: _listener(
            Protocol="HTTPS",
            SslPolicy="ELBSecurityPolicy-2016-08",
            Certificates=[_certificate(world, 1), _certificate(world, 2)],
        )(world),
    ),
    # Rules
    _looks("rule_has_no_condition"),
    _looks(
        "condition_is_given_twice",
        _condition("host-header", "a.example.com"),
        _condition("host-header", "b.example.com"),
    ),
    _looks(
        "rule_has_too_many_values",
        _condition("path-pattern", "/a", "/b", "/c"),
        _condition("host-header", "a.example.com", "b.example.com", "c.example.com"),
    ),
    _looks("condition_is_on_the_host_header", _condition("http-header", "a.example.com", HttpHeaderName="Host")),
    _looks("condition_is_on_no_range", _condition("source-ip", "10.0.0.0/33")),
    breaks("default_rule_stays", "DeleteRule", _default_rule),
]
