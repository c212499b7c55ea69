"""Errors that a person can act on. Their message says what was found and what would be right."""


class GreenlightError(Exception):
    """Ends the command with exit code 1: nothing was changed."""


class InFlightError(GreenlightError):
    """Another deployment has the deployment group, which takes one at a time."""


class LostSightError(Exception):
    """Ends the command with exit code 4: a deployment goes on, or may, without anybody watching it."""
