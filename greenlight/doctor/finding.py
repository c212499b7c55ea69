"""What a look at a service has found."""

from dataclasses import dataclass
from typing import Protocol

from greenlight.context import Context


class Fix(Protocol):
    """A repair that `--fix` may make."""

    def make(self, context: Context) -> None:
        """Raises RefusedError where it is not safe, or has not helped."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    what: str
    """What is wrong."""

    effect: str
    """What that does to traffic or to the next release."""

    repair: str
    """A command, or what to do."""

    fix: Fix | None = None
    """None: `--fix` leaves it alone."""

    id: str = ""
    """By which it is documented: the name of the function that finds it."""
