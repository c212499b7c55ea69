"""Which parts of several stacks fit into one comment. Pure.

Parts are let in by level, over all stacks, so that no stack's quiet changes cost another one a finding. Within a level
each stack has the same share; what it does not need goes to the others.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from itertools import chain, islice


class Level(IntEnum):
    """What goes in first. Parts of CHAINS and DIFFERENCES belong to the part of FINDINGS in the same place."""

    STACK = 0
    NOTES = 1
    FINDINGS = 2
    CHAINS = 3
    DIFFERENCES = 4
    MORE = 5
    QUIET = 6


Sizes = Callable[[Level], Iterable[int]]
"""The sizes of a stack's parts. Only as many are asked for as could fit: a plan may have thousands of them."""


def kept(stacks: Sequence[Sizes], room: int, least: int) -> list[dict[Level, int]]:
    """How many parts of each stack and level are in, from the first on; without its STACK none.

    The first stacks come in until there is no room to give each of them `least`, or the whole of what it has.
    """
    found: list[dict[Level, int]] = [dict.fromkeys(Level, 0) for _ in stacks]
    left = room
    for sizes, counts in zip(stacks, found, strict=True):
        whole = sum(_at_most(chain.from_iterable(sizes(level) for level in Level), least))
        left -= max(min(whole, least), sum(sizes(Level.STACK)))
        if left < 0:
            break
        counts[Level.STACK] = 1
        room -= sum(sizes(Level.STACK))
    for level in list(Level)[1:]:
        wanted = [_wanted(sizes, counts, level, room) for sizes, counts in zip(stacks, found, strict=True)]
        for counts, sizes_, share in zip(found, wanted, _shares([sum(one) for one in wanted], room), strict=True):
            for size in sizes_:
                if size > share:
                    break
                share -= size
                room -= size
                counts[level] += 1
    return found


def _wanted(sizes: Sizes, counts: Mapping[Level, int], level: Level, room: int) -> list[int]:
    if not counts[Level.STACK]:
        return []
    parts = sizes(level)
    if level in (Level.CHAINS, Level.DIFFERENCES):
        parts = islice(parts, counts[Level.FINDINGS])
    return _at_most(parts, room)


def _at_most(sizes: Iterable[int], room: int) -> list[int]:
    """Until the room is full, and the one that has none."""
    found = []
    for size in sizes:
        found.append(size)
        room -= size
        if room < 0:
            break
    return found


def _shares(wants: Sequence[int], room: int) -> list[int]:
    """Everybody gets the same, at most what they want; the modest ones leave the more to the others."""
    shares = [0] * len(wants)
    order = sorted(range(len(wants)), key=lambda place: wants[place])
    for served, place in enumerate(order):
        shares[place] = min(wants[place], room // (len(wants) - served))
        room -= shares[place]
    return shares
