"""What the golden set's plans are made of."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum

from tests.e2e.changing import BASE
from tests.e2e.harness import Environment
from tests.plans.edits import Edit


class State(StrEnum):
    """What is deployed when a plan is made, in the order in which it comes to be."""

    EMPTY = "empty"
    CREATED = "created"
    """Nothing has been refreshed since the apply that made it."""
    DEPLOYED = "deployed"
    GREEN_LIVE = "green-live"
    """After a release of `api`: the prod listener leads to its green group, and the state does not know."""
    BLUE_LIVE = "blue-live"
    """After the next one."""
    IN_SHIFT = "in-shift"
    """One more is under way, with a tenth of the traffic on green."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One plan."""

    name: str
    state: State = State.DEPLOYED
    settings: str = BASE
    edits: tuple[Edit, ...] = ()
    options: tuple[str, ...] = ()
    """Of `terraform plan`."""
    by_hand: Callable[[Environment], AbstractContextManager[None]] | None = None
    """Changes something without Terraform's configuration, and takes it back when the plan is made."""


def settings(*replacements: tuple[str, str]) -> str:
    """The environment's settings with something else in places."""
    return changed(BASE, replacements)


def changed(text: str, replacements: Iterable[tuple[str, str]]) -> str:
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
