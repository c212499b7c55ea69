"""How soon a task set launches tasks again when they do not last.

ECS's service throttle logic (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html):
tasks that stop before they were RUNNING make the pause between attempts grow, up to 27 minutes. Tasks that were RUNNING
never do, however soon they end. A new deployment begins anew, with a throttle of its own.
"""

from __future__ import annotations

from math import inf

UNTHROTTLED_ATTEMPTS = 3
PAUSES = (60.0, 180.0, 540.0, 1620.0)
"""AWS seconds. AWS names the last one only."""

SHORTEST_LIFE = 10.0
"""AWS seconds from one launch to the next where the task ended at once. Bringing up a task takes AWS as long at least
(https://github.com/aws/amazon-ecs-agent/issues/322), here next to nothing."""


class Throttle:
    """All times are AWS seconds of one clock."""

    def __init__(self) -> None:
        self._failures = 0
        self._last_failed = -inf
        """When the last attempt that failed was launched."""

        self._not_before = -inf

    def allows(self, now: float) -> bool:
        return now >= self._not_before

    def ran(self, started_at: float) -> None:
        """A task was RUNNING from then on: what failed before is forgotten."""
        if self._failures and started_at > self._last_failed:
            self._failures, self._not_before = 0, -inf

    def ended(self, launched_at: float) -> None:
        """A task has stopped, however it fared."""
        self._not_before = max(self._not_before, launched_at + SHORTEST_LIFE)

    def failed(self, launched_at: float, now: float) -> bool:
        """A task could not be started; whether throttling begins. Tasks that were launched together are one attempt."""
        if launched_at <= self._last_failed:
            return False
        self._last_failed = launched_at
        self._failures += 1
        over = self._failures - UNTHROTTLED_ATTEMPTS
        if over >= 0:
            self._not_before = now + PAUSES[min(over, len(PAUSES) - 1)]
        return over == 0
