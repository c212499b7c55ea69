"""Target groups: their names, and what counts as healthy."""

from __future__ import annotations

import re
from functools import partial

from moto.elbv2.models import ELBv2Backend, FakeTargetGroup

from sandbox.aws.model.request import Call
from sandbox.aws.rules.elbv2.found import backend_of, texts
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule


@rule(
    "elbv2",
    *("CreateTargetGroup", "ModifyTargetGroup"),
    code="ValidationError",
    source=tried("elbv2/pf-elbv2-tg-matcher-range-alb"),
    says="The statuses that count as healthy for an application load balancer are within a range.",
    quote="Health check matcher HTTP code '599' must be within '200-499' inclusive",
    coded=False,
)
def matcher_is_out_of_range(call: Call) -> str | None:
    codes = (call.params.get("Matcher") or {}).get("HttpCode")
    protocol = call.params.get("Protocol")
    if call.operation.name == "ModifyTargetGroup":
        group = backend_of(call).target_groups.get(call.params["TargetGroupArn"])
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
    group = target_group_named(backend_of(call), name)
    if group is None:
        return None
    given = {key: call.params[key] for key in _SETTINGS if key in call.params}
    there = {key: getattr(group, _SETTINGS[key]) for key in given}
    if texts(given) == texts(there):
        return None
    return f"A target group with the same name '{name}' exists, but with different settings"


# Health checks -------------------------------------------------------------------------------------------------------

_check = partial(rule, "elbv2", "CreateTargetGroup", "ModifyTargetGroup", code="ValidationError", coded=False)


def _there(call: Call) -> FakeTargetGroup | None:
    return backend_of(call).target_groups.get(call.params.get("TargetGroupArn"))


@rule(
    "elbv2",
    "ModifyTargetGroup",
    code="ValidationError",
    source=tried("elbv2/pf-elbv2-hc-timeout-interval"),
    says="A health check is over before the next. (moto sees to it for new target groups.)",
    quote="must be smaller than the interval",
    coded=False,
)
def health_check_outlasts_its_interval(call: Call) -> str | None:
    group = _there(call)
    if group is None:
        return None
    timeout = call.params.get("HealthCheckTimeoutSeconds") or group.health_check_timeout_seconds
    interval = call.params.get("HealthCheckIntervalSeconds") or group.health_check_interval_seconds
    if timeout is None or interval is None or int(timeout) < int(interval):
        return None
    return f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'"


@_check(
    source=tried("elbv2/pf-elbv2-tg-hc-port-format"),
    says="A health check is on a port, or on the one for traffic.",
    quote="must be within '1-65535' or 'traffic-port'",
)
def health_check_port_is_none(call: Call) -> str | None:
    port = call.params.get("HealthCheckPort")
    if port is None or port == "traffic-port" or (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        return None
    return f"Health check port '{port}' must be within '1-65535' or 'traffic-port'"


@_check(
    source=tried("elbv2/pf-elbv2-tg-hc-enabled-required"),
    says="Targets that are instances or addresses are always checked.",
    quote="Health check enabled must be true for target groups with target type",
)
def health_check_is_off(call: Call) -> str | None:
    group = _there(call)
    kind = call.params.get("TargetType") or (group.target_type if group else None) or "instance"
    if call.params.get("HealthCheckEnabled") is not False or kind not in ("instance", "ip"):
        return None
    return f"Health check enabled must be true for target groups with target type '{kind}'"


@rule(
    "elbv2",
    "CreateTargetGroup",
    code="ValidationError",
    source=tried("elbv2/pf-elbv2-tg-protocol-version-values"),
    says="Targets are spoken to in one of three versions of HTTP.",
    quote="must be one of '[HTTP2, HTTP1, GRPC]'",
    coded=False,
)
def protocol_version_is_unknown(call: Call) -> str | None:
    version = call.params.get("ProtocolVersion")
    # Terraform's provider sends an empty one for the default.
    if not version or version in ("HTTP1", "HTTP2", "GRPC"):
        return None
    return f"Target group protocol version '{version}' must be one of '[HTTP2, HTTP1, GRPC]'"
