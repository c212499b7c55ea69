"""What access control speaks of. No behaviour, no moto."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Keys = Mapping[str, tuple[str, ...]]
"""Condition keys with their values. An empty tuple is a key that the call does not carry, for certain."""


@dataclass(frozen=True)
class Need:
    """One permission that a call asks for: AWS looks at each of them, and refuses the call by the first it denies."""

    action: str
    """As in a policy: ``ecs:CreateService``."""

    resource: str = "*"
    """An ARN; ``*`` where AWS's reference knows no resource. What is being made has ``*`` for its id."""

    keys: Keys = field(default_factory=dict)
    """The service's own condition keys (``ecs:cluster``) that this call carries."""

    request_tags: Mapping[str, str] | None = None
    """What ``aws:RequestTag/…`` and ``aws:TagKeys`` are about. None: not known here."""

    resource_tags: Mapping[str, str] | None = None
    """What ``aws:ResourceTag/…`` (and the service's own name for it) is about. None: not known here."""


@dataclass(frozen=True)
class Place:
    """Where in a VPC something is, and what to call it."""

    name: str
    """For people: ``task 5d1c… of sandbox-api``."""

    vpc: str
    subnet: str
    address: str
    """Its address in the subnet, for rules and routes that name address blocks."""

    security_groups: tuple[str, ...]
    region: str
    public: bool = False
    """Whether it has a public address as well: a task with ``assignPublicIp``."""


@dataclass(frozen=True)
class Principal:
    """Who makes a call."""

    kind: Literal["administrator", "user", "role", "service", "federated", "anonymous"]
    arn: str
    """As in AWS's messages: ``arn:aws:sts::123456789012:assumed-role/NAME/SESSION``; a service has its domain name."""

    identity: str
    """``aws:PrincipalArn``: the user's or role's own ARN. Empty for services and the anonymous."""

    user_id: str = ""
    """``aws:userid``."""

    keys: Keys = field(default_factory=dict)
    """What its credentials carry into each call: ``lambda:SourceFunctionArn``, ``aws:FederatedProvider`` …"""

    session_policies: tuple[Policy, ...] | None = None
    """Documents and managed policies given to AssumeRole; None: none were given, and nothing is limited."""

    place: Place | None = None
    """Where its calls come from; None: from outside every VPC, or from AWS itself."""


@dataclass(frozen=True)
class Policy:
    id: str
    """The name of an inline policy, the ARN of a managed one, ``bucket policy`` and the like."""

    document: Mapping[str, Any]


@dataclass(frozen=True)
class Policies:
    """All policies that have a say."""

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    resource: Policy | None = None
    resource_alone: bool = False
    """Whether only the resource's policy can let anyone in: a key of KMS, a role's trust policy."""


@dataclass(frozen=True)
class Request:
    """One need of one call, as the evaluation sees it: everything in it can be written down, and judged again later."""

    action: str
    resource: str
    values: Keys
    """Condition keys by their name in lower case. What is absent here is absent from the call."""

    unfilled: frozenset[str] = frozenset()
    """Keys (lower case; families such as ``aws:resourcetag/`` end with the slash) that the call carries on AWS, and
    that nobody fills here: what hangs on one of them is decided against the caller."""

    principal: Principal | None = None


@dataclass(frozen=True)
class Decision:
    allowed: bool
    reason: str
    """AWS's own words for a denial: ``because no identity-based policy allows the ecs:CreateService action``."""

    by: tuple[str, ...] = ()
    """The statements that decided, ``POLICY ID#INDEX``: those that allow, or the one that denies."""

    unfilled: tuple[str, ...] = ()
    """Keys that nobody fills, on which it hung."""
