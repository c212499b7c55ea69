"""A Terraform plan, as `terraform show -json` prints it, read. Pure.

The format: https://developer.hashicorp.com/terraform/internals/json-format. Minor versions only add keys, so keys that
are not known here are passed over; which keys a plan has depends on Terraform's version, not on the format's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Path = tuple[str | int, ...]
"""From a resource to one of its values: `("health_check", 0, "path")`."""


class Action(StrEnum):
    NO_OP = "no-op"
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    """The old object is destroyed, before or after the new one is made."""
    REPLACE_AND_FORGET = "replace-and-forget"
    """A new object is made; the old one stays, and nobody manages it."""
    DELETE = "delete"
    FORGET = "forget"
    """The object stays, and nobody manages it."""
    UNKNOWN = "unknown"


_ACTIONS: dict[tuple[str, ...], Action] = {
    ("no-op",): Action.NO_OP,
    ("create",): Action.CREATE,
    ("read",): Action.READ,
    ("update",): Action.UPDATE,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("create", "forget"): Action.REPLACE_AND_FORGET,
    ("forget", "create"): Action.REPLACE_AND_FORGET,  # OpenTofu's order
    ("delete",): Action.DELETE,
    ("forget",): Action.FORGET,
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happens to one object, or has happened to it: of `resource_changes` and of `resource_drift` alike."""

    address: str
    type: str
    name: str
    managed: bool
    """False: a data source, or something else that only reads."""
    provider: str
    actions: tuple[str, ...]
    reason: str | None
    """`action_reason`; not what the action is derived from: a no-op may carry one."""
    before: Any
    after: Any
    """Unknown values are missing, or null in a list; `unknown` has true where they are."""
    unknown: Any
    before_sensitive: Any
    after_sensitive: Any
    replace_paths: tuple[Path, ...]
    """Why it is replaced; empty where somebody asked for it, or it is tainted."""
    deposed: str | None
    """The id of a left-over of an earlier replacement, under the same address as the current object."""
    previous_address: str | None
    importing: bool

    @property
    def action(self) -> Action:
        return _ACTIONS.get(self.actions, Action.UNKNOWN)

    @property
    def configured_as(self) -> str:
        """The address in the configuration, without the keys of `count` and `for_each`."""
        return _without_keys(self.address)

    def value(self, side: Any, *path: str | int) -> Any:
        """What `side`, which is `before` or `after`, has at a path; None where that leads nowhere."""
        for part in path:
            if isinstance(part, int):
                if not isinstance(side, list) or not -len(side) <= part < len(side):
                    return None
                side = side[part]
            else:
                side = side.get(part) if isinstance(side, Mapping) else None
        return side


@dataclass(frozen=True, kw_only=True)
class Check:
    """The result of one of the configuration's own checks."""

    address: str
    kind: str
    status: str
    messages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One stack's plan."""

    stack: str
    terraform_version: str
    is_opentofu: bool | None
    """None: this version's plans do not tell."""
    changes: tuple[Change, ...]
    """In Terraform's order, no-ops included."""
    drift: tuple[Change, ...]
    """What has changed since the last apply, other than by Terraform: `after` is what is there now."""
    outputs: tuple[Change, ...]
    """Their type is `output`."""
    deferred: tuple[tuple[Change, str], ...]
    """What another plan has to do, and why."""
    invocations: tuple[str, ...]
    """Addresses of the provider actions that are run."""
    checks: tuple[Check, ...]
    errored: bool
    applyable: bool | None
    complete: bool | None
    """False: another plan has to follow, because of `-target` or of what was deferred."""
    references: Mapping[str, Mapping[str, tuple[str, ...]]]
    """configured address -> argument, dotted and without indices -> what its expression names.

    What is configured as a constant is there too, and names nothing. A variable or an output of a module stands here
    as well, with "" for the argument.
    """
    relevant: frozenset[str]
    """Addresses of what contributed to the changes."""
    sensitive: frozenset[str] = frozenset()
    """Values of variables that are declared as sensitive."""
    constructs: Mapping[str, str] = field(default_factory=dict)
    """address -> path of the construct that made it, where the synthesized stack is at hand."""

    def of_type(self, *types: str) -> Sequence[Change]:
        return [change for change in self.changes if change.type in types and change.managed]

    def construct(self, address: str) -> str | None:
        return self.constructs.get(_without_keys(address))


def _without_keys(address: str) -> str:
    """`module.a["x.y"].aws_lb.b[0]` -> `module.a.aws_lb.b`. Keys may hold dots, brackets and quotes."""
    kept, inside, quoted, escaped = [], False, False, False
    for letter in address:
        if quoted:
            quoted = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif inside:
            quoted, inside = letter == '"', letter != "]"
        elif letter == "[":
            inside = True
        else:
            kept.append(letter)
    return "".join(kept)
