"""Errors that a person can act on. Their message says what was found and what would be right.

GreenlightError
├── RefusedError         exit code 1: nothing was changed
│   └── InFlightError    another deployment has the deployment group
├── ReplacedError        exit code 3: what was in flight was ended, and its replacement did not begin
└── LostSightError       exit code 4: a deployment goes on, or may
"""

from typing import ClassVar

from greenlight.outcome import Exit


class GreenlightError(Exception):
    """The root: never raised itself. Ends the command with the exit code of its class."""

    exit_code: ClassVar[Exit]


class RefusedError(GreenlightError):
    """What was asked for is wrong, missing or not allowed, and nothing was changed."""

    exit_code = Exit.ERROR


class InFlightError(RefusedError):
    """Another deployment has the deployment group, which takes one at a time."""


class ReplacedError(GreenlightError):
    """A deployment was ended for a release that then did not begin: production is where that one has left it."""

    exit_code = Exit.FAILED


class LostSightError(GreenlightError):
    """A deployment goes on, or may, and nobody watches it."""

    exit_code = Exit.LOST
