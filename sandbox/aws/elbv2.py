"""Elastic Load Balancing: target health comes from real health checks, which the data plane makes.

**Seam with the health checker**, which holds no lock: it writes `target_health` for each registered target, in one
piece, and removes what is gone; DescribeTargetHealth reads it. A registered target without an entry is ``initial``; one
of a group that no listener forwards to is ``unused``; a deregistered one is ``draining`` until the group's
deregistration delay is over, whatever the registry says. moto alone calls every target healthy at once, so a broken
release could never be seen to fail.

``group.targets`` of moto's ``FakeTargetGroup`` is keyed by ``id:port`` here; its values are ``{"Id": …, "Port": int}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any

from moto.elbv2.models import (
    AvailabilityZone,
    ELBv2Backend,
    FakeAction,
    FakeHealthStatus,
    FakeListener,
    FakeListenerRule,
    FakeLoadBalancer,
    FakeTargetGroup,
    elbv2_backends,
)

from sandbox.aws import context
from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import replace_value, replaces
from sandbox.aws.rules.elbv2 import attributes, listener_on, load_balancer_named, target_group_named


@dataclass(frozen=True)
class TargetHealth:
    """One target's state as ``describe-target-health`` shows it."""

    state: str
    """initial, healthy, unhealthy, unused, draining or unavailable."""

    reason: str | None = None
    """AWS's code, such as ``Target.ResponseCodeMismatch``; None when healthy."""

    description: str | None = None


target_health: dict[tuple[str, str, int], TargetHealth] = {}
"""(target group ARN, target id, port) -> health."""

INITIAL = TargetHealth("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
DRAINING = TargetHealth("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
NOT_IN_USE = TargetHealth(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
NOT_REGISTERED = TargetHealth("unused", "Target.NotRegistered", "Target is not registered to the target group")

# moto's own set lacks some.
replace_value(FakeLoadBalancer, "VALID_ATTRS", attributes.OF_LOAD_BALANCERS)


def _key(group: FakeTargetGroup, target: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    given = target.get("Port") or group.port
    if given is None:
        raise NotModelled("functions as targets of a load balancer")
    port = int(given)
    return f"{target['Id']}:{port}", {"Id": target["Id"], "Port": port}


@replaces(FakeTargetGroup)
def register(self: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
    """moto knows a target by its address alone, so a second port would replace the first."""
    for target in targets:
        key, entry = _key(self, target)
        self.targets[key] = entry
        self.deregistered_targets.pop(key, None)


@replaces(FakeTargetGroup)
def deregister(self: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
    """A target that is not there is no error, as in AWS."""
    for target in targets:
        key, _ = _key(self, target)
        entry = self.targets.pop(key, None)
        if entry is not None:
            self.deregistered_targets[key] = {**entry, "at": monotonic()}


def draining(group: FakeTargetGroup) -> dict[str, dict[str, Any]]:
    """Deregistered targets whose deregistration delay is not over."""
    delay = float(group.attributes["deregistration_delay.timeout_seconds"]) / context.settings.time_scale
    for key, entry in list(group.deregistered_targets.items()):
        if monotonic() - entry["at"] >= delay:
            del group.deregistered_targets[key]
            target_health.pop((group.arn, entry["Id"], entry["Port"]), None)
    still: dict[str, dict[str, Any]] = group.deregistered_targets
    return still


@replaces(ELBv2Backend)
def describe_target_health(
    self: ELBv2Backend, target_group_arn: str, targets: list[dict[str, Any]]
) -> list[FakeHealthStatus]:
    (group,) = self.describe_target_groups(None, [target_group_arn], [])
    gone = draining(group)
    asked = [_key(group, target) for target in targets] if targets else [*group.targets.items(), *gone.items()]
    answer = []
    for key, entry in asked:
        if key in group.targets:
            health = target_health.get((group.arn, entry["Id"], entry["Port"]), INITIAL)
            if not group.load_balancer_arns:
                health = NOT_IN_USE
        else:
            health = DRAINING if key in gone else NOT_REGISTERED
        port = str(entry["Port"]) if group.health_check_port == "traffic-port" else group.health_check_port
        answer.append(
            FakeHealthStatus(entry["Id"], entry["Port"], port, health.state, health.reason, health.description)
        )
    return answer


def forwarding(backend: ELBv2Backend) -> dict[str, list[str]]:
    """ARN of a target group -> ARNs of the load balancers that forward to it now."""
    found: dict[str, list[str]] = {}
    for balancer in backend.load_balancers.values():
        named: dict[str, None] = {}
        for listener in balancer.listeners.values():
            actions = [action for rule in listener.rules.values() for action in rule.actions]
            # A listener's own list is what ModifyListener changes.
            actions += listener.default_actions
            for action in actions:
                named |= dict.fromkeys(backend._get_target_group_arns_from(action_data=action.data))
        for arn in named:
            found.setdefault(arn, []).append(balancer.arn)
    return found


def _load_balancer_arns(self: FakeTargetGroup) -> list[str]:
    """moto adds one at each mention and never takes one away."""
    return forwarding(elbv2_backends[self.account_id][self.region_name]).get(self.arn, [])


def _assigned(_group: FakeTargetGroup, _arns: list[str]) -> None:
    """moto's constructor sets the list, which is computed here."""


replace_value(FakeTargetGroup, "load_balancer_arns", property(_load_balancer_arns, _assigned))


@replaces(FakeAction, "__init__")
def _init_action(self: FakeAction, data: dict[str, Any]) -> None:
    """One target group is answered in both ways, whichever it was given in; moto answers as it was asked."""
    if data.get("Type") == "forward":
        groups = (data.get("ForwardConfig") or {}).get("TargetGroups") or []
        if not groups and "TargetGroupArn" in data:
            groups = [{"TargetGroupArn": data["TargetGroupArn"], "Weight": 1}]
            data = {**data, "ForwardConfig": {**(data.get("ForwardConfig") or {}), "TargetGroups": groups}}
        elif len(groups) == 1:
            data = {**data, "TargetGroupArn": groups[0]["TargetGroupArn"]}
    _init_action.moto(self, data)


_PATTERNS = {"host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig"}


def _told(condition: dict[str, Any]) -> dict[str, Any]:
    """Hosts and paths are answered in both ways, too: https://github.com/boto/boto3/issues/3536."""
    key = _PATTERNS.get(condition.get("Field", ""), "")
    config = condition.get(key) or {}
    values = condition.get("Values") or config.get("Values")
    return {**condition, "Values": values, key: {**config, "Values": values}} if key and values else condition


def _conditions(self: FakeListenerRule) -> list[dict[str, Any]]:
    return [_told(condition) for condition in self.__dict__["_given"]]


def _set_conditions(self: FakeListenerRule, conditions: list[dict[str, Any]]) -> None:
    self.__dict__["_given"] = conditions


replace_value(FakeListenerRule, "conditions", property(_conditions, _set_conditions))


_BALANCER_DEFAULTS = {
    "access_logs.s3.enabled": "false",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.prefix": "",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
"""An application load balancer's attributes, of which moto has few (API reference, LoadBalancerAttribute)."""

_GROUP_DEFAULTS = {
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.lb_cookie.duration_seconds": "86400",
}
"""Those of its target groups that moto lacks (API reference, TargetGroupAttribute)."""


@replaces(ELBv2Backend)
def create_load_balancer(self: ELBv2Backend, name: str, *args: Any, **kwargs: Any) -> FakeLoadBalancer:
    """Asked for again, it is the one that is there: one of other settings has been refused before."""
    there = load_balancer_named(self, name)
    if there is not None:
        return there
    made = create_load_balancer.moto(self, name, *args, **kwargs)
    if made.type != "gateway":
        made.scheme = made.scheme or "internet-facing"
    if made.type == "application":
        made.attrs.update(_BALANCER_DEFAULTS)
    return made


@replaces(ELBv2Backend)
def set_subnets(
    self: ELBv2Backend, arn: str, subnets: list[str], subnet_mappings: list[dict[str, Any]]
) -> list[AvailabilityZone]:
    """moto wants two zones of any load balancer: AWS of an application's, whose have been counted before."""
    balancer = self.load_balancers.get(arn)
    names = [*subnets, *(mapping["SubnetId"] for mapping in subnet_mappings)]
    if balancer is None or balancer.type == "application" or not names:
        return list(set_subnets.moto(self, arn, subnets, subnet_mappings))
    balancer.subnets = [self.ec2_backend.get_subnet(name) for name in names]
    return [AvailabilityZone(subnet) for subnet in balancer.subnets]


@replaces(ELBv2Backend)
def create_listener(
    self: ELBv2Backend, load_balancer_arn: str, protocol: str, port: Any, *args: Any, **kwargs: Any
) -> FakeListener:
    """Asked for again, it is the one that is there: one of other settings has been refused before."""
    balancer = self.load_balancers.get(load_balancer_arn)
    there = listener_on(balancer, port) if balancer and balancer.type in (None, "application") else None
    return there or create_listener.moto(self, load_balancer_arn, protocol, port, *args, **kwargs)


@replaces(ELBv2Backend)
def create_target_group(self: ELBv2Backend, name: str, **kwargs: Any) -> FakeTargetGroup:
    """Asked for again, it is the one that is there: one of other settings has been refused before."""
    there = target_group_named(self, name)
    if there is not None:
        return there
    made = create_target_group.moto(self, name, **kwargs)
    if made.protocol in ("HTTP", "HTTPS"):
        made.attributes.update(_GROUP_DEFAULTS)
    return made


@replaces(ELBv2Backend)
def delete_target_group(self: ELBv2Backend, target_group_arn: str) -> None:
    delete_target_group.moto(self, target_group_arn)
    # A copy, as the health checker goes on meanwhile.
    for key in list(target_health):
        if key[0] == target_group_arn:
            target_health.pop(key, None)
