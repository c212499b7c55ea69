"""What was reviewed, as `greenlight review -o json` wrote it down, and whether a plan is that. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from greenlight.errors import RefusedError
from greenlight.review.findings import Rank
from greenlight.review.fingerprint import KEY_VARIABLE, is_keyed, left_out

_VERDICTS = {rank.key for rank in Rank}


class _Part(BaseModel):
    # Keys are only ever added within a version.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Stack(_Part):
    stack: str
    verdict: str
    fingerprint: str
    plan_sha256: str | None
    live: dict[str, str]


class _Review(_Part):
    version: Literal[1]
    command: Literal["review"]
    stacks: list[Stack]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The plan that is to be applied."""

    fingerprint: str
    plan_sha256: str | None
    """None: the plan file was not given."""
    live: Mapping[str, str]
    errored: bool


def parse(content: bytes, name: str) -> list[Stack]:
    """Raises RefusedError where it is no review; what is not understood is not taken for an approval."""
    try:
        found = _Review.model_validate_json(content)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'content'}: {one['msg']}" for one in error.errors())
        raise RefusedError(
            f"{name} is not what `greenlight review -o json` prints of plans that it could read: {problems}"
        ) from error
    unknown = sorted({one.verdict for one in found.stacks} - _VERDICTS)
    if unknown:
        raise RefusedError(f"{name} has a verdict that this version does not know: {', '.join(unknown)}")
    return found.stacks


def find(asked: Asked, stacks: list[Stack]) -> Stack | None:
    """The review of this very plan. Plans that change nothing mean the same in every stack."""
    same = [one for one in stacks if one.fingerprint == asked.fingerprint]
    return max(same, key=lambda one: (one.plan_sha256 == asked.plan_sha256, one.live == asked.live), default=None)


def refusals(asked: Asked, found: Stack | None, stacks: list[Stack]) -> Iterator[str]:
    """Why the plan must not be applied, so far as the review says it."""
    if asked.errored:
        yield "the plan is incomplete, because making it ended in an error: plan again"
    if found is None:
        known = ", ".join(f"{one.stack} {short(one.fingerprint)}" for one in stacks) or "none"
        yield (
            f"this plan, {short(asked.fingerprint)}, is not among the reviewed ones: {known}. "
            f"Have it reviewed{_other_key(asked, stacks)}"
        )
        return
    if asked.plan_sha256 is not None and found.plan_sha256 is None:
        yield f"the review of {found.stack} did not see the plan file: have it reviewed with it"
    elif asked.plan_sha256 and found.plan_sha256 and asked.plan_sha256 != found.plan_sha256:
        yield (
            f"the plan file, SHA-256 {asked.plan_sha256[:12]}…, is not the reviewed one, {found.plan_sha256[:12]}…: "
            "apply the file that was reviewed, or have this one reviewed"
        )
    if found.verdict == Rank.BLOCKED.key:
        yield (
            f"the review blocked the plan of {found.stack}: change it, or have the review say why it is allowed "
            "(`greenlight review --allow`)"
        )
    for key in sorted(found.live.keys() | asked.live.keys()):
        before, now = (side.get(key, "nothing") for side in (found.live, asked.live))
        if before != now:
            yield f"{key} was reviewed against {before}, and the plan was made against {now}: have that reviewed"


def check_exact(asked: Asked) -> None:
    """Raises RefusedError where nothing that is left says whether the plan is the reviewed one."""
    count = left_out(asked.fingerprint)
    if count and asked.plan_sha256 is None:
        raise RefusedError(
            f"the plan has {count} values that are left out of its fingerprint, because anybody could guess them from "
            f"it: give --plan-file, or set {KEY_VARIABLE} for the review and here"
        )


def short(fingerprint: str) -> str:
    """As the comment shows it."""
    return fingerprint[:12]


def _other_key(asked: Asked, stacks: list[Stack]) -> str:
    if any(is_keyed(one.fingerprint) != is_keyed(asked.fingerprint) for one in stacks):
        return f", with the same {KEY_VARIABLE} there and here: only one of them had one"
    return ""
