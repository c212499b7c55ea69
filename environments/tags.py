"""What tags may say: every resource gets them, so the strictest service decides."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

from environments.shown import shown
from environments.values import all_of


def own_tags(environment: str) -> dict[str, str]:
    """What every resource is tagged with anyway."""
    return {"greenlight:environment": environment, "managed-by": "terraform"}


MOST = 40  # AWS allows 50 a resource; the rest is for Greenlight's own and for Name
_LOST = ("//", "__proto__", "_children", "_metadata")
_KEY = 127  # EC2's; others have 128
_VALUE = 256


def _check(tags: dict[str, str]) -> dict[str, str]:
    mistakes = []
    if len(tags) > MOST:
        mistakes.append(f"at most {MOST} are possible beside Greenlight's own, got {len(tags)}")
    seen: dict[str, str] = {}
    for key, value in tags.items():
        place = f"key {shown(key)}"
        folded = key.lower()
        if folded in seen:
            mistakes.append(f"{place} differs from {shown(seen[folded])} only in case, which IAM takes for one key")
        seen[folded] = key
        if folded.startswith("greenlight:") or folded in own_tags(""):
            mistakes.append(f"{place} is Greenlight's own")
        if key in _LOST:
            mistakes.append(f"{place} has a meaning of its own to CDKTF, and would not reach AWS")
        for what, text, least, longest in ((place, key, 1, _KEY), (f"the value of {shown(key)}", value, 0, _VALUE)):
            if not least <= len(text) <= longest:
                mistakes.append(f"{what} must have {least} to {longest} characters, got {len(text)}")
            if text != text.strip():
                mistakes.append(
                    f"{what} must not begin or end with a space, which ELB's rules forbid, got {shown(text)}"
                )
            if text.lower().startswith("aws:"):
                mistakes.append(f"{what} must not begin with aws:, which AWS keeps for itself, got {shown(text)}")
            if wrong := [character for character in text if not _allowed(character)]:
                mistakes.append(
                    f"{what} may have letters, digits, spaces and _.:/=+-@, got {shown(wrong[0])} in {shown(text)}"
                )
    all_of(mistakes)
    return tags


def _allowed(character: str) -> bool:
    """IAM's and ELB's own pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]."""
    return character in "_.:/=+-@" or unicodedata.category(character)[0] in "LZN"


Tags = Annotated[dict[str, str], AfterValidator(_check)]
