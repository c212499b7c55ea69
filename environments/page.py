"""Writes docs/settings.md: every key of environments/*.yaml, from the models and from docs/changes.md.

What a key is, its type and its default come from the models' JSON schema; what changing it does, from the tables of
docs/changes.md, which is the only place where that is written.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environments.account import Account
from environments.registry import Registry
from environments.settings import Environment

DOCS = Path(__file__).parent.parent / "docs"
FILE, CHANGES = DOCS / "settings.md", DOCS / "changes.md"

Schema = dict[str, Any]

TITLE = "# Settings"
INTRODUCTION = (
    "Every key of `environments/NAME.yaml`. `make schema` writes this page anew, from the settings themselves and from "
    "[`docs/changes.md`](changes.md), which has the steps of changes that take several. Wrong values are refused "
    "before anything is synthesized, all at once, each with its key. In the last column **at once** is with the "
    "apply, and **next release** with the next `greenlight deploy`: what runs stays as it is until then."
)


class SettingsPageError(Exception):
    """What docs/changes.md does not say, says twice, or says of what is no key."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of file, and the part of docs/changes.md about it: a heading, or what comes before the first."""

    title: str
    model: type[Environment] | type[Account] | type[Registry]
    changes: str | None


KINDS = (
    Kind(title="An environment", model=Environment, changes=None),
    Kind(title="A registry", model=Registry, changes="A registry's file"),
    Kind(title="An account", model=Account, changes="An account's file"),
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A row of docs/changes.md."""

    keys: tuple[str, ...]
    which: str
    """Of the changes of these keys, such as `one more`; empty: all of them."""

    does: str

    def length(self, path: str) -> int:
        """How much of a key's path it names; 0: it is not about it."""
        found = [key for key in self.keys if path == key or path.startswith(f"{key.removesuffix('.*')}.")]
        return max((len(key) for key in found), default=0)


def changes(text: str, heading: str | None) -> list[Change]:
    """The rows of the tables under a heading that are about keys, which stand first in them."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    part = parts[0] if heading is None else parts[parts.index(heading) + 1]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", part, re.MULTILINE)
    return [_change(keys, does.strip()) for keys, does in rows if keys.startswith("`")]


def _change(cell: str, does: str) -> Change:
    keys: list[str] = []
    for key in re.findall(r"`([^`]+)`", cell):
        keys.append(keys[-1].rpartition(".")[0] + key if key.startswith(".") else key)
    which = re.sub(r"`[^`]+`", "", cell).strip(" ,;")
    elsewhere = does.replace("](#", "](changes.md#").replace("see below", "see [the steps](changes.md)")
    return Change(keys=tuple(keys), which=which, does=elsewhere)


class Page:
    def __init__(self, text: str) -> None:
        self._text = text
        self._wrong: list[str] = []

    def write(self) -> str:
        """Raises SettingsPageError, which names every key and row that has no counterpart."""
        parts = [f"{TITLE}\n\n{INTRODUCTION}\n", *(part for kind in KINDS for part in self._kind(kind))]
        if self._wrong:
            raise SettingsPageError("\n".join(f"{CHANGES}: {line}" for line in self._wrong))
        return "\n".join(parts)

    def _kind(self, kind: Kind) -> Iterator[str]:
        schema = kind.model.model_json_schema()
        rows = changes(self._text, kind.changes)
        said = [(key, row.which) for row in rows for key in row.keys]
        self._wrong += [
            f"has two rows about {key}" for key, which in dict.fromkeys(said) if said.count((key, which)) > 1
        ]
        used: set[Change] = set()
        yield f"## {kind.title}\n"
        for heading, intro, table in _tables(schema):
            if heading:
                yield f"### `{heading}`\n"
            if intro:
                yield f"{intro}\n"
            yield "| key | is | default | what it does | a change |\n|---|---|---|---|---|"
            for path, key, one, required in table:
                found = _about(path, rows)
                used |= set(found)
                if not found and path != "kind":
                    self._wrong.append(f"does not say what a change of {path} does")
                cells = (f"`{key}`", _type(one, schema), _default(one, required), one.get("description", ""))
                yield "| " + " | ".join([*map(_cell, cells), _does(found)]) + " |"
            yield ""
        stale = [", ".join(row.keys) for row in rows if row not in used]
        self._wrong += [f"has a row about {keys}, which is no key" for keys in stale]


def _about(path: str, rows: list[Change]) -> list[Change]:
    """The rows that name the most of it."""
    lengths = {row: length for row in rows if (length := row.length(path))}
    return [row for row, length in lengths.items() if length == max(lengths.values())]


def _does(rows: list[Change]) -> str:
    return "; ".join(f"{row.which}: {row.does}" if row.which else row.does for row in rows)


Row = tuple[str, str, Schema, bool]


def _tables(schema: Schema) -> Iterator[tuple[str, str, list[Row]]]:
    """Of a model and of all within it: heading, introduction, and of each key its path, name, schema and need."""
    waiting: list[tuple[str, str, Schema]] = [("", "", schema)]
    while waiting:
        heading, prefix, model = waiting.pop(0)
        rows: list[Row] = []
        within: list[tuple[str, str, Schema]] = []
        for key, one in model["properties"].items():
            inner, suffix = _model(one, schema), _suffix(one)
            if inner:
                # Paths are as docs/changes.md has them: a service's begin with the service's own keys.
                path = "" if key == "services" else f"{prefix}{key}."
                within.append((f"{heading}.{key}{suffix}".lstrip("."), path, inner))
            if not inner or key == "services" or suffix:
                rows.append((f"{prefix}{key}", key, one, key in model.get("required", ())))
        intro = model.get("description", "") if heading else ""
        if rows:
            yield heading, intro, rows
        waiting = within + waiting


def _model(one: Schema, schema: Schema) -> Schema | None:
    """The model that a key holds, one or several of."""
    if "$ref" in one:
        found: Schema = schema["$defs"][one["$ref"].rpartition("/")[2]]
        return found if "properties" in found else None
    for inner in _inner(one):
        if model := _model(inner, schema):
            return model
    return None


def _inner(one: Schema) -> list[Schema]:
    several = [*one.get("anyOf", ()), *one.get("oneOf", ()), *one.get("patternProperties", {}).values()]
    more = [one[key] for key in ("items", "additionalProperties") if isinstance(one.get(key), dict)]
    return [*several, *more]


def _suffix(one: Schema) -> str:
    if "items" in one:
        return "[]"
    if "patternProperties" in one or isinstance(one.get("additionalProperties"), dict):
        return ".NAME"
    return next((found for inner in one.get("anyOf", ()) if (found := _suffix(inner))), "")


def _type(one: Schema, schema: Schema) -> str:
    if "$ref" in one:
        found = schema["$defs"][one["$ref"].rpartition("/")[2]]
        return "mapping, below" if "properties" in found else _type(found, schema)
    for choice in ("anyOf", "oneOf"):
        if choice in one:
            return " or ".join(dict.fromkeys(_type(part, schema) for part in one[choice] if part != {"type": "null"}))
    if "enum" in one:
        return ", ".join(f"`{value}`" for value in one["enum"])
    if "const" in one:
        return f"`{one['const']}`"
    match one.get("type"):
        case "array":
            return f"list of {_type(one.get('items', {}), schema)}"
        case "object":
            values = [*one.get("patternProperties", {}).values(), one.get("additionalProperties")]
            value = next((each for each in values if isinstance(each, dict)), {})
            return f"by name: {_type(value, schema)}"
        case "integer" | "number":
            return f"number{_range(one)}"
        case "boolean":
            return "true or false"
        case "string":
            return "text"
    return "anything"


def _range(one: Schema) -> str:
    least, most = one.get("minimum"), one.get("maximum")
    if least is not None and most is not None:
        return f", {least} to {most}"
    return f", at least {least}" if least is not None else f", at most {most}" if most is not None else ""


def _default(one: Schema, required: bool) -> str:
    if required:
        return "required"
    value = one.get("default")
    if value is None or value in ([], {}):
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _cell(text: str) -> str:
    """On one line, and without what Markdown would take for the end of a cell or for HTML."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    FILE.write_text(Page(CHANGES.read_text()).write())
