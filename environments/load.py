"""Reads `environments/<name>.yaml`, and says everything that is wrong with it at once."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from environments.settings import Environment

FOLDER = Path(__file__).parent


class SettingsError(Exception):
    """A settings file cannot be used. The message names file, key, what it got and what would be right."""


def names(folder: Path = FOLDER) -> list[str]:
    return sorted(file.stem for file in folder.glob("*.yaml"))


def load(name: str, folder: Path = FOLDER) -> Environment:
    """The settings of `<folder>/<name>.yaml`. Raises SettingsError with every mistake found in it."""
    file = folder / f"{name}.yaml"
    if not file.is_file():
        raise SettingsError(f"{file}: no such environment, there are: {', '.join(names(folder)) or 'none'}")
    try:
        given = yaml.load(file.read_text(), _StrictLoader)
    except yaml.YAMLError as error:
        raise SettingsError(f"{file}: not YAML: {error}") from error
    if not isinstance(given, dict):
        raise SettingsError(f"{file}: must be a mapping of settings such as `account:`, got {type(given).__name__}")
    try:
        return Environment.model_validate(given, context={"stack": name})
    except ValidationError as error:
        lines = [f"{file}: {_explain(details)}" for details in error.errors(include_url=False)]
        raise SettingsError("\n".join(lines)) from error


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key given twice, of which YAML would silently lose the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"key {key!r} is given twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _explain(details: ErrorDetails) -> str:
    location = ".".join(str(part) for part in details["loc"] if part != "[key]")
    prefix = f"{location}: " if location else ""
    if details["type"] == "missing":
        return f"{prefix}is required, and missing"
    if details["type"] == "extra_forbidden":
        return f"{prefix}unknown key; {_suggestion(details['loc'])}"
    if details["type"] == "value_error":
        return prefix + str(details["ctx"]["error"])
    what = f"{prefix}{details['msg'][0].lower()}{details['msg'][1:]}, got {details['input']!r}"
    description = _field_description(details["loc"])
    return f"{what} ({description})" if description else what


def _suggestion(location: tuple[int | str, ...]) -> str:
    model = _type_at(location[:-1])
    known = sorted(field.alias or name for name, field in model.model_fields.items())
    close = get_close_matches(str(location[-1]), known, n=1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"


def _field_description(location: tuple[int | str, ...]) -> str | None:
    model = _type_at(location[:-1])
    field = model.model_fields.get(str(location[-1])) if location and _is_model(model) else None
    return field.description if field else None


def _type_at(location: tuple[int | str, ...]) -> Any:
    at: Any = Environment
    for part in location:  # a model's field, or an item of the list or mapping that the field holds
        if not _is_model(at):
            at = get_args(at)[-1] if get_args(at) else None
        elif str(part) in at.model_fields:
            at = at.model_fields[str(part)].annotation
    return at


def _is_model(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, BaseModel)
