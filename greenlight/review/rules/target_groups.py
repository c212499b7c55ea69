"""Target groups: where tasks are registered and judged. Pure."""

from collections.abc import Mapping
from typing import Any

from greenlight.review.plan import Action
from greenlight.review.rules.row import Case, Kind, Row, at, blocked, each, refused, release, safe, traffic


def _group_goes(case: Case) -> Row:
    """A listener that forwards to it holds it, though it may be a no-op in the plan."""
    name = (case.change.before or {}).get("name", "the target group")
    holders = case.world.listens_on(case.change)
    made_first = case.change.actions == ("create", "delete")
    instead = (
        "Take the change back. Two steps to another group: make a second service or group beside it and move the "
        "traffic there; then take this one away."
    )
    if made_first and at(case.change.after, "name") == name:
        return refused(
            f"The new group is to be made first and has the same name, {name}: AWS refuses it "
            "(DuplicateTargetGroupName), and the rest of the apply is left undone. Traffic stays where it is.",
            instead,
        )
    if made_first and holders and all(one.action is Action.UPDATE for one in holders):
        return traffic(
            f"The listeners move to a new group that is empty until tasks are registered in it: requests are answered "
            f"503 meanwhile. {name} goes afterwards.",
            "Make the new group beside the old one, register tasks in it, then move the listeners.",
        )
    if holders:
        said = ", ".join(one.address for one in holders)
        return refused(
            f"AWS refuses to delete {name} (ResourceInUse) because {said} still forwards to it; Terraform tries for "
            "minutes, then the apply ends half-way and the rest is left undone. Traffic stays where it is.",
            instead,
        )
    if made_first and case.world.pair_of(case.change):
        return blocked(
            "A new, empty group comes first, CodeDeploy is told of it and no listener knows it: the next release "
            "fails.",
            instead,
        )
    pair = case.world.pair_of(case.change)
    if case.change.action is Action.REPLACE and pair and case.world.shows_production(pair):
        return release(
            f"{name} is the idle one of the two groups that CodeDeploy moves traffic between: until it is there again, "
            "and the deployment group knows it, no release is possible.",
            instead,
        )
    if case.change.action is Action.REPLACE and pair:
        return blocked(
            f"{name} is one of the two groups that CodeDeploy moves traffic between: until it is there again no "
            "release is possible, and if it is the live one, every request is answered 503.",
            instead,
        )
    if case.change.action is Action.REPLACE:
        return blocked(
            f"{name} is deleted with all that is registered in it: whatever forwards to it answers 503 until the new "
            "group has healthy targets.",
            "Make the new group beside the old one, under another name, and move the traffic before the old one goes.",
        )
    return traffic(f"{name} goes; no listener of this plan forwards to it.", "Check that no other stack's does.")


# Requests through API Gateway end within 30 seconds, and few others take longer.
_LONG_SECONDS = 30


def _delay(case: Case) -> Row:
    before, after = (float(at(side, "deregistration_delay") or 0) for side in (case.change.before, case.change.after))
    if after > before:
        return safe("Old tasks have longer to finish their requests.")
    if after >= _LONG_SECONDS:
        return safe(f"Old tasks still have {after:g} seconds to finish their requests.")
    return traffic(
        f"Old tasks have {after:g} seconds to finish their requests, {before:g} before: what takes longer is cut off.",
        "Compare it with the slowest requests.",
    )


def _block(blocks: Any) -> Mapping[str, Any]:
    found = blocks[0] if isinstance(blocks, list) and blocks else blocks
    return found if isinstance(found, Mapping) else {}


def _takes_more(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether only the answers that count as healthy change, and all that did still do."""
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    return changed == {"matcher"} and _codes(old["matcher"]) <= _codes(new["matcher"])


def _codes(matcher: Any) -> set[int]:
    """`200,301-399` -> each of them."""
    found: set[int] = set()
    for part in str(matcher or "").split(","):
        first, _, last = part.partition("-")
        if first.isdigit() and (last or first).isdigit():
            found |= set(range(int(first), int(last or first) + 1))
    return found


def _health_check(case: Case) -> Row:
    old, new = (_block(at(side, "health_check")) for side in (case.change.before, case.change.after))
    interval, timeout, threshold = (new.get(key) for key in ("interval", "timeout", "unhealthy_threshold"))
    if interval and timeout and timeout >= interval:
        return refused(
            f"AWS refuses a health check whose timeout, {timeout} seconds, is not smaller than its interval, "
            f"{interval}: the apply ends there.",
            "Make the timeout smaller.",
        )
    if _takes_more(old, new):
        return safe("The health check takes more answers than before.")
    within = (
        f"within {interval * threshold} seconds"
        if interval and threshold
        else "within its interval times its threshold"
    )
    return traffic(
        f"The tasks that run now are judged by the new health check {within}: if the live version does not pass it, "
        "they are taken out and replaced again and again.",
        "First release a version that passes both the old check and the new one; then change the check.",
    )


_GROUP = Kind(
    what="the target group",
    replaced=_group_goes,
    deleted=_group_goes,
    arguments={
        "health_check": _health_check,
        "deregistration_delay": _delay,
        **each(
            "slow_start stickiness load_balancing_algorithm_type connection_termination "
            "load_balancing_anomaly_mitigation load_balancing_cross_zone_enabled",
            traffic("How requests are spread over tasks changes now."),
        ),
        **each(
            "preserve_client_ip proxy_protocol_v2 target_failover target_group_health target_health_state "
            "lambda_multi_value_headers_enabled",
            traffic("What the targets see of a request, or when the load balancer gives up on them, changes now."),
        ),
    },
)
_REGISTRATION = Kind(
    what="the target's registration",
    replaced=traffic("The target is taken out and put in again: it serves nothing until it is healthy."),
    deleted=traffic("The target gets no requests any longer.", "Check that others are healthy in its group."),
)

KINDS: dict[str, Kind] = {
    "aws_lb_target_group": _GROUP,
    "aws_alb_target_group": _GROUP,
    "aws_lb_target_group_attachment": _REGISTRATION,
    "aws_alb_target_group_attachment": _REGISTRATION,
}
