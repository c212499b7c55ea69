"""A service takes a role only where the role's trust policy lets it, on behalf of whom it names."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.iam.models import iam_backends

from sandbox.access import gate, ledger, principals, trust
from sandbox.access.model import Need
from sandbox.state import ACCOUNT
from tests.sandbox.trust import trust as document

SERVICE = "codedeploy.amazonaws.com"
GROUP = f"arn:aws:codedeploy:us-east-1:{ACCOUNT}:deploymentgroup:app/group"
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ledger, "_ledger", ledger.Ledger(tmp_path / ledger.FILE))
    yield
    iam_backends[ACCOUNT]["aws"].roles.clear()


def made(tags: dict[str, str] | None = None, **changes: Any) -> Any:
    """A role for CodeDeploy, with other members of its trust policy's statement."""
    listed = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    return iam_backends[ACCOUNT]["aws"].create_role(
        role_name=f"role-{next(_numbers)}",
        assume_role_policy_document=document(**{"Principal": {"Service": SERVICE}, **changes}),
        path="/",
        permissions_boundary=None,
        description="",
        tags=listed,
        max_session_duration="3600",
    )


def taken(role: Any, service: str = SERVICE, **changes: Any) -> Any:
    return trust.assume_as_service(role.arn, service, "session", region="us-east-1", **changes)


def test_a_service_that_is_trusted_takes_the_role() -> None:
    role = made()
    principal, credentials = taken(role)

    assert (principal.kind, principal.identity) == ("role", role.arn)
    assert principal.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/session"
    holder = principals.holder(credentials.access_key)
    assert holder is not None
    assert holder.arn == principal.arn


def test_a_service_that_is_not_trusted_does_not() -> None:
    role = made()

    with pytest.raises(trust.NotTrustedError) as caught:
        taken(role, "lambda.amazonaws.com")
    assert str(caught.value) == (
        f"lambda.amazonaws.com may not assume {role.arn}: because no role trust policy allows the sts:AssumeRole action"
    )


def test_a_role_that_is_not_there_is_not_taken() -> None:
    with pytest.raises(trust.NotTrustedError, match=r"^there is no role arn:aws:iam::\d+:role/gone$"):
        trust.assume_as_service(f"arn:aws:iam::{ACCOUNT}:role/gone", SERVICE, "session", region="us-east-1")


@pytest.mark.parametrize(
    ("condition", "source", "expected"),
    [
        ({"StringEquals": {"aws:SourceArn": GROUP}}, GROUP, True),
        ({"StringEquals": {"aws:SourceArn": GROUP}}, f"{GROUP}-2", False),
        ({"StringEquals": {"aws:SourceArn": GROUP}}, None, False),
        ({"ArnLike": {"aws:SourceArn": GROUP.replace("app/group", "*")}}, GROUP, True),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, GROUP, True),
        ({"StringEquals": {"aws:SourceAccount": "999999999999"}}, GROUP, False),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, None, False),
        ({"StringEquals": {"sts:ExternalId": "x"}}, GROUP, False),
        ({"StringEquals": {"iam:ResourceTag/team": "blue"}}, GROUP, True),
        ({"StringEquals": {"iam:ResourceTag/team": "red"}}, GROUP, False),
    ],
)
def test_the_conditions_of_a_trust_policy_hold(condition: dict[str, Any], source: str | None, expected: bool) -> None:
    role = made(tags={"team": "blue"}, Condition=condition)

    assert trust.trusts(role.arn, SERVICE, "us-east-1", source) is expected


def test_a_denial_in_a_trust_policy_is_heeded() -> None:
    role = made()
    statements = json.loads(role.assume_role_policy_document)
    statements["Statement"].append({**statements["Statement"][0], "Effect": "Deny"})
    role.assume_role_policy_document = json.dumps(statements)

    assert trust.trusts(role.arn, SERVICE, "us-east-1") is False


def test_a_session_carries_its_roles_tags_and_what_it_was_given() -> None:
    role = made(tags={"Team": "blue"})
    principal, _ = taken(role, keys={"lambda:SourceFunctionArn": ("arn",)})

    assert principal.keys == {"aws:principaltag/team": ("blue",), "lambda:SourceFunctionArn": ("arn",)}


def test_what_a_session_is_asked_is_judged_by_its_roles_policies() -> None:
    role = made()
    role.policies["own"] = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecs:ListClusters", "Resource": "*"}]}
    )
    principal, _ = taken(role)

    assert gate.judge(principal, Need("ecs:ListClusters"), "us-east-1").allowed is True
    assert gate.judge(principal, Need("ecs:ListTaskDefinitions"), "us-east-1").allowed is False
