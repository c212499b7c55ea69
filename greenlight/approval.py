"""A release that waits for somebody's approval, in words and for programs."""

from typing import Any

from greenlight.context import Context
from greenlight.deployment import Deployment


def approval(context: Context, found: Deployment) -> str:
    """That it waits, until when, and what lets it go on or ends it."""
    until = f" until {found.approval_until.astimezone():%Y-%m-%d %H:%M:%S}" if found.approval_until else ""
    return f"waits for approval{until}: {context.command('approve', found.id)}; to refuse it: {context.command('stop')}"


def document(context: Context, found: Deployment) -> dict[str, Any] | None:
    """The same for programs; None where it waits for none."""
    if not found.waits_for_approval:
        return None
    return {
        "until": found.approval_until,
        "approve": context.command("approve", found.id),
        "refuse": context.command("stop"),
    }
