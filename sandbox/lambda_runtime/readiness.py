"""Whether a function can run: Active, or Inactive because Lambda has taken its network interfaces back, or Pending
while it gets them again.

https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html and configuration-vpc.html: a function that was idle
for weeks loses the interfaces that connect it to its VPC. The next invocation fails, and so does each one until they
are there again. Functions outside a VPC have nothing that could be taken from them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

IDLE_SECONDS = 14 * 86400
"""AWS says "consecutive weeks": two, to be on the strict side. It is what AWS says of functions with SnapStart."""

RESTORE_SECONDS = 60
"""AWS's guide once said "about a minute" of connecting a function to a VPC."""


@dataclass(frozen=True)
class State:
    """As GetFunctionConfiguration shows it."""

    name: str
    reason: str = ""
    code: str = ""


ACTIVE = State("Active")
INACTIVE = State("Inactive", "The function is currently idle.", "Idle")
RESTORING = State("Pending", "The function is being restored.", "Restoring")


class NotReadyError(Exception):
    """The invocation fails because of the function's state."""

    def __init__(self) -> None:
        # botocore's documentation of ResourceNotReadyException; no report shows the message itself.
        super().__init__(
            "The function is inactive and its VPC connection is no longer available. Wait for the VPC connection to "
            "reestablish and try again."
        )


@dataclass
class Readiness:
    """Of one version of a function. Times are moments of the sandbox's clock, in AWS seconds."""

    used: float
    """When it was made, or last invoked."""

    restored: float = -math.inf
    """When its network interfaces are, or were, back."""

    def state(self, now: float, in_vpc: bool) -> State:
        if not in_vpc:
            return ACTIVE
        if now < self.restored:
            return RESTORING
        return INACTIVE if now - max(self.used, self.restored) >= IDLE_SECONDS else ACTIVE

    def use(self, now: float, in_vpc: bool) -> None:
        """The function is invoked. Raises NotReadyError where it cannot be; that wakes one that is Inactive."""
        state = self.state(now, in_vpc)
        if state is INACTIVE:
            self.restored = now + RESTORE_SECONDS
        if state is not ACTIVE:
            raise NotReadyError
        self.used = now
