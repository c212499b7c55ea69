"""When a listener's rule applies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from ipaddress import ip_network
from typing import Any

from sandbox.aws.model.request import Call
from sandbox.aws.rules.elbv2.found import backend_of
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

_API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference"

MOST_VALUES = 5

_rule = partial(rule, "elbv2", "CreateRule", "ModifyRule", code="ValidationError", coded=False)

_CONFIG = {
    "host-header": "HostHeaderConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "path-pattern": "PathPatternConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
_ONCE = ("host-header", "http-request-method", "path-pattern", "source-ip")


def _conditions(call: Call) -> list[dict[str, Any]]:
    return call.params.get("Conditions") or []


def _values(condition: dict[str, Any]) -> list[Any]:
    """Everything that the condition may match, patterns included."""
    configs = [condition.get(name) or {} for name in _CONFIG.values()]
    given = [condition, *configs]
    return [value for part in given for name in ("Values", "RegexValues") for value in part.get(name) or []]


def _configured(call: Call, field: str) -> Iterator[dict[str, Any]]:
    for condition in _conditions(call):
        if condition.get("Field") == field and condition.get(_CONFIG[field]):
            yield condition[_CONFIG[field]]


@rule(
    "elbv2",
    "CreateRule",
    code="ValidationError",
    source=tried("elbv2/pf-elbv2-rule-conditions-required"),
    says="A rule has a condition.",
    quote="A condition must be specified",
    coded=False,
)
def rule_has_no_condition(call: Call) -> bool:
    return not _conditions(call)


@_rule(
    source=tried("elbv2/pf-elbv2-rule-condition-duplicate-field"),
    says="A rule looks at most parts of a request once.",
    quote="A rule can only have one '",
)
def condition_is_given_twice(call: Call) -> str | None:
    fields = [condition.get("Field") for condition in _conditions(call)]
    twice = [field for field in _ONCE if fields.count(field) > 1]
    return f"A rule can only have one '{twice[0]}' condition" if twice else None


@_rule(
    source=tried("elbv2/pf-elbv2-rule-condition-values-max"),
    says="A rule matches five values at most, those of all its conditions together.",
    quote="A rule can only have '5' condition values and regex values",
)
def rule_has_too_many_values(call: Call) -> bool:
    return sum(len(_values(condition)) for condition in _conditions(call)) > MOST_VALUES


@_rule(
    source=tried("elbv2/pf-elbv2-rule-http-header-not-host"),
    says="The host is no header here: it has a condition of its own.",
    quote="You cannot specify 'host' as an HTTP header name",
)
def condition_is_on_the_host_header(call: Call) -> bool:
    return any(str(config.get("HttpHeaderName", "")).lower() == "host" for config in _configured(call, "http-header"))


@_rule(
    source=tried("elbv2/pf-elbv2-rule-source-ip-cidr"),
    says="Where a request is from is told by a range of addresses.",
    quote="is not a valid CIDR block",
)
def condition_is_on_no_range(call: Call) -> str | None:
    for config in _configured(call, "source-ip"):
        for value in config.get("Values") or []:
            if not _is_range(value):
                return f"The specified value '{value}' is not a valid CIDR block"
    return None


def _is_range(value: str) -> bool:
    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return "/" in value


# Rules that are there ------------------------------------------------------------------------------------------------


@rule(
    "elbv2",
    "DeleteRule",
    code="OperationNotPermitted",
    source=f"{_API}/API_DeleteRule.html",
    says="A listener's default rule stays as long as the listener.",
    quote="You can't delete the default rule.",
    worded=False,
)
def default_rule_stays(call: Call) -> str | None:
    arn = call.params["RuleArn"]
    listeners = [
        listener for balancer in backend_of(call).load_balancers.values() for listener in balancer.listeners.values()
    ]
    default = any(entry.is_default and entry.arn == arn for found in listeners for entry in found.rules.values())
    return f"Default rule '{arn}' cannot be deleted" if default else None


@rule(
    "elbv2",
    "DescribeRules",
    code="ValidationError",
    source=f"{_API}/API_DescribeRules.html",
    says="Rules are asked for by their own ARNs, or by their listener's.",
    quote="You must specify either a listener or rules.",
    worded=False,
)
def neither_listener_nor_rules(call: Call) -> str | None:
    named = call.params.get("ListenerArn") or call.params.get("RuleArns")
    return None if named else "You must specify either listener ARNs or rule ARNs"
