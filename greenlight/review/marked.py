"""What Terraform marks as sensitive in one place, hidden wherever else the review would say it. Pure.

Marks get lost: a provider does not hand them on from `tags` to `tags_all`, and sentences name what they are about.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from greenlight.review.findings import Difference, Finding, Quiet, Review
from greenlight.review.plan import Change, Plan

_SENSITIVE = "(sensitive)"
_SHORTEST = 6  # shorter ones are words of other sentences as well


def texts_of_variables(content: Mapping[str, Any]) -> frozenset[str]:
    """The values of the configuration's variables that are declared as sensitive, of the plan's whole document."""
    declared = ((content.get("configuration") or {}).get("root_module") or {}).get("variables") or {}
    values = content.get("variables") or {}
    found = (_marked((values.get(name) or {}).get("value"), one.get("sensitive")) for name, one in declared.items())
    return frozenset(text for several in found for text in several)


def without_marked(review: Review, plan: Plan) -> Review:
    """The review without the values that are marked anywhere in the plan; addresses stay, which Terraform shows too."""
    parts: list[Finding | Quiet] = [*review.findings, *review.quiet]
    said = "\0".join([*review.notes, *(text for part in parts for text in _texts(part))])
    marked = {text for text in plan.sensitive.union(*map(_of_change, _changes(plan))) if _written(text) in said}
    if not marked:
        return review
    words = "|".join(re.escape(_written(text)) for text in sorted(marked, key=len, reverse=True))
    pattern = re.compile(rf"(?<![A-Za-z0-9])({words})(?![A-Za-z0-9])")
    return replace(
        review,
        notes=tuple(pattern.sub(_SENSITIVE, one) for one in review.notes),
        findings=tuple(_finding(one, pattern) for one in review.findings),
        quiet=tuple(_quiet(one, pattern) for one in review.quiet),
    )


def _changes(plan: Plan) -> Iterator[Change]:
    yield from (*plan.changes, *plan.drift, *plan.outputs, *(change for change, _ in plan.deferred))


def _of_change(change: Change) -> frozenset[str]:
    sides = ((change.before, change.before_sensitive), (change.after, change.after_sensitive))
    return frozenset(text for value, mask in sides for text in _marked(value, mask))


def _marked(value: Any, mask: Any) -> Iterator[str]:
    if isinstance(value, dict) and mask:
        for key, below in value.items():
            yield from _marked(below, mask.get(key) if isinstance(mask, dict) else mask is True)
    elif isinstance(value, list) and mask:
        for place, below in enumerate(value):
            known = mask[place] if isinstance(mask, list) and place < len(mask) else mask is True
            yield from _marked(below, known)
    elif isinstance(value, str) and mask is True and len(value) >= _SHORTEST:
        yield value


def _written(text: str) -> str:
    """As it stands in JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _texts(part: Finding | Quiet) -> Iterator[str]:
    yield from (text for one in part.differences for text in (one.path, one.before, one.after) if text)
    if isinstance(part, Finding):
        yield from (part.consequence, part.instead or "", part.why or "")
    else:
        yield part.summary


def _finding(part: Finding, pattern: re.Pattern[str]) -> Finding:
    return replace(
        part,
        differences=_differences(part.differences, pattern),
        consequence=pattern.sub(_SENSITIVE, part.consequence),
        instead=part.instead and pattern.sub(_SENSITIVE, part.instead),
        why=part.why and pattern.sub(_SENSITIVE, part.why),
    )


def _quiet(part: Quiet, pattern: re.Pattern[str]) -> Quiet:
    differences = _differences(part.differences, pattern)
    return replace(part, differences=differences, summary=pattern.sub(_SENSITIVE, part.summary))


def _differences(found: tuple[Difference, ...], pattern: re.Pattern[str]) -> tuple[Difference, ...]:
    return tuple(
        replace(
            one,
            path=pattern.sub(_SENSITIVE, one.path),
            before=one.before and pattern.sub(_SENSITIVE, one.before),
            after=one.after and pattern.sub(_SENSITIVE, one.after),
        )
        for one in found
    )
