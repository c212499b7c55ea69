"""What listeners and rules do with a request: forward it, redirect it, or answer it themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from sandbox.aws.model.request import Call
from sandbox.aws.rules.elbv2.found import actions_of, targets_of
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

MOST_GROUPS = 5
MOST_WEIGHT = 999

_action = partial(
    rule,
    "elbv2",
    *("CreateListener", "ModifyListener", "CreateRule", "ModifyRule"),
    code="ValidationError",
    coded=False,
)

_CONFIG = {"fixed-response": "FixedResponseConfig", "redirect": "RedirectConfig"}


@_action(
    source=tried("elbv2/pf-elbv2-listener-action-config-type-match"),
    says="An action has what it needs.",
    quote="For actions of type '",
)
def action_has_no_configuration(call: Call) -> str | None:
    for action in actions_of(call):
        needed = _CONFIG.get(action["Type"])
        if needed and not action.get(needed):
            return f"For actions of type '{action['Type']}', you must specify the following fields: '{needed}'"
    return None


@_action(
    source=tried("elbv2/pf-elbv2-rule-actions-exactly-one-routing"),
    says="A request goes one way.",
    quote="cannot be specified together",
)
def actions_exclude_each_other(call: Call) -> str | None:
    ways = [action["Type"] for action in actions_of(call) if action["Type"] in ("forward", *_CONFIG)]
    return f"Action types '{','.join(ways)}' cannot be specified together" if len(set(ways)) > 1 else None


@_action(
    source=tried("elbv2/pf-elbv2-listener-action-order-required"),
    says="Several actions have an order.",
    quote="When you specify multiple actions, you must specify an order for each action",
)
def actions_have_no_order(call: Call) -> bool:
    actions = actions_of(call)
    return len(actions) > 1 and any(action.get("Order") is None for action in actions)


# Forwarding ----------------------------------------------------------------------------------------------------------


def _forwards(call: Call) -> Iterator[dict[str, Any]]:
    for action in actions_of(call):
        if action.get("ForwardConfig"):
            yield action


@_action(
    source=tried("elbv2/pf-elbv2-action-forward-tg-count-max"),
    says="A request is forwarded to one of five target groups at most.",
    quote="You cannot specify more than 5 target groups per action",
)
def forward_has_too_many_groups(call: Call) -> bool:
    return any(len(action["ForwardConfig"].get("TargetGroups") or []) > MOST_GROUPS for action in _forwards(call))


@_action(
    source=tried("elbv2/pf-elbv2-action-forward-tgarn-conflict"),
    says="A target group that is named twice is the same.",
    quote="You can specify both a target group list and a top-level target group ARN only if the ARNs match",
)
def forward_names_two_groups(call: Call) -> bool:
    return any(
        action.get("TargetGroupArn") and set(targets_of(action)) not in ({action["TargetGroupArn"]}, set())
        for action in _forwards(call)
    )


@_action(
    source=tried("elbv2/pf-elbv2-action-forward-weight-required-multi"),
    says="Each of several target groups has a weight, from 0 to 999.",
    quote="The weight for each target group must be between 0 and 999, inclusive",
)
def forward_weight_is_missing_or_out_of_range(call: Call) -> bool:
    for action in _forwards(call):
        groups = action["ForwardConfig"].get("TargetGroups") or []
        weights = [group.get("Weight") for group in groups]
        if len(groups) > 1 and any(weight is None or not 0 <= weight <= MOST_WEIGHT for weight in weights):
            return True
    return False


@_action(
    source=tried("elbv2/pf-elbv2-action-forward-weight-range"),
    says="The weight of a single target group is 999 at most. (Whether 0 is refused, as the words say, is not tried.)",
    quote="The weight for the target group must be between 1 and 999, inclusive",
)
def forward_weight_is_out_of_range(call: Call) -> bool:
    for action in _forwards(call):
        groups = action["ForwardConfig"].get("TargetGroups") or []
        weight = groups[0].get("Weight") if len(groups) == 1 else None
        if weight is not None and not 0 <= weight <= MOST_WEIGHT:
            return True
    return False


def _stickiness(call: Call) -> Iterator[dict[str, Any]]:
    for action in _forwards(call):
        config = action["ForwardConfig"].get("TargetGroupStickinessConfig")
        if config and config.get("Enabled"):
            yield config


@_action(
    source=tried("elbv2/pf-elbv2-action-forward-stickiness-duration-required"),
    says="Stickiness lasts for a time that is given.",
    quote="You must provide a duration when enabling target group stickiness",
)
def stickiness_has_no_duration(call: Call) -> bool:
    return any(config.get("DurationSeconds") is None for config in _stickiness(call))


@_action(
    source=tried("elbv2/pf-elbv2-action-forward-stickiness-duration-range"),
    says="Stickiness lasts for a week at most.",
    quote="Target group stickiness duration must be between 1 and 604800 seconds",
)
def stickiness_duration_is_out_of_range(call: Call) -> bool:
    seconds = [config["DurationSeconds"] for config in _stickiness(call) if config.get("DurationSeconds") is not None]
    return any(not 1 <= value <= 604800 for value in seconds)


# Redirecting ---------------------------------------------------------------------------------------------------------

_UNCHANGED = {"Protocol": "#{protocol}", "Port": "#{port}", "Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}


def _redirects(call: Call) -> list[dict[str, Any]]:
    return [action["RedirectConfig"] for action in actions_of(call) if action.get("RedirectConfig")]


@_action(
    source=tried("elbv2/pf-elbv2-action-redirect-no-change"),
    says="A redirect leads elsewhere.",
    quote="The redirect configuration is not valid because it creates a loop.",
)
def redirect_is_a_loop(call: Call) -> bool:
    return any(all(config.get(part, same) == same for part, same in _UNCHANGED.items()) for config in _redirects(call))


@_action(
    source=tried("elbv2/pf-elbv2-action-redirect-port-value"),
    says="A redirect leads to a port, or to that of the request.",
    quote="The Port parameter must be either an integer between 1 and 65535 or '#{port}'.",
)
def redirect_port_is_none(call: Call) -> bool:
    ports = [config.get("Port") for config in _redirects(call)]
    return any(
        port is not None and port != "#{port}" and not (re.fullmatch("[0-9]{1,5}", port) and 1 <= int(port) <= 65535)
        for port in ports
    )


@_action(
    source=tried("elbv2/pf-elbv2-action-redirect-path-leading-slash"),
    says="A redirect leads to an absolute path.",
    quote="The Path parameter must be a valid path, should start with a '/', and may contain up to one of each of "
    "these placeholders: '#{path}', '#{host}', '#{port}'.",
)
def redirect_path_is_not_absolute(call: Call) -> bool:
    return any(not config.get("Path", "/").startswith("/") for config in _redirects(call))
