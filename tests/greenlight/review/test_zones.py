"""What a reviewer is told of zones that come and go, by where the release manifests place tasks."""

import json
from typing import Any

from greenlight.review.findings import Finding, Rank
from tests.greenlight.review.plans import MANIFEST, Json, change, review, same

A, B, C = "subnet-a", "subnet-b", "subnet-c"


def manifest(*subnets: str) -> Json:
    content: dict[str, Any] = json.loads(MANIFEST["insecure_value"])
    return MANIFEST | {"insecure_value": json.dumps(content | {"network": {"subnets": subnets}})}


def finding(*changes: Json) -> Finding:
    (found,) = review(*changes).findings
    return found


def test_a_zone_that_tasks_begin_to_leave_takes_effect_with_the_next_release() -> None:
    found = finding(change("aws_ssm_parameter.manifest", manifest(A, B, C), manifest(A, B)))

    assert (found.rank, found.consequence) == (
        Rank.NEXT_RELEASE,
        "From the next release on no task is placed in subnet-c any more. Tasks that run stay where they are.",
    )
    assert found.instead == "Release it: `greenlight deploy dev/api`"


def test_a_zone_that_is_exchanged_takes_effect_with_the_next_release() -> None:
    found = finding(change("aws_ssm_parameter.manifest", manifest(A, B), manifest(B, C)))

    assert found.consequence == (
        "From the next release on no task is placed in subnet-a any more and tasks are placed in subnet-c too. Tasks "
        "that run stay where they are."
    )


def test_a_manifest_that_places_tasks_as_before_changes_nothing() -> None:
    other = manifest(B, A) | {"description": "another"}

    assert [found.rank for found in review(change("aws_ssm_parameter.manifest", manifest(A, B), other)).findings] == []


def test_a_subnet_is_deleted_once_no_release_places_tasks_in_it() -> None:
    going = change("aws_subnet.c", {"id": C}, None)

    assert finding(going, same("aws_ssm_parameter.manifest", manifest(A, B, C))).rank is Rank.BLOCKED
    assert finding(going).rank is Rank.BLOCKED
    found = finding(going, same("aws_ssm_parameter.manifest", manifest(A, B)))
    assert (found.rank, found.instead) == (
        Rank.TRAFFIC,
        "`greenlight diff` of every service shows whether its live version still has the subnet: release it first.",
    )


def test_a_load_balancer_loses_a_zone_with_or_without_tasks() -> None:
    losing = change("aws_lb.shop", {"subnets": [A, B, C]}, {"subnets": [A, B]})

    used = finding(losing, same("aws_ssm_parameter.manifest", manifest(A, B, C)))
    left = finding(losing, same("aws_ssm_parameter.manifest", manifest(A, B)))

    assert [found.rank for found in (used, left)] == [Rank.TRAFFIC, Rank.TRAFFIC]
    assert used.consequence.startswith("A zone that is left out gets no requests from now on, and the tasks in it")
    assert left.consequence.startswith("No release places tasks in the zone that is left out")
