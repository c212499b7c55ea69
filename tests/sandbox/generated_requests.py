"""Requests that AWS's models allow, made from the models: of each operation, the same ones at each run."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from moto.core.utils import get_service_model

from sandbox.aws.model.patterns import compiled

Params = dict[str, Any]

_ARN = "arn:aws:iam::123456789012:role/none"
_TEXTS = (
    *("tried", "name-1", "12345678", "123456789012", "1", _ARN, "00000000-0000-0000-0000-000000000000"),
    *("us-east-1a", "10.0.0.0/16", "/none", "https://example.com/x", f"sha256:{'0' * 64}", "x@example.com"),
    *("arn:aws:lambda:us-east-1:123456789012:function:none", "rate(1 minute)", "0" * 40, "op-0000000000000"),
    *("mw-0123456789abcdef0", "i-0123456789abcdef0", "$LATEST", "v1.0", "ssm.amazonaws.com", "text/plain", "POST"),
    *("arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000", "2024-01-01"),
)
"""The first that fits a model's pattern and length is taken."""

_ODD: dict[str, Any] = {
    "string": "arn:aws:sqs:us-east-1:123456789012:a:b/c",
    "integer": -1,
    "long": -1,
    "float": -1.0,
    "double": -1.0,
    "list": [],
    "map": {},
    "structure": {},
    "blob": b"\xff",
    "timestamp": 0,
}
"""What nobody would send, by type."""

_MAKING = ("Create", "Put", "Register", "Allocate", "Add", "Start", "Attach", "Associate")
_ENDING = ("Delete", "Remove", "Release", "Detach", "Disassociate", "Deregister", "Untag")


def in_order(names: Iterator[str]) -> list[str]:
    """Operations that make something come first, and those that end it last."""
    return sorted(names, key=lambda name: (name.startswith(_ENDING), not name.startswith(_MAKING), name))


class Generator:
    """Makes requests for one service, and uses the ids that the answers have in those that come after."""

    def __init__(self, service: str):
        self._model = get_service_model(service)
        self._known: dict[str, str] = {}

    def operations(self, pattern: str = "") -> list[str]:
        named = in_order(name for name in self._model.operation_names if re.search(pattern, name))
        return [name for name in named if not self._model.operation_model(name).has_event_stream_input]

    def requests(self, operation: str) -> Iterator[Params]:
        """What is required; each other member with it; an odd value for each member; all that there is."""
        shape = self._model.operation_model(operation).input_shape
        if shape is None:
            yield {}
            return
        least = self._value(shape, "", ())
        yield least
        for name, member in shape.members.items():
            if name == "ContentLength":
                # How much is sent is the transport's.
                continue
            if name not in least:
                yield least | {name: self._value(member, name, ())}
            if member.type_name in _ODD:
                yield least | {name: _ODD[member.type_name]}
        whole = self._value(shape, "", (), whole=True)
        yield {name: value for name, value in whole.items() if name != "ContentLength"}

    def learn(self, answer: Any, name: str = "") -> None:
        if isinstance(answer, dict):
            for key, item in answer.items():
                if key != "ResponseMetadata":
                    self.learn(item, key)
        elif isinstance(answer, list):
            for item in answer[:2]:
                self.learn(item, name)
        elif isinstance(answer, str) and name and 0 < len(answer) < 300:
            self._known[_singular(name)] = answer

    def _value(self, shape: Any, name: str, within: tuple[str, ...], whole: bool = False) -> Any:
        kind = shape.type_name
        if kind == "structure":
            if shape.name in within or getattr(shape, "is_document_type", False):
                return {}
            names = list(shape.members)[:1] if getattr(shape, "is_tagged_union", False) else shape.required_members
            members = shape.members if whole and not getattr(shape, "is_tagged_union", False) else names
            return {key: self._value(shape.members[key], key, (*within, shape.name), whole) for key in members}
        if kind == "list":
            return [self._value(shape.member, name, within, whole)] * max(1, int(shape.metadata.get("min", 1)))
        if kind == "map":
            key = self._value(shape.key, "key", within)
            return {key: self._value(shape.value, "value", within, whole)}
        if kind == "string":
            return self._text(shape, name)
        least = max(1, int(shape.metadata.get("min", 1)))
        fixed = {"boolean": True, "timestamp": 1700000000, "blob": _zip() if name == "ZipFile" else b"x"}
        return fixed.get(kind, float(least) if kind in ("float", "double") else least)

    def _text(self, shape: Any, name: str) -> str:
        if shape.enum:
            return str(shape.enum[0])
        low, high = int(shape.metadata.get("min", 0)), int(shape.metadata.get("max", 10**6))
        pattern = shape.metadata.get("pattern")
        expression = compiled(pattern) if pattern else None
        known = self._known.get(_singular(name))
        named = (_ARN,) if name.lower().endswith("arn") else ()
        texts: tuple[str, ...] = (*((known,) if known else ()), *named, *_TEXTS, "x" * max(low, 1))
        for text in texts:
            if low <= len(text) <= high and (expression is None or expression.fullmatch(text)):
                return text
        return "x" * max(low, 1)


def _singular(name: str) -> str:
    return name.lower().removesuffix("s")


def _zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("bootstrap"), "#!/bin/sh\n")
    return stream.getvalue()
