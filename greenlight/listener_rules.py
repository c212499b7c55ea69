"""Which part of a listener's requests its rules send to the service's target groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenlight.aws import Aws
from greenlight.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Rule:
    priority: str  # as AWS gives it: a number, or `default`
    weights: dict[str, int]  # name of the target group -> its part of the rule's requests, in per cent


def read(aws: Aws, manifest: Manifest, listener: str) -> list[Rule]:
    """The rules, the default one included, that forward to one of the service's two target groups."""
    names = {group.arn: group.name for group in (manifest.load_balancer.blue, manifest.load_balancer.green)}
    rules = (
        Rule(priority=rule["Priority"], weights=weights(rule["Actions"], names)) for rule in of_listener(aws, listener)
    )
    return [rule for rule in rules if rule.weights.keys() & names.values()]


def of_listener(aws: Aws, listener: str) -> Iterator[Mapping[str, Any]]:
    """All of a listener's rules, the default one included, as AWS gives them."""
    more: dict[str, str] = {}
    while True:
        page = aws.call("elasticloadbalancing:DescribeRules", ListenerArn=listener, **more)
        yield from page["Rules"]
        if not page.get("NextMarker"):
            return
        more = {"Marker": page["NextMarker"]}


def together(rules: Sequence[Rule]) -> dict[str, int] | None:
    """What all of them say; empty where there is none, None where they differ."""
    shares = [{name: part for name, part in rule.weights.items() if part} for rule in rules]
    if any(share != shares[0] for share in shares):
        return None
    return rules[0].weights if rules else {}


def weights(actions: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, int]:
    """Target group -> its part in per cent. AWS has two ways to write down a single group."""
    for action in actions:
        if action.get("Type") != "forward":
            continue
        groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or [
            {"TargetGroupArn": action["TargetGroupArn"]}
        ]
        parts = {
            names.get(group["TargetGroupArn"], group["TargetGroupArn"]): group.get("Weight", 1) for group in groups
        }
        whole = sum(parts.values()) or 1
        return {name: round(100 * part / whole) for name, part in parts.items()}
    return {}
