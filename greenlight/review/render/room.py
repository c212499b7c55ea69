"""Which parts of several stacks fit into one comment. Pure.

Parts are let in by level, over all stacks, so that no stack's quiet changes cost another one a finding. Within a level
each stack has the same share; what it does not need goes to the others.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum


class Level(IntEnum):
    """What goes in first. Parts of CHAINS and DIFFERENCES belong to the part of FINDINGS in the same place."""

    STACK = 0
    NOTES = 1
    FINDINGS = 2
    CHAINS = 3
    DIFFERENCES = 4
    MORE = 5
    QUIET = 6


Sizes = Mapping[Level, Sequence[int]]


def kept(stacks: Sequence[Sizes], room: int) -> list[dict[Level, int]]:
    """How many parts of each stack and level are in, from the first on; without its STACK none."""
    found: list[dict[Level, int]] = [dict.fromkeys(Level, 0) for _ in stacks]
    for level in Level:
        wanted = [_wanted(sizes, counts, level) for sizes, counts in zip(stacks, found, strict=True)]
        for counts, sizes, share in zip(found, wanted, _shares([sum(sizes) for sizes in wanted], room), strict=True):
            for size in sizes:
                if size > share:
                    break
                share -= size
                room -= size
                counts[level] += 1
    return found


def _wanted(sizes: Sizes, counts: Mapping[Level, int], level: Level) -> Sequence[int]:
    parts = sizes.get(level, ())
    if level is Level.STACK:
        return parts
    if not counts[Level.STACK]:
        return ()
    return parts[: counts[Level.FINDINGS]] if level in (Level.CHAINS, Level.DIFFERENCES) else parts


def _shares(wants: Sequence[int], room: int) -> list[int]:
    """Everybody gets the same, at most what they want; the modest ones leave the more to the others."""
    shares = [0] * len(wants)
    order = sorted(range(len(wants)), key=lambda place: wants[place])
    for served, place in enumerate(order):
        shares[place] = min(wants[place], room // (len(wants) - served))
        room -= shares[place]
    return shares
