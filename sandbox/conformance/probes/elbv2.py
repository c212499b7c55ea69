"""Elastic Load Balancing: ports and names in use, zones, limits, and what is returned when it is asked for twice."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, Request, answered, breaks, refused
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference"


def _listener(port: int, name: str, **changes: Any) -> Request:
    """CreateListener, which forwards to one of the world's target groups."""
    return lambda world: world.listener_settings(port, getattr(world, name)) | changes


def _balancer(suffix: str, **changes: Any) -> Request:
    """CreateLoadBalancer."""
    return lambda world: world.load_balancer_settings(f"{world.name}{suffix}") | changes


def _named(form: str) -> Request:
    """CreateLoadBalancer with a name of this form."""
    return lambda world: world.load_balancer_settings(form.format(world.name))


def _to_blue(world: World) -> list[dict[str, Any]]:
    """An action; blue is behind the first load balancer."""
    assert world.production_listener
    return [{"Type": "forward", "TargetGroupArn": world.blue}]


def _other_zone(world: World) -> list[str]:
    """The same zones by other subnets."""
    return [world.second_subnet_of_a_zone, world.subnets[1]]


def _arn(world: World, rest: str) -> str:
    return world.arn("elasticloadbalancing", rest)


def _attribute(key: str) -> str:
    return f"Attributes[?Key=='{key}'].Value | [0]"


PROBES: list[Probe] = [
    # Listeners
    breaks(
        "port_has_a_listener",
        "CreateListener",
        lambda world: (world.production_listener, world.listener_settings(80, world.green))[1],
    ),
    answered(
        "elbv2",
        "CreateListener",
        "a listener asked for again is the one that is there",
        lambda world: (world.production_listener, world.listener_settings(80, world.blue))[1],
        {"Listeners[0].ListenerArn": lambda world: world.production_listener},
        f"{_API}/API_CreateListener.html",
    ),
    breaks(
        "port_is_in_use",
        "ModifyListener",
        lambda world: (world.production_listener, {"ListenerArn": world.test_listener, "Port": 80})[1],
        message="is already in use",
    ),
    answered(
        "elbv2",
        "DescribeListeners",
        "what forwards to one target group says so in both ways",
        lambda world: {"ListenerArns": [world.production_listener]},
        {
            "Listeners[0].DefaultActions[0].[Type, TargetGroupArn]": lambda world: ["forward", world.blue],
            "Listeners[0].DefaultActions[0].ForwardConfig.TargetGroups[].[TargetGroupArn, Weight]": lambda world: [
                [world.blue, 1]
            ],
        },
        "https://github.com/ansible-collections/amazon.aws/blob/main/plugins/modules/elb_application_lb.py",
    ),
    breaks(
        "https_listener_has_no_certificate",
        "CreateListener",
        _listener(443, "blue", Protocol="HTTPS", SslPolicy="ELBSecurityPolicy-2016-08"),
        message="A certificate must be specified for HTTPS listeners",
    ),
    refused(
        "elbv2",
        "CreateListener",
        "a port is at most 65,535",
        _listener(65536, "green"),
        "ValidationError",
        f"{_API}/API_CreateListener.html",
    ),
    # One load balancer a target group
    breaks(
        "target_group_has_a_load_balancer",
        "CreateListener",
        lambda world: {
            "LoadBalancerArn": world.other_load_balancer,
            "Protocol": "HTTP",
            "Port": 81,
            "DefaultActions": _to_blue(world),
        },
        "a new listener",
    ),
    breaks(
        "target_group_has_a_load_balancer",
        "ModifyListener",
        lambda world: {"ListenerArn": world.other_listener, "DefaultActions": _to_blue(world)},
        "a changed listener",
    ),
    breaks(
        "target_group_has_a_load_balancer",
        "CreateRule",
        lambda world: world.rule_settings(20) | {"ListenerArn": world.other_listener, "Actions": _to_blue(world)},
        "a new rule",
    ),
    breaks(
        "target_group_has_a_load_balancer",
        "ModifyRule",
        lambda world: {"RuleArn": world.other_rule, "Actions": _to_blue(world)},
        "a changed rule",
    ),
    # Rules
    refused(
        "elbv2",
        "CreateRule",
        "a listener has a priority once",
        lambda world: (world.rule, world.rule_settings(10))[1],
        "PriorityInUse",
        f"{_API}/API_CreateRule.html",
    ),
    refused(
        "elbv2",
        "CreateRule",
        "a priority is at most 50,000",
        lambda world: world.rule_settings(50001),
        "ValidationError",
        f"{_API}/API_CreateRule.html",
    ),
    answered(
        "elbv2",
        "DescribeRules",
        "a listener's own actions are its default rule",
        lambda world: {"ListenerArn": world.test_listener},
        {
            "Rules[].[Priority, IsDefault, Conditions]": [["default", True, []]],
            "Rules[0].Actions[0].TargetGroupArn": lambda world: world.blue,
        },
        f"{_API}/API_DescribeRules.html",
    ),
    # Load balancers
    breaks(
        "load_balancer_name_is_too_long",
        "CreateLoadBalancer",
        lambda world: world.load_balancer_settings(f"{world.name}{'x' * 33}"[:33]),
        message="cannot be longer than '32' characters",
    ),
    breaks("load_balancer_name_is_invalid", "CreateLoadBalancer", _named("{}_x"), "an underscore"),
    breaks("load_balancer_name_is_invalid", "CreateLoadBalancer", _named("-{}"), "a hyphen first"),
    breaks("load_balancer_name_is_invalid", "CreateLoadBalancer", _named("{}-"), "a hyphen last"),
    breaks("load_balancer_name_is_invalid", "CreateLoadBalancer", _named("internal-{}"), "internal- first"),
    breaks(
        "load_balancer_name_is_taken",
        "CreateLoadBalancer",
        lambda world: (world.load_balancer, _balancer("-a", Subnets=_other_zone(world))(world))[1],
    ),
    answered(
        "elbv2",
        "CreateLoadBalancer",
        "a load balancer asked for again is the one that is there",
        lambda world: (world.load_balancer, _balancer("-a")(world))[1],
        {
            "LoadBalancers[0].LoadBalancerArn": lambda world: world.load_balancer,
            "LoadBalancers[0].[Type, Scheme, IpAddressType]": ["application", "internal", "ipv4"],
        },
        f"{_API}/API_CreateLoadBalancer.html",
    ),
    breaks(
        "load_balancer_is_in_one_zone",
        "CreateLoadBalancer",
        lambda world: _balancer("-x", Subnets=world.subnets[:1])(world),
        message="two different Availability Zones",
    ),
    breaks(
        "load_balancers_subnet_is_gone",
        "CreateLoadBalancer",
        _balancer("-x", Subnets=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]),
    ),
    breaks(
        "load_balancer_has_two_subnets_in_a_zone",
        "CreateLoadBalancer",
        lambda world: _balancer("-x", Subnets=[*world.subnets, world.second_subnet_of_a_zone])(world),
    ),
    breaks(
        "load_balancer_is_in_two_vpcs",
        "CreateLoadBalancer",
        lambda world: _balancer("-x", Subnets=[world.subnets[0], world.other_subnets[1]])(world),
    ),
    answered(
        "elbv2",
        "DescribeLoadBalancerAttributes",
        "a load balancer's attributes have these defaults",
        lambda world: {"LoadBalancerArn": world.load_balancer},
        {
            _attribute("idle_timeout.timeout_seconds"): "60",
            _attribute("deletion_protection.enabled"): "false",
            _attribute("access_logs.s3.enabled"): "false",
            _attribute("routing.http2.enabled"): "true",
            _attribute("routing.http.desync_mitigation_mode"): "defensive",
            _attribute("routing.http.drop_invalid_header_fields.enabled"): "false",
            _attribute("routing.http.preserve_host_header.enabled"): "false",
            _attribute("routing.http.xff_header_processing.mode"): "append",
            _attribute("client_keep_alive.seconds"): "3600",
        },
        f"{_API}/API_LoadBalancerAttribute.html",
    ),
    answered(
        "elbv2",
        "DeleteLoadBalancer",
        "a load balancer that is gone can be deleted again",
        lambda world: {"LoadBalancerArn": _arn(world, f"loadbalancer/app/{world.name}-gone/0123456789abcdef")},
        {},
        f"{_API}/API_DeleteLoadBalancer.html",
    ),
    # What is not there
    refused(
        "elbv2",
        "DescribeLoadBalancers",
        "a load balancer that is not there",
        lambda world: {"Names": [f"{world.name}-gone"]},
        "LoadBalancerNotFound",
        f"{_API}/API_DescribeLoadBalancers.html",
    ),
    refused(
        "elbv2",
        "DescribeListeners",
        "a listener that is not there",
        lambda world: {"ListenerArns": [f"{world.production_listener[:-16]}0123456789abcdef"]},
        "ListenerNotFound",
        f"{_API}/API_DescribeListeners.html",
    ),
    refused(
        "elbv2",
        "DescribeRules",
        "a rule that is not there",
        lambda world: {"RuleArns": [f"{world.rule[:-16]}0123456789abcdef"]},
        "RuleNotFound",
        f"{_API}/API_DescribeRules.html",
    ),
    refused(
        "elbv2",
        "CreateListener",
        "a listener's target group that is not there",
        lambda world: world.listener_settings(82, _arn(world, f"targetgroup/{world.name}-gone/0123456789abcdef")),
        "TargetGroupNotFound",
        f"{_API}/API_CreateListener.html",
    ),
]
