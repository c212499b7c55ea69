"""VPC links that nobody uses: API Gateway takes back their network interfaces, and brings them when requests come.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vpc-links.html: "If no traffic is sent over the
VPC link for 60 days, it becomes INACTIVE. […] This causes API requests that depend on the VPC link to fail. If API
requests resume, API Gateway reprovisions network interfaces. It can take a few minutes".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

IDLE_SECONDS = 60 * 86400

RESTORE_SECONDS = 180
"""The guide says "a few minutes"."""


@dataclass(frozen=True)
class Status:
    """As GetVpcLink gives it. The message of AVAILABLE is the AWS CLI's example's; no report shows that of INACTIVE."""

    name: str
    message: str


AVAILABLE = Status("AVAILABLE", "VPC link is ready to route traffic")
INACTIVE = Status("INACTIVE", "VPC link is inactive: no traffic was sent over it for 60 days")
PENDING = Status("PENDING", "VPC link is provisioning ENIs")


@dataclass
class Idleness:
    """Of one VPC link. Times are moments of the sandbox's clock, in AWS seconds."""

    used: float
    """When it was made, or a request last came."""

    restored: float = -math.inf
    """When its network interfaces are, or were, back."""

    def status(self, now: float) -> Status:
        if now < self.restored:
            return PENDING
        return INACTIVE if now - max(self.used, self.restored) >= IDLE_SECONDS else AVAILABLE

    def use(self, now: float) -> Status:
        """A request comes, which brings one back that is INACTIVE; the status decides whether it goes through."""
        status = self.status(now)
        if status is INACTIVE:
            self.restored = now + RESTORE_SECONDS
        self.used = now
        return status
