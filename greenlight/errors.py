"""Errors that a person can act on. Their message says what was found and what would be right."""


class GreenlightError(Exception):
    """Ends the command with exit code 1: nothing was changed."""
