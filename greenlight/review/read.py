"""From the text that `terraform show -json` printed to a Plan. Pure."""

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from greenlight.errors import RefusedError
from greenlight.review.marked import texts_of_variables
from greenlight.review.plan import Change, Check, Path, Plan

_HOW = "give what `terraform show -json PLANFILE` prints"
_ENCODINGS = (  # PowerShell writes UTF-16; the longer mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_APPLYABLE_SINCE = (1, 8)  # of Terraform; OpenTofu, whose first version is 1.6, has no such key
_OPENTOFU_SINCE = (1, 6)


def document(content: bytes, name: str) -> dict[str, Any]:
    """The plan's JSON. Raises RefusedError, which tells by `name` what it is instead, if it is no plan."""
    if content.startswith(b"PK\x03\x04"):
        raise RefusedError(f"{name} is a plan file itself, which only Terraform can read: {_HOW}")
    encoding = next((one for mark, one in _ENCODINGS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise RefusedError(f"{name} is no text: {_HOW}") from error
    # Wrappers of Terraform, such as GitHub's, print lines of their own before and after.
    start = re.search(r"^[ \t]*\{", text, re.MULTILINE)
    if start is None:
        what = "is empty" if not text.strip() else "has no JSON in it"
        raise RefusedError(f"{name} {what}: {_HOW}")
    try:
        found, end = json.JSONDecoder().raw_decode(text, start.end() - 1)
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"{name} is not valid JSON, it may have been cut off ({error}): {_HOW}") from error
    if re.search(r"^[ \t]*\{", text[end:], re.MULTILINE):
        what = "the log of `terraform plan -json`" if "@level" in found else "more than one document"
        raise RefusedError(f"{name} is {what}: {_HOW}, of one plan")
    if re.search(r"^[ \t]*[]}]", text[end:], re.MULTILINE):
        raise RefusedError(f"{name} is not valid JSON: something is before its first bracket. {_HOW}")
    _is_plan(found, name)
    return dict(found)


def _is_plan(found: Mapping[str, Any], name: str) -> None:
    if "@level" in found:
        raise RefusedError(f"{name} is the log of `terraform plan -json`: {_HOW}")
    if "lineage" in found or ("values" in found and "resource_changes" not in found):
        raise RefusedError(f"{name} is a state, not a plan: {_HOW}")
    version = found.get("format_version")
    if not isinstance(version, str):
        raise RefusedError(f"{name} is no plan, it has no format_version: {_HOW}")
    if version.partition(".")[0] != "1":
        raise RefusedError(
            f"{name} has format_version {version[:20]}; this version of greenlight reads 1.x: take a newer one"
        )
    if not found.keys() & {"planned_values", "resource_changes", "errored", "configuration", "resource_drift"}:
        raise RefusedError(f"{name} has a format_version, but nothing that a plan has: {_HOW}")


def plan(content: Mapping[str, Any], stack: str, constructs: Mapping[str, str] | None = None) -> Plan:
    """The plan that `document` has read. Raises RefusedError where a part of it has another shape than it must."""
    version = content.get("terraform_version") or "unknown"
    with understood(stack):
        configuration = content.get("configuration") or {}
        return Plan(
            stack=stack,
            terraform_version=version,
            is_opentofu=_is_opentofu(content, version),
            changes=tuple(_change(one) for one in content.get("resource_changes") or ()),
            drift=tuple(_change(one) for one in content.get("resource_drift") or ()),
            outputs=tuple(_output(name, one) for name, one in (content.get("output_changes") or {}).items()),
            deferred=tuple(
                (_change(one["resource_change"]), str(one["reason"])) for one in content.get("deferred_changes") or ()
            ),
            invocations=tuple(str(one["address"]) for one in content.get("action_invocations") or ()),
            checks=tuple(_checks(content.get("checks") or ())),
            errored=bool(content.get("errored")),
            applyable=content.get("applyable"),
            complete=content.get("complete"),
            references=dict(_references(configuration.get("root_module") or {}, "")),
            relevant=frozenset(str(one["resource"]) for one in content.get("relevant_attributes") or ()),
            sensitive=texts_of_variables(content),
            constructs=constructs or {},
        )


def region(document: Mapping[str, Any]) -> str | None:
    """Where the AWS provider works; None where it has several regions, or takes it from elsewhere."""
    providers = (document.get("configuration") or {}).get("provider_config") or {}
    regions = {
        ((one.get("expressions") or {}).get("region") or {}).get("constant_value")
        for one in providers.values()
        if str(one.get("full_name")).endswith("/hashicorp/aws")
    }
    return regions.pop() if len(regions) == 1 else None


@contextmanager
def understood(stack: str) -> Iterator[None]:
    """Raises RefusedError where a value has another shape than it must: what is not understood is not reviewed."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
        said = "" if isinstance(error, ValueError) else f": {str(error)[:100]}"  # which would quote the value
        raise RefusedError(
            f"the plan of {stack} has a part that is not as `terraform show -json` prints it "
            f"({type(error).__name__}{said})"
        ) from error


def constructs(synthesized: Mapping[str, Any]) -> dict[str, str]:
    """Address -> path of the construct that made it, of a stack that CDKTF has synthesized (`cdk.tf.json`)."""
    found = {}
    for kind, named in (synthesized.get("resource") or {}).items():
        for name, resource in named.items():
            metadata = (resource.get("//") or {}).get("metadata") or {}
            if "path" in metadata:
                found[f"{kind}.{name}"] = str(metadata["path"])
    return found


def _is_opentofu(content: Mapping[str, Any], version: str) -> bool | None:
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if "applyable" in content or numbers is None:
        return False if "applyable" in content else None
    known = (int(numbers[1]), int(numbers[2]))
    return True if known >= _APPLYABLE_SINCE else False if known < _OPENTOFU_SINCE else None


def _change(found: Mapping[str, Any]) -> Change:
    change = found["change"]
    reason, sides = found.get("action_reason"), (change.get("before"), change.get("after"))
    if not all(isinstance(action, str) for action in change["actions"]) or not isinstance(reason, str | None):
        raise TypeError(f"actions or action_reason of {found['address']}")
    if found["type"] != "output" and not all(isinstance(side, dict | None) for side in sides):
        raise TypeError(f"before or after of {found['address']}")
    return Change(
        address=str(found["address"]),
        type=str(found["type"]),
        name=str(found["name"]),
        managed=found["mode"] == "managed",
        provider=str(found.get("provider_name", "")),
        actions=tuple(change["actions"]),
        reason=reason,
        before=sides[0],
        after=sides[1],
        unknown=change.get("after_unknown", False),
        before_sensitive=change.get("before_sensitive", False),
        after_sensitive=change.get("after_sensitive", False),
        replace_paths=tuple(_path(one) for one in change.get("replace_paths") or ()),
        deposed=found.get("deposed"),
        previous_address=found.get("previous_address"),
        importing="importing" in change,
    )


def _path(found: list[str | int]) -> Path:
    return tuple(found)


def _output(name: str, found: Mapping[str, Any]) -> Change:
    whole = {"address": f"output.{name}", "type": "output", "name": name, "mode": "managed", "change": found}
    return _change(whole)


def _checks(found: Any) -> Iterator[Check]:
    for one in found:
        instances = one.get("instances") or ()
        yield Check(
            address=str(one["address"]["to_display"]),
            kind=str(one["address"]["kind"]),
            status=str(one["status"]),
            messages=tuple(
                str(problem["message"]) for instance in instances for problem in instance.get("problems") or ()
            ),
        )


def _references(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, dict[str, tuple[str, ...]]]]:
    """Of a module and those it calls, whose variables and outputs are names between the resources."""

    def absolute(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(prefix + name for name in names)

    for resource in module.get("resources") or ():
        arguments: dict[str, tuple[str, ...]] = {}
        for path, names in _expressions(resource.get("expressions") or {}, ()):
            arguments[".".join(path)] = arguments.get(".".join(path), ()) + absolute(names)
        yield prefix + str(resource["address"]), arguments
    for name, call in (module.get("module_calls") or {}).items():
        inside = f"{prefix}module.{name}."
        for path, names in _expressions(call.get("expressions") or {}, ()):
            yield f"{inside}var.{path[0]}", {"": absolute(names)}
        for output, told in ((call.get("module") or {}).get("outputs") or {}).items():
            for _, names in _expressions(told.get("expression") or {}, ()):
                yield inside + output, {"": tuple(inside + one for one in names)}
        yield from _references(call.get("module") or {}, inside)


def _expressions(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """An expression is an object of its own shape; a block is an object, or a list of them, of expressions."""
    if isinstance(node, list):
        for one in node:
            yield from _expressions(one, path)
    elif isinstance(node, dict):
        if isinstance(node.get("references"), list):
            yield path, tuple(str(name) for name in node["references"])
            return
        if node.keys() == {"constant_value"}:
            yield path, ()
            return
        for key, below in node.items():
            yield from _expressions(below, (*path, key))
