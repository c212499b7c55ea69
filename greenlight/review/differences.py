"""What of a resource changes: only that, by meaning, and without secrets. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from greenlight.review import embedded
from greenlight.review.findings import Difference
from greenlight.review.plan import Change, Path, Plan
from greenlight.review.secrets import HIDDEN, concealed, has_secret, is_within_environment

SENSITIVE = "(sensitive)"
_WHOLE = ("command", "entryPoint", "args")  # lists whose order is their meaning


@dataclass(frozen=True)
class _Masked:
    """A value that Terraform marks as sensitive."""

    value: Any


@dataclass(frozen=True)
class _Unknown:
    """A value that is known after the apply only."""


def differences(change: Change, plan: Plan) -> tuple[Difference, ...]:
    """Of a change of an object that there is before and after; of a new one or a deleted one there are none."""
    if not isinstance(change.before, dict) or not isinstance(change.after, dict):
        return ()
    found = []
    for key in sorted(change.before.keys() | change.after.keys() | _unknown_keys(change)):
        before = _annotated(change.before.get(key), _below(change.before_sensitive, key), False)
        after = _annotated(
            change.after.get(key), _below(change.after_sensitive, key), _below(change.unknown, key) or False
        )
        if key == "tags_all" and _same_tags(change):
            continue
        if after == _Unknown() and not _is_configured(change, key, plan):
            continue  # AWS decides it, as an ARN; what it is used for shows where that is
        found += list(_compare((key,), before, after))
    return tuple(
        Difference(
            path=".".join(HIDDEN if has_secret(part) else part for part in one.path).replace("tags_all", "tags", 1),
            before=one.before,
            after=_origin(one, change, plan),
            forces=_forces(one.path, change.replace_paths),
        )
        for one in found
    )


def is_tags_only(found: tuple[Difference, ...]) -> bool:
    return bool(found) and all(one.path.split(".")[0] == "tags" for one in found)


@dataclass(frozen=True)
class _Found:
    path: tuple[str, ...]
    before: str | None
    after: str | None
    is_unknown: bool = False


def _annotated(value: Any, mask: Any, unknown: Any) -> Any:
    """The value with its masks and unknown parts in it."""
    if unknown is True:
        return _Unknown()
    if mask is True:
        return _Masked(value)
    if isinstance(value, dict) or isinstance(unknown, dict):
        content = value if isinstance(value, dict) else {}
        keys = content.keys() | (
            {key for key in unknown if _has_true(unknown[key])} if isinstance(unknown, dict) else set()
        )
        return {key: _annotated(content.get(key), _below(mask, key), _below(unknown, key)) for key in keys}
    if isinstance(value, list):
        # In a set, the mask's places are those of one side only.
        if len(value) > 1 and _has_true(mask):
            return _Masked(value)
        return [_annotated(item, _below(mask, place), _below(unknown, place)) for place, item in enumerate(value)]
    return value


def _below(node: Any, key: str | int) -> Any:
    if node is True:
        return True
    if isinstance(node, dict):
        return node.get(str(key), False)
    if isinstance(node, list) and isinstance(key, int) and key < len(node):
        return node[key]
    return False


def _has_true(node: Any) -> bool:
    if isinstance(node, dict):
        return any(_has_true(one) for one in node.values())
    if isinstance(node, list):
        return any(_has_true(one) for one in node)
    return node is True


def _compare(path: tuple[str, ...], before: Any, after: Any, *, exact: bool = False) -> Iterator[_Found]:
    """`exact`: an empty text is not the same as none; between the provider's own values it is."""
    if before == after or (not exact and _is_nothing(before) and _is_nothing(after)):
        return
    if isinstance(after, _Unknown):
        yield _Found(path, _shown(path, before), "(known after apply)", is_unknown=True)
    elif isinstance(before, _Masked) or isinstance(after, _Masked):
        yield from _masked(path, _open(before), _open(after))
    elif isinstance(before, str) and isinstance(after, str):
        yield from _texts(path, before, after)
    elif _is_object(before) and _is_object(after):
        yield from _objects(path, before or {}, after or {}, exact)
    elif isinstance(before, list | None) and isinstance(after, list | None):
        yield from _lists(path, before or [], after or [], exact)
    else:
        yield _Found(path, _shown(path, before), _shown(path, after))


def _objects(path: tuple[str, ...], left: dict[str, Any], right: dict[str, Any], exact: bool) -> Iterator[_Found]:
    for key in sorted(left.keys() | right.keys()):
        one, other, below = left.get(key), right.get(key), (*path, _segment(key))
        if (key in left) != (key in right) and {} in (one, other):
            # An element of a list that has nothing but its name is there all the same.
            yield _Found(below, _shown(below, one), _shown(below, other))
        else:
            yield from _compare(below, one, other, exact=exact)


def _masked(path: tuple[str, ...], before: Any, after: Any) -> Iterator[_Found]:
    """What a mask covers: no value, but of JSON the names of what changes."""
    if before == after:
        return
    left, right = (embedded.parsed(side) if isinstance(side, str) else None for side in (before, after))
    names = left is not None and right is not None and path[-1] == "container_definitions"
    for one in _compare(path, left, right, exact=True) if names else [_Found(path, before, after)]:
        yield _Found(one.path, one.before and SENSITIVE, one.after and SENSITIVE)


def _texts(path: tuple[str, ...], before: str, after: str) -> Iterator[_Found]:
    left, right = embedded.parsed(before), embedded.parsed(after)
    if is_within_environment(path):
        yield _Found(path, HIDDEN, HIDDEN)
    elif left is not None and right is not None:
        yield from _compare(path, left, right, exact=True)
    elif "\n" in before.strip() or "\n" in after.strip():
        old, new = before.splitlines(), after.splitlines()
        # A line alone does not tell that it is a part of a key.
        gone, come = (
            HIDDEN if has_secret(whole) else "\n".join(line for line in one if line not in others)
            for whole, one, others in ((before, old, set(new)), (after, new, set(old)))
        )
        yield _Found(path, _shown(path, gone), _shown(path, come))
    else:
        yield _Found(path, _shown(path, before), _shown(path, after))


def _lists(path: tuple[str, ...], before: list[Any], after: list[Any], exact: bool) -> Iterator[_Found]:
    if path[-1] in _WHOLE:
        yield _Found(path, _shown(path, before), _shown(path, after))
        return
    named = [embedded.names(side) if side else {} for side in (before, after)]
    if max(len(before), len(after)) > 1 and named[0] is not None and named[1] is not None:
        yield from _objects(path, embedded.by_name(before) or {}, embedded.by_name(after) or {}, exact)
        return
    left, right = ([_essence(item) for item in side] for side in (before, after))
    gone = [item for item, essence in zip(before, left, strict=True) if essence not in right]
    come = [item for item, essence in zip(after, right, strict=True) if essence not in left]
    if len(gone) == len(come) == 1 or (len(before) <= 1 and len(after) <= 1):
        one, other = (gone or [None])[0], (come or [None])[0]
        if _is_object(one) and _is_object(other):
            yield from _compare(path, one, other, exact=exact)
            return
    if not gone and not come and left != right:
        yield _Found(path, _shown(path, before), _shown(path, after))  # another order
    element = (*path[:-1], f"{path[-1]}[]")
    for item in gone:
        yield _Found(element, _shown(element, item), None)
    for item in come:
        yield _Found(element, None, _shown(element, item), is_unknown=isinstance(item, _Unknown))


def _essence(item: Any) -> Any:
    """An element of a list of blocks without what is nothing to the provider."""
    if not isinstance(item, dict):
        return item
    return {key: value for key, value in item.items() if not _is_nothing(value) and value is not False}


def _is_object(side: Any) -> bool:
    return side is None or isinstance(side, dict)


def _is_nothing(side: Any) -> bool:
    """Null, empty and false are the same to many providers, of which imports and upgrades exchange one for another."""
    if isinstance(side, dict):
        return all(_is_nothing(one) for one in side.values())
    if isinstance(side, list):
        return all(_is_nothing(one) for one in side)
    return side is None or side == ""


def _open(side: Any) -> Any:
    """With what is masked or unknown in it, for comparing only."""
    if isinstance(side, _Masked):
        return _open(side.value)
    if isinstance(side, dict):
        return {key: _open(one) for key, one in side.items()}
    return [_open(one) for one in side] if isinstance(side, list) else side


def _shown(path: tuple[str, ...], side: Any) -> str | None:
    """As JSON, with what must not be read replaced; None for what is not there."""
    if side is None:
        return None
    value = concealed(path, _closed(side))
    return value if value in (HIDDEN, SENSITIVE, "(known after apply)") else json.dumps(value, ensure_ascii=False)


def _closed(side: Any) -> Any:
    if isinstance(side, _Masked):
        return SENSITIVE
    if isinstance(side, _Unknown):
        return "(known after apply)"
    if isinstance(side, dict):
        return {key: _closed(one) for key, one in side.items()}
    return [_closed(one) for one in side] if isinstance(side, list) else side


def _segment(key: str) -> str:
    """An ARN's end tells it apart as well."""
    return key.rsplit(":", 1)[-1] if key.startswith("arn:") else key


def _unknown_keys(change: Change) -> set[str]:
    return {key for key, one in change.unknown.items() if _has_true(one)} if isinstance(change.unknown, dict) else set()


def _same_tags(change: Change) -> bool:
    """Whether `tags` says already what happens to all tags."""
    left, right = ((side.get("tags_all") or {}) for side in (change.before, change.after))
    changed = {key for key in left.keys() | right.keys() if left.get(key) != right.get(key)}
    own = {key for side in (change.before, change.after) for key in (side.get("tags") or {})}
    return bool(changed) and changed <= own


def _is_configured(change: Change, key: str, plan: Plan) -> bool:
    arguments = plan.references.get(change.configured_as)
    return arguments is None or any(path == key or path.startswith(f"{key}.") for path in arguments)


def _origin(found: _Found, change: Change, plan: Plan) -> str | None:
    """An unknown value is named by what it comes from."""
    if not found.is_unknown:
        return found.after
    names = origins(change, found.path, plan)
    return f"(known after apply, from {', '.join(names)})" if names else "(known after apply)"


def origins(change: Change, path: tuple[str, ...], plan: Plan) -> tuple[str, ...]:
    """What the expression of an argument names, each once and as precisely as it does."""
    arguments = plan.references.get(change.configured_as, {})
    plain = [part.removesuffix("[]") for part in path]
    lengths = range(len(plain), 0, -1)
    names = next((arguments[".".join(plain[:n])] for n in lengths if ".".join(plain[:n]) in arguments), ())
    return tuple(dict.fromkeys(one for one in names if not any(other.startswith(f"{one}.") for other in names)))


def _forces(path: tuple[str, ...], replace_paths: tuple[Path, ...]) -> bool:
    plain = [part.removesuffix("[]") for part in path]
    for one in replace_paths:
        keys = [part for part in one if isinstance(part, str)]
        shorter = min(len(keys), len(plain))
        if shorter and keys[:shorter] == plain[:shorter]:
            return True
    return False
