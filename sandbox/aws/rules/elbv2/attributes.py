"""Attributes of load balancers and target groups: the keys that there are, and the values that they take."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from moto.core.utils import get_service_model

from sandbox.aws.model.request import Call
from sandbox.aws.rules.elbv2.found import backend_of
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

_balancer = partial(rule, "elbv2", "ModifyLoadBalancerAttributes", code="ValidationError", coded=False)
_group = partial(rule, "elbv2", "ModifyTargetGroupAttributes", code="ValidationError", coded=False)


def _documented(shape: str) -> frozenset[str]:
    """The keys that the model's text lists: its types know of strings only."""
    text: str = get_service_model("elbv2").shape_for(shape).members["Key"].documentation
    return frozenset(re.findall(r"<code>([a-z0-9_]+(?:\.[a-z0-9_]+)+)</code>", text))


OF_LOAD_BALANCERS = _documented("LoadBalancerAttribute")
OF_TARGET_GROUPS = _documented("TargetGroupAttribute")


def _given(call: Call) -> list[tuple[str, str]]:
    """Key and value, in order, as often as they are given."""
    return [(entry.get("Key", ""), entry.get("Value", "")) for entry in call.params["Attributes"]]


def _twice(call: Call) -> list[str]:
    keys = [key for key, _ in _given(call)]
    return [key for key in dict.fromkeys(keys) if keys.count(key) > 1]


def _not_boolean(call: Call) -> str | None:
    for key, value in _given(call):
        # A target group's has a third value: that of its load balancer.
        if key.endswith(".enabled") and key != "load_balancing.cross_zone.enabled" and value not in ("true", "false"):
            return f"The value of '{key}' must be 'true' or 'false', but was '{value}'"
    return None


def _number(value: str) -> int | None:
    return int(value) if re.fullmatch(r"-?[0-9]{1,18}", value) else None


# Load balancers ------------------------------------------------------------------------------------------------------


@_balancer(
    source=tried("elbv2/pf-elbv2-lb-attr-key-known"),
    says="A load balancer has the attributes that there are.",
    quote="is not recognized",
)
def load_balancer_attribute_is_unknown(call: Call) -> str | None:
    for key, _ in _given(call):
        if key not in OF_LOAD_BALANCERS:
            return f"Load balancer attribute key '{key}' is not recognized"
    return None


@_balancer(
    source=tried("elbv2/pf-elbv2-lb-attr-duplicate-key"),
    says="An attribute is given once.",
    quote="has been specified more than once",
)
def load_balancer_attribute_is_given_twice(call: Call) -> str | None:
    twice = _twice(call)
    return f"Attribute key '{twice[0]}' has been specified more than once" if twice else None


@_balancer(
    source=tried("elbv2/pf-elbv2-lb-attr-boolean-value"),
    says="What is on or off is true or false.",
    quote="must be 'true' or 'false', but was",
)
def load_balancer_attribute_is_not_boolean(call: Call) -> str | None:
    return _not_boolean(call)


def _idle(value: str) -> str | None:
    seconds = _number(value)
    if seconds is None or 1 <= seconds <= 4000:
        return None
    # AWS says characters, of seconds.
    bound = "less than 1" if seconds < 1 else "greater than 4000"
    return f"The value of 'idle_timeout.timeout_seconds' cannot be {bound} characters"


def _keep_alive(value: str) -> str | None:
    seconds = _number(value)
    if seconds is not None and 60 <= seconds <= 604800:
        return None
    return "The value of 'client_keep_alive.seconds' must be an integer between 60 and 604800"


def _desync(value: str) -> str | None:
    known = ("defensive", "monitor", "strictest")
    return None if value in known else f"'{value}' must be one of [{', '.join(known)}]"


def _forwarded_for(value: str) -> str | None:
    if value in ("preserve", "append", "remove"):
        return None
    return "'routing.http.xff_header_processing.mode' must be set as 'preserve', 'append', or 'remove'"


_VALUES: dict[str, tuple[str, str, str, Callable[[str], str | None]]] = {
    # rule -> attribute, where it was tried, what it says, the message
    "idle_timeout_is_out_of_range": (
        *("idle_timeout.timeout_seconds", "pf-elbv2-lb-idle-timeout-range"),
        *("A connection may be idle for 1 to 4,000 seconds.", _idle),
    ),
    "client_keep_alive_is_out_of_range": (
        *("client_keep_alive.seconds", "pf-elbv2-lb-attr-client-keep-alive-range"),
        *("A connection is kept for a minute to a week.", _keep_alive),
    ),
    "desync_mode_is_unknown": (
        *("routing.http.desync_mitigation_mode", "pf-elbv2-lb-attr-desync-mitigation-mode"),
        *("Requests that are ambiguous are treated in one of three ways.", _desync),
    ),
    "forwarded_for_mode_is_unknown": (
        *("routing.http.xff_header_processing.mode", "pf-elbv2-lb-attr-xff-header-processing-mode"),
        *("X-Forwarded-For is treated in one of three ways.", _forwarded_for),
    ),
}


def _value(name: str, key: str, tried_as: str, says: str, message: Callable[[str], str | None]) -> None:
    @_balancer(name=name, source=tried(f"elbv2/{tried_as}"), says=says, quote=message("") or message("0") or "")
    def check(call: Call) -> str | None:
        for given, value in _given(call):
            if given == key and (wrong := message(value)):
                return wrong
        return None


for _name, _entry in _VALUES.items():
    _value(_name, *_entry)


@_balancer(
    source=tried("elbv2/pf-elbv2-lb-attr-alb-cross-zone-immutable"),
    says="An application load balancer leads to all of its zones.",
    quote="The value for 'load_balancing.cross_zone.enabled' must always be 'true' for an Application Load Balancer",
)
def cross_zone_is_switched_off(call: Call) -> bool:
    balancer = backend_of(call).load_balancers.get(call.params["LoadBalancerArn"])
    application = balancer is not None and balancer.type in (None, "application")
    return application and ("load_balancing.cross_zone.enabled", "false") in _given(call)


@_balancer(
    source=tried("elbv2/pf-elbv2-lb-attr-access-logs-bucket-required"),
    says="Access logs are written to a bucket that is named.",
    # With AWS's grammar.
    quote="The key 'access_logs.s3.bucket' must set in order to enable access logs",
)
def access_logs_have_no_bucket(call: Call) -> bool:
    balancer = backend_of(call).load_balancers.get(call.params["LoadBalancerArn"])
    attributes = {**(balancer.attrs if balancer else {}), **dict(_given(call))}
    return attributes.get("access_logs.s3.enabled") == "true" and not attributes.get("access_logs.s3.bucket")


# Target groups -------------------------------------------------------------------------------------------------------


@_group(
    source=tried("elbv2/pf-elbv2-tg-attr-key-known"),
    says="A target group has the attributes that there are.",
    quote="is not recognized",
)
def target_group_attribute_is_unknown(call: Call) -> str | None:
    for key, _ in _given(call):
        if key not in OF_TARGET_GROUPS:
            return f"Target group attribute key '{key}' is not recognized"
    return None


@_group(
    source=tried("elbv2/pf-elbv2-tg-attr-duplicate-key"),
    says="An attribute is given once.",
    quote="Target group attribute keys must be unique: '[",
)
def target_group_attribute_is_given_twice(call: Call) -> str | None:
    twice = _twice(call)
    return f"Target group attribute keys must be unique: '[{', '.join(twice)}]'" if twice else None


@_group(
    source=tried("elbv2/pf-elbv2-tg-attr-boolean-value"),
    says="What is on or off is true or false.",
    quote="must be 'true' or 'false', but was",
)
def target_group_attribute_is_not_boolean(call: Call) -> str | None:
    return _not_boolean(call)


@_group(
    source=tried("elbv2/pf-elbv2-tg-attr-algorithm-type"),
    says="Targets are chosen in one of three ways.",
    quote="'Load balancer algorithm' must be one of [round_robin, weighted_random, least_outstanding_requests]",
)
def algorithm_is_unknown(call: Call) -> bool:
    known = ("round_robin", "weighted_random", "least_outstanding_requests")
    return any(key == "load_balancing.algorithm.type" and value not in known for key, value in _given(call))


_RANGES = {
    "slow_start.duration_seconds": (30, 900, "pf-elbv2-tg-slow-start-range"),
    "stickiness.lb_cookie.duration_seconds": (1, 604800, "pf-elbv2-tg-attr-lb-cookie-duration-range"),
}


def _range(key: str, least: int, most: int, tried_as: str) -> None:
    words = f"must be between '{least}-{most}' inclusive"

    @_group(
        name=f"{key.rpartition('.')[0].replace('.', '_')}_is_out_of_range",
        source=tried(f"elbv2/{tried_as}"),
        says="It lasts for a time within a range.",
        quote=words,
    )
    def check(call: Call) -> str | None:
        for given, value in _given(call):
            seconds = _number(value)
            # No seconds at all is how slow start is switched off.
            off = key.startswith("slow_start") and seconds == 0
            if given == key and not off and not (seconds is not None and least <= seconds <= most):
                return f"'{key}' value '{value}' {words}"
        return None


for _key, _bounds in _RANGES.items():
    _range(_key, *_bounds)
