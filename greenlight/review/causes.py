"""Why something is replaced: the one change at the root, and what follows from it. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from greenlight.review.differences import origins
from greenlight.review.findings import Difference
from greenlight.review.plan import Action, Change, Path, Plan

GONE = "deleted_outside_of_terraform"  # our own: what is made anew because somebody deleted it

_REASONS = {
    GONE: "somebody deleted it outside of Terraform, which makes it anew",
    "replace_because_tainted": "an earlier apply did not finish it, so that it is marked as tainted",
    "replace_by_request": "somebody asked for it with -replace",
    "replace_by_triggers": "what its lifecycle's replace_triggered_by names changes",
    "replace_because_cannot_update": "it cannot be changed in place",
    "delete_because_no_resource_config": "it is no longer in the configuration",
    "delete_because_wrong_repetition": "its configuration has count or for_each now, or has none any longer",
    "delete_because_count_index": "count is smaller than before",
    "delete_because_each_key": "for_each no longer has its key",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_no_move_target": "it was moved to an address that is not in the configuration",
    "delete_because_enabled_false": "its lifecycle's enabled is false",
    "read_because_config_unknown": "its configuration is known after the apply only",
    "read_because_dependency_pending": "what it depends on changes",
    "read_because_check_nested": "a check reads it",
    "forgot_because_lifecycle_destroy_in_state": "its lifecycle says that it is not destroyed",
    "forgot_because_lifecycle_destroy_in_config": "its lifecycle says that it is not destroyed",
}


def is_known(reason: str | None) -> bool:
    return reason is None or reason in _REASONS


def why(change: Change) -> str | None:
    """In words; None of what needs no reason."""
    if change.replace_paths:
        return f"{', '.join(dict.fromkeys(_name(path) for path in change.replace_paths))} cannot be changed in place"
    if change.reason and change.action in (Action.REPLACE, Action.DELETE, Action.REPLACE_AND_FORGET, Action.FORGET):
        return _REASONS.get(change.reason, f"Terraform says {change.reason}, which this review does not know")
    return None


def _name(path: Path) -> str:
    return ".".join(str(part) for part in path if isinstance(part, str))


class Causes:
    """Of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._goes: Mapping[str, Change] = {
            change.configured_as: change for change in plan.changes if change.managed and _is_remade(change)
        }

    def root(self, change: Change, found: Sequence[Difference]) -> tuple[Change, str] | None:
        """What `change` follows from, and the argument through which; None where it is a root itself.

        Only what replaces another is looked at, and changes in place of which all is known after the apply only.
        """
        seen = {change.configured_as}
        step = self._step(change, found)
        if step is None:
            return None
        by = step[1]
        while step is not None and step[0].configured_as not in seen:
            seen.add(step[0].configured_as)
            root = step[0]
            step = self._step(root, ())
        return root, by

    def _step(self, change: Change, found: Sequence[Difference]) -> tuple[Change, str] | None:
        if change.action is Action.REPLACE:
            paths = [tuple(str(part) for part in path if isinstance(part, str)) for path in change.replace_paths]
        elif change.action is Action.UPDATE and all(_is_unknown(one) for one in found):
            paths = [tuple(one.path.replace("[]", "").split(".")) for one in found]
        else:
            return None
        for path in paths:
            for name in self._names(origins(change, path, self._plan)):
                cause = self._goes.get(name)
                if cause is not None and cause is not change:
                    return cause, ".".join(path)
        return None

    def _names(self, expressions: Sequence[str], depth: int = 0) -> Iterator[str]:
        """The configured addresses that expressions name, through modules' variables and outputs."""
        for expression in expressions:
            further = self._plan.references.get(_without_index(expression), {}).get("")
            if further and depth < 20:
                yield from self._names(further, depth + 1)
                continue
            parts = _without_index(expression).split(".")
            for length in range(len(parts), 1, -1):
                address = ".".join(parts[:length])
                if address in self._goes:
                    yield address
                    break


def _is_remade(change: Change) -> bool:
    return change.action in (Action.REPLACE, Action.REPLACE_AND_FORGET)


def _is_unknown(one: Difference) -> bool:
    return (one.after or "").startswith("(known after apply")


def _without_index(expression: str) -> str:
    return expression.partition("[")[0] if "[" in expression else expression
