"""IAM: trust in nobody, policies that say too much, and what is AWS's own."""

from __future__ import annotations

import json
from typing import Any

from sandbox.conformance.probe import Probe, Request, breaks
from sandbox.conformance.world import World, policy, trust

_SERVICE = "ecs-tasks.amazonaws.com"


def _new(**changes: Any) -> Request:
    """CreateRole."""

    def request(world: World) -> dict[str, Any]:
        settings = {"RoleName": f"{world.name}-refused", "AssumeRolePolicyDocument": json.dumps(trust(_SERVICE))}
        return settings | changes

    return request


def _trusting(**changes: Any) -> dict[str, Any]:
    """A trust policy with another statement."""
    document = trust(_SERVICE)
    return document | {"Statement": [document["Statement"][0] | changes]}


def _twice() -> dict[str, Any]:
    (statement,) = _trusting(Sid="one")["Statement"]
    return trust(_SERVICE) | {"Statement": [statement, statement]}


def _without_principal() -> dict[str, Any]:
    (statement,) = trust(_SERVICE)["Statement"]
    return trust(_SERVICE) | {"Statement": [{key: statement[key] for key in ("Effect", "Action")}]}


def _federated(provider: str, **condition: Any) -> Request:
    """CreateRole, for identities of a provider of the account."""

    def request(world: World) -> dict[str, Any]:
        arn = provider if "." not in provider else f"arn:aws:iam::{world.account.number}:oidc-provider/{provider}"
        trusting = _trusting(
            Principal={"Federated": arn}, Action="sts:AssumeRoleWithWebIdentity", Condition={"StringEquals": condition}
        )
        return _new(AssumeRolePolicyDocument=json.dumps(trusting))(world)

    return request


def _boundary(world: World) -> dict[str, Any]:
    """A policy that is the boundary of a role."""
    name, call = f"{world.name}-bounds", world.account.call
    arn = call("iam", "CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(policy()))["Policy"]["Arn"]
    document = json.dumps(trust(_SERVICE))
    call("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=document, PermissionsBoundary=arn)
    return {"PolicyArn": arn}


def _provider(world: World) -> dict[str, Any]:
    """One that is there."""
    request = {"Url": f"https://{world.name}.example.com", "ThumbprintList": ["a" * 40]}
    world.account.call("iam", "CreateOpenIDConnectProvider", **request)
    return request


_GITHUB = "token.actions.githubusercontent.com"
_TRUST: list[tuple[str, dict[str, Any], str]] = [
    # All of them are a MalformedPolicyDocument: what tells them apart is the message.
    ("trust_policy_has_syntax_errors", trust(_SERVICE) | {"Statement": []}, "Syntax errors in policy."),
    ("trust_policy_effect_is_in_another_case", _trusting(Effect="allow"), "The policy failed legacy parsing"),
    ("trust_policy_has_an_id_twice", _twice(), "Statement IDs (SID) in a single policy must be unique."),
    ("trust_policy_has_another_action", _trusting(Action="s3:GetObject"), "may only specify STS AssumeRole actions."),
    ("trust_policy_names_a_resource", _trusting(Resource="*"), "Has prohibited field Resource"),
    ("trust_policy_names_nobody", _without_principal(), ""),
    ("trust_policy_has_no_principals", _trusting(Principal={"AWS": []}), "a statement with no principals!"),
    ("trust_policy_is_for_everyone", _trusting(Principal="*"), 'contained an invalid principal: "STAR":"*"'),
    ("trust_policy_is_for_no_service", _trusting(Principal={"Service": "*"}), 'Invalid principal in policy: "SERVICE"'),
    ("trust_policy_is_for_no_identity", _trusting(Principal={"AWS": "12345"}), 'Invalid principal in policy: "AWS"'),
]
"""Rule, a trust policy that breaks it, and a piece of AWS's message."""


def _own(document: dict[str, Any]) -> Request:
    """PutRolePolicy."""

    def request(world: World) -> dict[str, Any]:
        assert world.execution_role
        return {"RoleName": f"{world.name}-tasks", "PolicyName": "refused", "PolicyDocument": json.dumps(document)}

    return request


def _sized(size: int) -> dict[str, Any]:
    """A policy of so many characters, without white space."""
    bare = len(json.dumps(policy(Resource="")).replace(" ", ""))
    return policy(Resource="arn:aws:s3:::".ljust(size - bare, "a"))


def _full_of_tags(world: World) -> dict[str, Any]:
    assert world.codedeploy_role
    role = {"RoleName": f"{world.name}-codedeploy"}
    tags = [{"Key": f"key{number}", "Value": "blue"} for number in range(50)]
    world.account.call("iam", "TagRole", **role, Tags=tags)
    return role | {"Tags": [{"Key": "color", "Value": "blue"}]}


PROBES: list[Probe] = [
    *(
        breaks(rule, "CreateRole", _new(AssumeRolePolicyDocument=json.dumps(document)), message=message)
        for rule, document, message in _TRUST
    ),
    breaks(
        "policy_names_a_principal",
        "PutRolePolicy",
        _own(policy(Principal={"Service": _SERVICE})),
        message="Policy document should not specify a principal.",
    ),
    breaks(
        "policy_has_an_id_of_other_characters",
        "PutRolePolicy",
        _own(policy(Sid="a b")),
        message="Statement IDs (SID) must be alpha-numeric.",
    ),
    breaks("role_policies_are_too_long", "PutRolePolicy", _own(_sized(10241))),
    breaks(
        "policy_is_too_long",
        "CreatePolicy",
        lambda world: {"PolicyName": f"{world.name}-refused", "PolicyDocument": json.dumps(_sized(6145))},
    ),
    breaks(
        "policy_name_is_taken",
        "CreatePolicy",
        lambda world: {"PolicyName": world.policy.upper(), "PolicyDocument": json.dumps(policy())},
    ),
    breaks("policy_is_a_boundary", "DeletePolicy", _boundary),
    breaks("path_is_reserved", "CreateRole", _new(Path="/aws-service-role/")),
    breaks("boundary_is_no_policy", "CreateRole", lambda world: _new(PermissionsBoundary=world.execution_role)(world)),
    breaks("role_has_too_many_tags", "TagRole", _full_of_tags),
    breaks(
        "provider_is_not_asked_over_https",
        "CreateOpenIDConnectProvider",
        lambda world: {"Url": f"http://{world.name}.example.com", "ThumbprintList": ["a" * 40]},
    ),
    breaks(
        "provider_has_a_query",
        "CreateOpenIDConnectProvider",
        lambda world: {"Url": f"https://{world.name}.example.com/?a=b", "ThumbprintList": ["a" * 40]},
    ),
    breaks("provider_is_there_already", "CreateOpenIDConnectProvider", _provider, message="already exists"),
    breaks(
        "trust_policy_is_for_no_provider",
        "CreateRole",
        _federated("nowhere", **{f"{_GITHUB}:sub": "repo:octo-org/octo-repo:pull_request"}),
        message="Federated principals must be valid domain names",
    ),
    breaks(
        "trust_policy_condition_has_colons",
        "CreateRole",
        _federated(_GITHUB, **{f"https://{_GITHUB}:sub": "repo:octo-org/octo-repo:pull_request"}),
        message="Condition can contain only one colon.",
    ),
    breaks(
        "trust_policy_is_for_all_of_github",
        "CreateRole",
        _federated(_GITHUB, **{f"{_GITHUB}:aud": "sts.amazonaws.com"}),
        message="which is not scoped to all",
    ),
]
