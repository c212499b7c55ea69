"""AWS's evaluation logic: pure, so that what was decided once can be decided again with a piece taken away."""

from __future__ import annotations

from sandbox.access.model import Decision, Policies, Request


def decide(request: Request, policies: Policies) -> Decision:
    """Whether AWS would allow it, within one account."""
    raise NotImplementedError
