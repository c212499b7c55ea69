"""IAM: names and documents that roles do not take, what a role is by default, and when it stays."""

from __future__ import annotations

import json
from typing import Any

from sandbox.conformance.probe import Probe, Request, answered, breaks, refused, worded
from sandbox.conformance.world import World, policy, trust

_API = "https://docs.aws.amazon.com/IAM/latest/APIReference"
_RECORDED = "https://github.com/localstack/localstack/blob/main/tests/aws/services/iam/test_iam.snapshot.json"
"""Recorded from AWS."""

_TRUST = json.dumps(trust("ecs-tasks.amazonaws.com"))
_POLICY = json.dumps(policy())
_MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def _new(**changes: Any) -> Request:
    """CreateRole."""
    return lambda world: {"RoleName": f"{world.name}-x", "AssumeRolePolicyDocument": _TRUST} | changes


def _role(world: World) -> dict[str, Any]:
    """One that is there, with a managed policy."""
    assert world.execution_role
    return {"RoleName": f"{world.name}-tasks"}


def _of_the_role(**more: Any) -> Request:
    return lambda world: _role(world) | more


def _gone(world: World) -> dict[str, Any]:
    return {"RoleName": f"{world.name}-gone"}


def _tagged(world: World) -> dict[str, Any]:
    role = _role(world)
    world.account.call("iam", "TagRole", **role, Tags=[{"Key": "color", "Value": "blue"}])
    return role


PROBES: list[Probe] = [
    # What is refused
    breaks("role_name_is_taken", "CreateRole", lambda world: _new(RoleName=_role(world)["RoleName"].upper())(world)),
    refused(
        "iam",
        "CreateRole",
        "a role's name has 64 characters",
        lambda world: _new(RoleName=world.name.ljust(65, "x"))(world),
        "ValidationError",
        "https://github.com/serverless/examples/issues/405",
        message="'roleName' failed to satisfy constraint",
    ),
    refused(
        "iam",
        "CreateRole",
        "a role's sessions last an hour at least",
        _new(MaxSessionDuration=3599),
        "ValidationError",
        f"{_API}/API_CreateRole.html",
        message="'maxSessionDuration' failed to satisfy constraint",
    ),
    worded("trust_policy_is_no_json", "CreateRole", _new(AssumeRolePolicyDocument="no JSON")),
    refused(
        "iam",
        "PutRolePolicy",
        "a role's own policy is JSON",
        _of_the_role(PolicyName="x", PolicyDocument="no JSON"),
        "MalformedPolicyDocument",
        f"{_API}/API_PutRolePolicy.html",
    ),
    breaks("policy_arn_is_none", "AttachRolePolicy", _of_the_role(PolicyArn="AmazonECSTaskExecutionRolePolicy")),
    # What a role is
    answered(
        "iam",
        "CreateRole",
        "a new role is told without the duration that it has",
        _new(),
        {"Role.[Path, Description, MaxSessionDuration]": ["/", None, None]},
        _RECORDED,
    ),
    answered(
        "iam",
        "GetRole",
        "a role has sessions of an hour, and its trust policy as it was given",
        _role,
        {
            "Role.[Path, Description, MaxSessionDuration, RoleLastUsed]": ["/", None, 3600, {}],
            "Role.AssumeRolePolicyDocument": json.loads(_TRUST),
        },
        _RECORDED,
    ),
    answered(
        "iam",
        "ListRoleTags",
        "tags come back",
        _tagged,
        {"[IsTruncated, Tags]": [False, [{"Key": "color", "Value": "blue"}]]},
        f"{_API}/API_ListRoleTags.html",
    ),
    answered(
        "iam",
        "ListAttachedRolePolicies",
        "a role has the managed policy that was attached",
        _role,
        {
            "AttachedPolicies": [{"PolicyName": "AmazonECSTaskExecutionRolePolicy", "PolicyArn": _MANAGED}],
            "IsTruncated": False,
        },
        f"{_API}/API_ListAttachedRolePolicies.html",
    ),
    answered(
        "iam",
        "ListRolePolicies",
        "a managed policy is no policy of the role's own",
        _role,
        {"PolicyNames": []},
        f"{_API}/API_ListRolePolicies.html",
    ),
    answered(
        "iam",
        "PutRolePolicy",
        "a role's own policy can be put again",
        lambda world: (
            world.account.call("iam", "PutRolePolicy", **_role(world), PolicyName="own", PolicyDocument=_POLICY),
            _role(world) | {"PolicyName": "own", "PolicyDocument": _POLICY},
        )[1],
        {},
        f"{_API}/API_PutRolePolicy.html",
    ),
    # When it stays
    refused(
        "iam",
        "DeleteRole",
        "a role with a managed policy stays",
        _role,
        "DeleteConflict",
        f"{_API}/API_DeleteRole.html",
        409,
    ),
    # What is not there
    refused("iam", "GetRole", "a role that is not there", _gone, "NoSuchEntity", f"{_API}/API_GetRole.html", 404),
    refused(
        "iam",
        "DeleteRole",
        "a role that is gone is not deleted again",
        _gone,
        "NoSuchEntity",
        f"{_API}/API_DeleteRole.html",
        404,
    ),
    refused(
        "iam",
        "GetRolePolicy",
        "a role's own policy that is not there",
        _of_the_role(PolicyName="gone"),
        "NoSuchEntity",
        f"{_API}/API_GetRolePolicy.html",
        404,
    ),
    refused(
        "iam",
        "DeleteRolePolicy",
        "a role's own policy that is gone is not deleted again",
        _of_the_role(PolicyName="gone"),
        "NoSuchEntity",
        f"{_API}/API_DeleteRolePolicy.html",
        404,
    ),
    refused(
        "iam",
        "AttachRolePolicy",
        "a managed policy that is not there",
        lambda world: _role(world) | {"PolicyArn": f"arn:aws:iam::{world.account.number}:policy/{world.name}-gone"},
        "NoSuchEntity",
        _RECORDED,
        404,
    ),
    refused(
        "iam",
        "DetachRolePolicy",
        "a managed policy that is not attached is not detached",
        _of_the_role(PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"),
        "NoSuchEntity",
        f"{_API}/API_DetachRolePolicy.html",
        404,
    ),
]
