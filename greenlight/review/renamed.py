"""What Terraform takes for two resources, because its address has changed and no `moved` block says so. Pure."""

from collections.abc import Mapping
from typing import Any

from greenlight.review.plan import Action, Plan


def renamed(plan: Plan) -> dict[str, str]:
    """Address that is deleted -> address at which the same thing is made."""
    found: dict[str, str] = {}
    made = [one for one in plan.changes if one.managed and one.action is Action.CREATE]
    for gone in plan.changes:
        if not gone.managed or gone.action is not Action.DELETE or gone.deposed is not None:
            continue
        same = [one for one in made if one.type == gone.type and _is_same(gone.before, one.after)]
        if len(same) == 1 and same[0].address not in found.values():
            found[gone.address] = same[0].address
    return found


def _is_same(before: Any, after: Any) -> bool:
    """Everything that is configured for the new one is true of the old one, and there is something to tell it by."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return False
    known = {
        key: value for key, value in after.items() if value not in (None, "", [], {}) and not key.startswith("tags")
    }
    telling = [value for value in known.values() if isinstance(value, str)]
    return bool(telling) and all(_holds(before.get(key), value) for key, value in known.items())


def _holds(old: Any, new: Any) -> bool:
    """Unknown parts of the new value are missing from it."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return all(value is None or _holds(old.get(key), value) for key, value in new.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_holds(one, other) for one, other in zip(old, new, strict=True))
    return bool(old == new)
