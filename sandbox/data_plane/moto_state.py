"""Where the data plane reads moto: load balancers, target groups, APIs and VPC links as they are at this moment.

A request in flight must not wait for the lock that AWS calls hold, so these functions read without it. That is safe:
each takes one value at a time (``list(…)`` of a dictionary's values is atomic), and moto replaces a listener's actions
as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.apigatewayv2.models import apigatewayv2_backends
from moto.elbv2.models import elbv2_backends

from sandbox.aws import elbv2
from sandbox.network import ends
from sandbox.network.ends import Places
from sandbox.network.moto_state import unlocked


@dataclass(frozen=True)
class TargetGroup:
    arn: str
    in_use: bool
    """Whether a listener refers to it. Targets of other groups are not checked."""

    balancers: tuple[str, ...]
    """ARNs of the load balancers that check its targets."""

    vpc: str

    targets: tuple[tuple[str, int], ...]
    protocol: str
    path: str
    port: int | None
    """Where health checks go; None is the target's own port."""

    interval: float
    timeout: float
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str
    deregistration_delay: float


@dataclass(frozen=True)
class Rule:
    conditions: list[dict[str, Any]]
    actions: list[dict[str, Any]]


@dataclass(frozen=True)
class Listener:
    arn: str
    port: int
    protocol: str
    dns_name: str
    idle_timeout: float
    desync_mode: str
    """monitor, defensive or strictest."""

    drop_invalid_headers: bool
    preserve_host: bool
    forwarded_for: str
    """What becomes of X-Forwarded-For: append, preserve or remove."""

    rules: list[Rule]
    """By priority; the default rule is last."""

    vpc: str
    nodes: Places
    """Where the load balancer is: one in each of its subnets."""


def target_groups() -> list[TargetGroup]:
    """All of them, with what their health checks need. The only function here that is called with the lock held."""
    groups = []
    for regions in list(elbv2_backends.values()):
        for backend in list(regions.values()):
            # Once for all of them: this is asked several times a second, and no call is answered meanwhile.
            forwarding = elbv2.forwarding(backend)
            groups += [
                _target_group(group, tuple(forwarding.get(group.arn, ())))
                for group in list(backend.target_groups.values())
            ]
    return groups


def _target_group(group: Any, balancers: tuple[str, ...]) -> TargetGroup:
    port = group.health_check_port
    return TargetGroup(
        arn=group.arn,
        in_use=bool(balancers),
        balancers=balancers,
        vpc=group.vpc_id or "",
        targets=tuple((target["Id"], int(target["Port"])) for target in list(group.targets.values())),
        protocol=str(group.health_check_protocol or "HTTP"),
        path=group.health_check_path or "/",
        port=None if port in (None, "traffic-port") else int(port),
        interval=float(group.health_check_interval_seconds),
        timeout=float(group.health_check_timeout_seconds),
        healthy_threshold=int(group.healthy_threshold_count),
        unhealthy_threshold=int(group.unhealthy_threshold_count),
        matcher=(getattr(group, "matcher", None) or {}).get("HttpCode") or "200",
        deregistration_delay=float(group.attributes["deregistration_delay.timeout_seconds"]),
    )


def forward_groups(action: dict[str, Any]) -> list[tuple[str, int]]:
    """Target groups of a forward action, with their weights."""
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    if groups:
        return [(group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups]
    return [(action["TargetGroupArn"], 1)] if action.get("TargetGroupArn") else []


def registered(arn: str) -> list[tuple[str, int]]:
    """The targets of a group that may get new requests; a deregistered one is not among them."""
    group = _find_group(arn)
    return [] if group is None else [(target["Id"], int(target["Port"])) for target in list(group.targets.values())]


def speaks_http(arn: str) -> bool:
    """Whether requests to the group's targets are plain HTTP/1.1."""
    group = _find_group(arn)
    return group is None or (group.protocol == "HTTP" and group.protocol_version in (None, "HTTP1"))


def deregistration_delay(arn: str) -> float:
    group = _find_group(arn)
    return 0.0 if group is None else float(group.attributes["deregistration_delay.timeout_seconds"])


def _find_group(arn: str) -> Any:
    # arn:aws:elasticloadbalancing:region:account:targetgroup/…
    return unlocked(elbv2_backends, arn.split(":")[3]).target_groups.get(arn)


def listener(arn: str) -> Listener | None:
    for backend in _balancer_backends():
        for balancer in list(backend.load_balancers.values()):
            found = balancer.listeners.get(arn)
            if found is not None:
                return _listener(balancer, found)
    return None


def listener_at(dns_name: str, port: int) -> Listener | None:
    """The listener that a client inside the VPC reaches by name; LookupError when no load balancer has that name."""
    for backend in _balancer_backends():
        for balancer in list(backend.load_balancers.values()):
            if balancer.dns_name.lower() == dns_name.lower():
                for found in list(balancer.listeners.values()):
                    if int(found.port) == port:
                        return _listener(balancer, found)
                return None
    raise LookupError(dns_name)


def _balancer_backends() -> list[Any]:
    return [backend for regions in list(elbv2_backends.values()) for backend in list(regions.values())]


def _listener(balancer: Any, found: Any) -> Listener:
    rules = sorted(
        found.rules.values(), key=lambda rule: float("inf") if rule.priority == "default" else int(rule.priority)
    )
    attributes = balancer.attrs
    return Listener(
        arn=found.arn,
        port=int(found.port),
        protocol=found.protocol,
        dns_name=balancer.dns_name,
        idle_timeout=float(attributes.get("idle_timeout.timeout_seconds", 60)),
        desync_mode=attributes.get("routing.http.desync_mitigation_mode", "defensive"),
        drop_invalid_headers=attributes.get("routing.http.drop_invalid_header_fields.enabled") == "true",
        preserve_host=attributes.get("routing.http.preserve_host_header.enabled") == "true",
        forwarded_for=attributes.get("routing.http.xff_header_processing.mode", "append"),
        rules=[Rule(list(rule.conditions or []), [action.data for action in rule.actions]) for rule in rules],
        vpc=balancer.vpc_id,
        nodes=ends.balancer(balancer),
    )


@dataclass(frozen=True)
class Api:
    """An HTTP API. Routes, integrations and stages are moto's own objects."""

    id: str
    region: str
    cors: Any
    routes: list[Any]
    integrations: dict[str, Any]
    stages: dict[str, Any]


def api(api_id: str) -> Api | None:
    for regions in list(apigatewayv2_backends.values()):
        for region, backend in list(regions.items()):
            found = backend.apis.get(api_id)
            if found is not None and found.protocol_type == "HTTP":
                return Api(
                    id=api_id,
                    region=region,
                    cors=found.cors_configuration,
                    routes=list(found.routes.values()),
                    integrations=dict(found.integrations),
                    stages=dict(found.stages),
                )
    return None
