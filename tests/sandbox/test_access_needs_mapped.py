"""The tables of what calls ask for are whole, and say nothing that AWS's reference does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws
from moto.core.utils import get_service_model
from policy_sentry.querying.actions import get_action_data

from sandbox.access import needs, reference
from sandbox.access.model import Need
from tests.sandbox.access_samples import sample

ROOT = Path(__file__).parent.parent.parent

SERVICES = ("application-autoscaling", "cloudwatch", "ec2", "elbv2", "events", "logs", "sns")
"""Those whose tables are held to this, by botocore's names: a table that is new is added here."""

MAPPED = sorted(key for key in needs._FINDERS if key[0] in SERVICES)

NAMED = sorted(
    {
        (service, operation)
        for file in (*(ROOT / "modules").rglob("*.py"), ROOT / "greenlight" / "policy.py")
        for prefix, operation in re.findall(r'"([a-z0-9-]+):([A-Z]\w+)"', file.read_text())
        for service in SERVICES
        if needs.PREFIXES.get(service, service) == prefix
        if operation in get_service_model(service).operation_names
    }
)
"""What this project's roles may do, where IAM's name is an operation's."""


@pytest.fixture(autouse=True, scope="module")
def _moto() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.mark.parametrize(("service", "operation"), NAMED)
def test_every_operation_that_our_roles_name_is_mapped(service: str, operation: str) -> None:
    assert needs.of(sample(service, operation, whole=False)) != []


@pytest.mark.parametrize("whole", [True, False], ids=["all parameters", "required parameters"])
@pytest.mark.parametrize(("service", "operation"), MAPPED)
def test_asks_only_for_what_the_reference_knows(service: str, operation: str, whole: bool) -> None:
    found = needs.of(sample(service, operation, whole=whole))

    assert [problem for need in found for problem in _problems(need, whole)] == []


@pytest.mark.parametrize("items", [0, 1, 2])
@pytest.mark.parametrize(("service", "operation"), MAPPED)
def test_leaving_things_out_gets_nobody_in(service: str, operation: str, items: int) -> None:
    found = needs.of(sample(service, operation, whole=False, items=items))

    own = f"{needs.PREFIXES.get(service, service)}:{operation}"
    assert own.removesuffix("Batch") in [need.action for need in found]  # PublishBatch is sns:Publish


def test_denies_an_operation_that_nobody_has_mapped() -> None:
    with pytest.raises(needs.UnmappedError, match="does not say what RunInstances of ec2 asks for"):
        needs.of(sample("ec2", "RunInstances", whole=False))


def _problems(need: Need, whole: bool) -> list[str]:
    if not reference.is_action(need.action):
        return [f"{need.action} is no action"]
    formats = {row["resource_arn_format"] for row in _rows(need.action)} - {"*"}
    problems = []
    if need.resource == "*":
        # Where the call leaves out what it is about; and Amazon's own hosted zones, which have no ARN here.
        if formats and whole and need.action != "route53:AssociateVPCWithHostedZone":
            problems.append(f"{need.action} is on *, and not on {formats}")
    elif not any(_is_of(need.resource, one) for one in formats):
        problems.append(f"{need.action} is on {need.resource}, and not on {formats}")
    known = reference.condition_keys(need.action, need.resource)
    problems += [f"{need.action} has no {key} on {need.resource}" for key in need.keys if key.lower() not in known]
    return problems


def _rows(action: str) -> list[dict[str, str]]:
    service, name = action.split(":")
    rows: list[dict[str, str]] = get_action_data(service, name)[service]
    return rows


def _is_of(resource: str, format: str) -> bool:
    parts = (re.escape(part) for part in re.split(r"\$\{[^}]*\}", format))
    return re.fullmatch(".+".join(parts), resource) is not None
