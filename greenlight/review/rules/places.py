"""Where releases place tasks, as the release manifests say: zones that come and go. Pure."""

import json
from collections.abc import Iterable
from typing import Any

from greenlight.review.findings import Rank
from greenlight.review.rules.row import Case, Row, at, blocked, safe, traffic
from greenlight.review.world import World

IN_USE = (
    "Tasks, load balancer or endpoints hold it: the deletion hangs for many minutes and fails (DependencyViolation), "
    "and what depends on it is torn down meanwhile"
)


def manifest(case: Case) -> Row:
    """A release manifest that changes."""
    before, after = (_content(side) for side in (case.change.before, case.change.after))
    left, new = _without(_subnets(before), _subnets(after)), _without(_subnets(after), _subnets(before))
    if not _subnets(after) or not (left or new):  # what is made with this plan is not known yet
        return safe("The release CLI reads it anew with each command.")
    says = [f"no task is placed in {', '.join(left)} any more"] if left else []
    says += [f"tasks are placed in {', '.join(new)} too"] if new else []
    stay = " Tasks that run stay where they are." if left else ""
    return Row(
        Rank.NEXT_RELEASE,
        f"From the next release on {' and '.join(says)}.{stay}",
        "Release it:",
        releases=str(before.get("ecs_service") or ""),
    )


def subnet_goes(case: Case) -> Row:
    """A subnet that is deleted."""
    if _is_left(case.world, at(case.change.before, "id")):
        return traffic(
            "No release places tasks in it. A live version of before that change may: its tasks there lose their "
            "requests, and the deletion waits for them and for the hook's network interfaces, at most 20 minutes.",
            "`greenlight diff` of every service shows whether its live version still has the subnet: release it first.",
        )
    return blocked(
        f"{IN_USE}.",
        "Take it out of the load balancer and the services first, release, so that no task is left in it, then "
        "delete it.",
    )


def balancer_zones(case: Case) -> Row:
    """Other subnets of a load balancer."""
    gone = _without(at(case.change.before, "subnets") or (), at(case.change.after, "subnets") or ())
    if not gone:
        return safe("One more zone takes requests; none is left out.")
    if all(_is_left(case.world, subnet) for subnet in gone):
        return traffic(
            "No release places tasks in the zone that is left out; those that a live version of before that change may "
            "have there get no requests from now on.",
            "`greenlight diff` of every service shows whether its live version still has the subnet: release it first.",
        )
    return traffic(
        "A zone that is left out gets no requests from now on, and the tasks in it serve none; AWS refuses fewer than "
        "two zones.",
        "Have enough tasks in the zones that stay; release afterwards, so that tasks move.",
    )


def _is_left(world: World, subnet: Any) -> bool:
    """Whether the stack's releases place tasks, and not there."""
    used = [_subnets(content) for content in world.manifests]
    return bool(used) and all(found and subnet not in found for found in used)


def _content(side: Any) -> dict[str, Any]:
    try:
        content = json.loads(at(side, "insecure_value") or "")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _subnets(manifest: Any) -> list[str]:
    network = manifest.get("network")
    return list(network.get("subnets") or ()) if isinstance(network, dict) else []


def _without(some: Iterable[str], others: Iterable[str]) -> list[str]:
    return sorted(set(some) - set(others))
