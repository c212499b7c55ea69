"""What a reviewer is told where the releases that come go otherwise: their steps, their approval, their hooks."""

import json
from typing import Any

import pytest

from greenlight.review.findings import Rank
from tests.greenlight.review.plans import GROUP, MANIFEST, STACK, Json, change, review

GROUP_ADDRESS, CONFIG = "aws_codedeploy_deployment_group.api", "aws_codedeploy_deployment_config.api"
FIVE, TEN = "dev-api-canary-5-percent-3-minutes", "dev-api-canary-10-percent-3-minutes"
AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"


def around(*changes: Json) -> list[tuple[str, Rank]]:
    """Address and rank of what is found of these, in a stack of which the rest stays."""
    rest = [
        change(address, one, one) for address, one in STACK.items() if address not in {c["address"] for c in changes}
    ]
    return [(found.address, found.rank) for found in review(*changes, *rest).findings]


def group(**changes: Any) -> Json:
    return GROUP | changes


def by(before: str, after: str) -> Json:
    return change(GROUP_ADDRESS, group(deployment_config_name=before), group(deployment_config_name=after))


def config(name: str) -> Json:
    return {"deployment_config_name": name, "compute_platform": "ECS"}


def replaced(before: str, after: str, *actions: str) -> Json:
    made = change(CONFIG, config(before), config(after))
    made["change"] |= {"actions": list(actions), "replace_paths": [["deployment_config_name"]]}
    return made


@pytest.mark.parametrize(
    ("before", "after", "rank"),
    [
        (FIVE, AT_ONCE, Rank.TRAFFIC),
        ("CodeDeployDefault.ECSCanary10Percent5Minutes", AT_ONCE, Rank.TRAFFIC),
        (AT_ONCE, FIVE, Rank.NEXT_RELEASE),
        (FIVE, TEN, Rank.NEXT_RELEASE),
    ],
)
def test_all_at_once_instead_of_a_part_first_is_a_warning(before: str, after: str, rank: Rank) -> None:
    assert around(by(before, after)) == [(GROUP_ADDRESS, rank)]


def test_other_numbers_are_for_the_next_release_where_the_new_configuration_is_made_first() -> None:
    assert around(replaced(FIVE, TEN, "create", "delete"), by(FIVE, TEN)) == [
        (CONFIG, Rank.NEXT_RELEASE),
        (GROUP_ADDRESS, Rank.NEXT_RELEASE),
    ]


def test_a_configuration_that_goes_before_the_new_one_comes_is_refused_by_aws() -> None:
    assert (CONFIG, Rank.REFUSED) in around(replaced(FIVE, TEN, "delete", "create"), by(FIVE, TEN))
    assert (CONFIG, Rank.REFUSED) in around(replaced(FIVE, FIVE, "create", "delete"))


def test_a_configuration_that_nothing_names_any_more_may_go() -> None:
    gone = change(CONFIG, config(FIVE), None)

    assert around(gone, by(FIVE, AT_ONCE)) == [(GROUP_ADDRESS, Rank.TRAFFIC)]
    assert around(gone, by(FIVE, FIVE)) == [(CONFIG, Rank.REFUSED)]


def test_an_approval_that_is_no_longer_asked_for_is_a_warning() -> None:
    waits, goes_on = (
        group(blue_green_deployment_config=[{"deployment_ready_option": [option]}])
        for option in (
            {"action_on_timeout": "STOP_DEPLOYMENT", "wait_time_in_minutes": 60},
            {"action_on_timeout": "CONTINUE_DEPLOYMENT", "wait_time_in_minutes": 0},
        )
    )

    assert around(change(GROUP_ADDRESS, waits, goes_on)) == [(GROUP_ADDRESS, Rank.TRAFFIC)]
    assert around(change(GROUP_ADDRESS, goes_on, waits)) == [(GROUP_ADDRESS, Rank.NEXT_RELEASE)]


def manifest(**hooks: str) -> Json:
    content = json.loads(MANIFEST["insecure_value"])
    return MANIFEST | {"insecure_value": json.dumps(content | {"hooks": {"BeforeAllowTraffic": "arn:hook"} | hooks})}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"AfterInstall": "arn:a"}, {}, [("aws_ssm_parameter.manifest", Rank.TRAFFIC)]),
        ({}, {"AfterInstall": "arn:a"}, [("aws_ssm_parameter.manifest", Rank.NEXT_RELEASE)]),
        ({"AfterInstall": "arn:a"}, {"AfterInstall": "arn:b"}, [("aws_ssm_parameter.manifest", Rank.NEXT_RELEASE)]),
    ],
)
def test_a_function_that_is_no_longer_asked_is_a_warning(
    before: dict[str, str], after: dict[str, str], expected: list[tuple[str, Rank]]
) -> None:
    assert around(change("aws_ssm_parameter.manifest", manifest(**before), manifest(**after))) == expected
