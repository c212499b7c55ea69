"""Which route of an HTTP API a request takes. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

DEFAULT = "$default"


def choose_route(route_keys: Iterable[str], method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """The route key, and the values of its path variables; None when no route takes the request.

    The most specific path wins: a literal segment before a variable before ``{proxy+}``; for the same path, the method
    itself before ``ANY``; ``$default`` takes what nobody else does.
    """
    best: tuple[tuple[tuple[int, ...], bool], str, dict[str, str]] | None = None
    fallback = False
    for key in route_keys:
        if key == DEFAULT:
            fallback = True
            continue
        wanted_method, _, pattern = key.partition(" ")
        variables = _match(pattern, path) if wanted_method in (method, "ANY") else None
        if variables is None:
            continue
        rank = (_rank(pattern), wanted_method == "ANY")
        if best is None or rank < best[0]:
            best = (rank, key, variables)
    if best is not None:
        return best[1], best[2]
    return (DEFAULT, {}) if fallback else None


def _segments(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def _rank(pattern: str) -> tuple[int, ...]:
    """Lower is more specific, segment by segment."""
    return tuple(2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in _segments(pattern))


def _match(pattern: str, path: str) -> dict[str, str] | None:
    variables: dict[str, str] = {}
    wanted, given = _segments(pattern), _segments(path)
    for index, part in enumerate(wanted):
        if part.endswith("+}"):
            # Greedy: the rest, at least one segment of it.
            rest = "/".join(given[index:])
            return variables | {part[1:-2]: unquote(rest)} if rest else None
        if index >= len(given):
            return None
        if part.startswith("{"):
            if not given[index]:
                return None
            variables[part[1:-1]] = unquote(given[index])
        elif part != unquote(given[index]):
            return None
    return variables if len(wanted) == len(given) else None
