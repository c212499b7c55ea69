"""What a service needs from outside itself, as the constructs take it: see `inputs.py`. Does not import cdktf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class PolicyStatement:
    """What an IAM policy allows."""

    actions: Sequence[str]
    """Such as "s3:GetObject"."""

    resources: Sequence[str]
    """ARNs, or "*"."""

    conditions: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """Operator -> condition key -> values; by default none."""


@dataclass(frozen=True, kw_only=True)
class Grants:
    """What a service is allowed on AWS, beside pulling its image and writing its logs. By default nothing."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    """Environment variable -> ARN of an SSM parameter, or of a Secrets Manager secret with ECS's suffix. Read when a
    task starts: a task that cannot read one does not start, and one that runs keeps the value it started with."""

    secrets_kms_keys: Sequence[str] = ()
    """ARNs of the customer managed keys that these are encrypted with. AWS's own keys need no right."""

    task_policy: Sequence[PolicyStatement] = ()
    """What the container's own calls may do. A change counts at once, for tasks that run too."""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A way out of the tasks' security group. A change counts at once, for tasks that run too."""

    security_group: str | None = None
    """The destination's, by id; None: it is one of the other two."""

    prefix_list: str | None = None
    """Its addresses, by a prefix list's id."""

    cidr: str | None = None
    """Its addresses, as an IPv4 block."""

    first_port: int
    """The lowest port."""

    last_port: int
    """The highest port."""

    protocol: Literal["tcp", "udp"] = "tcp"
    """What is spoken on these ports."""

    @property
    def peer(self) -> str:
        return self.security_group or self.prefix_list or self.cidr or ""
