"""How moto is patched. Each patch is declared next to its function; all are applied when the sandbox starts.

    @replaces(EventsBackend)
    def put_rule(self: EventsBackend, name: str, *args: Any, **params: Any) -> Rule:
        rule = put_rule.moto(self, name, *args, **params)

The sandbox does not start when moto lacks what a patch replaces, or has what a patch adds.
"""

from __future__ import annotations

import dis
from collections.abc import Callable
from dataclasses import dataclass
from inspect import isfunction
from types import ModuleType
from typing import Any, ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
Added = TypeVar("Added", bound=Callable[..., Any])
Owner = type[Any] | ModuleType


class OtherMotoError(Exception):
    """The installed moto does not fit the patches. The message names each owner and attribute."""


class Replacement(Protocol[P, R]):
    """A function that replaces one of moto's."""

    moto: Callable[P, R]
    """The function that it replaces, with the same parameters."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...


@dataclass(frozen=True)
class _Patch:
    owner: Owner
    name: str
    value: Any
    replaced: bool
    in_moto: bool
    """Whether moto has the name: as declared, so before any patch is applied."""

    @property
    def problem(self) -> str | None:
        owner = self.owner.__name__
        where = owner if isinstance(self.owner, ModuleType) else f"{self.owner.__module__}.{owner}"
        if self.replaced and not self.in_moto:
            return f"it has no {where}.{self.name}, which is replaced"
        if self.in_moto and not self.replaced:
            return f"it has {where}.{self.name}, which is added"
        return None


class Patches:
    """Declared patches. Nothing changes until `apply`."""

    def __init__(self) -> None:
        self._declared: dict[tuple[Owner, str], _Patch] = {}

    def replaces(self, owner: Owner, name: str | None = None) -> Callable[[Callable[P, R]], Replacement[P, R]]:
        """The function replaces the one with its own name, or ``name``, in a class or module of moto's.

        One that calls its ``moto`` replaces one function only: each declaration sets it.
        """

        def declare(function: Callable[P, R]) -> Replacement[P, R]:
            attribute = name or function.__name__
            replacement = cast("Replacement[P, R]", function)
            replacement.moto = getattr(owner, attribute, None)  # type: ignore[assignment]
            self._declare(owner, attribute, function, replaced=True)
            return replacement

        return declare

    def adds(self, owner: Owner) -> Callable[[Added], Added]:
        """The function is one that moto lacks."""

        def declare(function: Added) -> Added:
            self._declare(owner, function.__name__, function, replaced=False)
            return function

        return declare

    def replace_value(self, owner: Owner, name: str, value: Any) -> None:
        """Replace a constant or a property, or an attribute that moto's constructor sets."""
        self._declare(owner, name, value, replaced=True)

    def _declare(self, owner: Owner, name: str, value: Any, *, replaced: bool) -> None:
        if (owner, name) in self._declared:
            raise ValueError(f"{owner.__name__}.{name} is patched already")
        self._declared[owner, name] = _Patch(owner, name, value, replaced, _has(owner, name))

    def apply(self) -> None:
        """Apply all patches, or raise OtherMotoError and apply none. Calling it again changes nothing."""
        problems = [patch.problem for patch in self._declared.values() if patch.problem]
        if problems:
            raise OtherMotoError(f"the installed moto does not fit the patches in sandbox/aws: {'; '.join(problems)}")
        for patch in self._declared.values():
            setattr(patch.owner, patch.name, patch.value)


def _has(owner: Owner, name: str) -> bool:
    """In its class, a base class or its constructor. What every Python object has does not count."""
    if isinstance(owner, ModuleType):
        return name in vars(owner)
    return any(name in vars(kind) or name in _set_by_constructor(kind) for kind in owner.__mro__ if kind is not object)


def _set_by_constructor(kind: type[Any]) -> set[str]:
    constructor = vars(kind).get("__init__")
    if not isfunction(constructor):
        return set()
    return {step.argval for step in dis.get_instructions(constructor) if step.opname == "STORE_ATTR"}


_PATCHES = Patches()
replaces = _PATCHES.replaces
adds = _PATCHES.adds
replace_value = _PATCHES.replace_value
apply = _PATCHES.apply
