"""Permissions that an end-to-end run does not need, and why they are kept: owner and action -> reason."""

PERMISSIONS: dict[tuple[str, str], str] = {}
