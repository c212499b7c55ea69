"""How moto finds the service that a call is for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from moto import backends

from sandbox.aws.patch import replaces


@replaces(backends)
def list_of_moto_modules() -> Iterable[str]:
    """Asked for at each call. moto's own lists its folder each time, which takes longer than most calls do."""
    return _modules()


@cache
def _modules() -> tuple[str, ...]:
    return tuple(list_of_moto_modules.moto())
