"""How moto finds the service that a call is for, and the operation in it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from moto import backends
from moto.core import responses

from sandbox.aws.patch import replaces


@replaces(backends)
def list_of_moto_modules() -> Iterable[str]:
    """Asked for at each call. moto's own lists its folder each time, which takes longer than most calls do."""
    return _modules()


@cache
def _modules() -> tuple[str, ...]:
    return tuple(list_of_moto_modules.moto())


@replaces(responses)
def method_names_from_class(clazz: type) -> list[str]:
    """Asked for at each call as well: which operations a service has."""
    return _methods(clazz)


@cache
def _methods(clazz: type) -> list[str]:
    return method_names_from_class.moto(clazz)
