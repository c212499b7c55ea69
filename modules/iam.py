"""An IAM role with one inline policy: what every service role here is, and the boundary that limits them all."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

INLINE_LIMIT, MANAGED_LIMIT = 10_240, 6_144  # characters, of which IAM counts no white space

Statement = dict[str, Any]


def allow(*actions: str, on: str | Sequence[str], condition: dict[str, Any] | None = None) -> Statement:
    """One statement; `on` are the ARNs it is about, "*" only for actions that know no resource."""
    statement: Statement = {
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": on if isinstance(on, str) else list(on),
    }
    return statement | ({"Condition": condition} if condition else {})


def deny(*actions: str, on: str, condition: dict[str, Any]) -> Statement:
    """Takes back, under `condition`, what another statement allows."""
    return {"Effect": "Deny", "Action": list(actions), "Resource": on, "Condition": condition}


@dataclass(frozen=True, kw_only=True)
class RoleProps:
    name: str
    """At most 64 characters, unique in its account across all regions."""

    description: str
    """Its purpose, shown in the console."""

    service: str
    """The AWS service that may assume it, such as "ecs-tasks.amazonaws.com"."""

    trust_condition: dict[str, Any] | None = None
    """Restricts on whose behalf the service may assume it (confused deputy); None: no restriction."""

    statements: Sequence[Statement] = ()
    """What the role allows; by default nothing."""


class Role(Construct):
    """Creates the role and, where there is anything to allow, its policy.

    `policy` is what a resource depends on that needs the permissions until its own end: without it Terraform may take
    them away first, and deleting the resource then hangs.
    """

    def __init__(self, scope: Construct, id: str, props: RoleProps) -> None:
        super().__init__(scope, id)
        trust: Statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": props.service}}
        if props.trust_condition:
            trust["Condition"] = props.trust_condition
        role = IamRole(
            self, "role", name=props.name, description=props.description, assume_role_policy=document([trust])
        )
        self.policy: IamRolePolicy | None = None
        if props.statements:
            self.policy = IamRolePolicy(
                self, "policy", name="inline", role=role.name, policy=document(props.statements)
            )
        self.arn = role.arn


def limit_roles(scope: Construct, boundary_arn: str | None) -> None:
    """Gives all roles in `scope` this permissions boundary, if there is one: what it does not allow, none may do."""
    for role in scope.node.find_all():
        if isinstance(role, IamRole) and boundary_arn:
            role.permissions_boundary = boundary_arn


def document(statements: Sequence[Statement]) -> str:
    """A policy document of IAM's, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def characters(statements: Sequence[Statement]) -> int:
    """How large IAM finds a document of these, after Terraform has read its templates."""
    return len(re.sub(r"\s", "", document(statements)).replace("$${", "${").replace("%%{", "%{"))
