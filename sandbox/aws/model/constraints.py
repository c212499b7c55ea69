"""What in a request's parameters is against the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.aws.model.enums import CLOSED
from sandbox.aws.model.patterns import compiled
from sandbox.aws.model.request import Call


@dataclass(frozen=True)
class Violation:
    """One value, and one constraint of the model that it does not satisfy."""

    path: str
    """As AWS writes it: ``tags.1.member.key``."""

    member: str
    """The member's own name, as the model writes it."""

    shape: str
    """The name of its type in the model."""

    value: Any
    """None where it is missing."""

    kind: str
    """missing, pattern, enum, length or range; members for those of a list or a map."""

    constraint: str
    """As AWS words it: ``Member must have length less than or equal to 64``."""

    sensitive: bool = False
    """The value is not to be repeated."""


def violations(call: Call) -> list[Violation]:
    """All of them, in the order of the model's members."""
    return list(_Walk(call.service).structure(call.operation.input_shape, call.params, ""))


class _Walk:
    def __init__(self, service: str):
        self._service = service

    def structure(self, shape: Any, params: dict[str, Any], prefix: str) -> Iterator[Violation]:
        for name, member in shape.members.items():
            path = f"{prefix}{name[:1].lower()}{name[1:]}"
            value = params.get(name)
            if value == "" and self._service == "ec2" and name in shape.required_members:
                # EC2 takes an empty text for none.
                value = None
            if value is not None:
                yield from self._value(member, value, path, name)
            elif name in shape.required_members:
                yield Violation(path, name, member.name, None, "missing", "Member must not be null")

    def _value(self, shape: Any, value: Any, path: str, name: str) -> Iterator[Violation]:
        if getattr(shape, "is_document_type", False):
            return
        sensitive = bool(shape.metadata.get("sensitive"))
        for kind, constraint in self._own(shape, value):
            yield Violation(path, name, shape.name, value, kind, constraint, sensitive)
        if shape.type_name == "structure":
            yield from self.structure(shape, value, f"{path}.")
        elif shape.type_name == "list":
            yield from self._list(shape, value, path, name)
        elif shape.type_name == "map":
            yield from self._map(shape, value, path, name, sensitive)

    def _list(self, shape: Any, items: list[Any], path: str, name: str) -> Iterator[Violation]:
        if shape.member.type_name in ("structure", "list", "map"):
            for number, item in enumerate(items, 1):
                yield from self._value(shape.member, item, f"{path}.{number}.member", name)
            return
        sensitive = bool(shape.member.metadata.get("sensitive"))
        for item in items:
            failed = [constraint for _, constraint in self._own(shape.member, item)]
            if failed:
                words = f"Member must satisfy constraint: [{', '.join(failed)}]"
                yield Violation(path, name, shape.name, items, "members", words, sensitive)
                return

    def _map(self, shape: Any, pairs: dict[str, Any], path: str, name: str, sensitive: bool) -> Iterator[Violation]:
        sensitive = sensitive or any(part.metadata.get("sensitive") for part in (shape.key, shape.value))
        for part, items, what in (
            (shape.key, list(pairs), "Map keys"),
            (shape.value, list(pairs.values()), "Map value"),
        ):
            if part.type_name in ("structure", "list", "map"):
                for key, item in pairs.items():
                    yield from self._value(part, item, f"{path}.{key}.member", name)
                continue
            failed = [constraint for item in items for _, constraint in self._own(part, item)]
            if failed:
                words = f"{what} must satisfy constraint: [{', '.join(dict.fromkeys(failed))}]"
                yield Violation(path, name, shape.name, pairs, "members", words, sensitive)

    def _own(self, shape: Any, value: Any) -> Iterator[tuple[str, str]]:
        """The constraints that the shape has for the value itself. AWS gives the pattern before the length."""
        limits = shape.metadata
        if shape.type_name == "string":
            pattern = limits.get("pattern")
            expression = compiled(pattern) if pattern else None
            if expression is not None and expression.fullmatch(value) is None:
                yield "pattern", f"Member must satisfy regular expression pattern: {pattern}"
            if (self._service, shape.name) in CLOSED and value not in shape.enum:
                yield "enum", f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        size = _size(shape, value)
        if size is None:
            return
        kind, what = ("range", "value") if isinstance(value, (int, float)) else ("length", "length")
        if "min" in limits and size < float(limits["min"]):
            yield kind, f"Member must have {what} greater than or equal to {_number(limits['min'])}"
        if "max" in limits and size > float(limits["max"]):
            yield kind, f"Member must have {what} less than or equal to {_number(limits['max'])}"


def _size(shape: Any, value: Any) -> float | None:
    if shape.type_name == "string":
        # Java's length: a character above U+FFFF counts twice.
        return len(value.encode("utf-16-le", "surrogatepass")) // 2
    if shape.type_name in ("blob", "list", "map"):
        return len(value)
    if shape.type_name in ("integer", "long", "float", "double"):
        return float(value)
    return None


def _number(limit: Any) -> str:
    return f"{float(limit):g}" if isinstance(limit, float) and not limit.is_integer() else str(int(limit))
