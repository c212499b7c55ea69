"""Reads a YAML file into the plain values that JSON knows too, with every mistake of the notation named at once.

Stricter than YAML: a key is text and given once, and a value that YAML would turn into something else than text, a
decimal number, a boolean or null (a date, an octal or base-60 number, a set …) has to be put in quotes.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from environments.literal import is_token
from environments.shown import shown

# Far more than any environment needs, and little enough to be read and checked within a second.
MAX_BYTES = 128 * 1024
MAX_VALUES = 10_000
MAX_DEPTH = 40
LONGEST_PROBLEM = 200

_TAG = "tag:yaml.org,2002:"
_KINDS = {"timestamp": "a date", "bool": "a boolean", "int": "a number", "float": "a number", "null": "null"}
_MERGE = f"{_TAG}merge"
_PLAIN = tuple(f"{_TAG}{kind}" for kind in ("str", "bool", "int", "float", "null", "map", "seq"))
_MAX_INTEGER = 2**63 - 1
# Tab and line breaks are text; the other control characters are in no value that AWS or a container could use.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_BRACE = "expected ',' or ']', but got '{'"  # such as [GET /orders/{id}]
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class ReadError(Exception):
    """The file cannot be used. `mistakes` says why, without the file's name."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def read(file: Path) -> Any:
    """What the file says. Raises ReadError."""
    loader = _Loader(_text(file))
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _bound(node)
        _merge(node, set())
        mistakes = list(_mistakes(node, ""))
        if mistakes:
            raise ReadError(mistakes)
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise ReadError([_position(error)]) from error
    except yaml.YAMLError as error:
        raise ReadError([f"not YAML: {' '.join(str(error).split())}"]) from error


def _text(file: Path) -> str:
    try:
        if file.is_dir():
            raise ReadError(["is a folder; an environment is a file"])
        if file.is_symlink() and not file.exists():
            raise ReadError([f"is a link to {file.readlink()}, where nothing is"])
        if not file.is_file():
            raise ReadError(["is no regular file"])
        if (size := file.stat().st_size) > MAX_BYTES:
            raise ReadError([f"has {size} bytes, at most {MAX_BYTES} are read"])
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ReadError([f"cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ReadError([f"is not UTF-8: {error.reason} at byte {error.start}"]) from error
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise ReadError([f"line {line}: has the control character U+{ord(found[0]):04X}"])
    return text


class _Loader(yaml.SafeLoader):
    """Composes YAML with the limits and the rules about keys above."""

    _depth = 0
    _values = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise _error(f"the file has more than {MAX_VALUES} values", self.peek_event())  # type: ignore[no-untyped-call]
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _error(f"is nested deeper than {MAX_DEPTH} levels", self.peek_event())  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _error("a key is text, got a list or a mapping; a template's {{ }} goes in quotes", key)
            if key.tag not in (f"{_TAG}str", _MERGE):
                raise _error(f"key {shown(key.value)} is read as {_kind(key)}: put it in quotes", key)
            if key.value in seen:
                raise _error(f"key {shown(key.value)} is given twice", key)
            seen.add(key.value)
        return node


def _error(problem: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=at.start_mark)


def _position(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    what = " ".join(f"{error.context or ''} {error.problem or ''}".split())
    if what.endswith(_BRACE):
        what += "; in a list in [ ], text with { } goes in quotes"
    return f"{where}{what if len(what) <= LONGEST_PROBLEM else f'{what[: LONGEST_PROBLEM - 1]}…'}"


def _bound(root: yaml.Node) -> None:
    """Follows aliases by counting, not by copying: ten lines of them can stand for a billion values."""
    sizes: dict[int, tuple[int, int]] = {}  # of finished nodes: values, levels

    def measure(node: yaml.Node) -> tuple[int, int]:
        if id(node) in sizes:
            values, levels = sizes[id(node)]
            if levels == 0:
                raise _error("an alias stands for what it is itself a part of", node)
            return values, levels
        sizes[id(node)] = (0, 0)
        parts = [measure(child) for child in _children(node)]
        measured = 1 + sum(values for values, _ in parts), 1 + max((levels for _, levels in parts), default=0)
        if measured[0] > MAX_VALUES:
            raise _error(f"with its aliases followed this has more than {MAX_VALUES} values", node)
        if measured[1] > MAX_DEPTH:
            raise _error(f"with its aliases followed this is nested deeper than {MAX_DEPTH} levels", node)
        sizes[id(node)] = measured
        return measured

    measure(root)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _merge(node: yaml.Node, done: set[int]) -> None:
    """Puts what `<<` brings in into the mappings that say so: what is given there wins, then what is brought in first.

    PyYAML's own merging loses overridden values where what is brought in has a `<<` too.
    """
    if id(node) in done:
        return
    done.add(id(node))
    for child in _children(node):
        _merge(child, done)
    if not isinstance(node, yaml.MappingNode):
        return
    merged = {key.value: (key, value) for key, value in node.value if key.tag != _MERGE}
    for key, value in node.value:
        if key.tag == _MERGE:
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(source, yaml.MappingNode):
                    raise _error("<< takes a mapping or a list of mappings", key)
                merged = {brought.value: (brought, item) for brought, item in source.value} | merged
    node.value = list(merged.values())


def _mistakes(node: yaml.Node, place: str) -> Iterator[str]:
    prefix = f"{place}: " if place else ""
    if node.tag not in _PLAIN:
        given = shown(node.value) if isinstance(node, yaml.ScalarNode) else node.tag.removeprefix(_TAG)
        yield f"{prefix}{given} is read as {_kind(node)}, which no setting is: put it in quotes"
    elif isinstance(node, yaml.ScalarNode):
        wrong = _wrong_text(node.value) if node.tag == f"{_TAG}str" else _wrong_number(node)
        if wrong:
            yield f"{prefix}{wrong}"
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _mistakes(item, f"{place}.{index}" if place else str(index))
    elif isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            if wrong := _wrong_text(key.value):
                yield f"{prefix}key {wrong}"
            else:
                yield from _mistakes(item, f"{place}.{key.value}" if place else key.value)


def _wrong_text(text: str) -> str | None:
    if found := _CONTROL.search(text):
        return (
            f"{shown(text)} has the control character U+{ord(found[0]):04X}; only tabs and line breaks may be in text"
        )
    if found := _SURROGATE.search(text):
        return f"{shown(text)} has U+{ord(found[0]):04X}, half of a character; write it as \\U and 8 digits"
    if is_token(text):
        return f"{shown(text)} has a meaning of its own to CDKTF, and cannot reach AWS as written"
    return None


def _wrong_number(node: yaml.ScalarNode) -> str | None:
    text = node.value.replace("_", "")
    kind = node.tag.removeprefix(_TAG)
    if kind == "bool" and node.value.lower() not in yaml.SafeLoader.bool_values:  # such as !!bool maybe
        return f"{shown(node.value)} is read as a boolean, and is none: put it in quotes"
    if kind not in ("int", "float"):
        return None
    if not re.fullmatch(r"[-+]?(0|[1-9][0-9]*)" if kind == "int" else r"[-+]?[0-9]*\.?[0-9]*([eE][-+]?[0-9]+)?", text):
        return f"{shown(node.value)} is read as {_kind(node)}: put it in quotes, or write a decimal number"
    try:
        number = int(text) if kind == "int" and len(text) < 30 else float(text)
    except ValueError:
        return f"{shown(node.value)} is read as {_kind(node)}, and is none: put it in quotes"
    if not math.isfinite(number) or (kind == "int" and abs(number) > _MAX_INTEGER):
        return f"{shown(node.value)} is too large a number: put it in quotes"
    return f"{shown(node.value)} has a meaning of its own to CDKTF" if is_token(number) else None


def _kind(node: yaml.Node) -> str:
    kind = node.tag.removeprefix(_TAG)
    return _KINDS.get(kind, f"YAML's {kind}" if node.tag.startswith(_TAG) else f"the tag {shown(kind)}")
