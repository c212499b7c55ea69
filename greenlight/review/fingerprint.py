"""What a plan means, as one short text: two plans have the same one if applying them does the same. Pure.

The text may be public. Under a key, kept where the comment's readers cannot see it, it is an HMAC of everything.
Without one, values that a reader must not guess are left out, and the text says how many: anybody could try short
secrets against a plain hash.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from greenlight.errors import RefusedError
from greenlight.review.secrets import is_secret

KEY_VARIABLE = "GREENLIGHT_FINGERPRINT_KEY"
_SHORTEST_KEY = 16
_KEYED = ".keyed"
_WITHOUT = ".without-"

# Actions with which the object as it was is kept, so that only what differs is meant.
_IN_PLACE = (["update"], ["no-op"])
# Of a provider's configuration, what tells one environment from another.
_PLACE = ("region", "allowed_account_ids")


def fingerprint(document: Mapping[str, Any], key: bytes | None) -> str:
    """A digest; with `.keyed` behind it under a key, with `.without-3` where three values are left out.

    What counts: each change with its reason and its values, of objects that stay only those that differ; what would be
    imported, moved and deferred; actions, provisioners and outputs; drift that changes rest on, or that a refresh-only
    plan would record; the versions of Terraform and the providers' constraints, and where the providers work.
    What does not: when the plan was made, the order of things, what stays as it is.
    The versions of the providers themselves are not in the document; the plan file holds the lock file.
    """
    meaning = _Meaning(document, reveal=key is not None)
    text = json.dumps(meaning.content, sort_keys=True, separators=(",", ":")).encode()
    if key is not None:
        return hmac.new(key, text, "sha256").hexdigest() + _KEYED
    return hashlib.sha256(text).hexdigest() + (f"{_WITHOUT}{meaning.left_out}" if meaning.left_out else "")


def key_of(text: str | None) -> bytes | None:
    """The key that an environment variable holds; None where it is not set. Raises RefusedError for a guessable one."""
    if not text:
        return None
    if len(text) < _SHORTEST_KEY:
        raise RefusedError(
            f"{KEY_VARIABLE} has {len(text)} characters, which can be guessed: use at least {_SHORTEST_KEY}, such as "
            "what `openssl rand -hex 32` prints"
        )
    return text.encode()


def left_out(text: str) -> int:
    """How many values a fingerprint leaves out."""
    return int(text.partition(_WITHOUT)[2] or 0)


def is_keyed(text: str) -> bool:
    return text.endswith(_KEYED)


class _Meaning:
    """The content that is hashed, as plain JSON, and how many values had to be left out of it."""

    def __init__(self, document: Mapping[str, Any], *, reveal: bool) -> None:
        self._reveal = reveal
        self.left_out = 0
        configuration = document.get("configuration") or {}
        self.content = {
            "terraform": document.get("terraform_version"),
            "providers": sorted(map(_provider, (configuration.get("provider_config") or {}).values()), key=_text),
            "provisioners": sorted(_provisioners(configuration.get("root_module") or {}, ""), key=_text),
            "ends": [document.get("errored"), document.get("complete")],
            "changes": self._sorted(document.get("resource_changes")),
            "outputs": self._outputs(document.get("output_changes") or {}),
            "drift": self._drift(document),
            "deferred": sorted(
                (
                    [one.get("reason"), self._resource(one["resource_change"])]
                    for one in document.get("deferred_changes") or ()
                ),
                key=_text,
            ),
            "actions": sorted(map(self._invocation, document.get("action_invocations") or ()), key=_text),
        }

    def _sorted(self, changes: Any) -> list[Any]:
        return sorted((self._resource(one) for one in changes or () if _has_effect(one)), key=_text)

    def _resource(self, found: Mapping[str, Any], keeps: "_Keeps | None" = None) -> dict[str, Any]:
        change = found["change"]
        kept = ("action_reason", "previous_address", "provider_name")
        return {
            "address": found["address"],
            "deposed": found.get("deposed"),
            **{key: found[key] for key in kept if key in found},
            "importing": change.get("importing"),
            "replace_paths": sorted(change.get("replace_paths") or (), key=_text),
            **self._change(change, keeps or (_changed if change.get("actions") in _IN_PLACE else _every)),
        }

    def _outputs(self, found: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self._change(change, _changed) for name, change in found.items() if change.get("actions") != ["no-op"]
        }

    def _drift(self, document: Mapping[str, Any]) -> list[Any]:
        """Of a refresh-only plan all, since it would be recorded; else what the changes rest on."""
        refresh_only = "resource_changes" not in document
        relevant = {
            (str(one["resource"]), str(one["attribute"][0]))
            for one in document.get("relevant_attributes") or ()
            if one.get("attribute")
        }

        def keeps(address: str) -> _Keeps:
            return lambda path, differs: differs and (refresh_only or (address, *path[:1]) in relevant)

        found = (self._resource(one, keeps(one["address"])) for one in document.get("resource_drift") or ())
        return sorted((one for one in found if one["values"]), key=_text)

    def _invocation(self, found: Mapping[str, Any]) -> list[Any]:
        sides = {
            "after": found.get("config_values"),
            "after_sensitive": found.get("config_sensitive"),
            "after_unknown": found.get("config_unknown"),
        }
        triggers = [found.get("lifecycle_action_trigger"), found.get("invoke_action_trigger")]
        return [found.get("address"), triggers, self._change(sides, _every)]

    def _change(self, change: Mapping[str, Any], keeps: "_Keeps") -> dict[str, Any]:
        mask = _union(change.get("before_sensitive"), change.get("after_sensitive"))
        before = dict(_leaves(change.get("before"), mask, (), ()))
        after = dict(_leaves(change.get("after"), mask, (), ()))
        for path in _unknown(change.get("after_unknown"), ()):
            after[path] = (_UNKNOWN, False)
        values = []
        for path in sorted(before.keys() | after.keys(), key=_text):
            (old, old_hidden), (new, new_hidden) = before.get(path, _NOTHING), after.get(path, _NOTHING)
            if not keeps(path, old != new):
                continue
            if (old_hidden or new_hidden) and not self._reveal:
                self.left_out += 1
                old, new = "hidden", "the same" if old == new else "another"
            values.append([path, old, new])
        return {"actions": change.get("actions"), "values": values}


# No JSON, so that no value is like them.
_UNKNOWN = "known after apply"
_NOTHING = ("nothing", False)

_Path = tuple[str | int, ...]
_Keeps = Callable[[_Path, bool], bool]
"""Whether a value counts, by its path and whether the two sides differ."""


def _every(_path: _Path, _differs: bool) -> bool:
    return True


def _changed(path: _Path, differs: bool) -> bool:
    """And which object it is: another environment's has the same address."""
    return differs or path in (("id",), ("arn",))


def _leaves(value: Any, mask: Any, path: _Path, names: tuple[str, ...]) -> Iterator[tuple[_Path, tuple[str, bool]]]:
    """Path -> what is there as JSON, and whether it must not be guessed; `names` is the path without places."""
    if isinstance(value, str) and (inside := _parsed(value)) is not None:
        # Its place tells it apart from an object that is no text.
        path, value = (*path, "as JSON"), inside
    if mask is True or not value or not isinstance(value, dict | list):
        yield path, (_text(value), value is not None and (mask is True or _is_hidden(names, value)))
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _leaves(below, mask.get(key) if isinstance(mask, dict) else None, (*path, key), (*names, key))
    else:
        for place, below in enumerate(value):
            yield from _leaves(below, mask[0] if isinstance(mask, list) and mask else None, (*path, place), names)


def _is_hidden(names: tuple[str, ...], value: Any) -> bool:
    """Whether a comment would not show it; the names of variables it does."""
    if isinstance(value, bool | dict | list) or names[-1:] == ("name",):
        return False
    return is_secret(names, str(value))


def _parsed(text: str) -> Any:
    """The object or array that a text is; None for another text, and where a key is there twice: parsers differ."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        found = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None
    return found or None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _union(*masks: Any) -> Any:
    """True, an object of masks, or a list of the one mask of all elements: the place in a set says nothing."""
    if any(mask is True for mask in masks):
        return True
    objects = [mask for mask in masks if isinstance(mask, dict)]
    if objects:
        return {key: _union(*(one.get(key) for one in objects)) for key in {key for one in objects for key in one}}
    elements = [element for mask in masks if isinstance(mask, list) for element in mask]
    return [_union(*elements)] if elements else None


def _unknown(node: Any, path: _Path) -> Iterator[_Path]:
    """Where it has true; what else it has only fills the gaps."""
    if node is True:
        yield path
    elif isinstance(node, dict | list):
        for key, below in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _unknown(below, (*path, key))


def _has_effect(found: Mapping[str, Any]) -> bool:
    change = found["change"]
    return change.get("actions") != ["no-op"] or "previous_address" in found or "importing" in change


def _provider(found: Mapping[str, Any]) -> list[Any]:
    expressions = found.get("expressions") or {}
    place = [(expressions.get(key) or {}).get("constant_value") for key in _PLACE]
    return [found.get(key) for key in ("full_name", "alias", "module_address", "version_constraint")] + place


def _provisioners(module: Mapping[str, Any], prefix: str) -> Iterator[list[Any]]:
    """They are no values of a resource, and run with it."""
    for resource in module.get("resources") or ():
        if resource.get("provisioners"):
            yield [f"{prefix}{resource['address']}", resource["provisioners"]]
    for name, call in (module.get("module_calls") or {}).items():
        yield from _provisioners(call.get("module") or {}, f"{prefix}module.{name}.")


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
