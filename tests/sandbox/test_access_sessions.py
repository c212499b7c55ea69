"""With whose credentials the parts of the sandbox call AWS's API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from sandbox.access import gate, ledger, principals, services, sessions
from sandbox.access.gate import AccessDeniedError
from sandbox.access.model import Need, Principal
from sandbox.access.sessions import Session

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/api"


@pytest.mark.parametrize(("seconds", "sessions_begun"), [(2 * 3600, 1), (1800, 3)])
def test_a_session_is_begun_again_an_hour_before_it_ends(seconds: float, sessions_begun: int) -> None:
    role = Principal("role", "arn:aws:sts::123456789012:assumed-role/r/s", "arn:aws:iam::123456789012:role/r")
    begun = []

    def begin() -> tuple[Principal, principals.Credentials]:
        begun.append(principals.begin(role, seconds))
        return role, begun[-1]

    session = Session(begin)
    seen = [session.credentials() for _ in range(3)]

    assert session.principal == role
    assert len({credentials.access_key for credentials in seen}) == sessions_begun


def test_a_service_calls_on_behalf_of_what_it_names() -> None:
    rule = "arn:aws:events:us-east-1:123456789012:rule/awake"

    principal = sessions.of_service("events.amazonaws.com", source_arn=rule).principal

    assert (principal.kind, principal.arn, principal.identity) == ("service", "events.amazonaws.com", "")
    assert principal.keys == {"aws:SourceArn": (rule,), "aws:SourceAccount": ("123456789012",)}


def test_the_policies_of_service_linked_roles_are_those_of_aws() -> None:
    known = json.loads(aws_managed_policies_data)

    found = {
        arn: f"arn:aws:iam::aws:policy{known[arn.rpartition('/')[2]]['Path']}" for arn in services.MANAGED.values()
    }

    assert found == {arn: f"{arn.rpartition('/')[0]}/" for arn in services.MANAGED.values()}


def test_log_delivery_writes_access_logs_and_does_nothing_else(tmp_path: Path) -> None:
    ledger.open_in(tmp_path)
    delivery = sessions.of_service(services.LOG_DELIVERY).principal
    stream = f"{GROUP}:log-stream:a"

    gate.require(delivery, Need("logs:CreateLogStream", stream), "us-east-1")
    gate.require(delivery, Need("logs:PutLogEvents", stream), "us-east-1")
    with pytest.raises(AccessDeniedError):
        gate.require(delivery, Need("logs:CreateLogGroup", GROUP), "us-east-1")
