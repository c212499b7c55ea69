"""The models' regular expressions, which are Java's, as Python's. AWS matches the whole value."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from functools import cache

UNUSED: dict[str, str] = {
    # sts arnType
    r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+": (
        "its last range is meant to be above U+FFFF, but reads as U+1000, 0 to U+10FF, F, F"
    ),
    # ec2 PlacementGroupArn
    r"^arn:aws([a-z-]+)?:ec2:[a-z\d-]+:\d{12}:placement-group/^.{1,255}$": "an anchor in the middle: nothing matches",
    # events ResourceAssociationArn
    r"^arn:[a-z0-9\\-]+:vpc-lattice:[a-zA-Z0-9\\-]+:\\d{12}:servicenetworkresourceassociation/snra-[0-9a-z]{17}$": (
        "escaped twice, so that it asks for a backslash: no ARN matches"
    ),
}
"""Patterns that are not applied, each with the reason. A test holds every other pattern to be translatable."""

_SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF"
"""All characters above U+FFFF, as Java's strings hold them."""


@cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """To be used with ``fullmatch``; None for one of `UNUSED`. ``re.error`` where it cannot be translated."""
    if pattern in UNUSED:
        return None
    text = pattern.replace(_SURROGATES, r"\U00010000-\U0010FFFF").replace(r"\p{Print}", "[\x20-\x7e]")
    # A class such as \w cannot begin a range: the dash after it is a dash.
    text = re.sub(r"(\\[wds])-", r"\1\\-", text)
    text = re.sub(r"\\p\{([A-Z][a-z]?)\}", lambda found: _category(found[1]), text)
    # Java's \w and \d are ASCII.
    return re.compile(text, re.ASCII)


def _category(name: str) -> str:
    """The characters of a Unicode category, as the inside of a character class."""
    return "".join(_ranges()[name])


@cache
def _ranges() -> dict[str, list[str]]:
    spans: dict[str, list[list[int]]] = defaultdict(list)
    for code in range(sys.maxunicode + 1):
        category = unicodedata.category(chr(code))
        for name in (category, category[0]):
            if spans[name] and spans[name][-1][1] == code - 1:
                spans[name][-1][1] = code
            else:
                spans[name].append([code, code])
    return {name: [f"\\U{first:08x}-\\U{last:08x}" for first, last in found] for name, found in spans.items()}
