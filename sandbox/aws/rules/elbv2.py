"""Elastic Load Balancing: ports and names in use, zones, and what a health check may match."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import ELBv2Backend, FakeListener, FakeLoadBalancer, FakeTargetGroup, elbv2_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference"


def _backend(call: Call) -> ELBv2Backend:
    return elbv2_backends[ACCOUNT][call.region]


# Listeners -----------------------------------------------------------------------------------------------------------


def _balancer_of(backend: ELBv2Backend, listener_arn: str) -> FakeLoadBalancer | None:
    for balancer in backend.load_balancers.values():
        if listener_arn in balancer.listeners:
            return balancer
    return None


def listener_on(balancer: FakeLoadBalancer, port: Any) -> FakeListener | None:
    """The load balancer's listener on this port."""
    for listener in balancer.listeners.values():
        if int(listener.port) == int(port):
            return listener
    return None


def same_listener(listener: FakeListener, protocol: str, actions: Iterable[dict[str, Any]]) -> bool:
    """Whether CreateListener with these settings asks for the listener that is there."""
    there = [_meaning(action.data) for action in listener.default_actions]
    return bool(listener.protocol == protocol) and there == [_meaning(action) for action in actions]


def _meaning(action: dict[str, Any]) -> Any:
    """An action in one form: as it was sent, or as moto keeps it."""
    if action.get("Type") == "forward":
        return frozenset(_targets(action).items())
    return _texts(action)


def _targets(action: dict[str, Any]) -> dict[str, str]:
    """Target group ARN -> weight."""
    pairs = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    if not pairs and action.get("TargetGroupArn"):
        return {action["TargetGroupArn"]: "1"}
    return {pair["TargetGroupArn"]: str(pair.get("Weight", 1)) for pair in pairs}


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items() if item is not None}
    return [_texts(item) for item in value] if isinstance(value, list) else str(value)


@rule(
    "elbv2",
    "CreateListener",
    code="DuplicateListener",
    source="https://github.com/hashicorp/terraform/issues/26407",
    says="A port has one listener. (With the same settings the one that is there is returned: the API reference.)",
    quote="A listener already exists on this port for this load balancer",
)
def port_has_a_listener(call: Call) -> str | None:
    arn, port = call.params["LoadBalancerArn"], call.params.get("Port")
    balancer = _backend(call).load_balancers.get(arn)
    if balancer is None or port is None or balancer.type not in (None, "application"):
        return None
    listener = listener_on(balancer, port)
    asked = call.params.get("DefaultActions") or []
    if listener is None or same_listener(listener, call.params.get("Protocol", ""), asked):
        return None
    return f"A listener already exists on this port for this load balancer '{arn}'"


@rule(
    "elbv2",
    "CreateListener",
    code="ValidationError",
    source="https://github.com/cn-terraform/terraform-aws-nexus/issues/42",
    says="An HTTPS listener has a certificate.",
    quote="A certificate must be specified for HTTPS listeners",
)
def https_listener_has_no_certificate(call: Call) -> str | None:
    if call.params.get("Protocol") != "HTTPS" or call.params.get("Certificates"):
        return None
    return "A certificate must be specified for HTTPS listeners"


@rule(
    "elbv2",
    "ModifyListener",
    code="ValidationError",
    source="https://github.com/hashicorp/terraform/issues/26407",
    says="A listener cannot be moved to a port that another listener of the load balancer has.",
    quote="Listener port '7328' is already in use",
)
def port_is_in_use(call: Call) -> str | None:
    arn, port = call.params["ListenerArn"], call.params.get("Port")
    balancer = _balancer_of(_backend(call), arn)
    if balancer is None or port is None or balancer.type not in (None, "application"):
        return None
    other = listener_on(balancer, port)
    return None if other is None or other.arn == arn else f"Listener port '{port}' is already in use"


@rule(
    "elbv2",
    *("CreateListener", "ModifyListener", "CreateRule", "ModifyRule"),
    code="TargetGroupAssociationLimit",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/22005",
    says="The targets of one group get requests from one load balancer only.",
    quote="The following target groups cannot be associated with more than one load balancer",
)
def target_group_has_a_load_balancer(call: Call) -> str | None:
    backend = _backend(call)
    arn = call.params.get("LoadBalancerArn")
    if arn is None:
        # A rule's ARN is its listener's with one part more.
        named = call.params.get("ListenerArn") or call.params.get("RuleArn", "")
        named = named.replace(":listener-rule/", ":listener/")
        balancer = _balancer_of(backend, named) or _balancer_of(backend, named.rpartition("/")[0])
        if balancer is None:
            return None
        arn = balancer.arn
    actions = [*(call.params.get("DefaultActions") or []), *(call.params.get("Actions") or [])]
    groups = [backend.target_groups.get(name) for action in actions for name in _targets(action)]
    taken = [group.arn for group in groups if group is not None and set(group.load_balancer_arns) - {arn}]
    if not taken:
        return None
    return f"The following target groups cannot be associated with more than one load balancer: {', '.join(taken)}"


@rule(
    "elbv2",
    "DescribeRules",
    code="ValidationError",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html",
    says="Rules are asked for by their own ARNs, or by their listener's.",
    quote="You must specify either a listener or rules.",
    worded=False,
)
def neither_listener_nor_rules(call: Call) -> str | None:
    named = call.params.get("ListenerArn") or call.params.get("RuleArns")
    return None if named else "You must specify either listener ARNs or rule ARNs"


# Load balancers ------------------------------------------------------------------------------------------------------


@rule(
    "elbv2",
    "CreateLoadBalancer",
    code="ValidationError",
    source="https://github.com/aws-cloudformation/cfn-lint/issues/3259",
    says="A load balancer's name has 32 characters at most.",
    quote="The load balancer name 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' cannot be longer than '32' characters",
)
def load_balancer_name_is_too_long(call: Call) -> str | None:
    name = call.params["Name"]
    return f"The load balancer name '{name}' cannot be longer than '32' characters" if len(name) > 32 else None


@rule(
    "elbv2",
    "CreateLoadBalancer",
    code="ValidationError",
    source=f"{_API}/API_CreateLoadBalancer.html",
    says="A load balancer's name is of letters, digits and inner hyphens, and some beginnings are AWS's own.",
    quote='must not begin or end with a hyphen, and must not begin with "internal-"',
    worded=False,
)
def load_balancer_name_is_invalid(call: Call) -> str | None:
    name = call.params["Name"]
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        # AWS's words:
        # https://github.com/kubernetes/kops/blob/master/upup/pkg/fi/cloudup/awstasks/network_load_balancer.go
        return (
            f"The load balancer name '{name}' can only contain characters that are alphanumeric characters and "
            "hyphens(-)"
        )
    if name.startswith("-") or name.endswith("-"):
        return f"The load balancer name '{name}' cannot begin or end with '-'"
    return f"The load balancer name '{name}' cannot begin with 'internal-'" if name.startswith("internal-") else None


def load_balancer_named(backend: ELBv2Backend, name: str) -> FakeLoadBalancer | None:
    for balancer in backend.load_balancers.values():
        if balancer.name == name:
            return balancer
    return None


@rule(
    "elbv2",
    "CreateLoadBalancer",
    code="DuplicateLoadBalancerName",
    source="https://github.com/fortinet/fortigate-terraform-deploy/issues/21",
    says="A name is used once a region. (With the same settings the one that is there is returned: the API reference.)",
    quote="A load balancer with the same name 'gatewaylb' exists, but with different settings",
)
def load_balancer_name_is_taken(call: Call) -> str | None:
    name = call.params["Name"]
    balancer = load_balancer_named(_backend(call), name)
    if balancer is None:
        return None
    there = (balancer.scheme, {subnet.id for subnet in balancer.subnets}, set(balancer.security_groups or ()))
    asked = (
        call.params.get("Scheme", "internet-facing"),
        set(_subnets(call)),
        set(call.params.get("SecurityGroups") or ()),
    )
    if there == asked:
        return None
    return f"A load balancer with the same name '{name}' exists, but with different settings"


def _subnets(call: Call) -> list[str]:
    mapped = [mapping.get("SubnetId", "") for mapping in call.params.get("SubnetMappings") or []]
    return [*(call.params.get("Subnets") or []), *mapped]


def _zones(call: Call) -> list[str] | None:
    """The zones of the subnets; None where a subnet does not exist, or the load balancer is no application's."""
    if call.params.get("Type", "application") != "application":
        return None
    known = {
        subnet.id: subnet.availability_zone
        for subnets in ec2_backends[ACCOUNT][call.region].subnets.values()
        for subnet in subnets.values()
    }
    named = _subnets(call)
    return [known[name] for name in named] if named and set(named) <= set(known) else None


@rule(
    "elbv2",
    *("CreateLoadBalancer", "SetSubnets"),
    code="ValidationError",
    source="https://github.com/kasmtech/terraform/issues/5",
    says="An application load balancer is in two zones at least.",
    quote="At least two subnets in two different Availability Zones must be specified",
)
def load_balancer_is_in_one_zone(call: Call) -> str | None:
    zones = _zones(call)
    if zones is None or len(set(zones)) > 1:
        return None
    return "At least two subnets in two different Availability Zones must be specified"


@rule(
    "elbv2",
    *("CreateLoadBalancer", "SetSubnets"),
    code="InvalidConfigurationRequest",
    source="https://github.com/robertdebock/terraform-aws-vault/issues/5",
    says="An application load balancer has one subnet a zone.",
    quote="A load balancer cannot be attached to multiple subnets in the same Availability Zone",
)
def load_balancer_has_two_subnets_in_a_zone(call: Call) -> str | None:
    zones = _zones(call)
    if zones is None or len(set(zones)) == len(zones):
        return None
    return "A load balancer cannot be attached to multiple subnets in the same Availability Zone"


# Target groups -------------------------------------------------------------------------------------------------------


@rule(
    "elbv2",
    *("CreateTargetGroup", "ModifyTargetGroup"),
    code="ValidationError",
    source=f"{_API}/API_Matcher.html",
    says="The statuses that count as healthy for an application load balancer are within a range.",
    quote="For Application Load Balancers, you can specify values between 200 and 499",
    worded=False,
)
def matcher_is_out_of_range(call: Call) -> str | None:
    codes = (call.params.get("Matcher") or {}).get("HttpCode")
    protocol = call.params.get("Protocol")
    if call.operation.name == "ModifyTargetGroup":
        group = _backend(call).target_groups.get(call.params["TargetGroupArn"])
        protocol = None if group is None else group.protocol
    if codes is None or protocol not in ("HTTP", "HTTPS"):
        return None
    for part in codes.split(","):
        ends = re.fullmatch(r"\s*(\d{3})(?:-(\d{3}))?\s*", part)
        # What is no number at all is moto's to refuse.
        if ends and not 200 <= int(ends[1]) <= int(ends[2] or ends[1]) <= 499:
            return f"Health check matcher HTTP code '{codes}' must be within '200-499' inclusive"
    return None


def target_group_named(backend: ELBv2Backend, name: str) -> FakeTargetGroup | None:
    for group in backend.target_groups.values():
        if group.name == name:
            return group
    return None


_SETTINGS = {
    "Protocol": "protocol",
    "Port": "port",
    "VpcId": "vpc_id",
    "TargetType": "target_type",
    "HealthCheckProtocol": "health_check_protocol",
    "HealthCheckPort": "health_check_port",
    "HealthCheckPath": "health_check_path",
    "HealthCheckIntervalSeconds": "health_check_interval_seconds",
    "HealthCheckTimeoutSeconds": "health_check_timeout_seconds",
    "HealthyThresholdCount": "healthy_threshold_count",
    "UnhealthyThresholdCount": "unhealthy_threshold_count",
    "Matcher": "matcher",
}
"""Parameter -> moto's attribute."""


_NEEDED = {"Protocol": "protocol", "Port": "port", "VpcId": "VPC ID"}


@rule(
    "elbv2",
    "CreateTargetGroup",
    code="ValidationError",
    source="https://github.com/awsdocs/aws-cloudformation-user-guide/pull/467",
    says="Targets that are no function have a protocol, a port and a VPC. Targets are instances, unless it is said.",
    quote="A protocol must be specified",
)
def target_group_is_incomplete(call: Call) -> str | None:
    missing = [words for name, words in _NEEDED.items() if not call.params.get(name)]
    whole = not missing or call.params.get("TargetType") == "lambda"
    return None if whole else f"A {missing[0]} must be specified"


@rule(
    "elbv2",
    "CreateTargetGroup",
    code="DuplicateTargetGroupName",
    source="https://github.com/fortinet/fortigate-terraform-deploy/issues/21",
    says="A name is used once a region. (With the same settings the one that is there is returned: the API reference.)",
    quote="A target group with the same name 'fgttarget' exists, but with different settings",
)
def target_group_name_is_taken(call: Call) -> str | None:
    name = call.params["Name"]
    group = target_group_named(_backend(call), name)
    if group is None:
        return None
    given = {key: call.params[key] for key in _SETTINGS if key in call.params}
    there = {key: getattr(group, _SETTINGS[key]) for key in given}
    if _texts(given) == _texts(there):
        return None
    return f"A target group with the same name '{name}' exists, but with different settings"
