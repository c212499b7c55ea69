"""Turns pydantic's errors into lines that name the key, what it got and what would be right."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from environments.shown import shown

Location = tuple[int | str, ...]

_PLAINER = {  # where pydantic speaks of Python
    "dict_type": "must be a mapping",
    "list_type": "must be a list",
    "model_type": "must be a mapping",
    "too_short": "must not be empty",
}
MOST = 50  # lines a file; who made more mistakes made one of another kind


def explain(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One line for each mistake in what was given for `model`."""
    found = error.errors(include_url=False)
    meant = {meant for one in found if one["type"] == "extra_forbidden" and (meant := _meant(one["loc"], model))}
    # A required key that is misspelled is one mistake.
    found = [one for one in found if not (one["type"] == "missing" and one["loc"] in meant)]
    lines = [line for details in found for line in _lines(details, model)]
    return lines if len(lines) <= MOST else [*lines[:MOST], f"and {len(lines) - MOST} more mistakes"]


def _lines(details: ErrorDetails, model: type[BaseModel]) -> Iterator[str]:
    location = ".".join(_part(part) for part in details["loc"] if part != "[key]")
    prefix = f"{location}: " if location else ""
    match details["type"]:
        case "missing":
            yield f"{prefix}is required, and missing"
        case "extra_forbidden":
            yield f"{prefix}unknown key; {_suggestion(details['loc'], model)}"
        case "value_error":
            yield from (prefix + line for line in str(details["ctx"]["error"]).splitlines())
        case kind:
            message = _PLAINER.get(kind) or details["msg"][0].lower() + details["msg"][1:]
            yield f"{prefix}{message}, got {shown(details['input'])}{_hint(details, model)}"


def _part(part: int | str) -> str:
    """A key as it was given, unless it would make a line unreadable."""
    return part if isinstance(part, str) and part and part.isprintable() and len(part) <= 80 else shown(part)


def _hint(details: ErrorDetails, model: type[BaseModel]) -> str:
    if details["type"] == "string_type" and isinstance(details["input"], bool | int | float):
        return "; put it in quotes"
    description = _field_description(details["loc"], model)
    return f" ({description})" if description else ""


def _suggestion(location: Location, model: type[BaseModel]) -> str:
    meant = _meant(location, model)
    return f"did you mean {meant[-1]}?" if meant else f"known here: {', '.join(_known(location, model))}"


def _meant(location: Location, model: type[BaseModel]) -> Location | None:
    """The known key that an unknown one is most like."""
    close = get_close_matches(str(location[-1])[:80], _known(location, model), n=1)
    return (*location[:-1], close[0]) if close else None


def _known(location: Location, model: type[BaseModel]) -> list[str]:
    return sorted(field.alias or name for name, field in _type_at(location[:-1], model).model_fields.items())


def _field_description(location: Location, model: type[BaseModel]) -> str | None:
    at = _type_at(location[:-1], model)
    field = at.model_fields.get(str(location[-1])) if location and _is_model(at) else None
    return field.description if field else None


def _type_at(location: Location, model: type[BaseModel]) -> Any:
    at: Any = model
    for part in location:  # a model's field, or an item of the list or mapping that the field holds
        if not _is_model(at):
            at = get_args(at)[-1] if get_args(at) else None
        elif str(part) in at.model_fields:
            at = at.model_fields[str(part)].annotation
        if type(None) in get_args(at):  # may be left out
            at = get_args(at)[0]
    return at


def _is_model(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, BaseModel)
