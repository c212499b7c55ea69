"""What a reviewer is told of a change of autoscaling."""

from typing import Any

import pytest

from greenlight.review.findings import Rank
from tests.greenlight.review.plans import Json, change, review, same

TARGET = "aws_appautoscaling_target.target"
POLICY = "aws_appautoscaling_policy.requests"


def service(desired: int) -> Json:
    return same("aws_ecs_service.service", {"name": "dev-api", "desired_count": desired})


GROUP = same(
    "aws_codedeploy_deployment_group.group", {"ecs_service": [{"cluster_name": "dev", "service_name": "dev-api"}]}
)


def bounds(least: int, most: int) -> Json:
    return {"resource_id": "service/dev/dev-api", "min_capacity": least, "max_capacity": most}


def tracked(**metric: Any) -> Json:
    return {"name": "dev-api-requests", "target_tracking_scaling_policy_configuration": [{"target_value": 10} | metric]}


ONE_GROUP = tracked(predefined_metric_specification=[{"predefined_metric_type": "ALBRequestCountPerTarget"}])
BOTH_GROUPS = tracked(customized_metric_specification=[{"metrics": [{"id": "requests", "expression": "blue + green"}]}])


def told(*changes: Json) -> list[tuple[Rank, str]]:
    """Nothing of what is safe."""
    return [(found.rank, found.consequence) for found in review(*changes).findings]


STARTED = (Rank.TRAFFIC, "Tasks are started at once to fit into the new bounds.")
STOPPED = (Rank.TRAFFIC, "Tasks are stopped at once to fit into the new bounds.")
NO_MORE = (Rank.TRAFFIC, "No more than 6 tasks take what comes, also in the busiest hour.")


@pytest.mark.parametrize(
    ("before", "after", "desired", "expected"),
    [
        (bounds(2, 8), bounds(4, 8), 3, [STARTED]),
        (bounds(2, 8), bounds(4, 8), 4, []),
        (bounds(2, 8), bounds(2, 6), 7, [STOPPED]),
        (bounds(2, 8), bounds(2, 6), 6, [NO_MORE]),
        (bounds(2, 8), bounds(1, 10), 2, []),
        (None, bounds(4, 8), 3, [STARTED]),
        (None, bounds(1, 2), 3, [STOPPED]),
        (None, bounds(2, 8), 3, []),
    ],
)
def test_bounds_move_tasks_at_once_where_the_service_is_outside_of_them(
    before: Json | None, after: Json, desired: int, expected: list[tuple[Rank, str]]
) -> None:
    assert told(service(desired), change(TARGET, before, after)) == expected


def test_tasks_that_move_in_the_middle_of_a_shift_fail_the_release() -> None:
    (found,) = told(service(7), GROUP, change(TARGET, bounds(2, 8), bounds(2, 6)))

    assert found == (
        Rank.TRAFFIC,
        "Tasks are stopped at once to fit into the new bounds; in the middle of a shift CodeDeploy fails the "
        "deployment.",
    )


BLIND = (
    Rank.TRAFFIC,
    "It counts the requests of one target group, and releases exchange the groups: after the next one it sees none, "
    "and nothing scales.",
)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(None, ONE_GROUP, [BLIND]), (BOTH_GROUPS, ONE_GROUP, [BLIND]), (None, BOTH_GROUPS, [])],
)
def test_requests_of_one_of_two_groups_are_the_wrong_measure(
    before: Json | None, after: Json, expected: list[tuple[Rank, str]]
) -> None:
    assert told(GROUP, change(POLICY, before, after)) == expected


def test_without_releases_the_requests_of_one_group_are_right() -> None:
    assert told(change(POLICY, None, ONE_GROUP)) == []


def test_a_policy_that_goes_leaves_the_service_as_large_as_it_is() -> None:
    assert told(GROUP, change(POLICY, BOTH_GROUPS, None)) == [
        (Rank.TRAFFIC, "Nothing scales by it any longer: the tasks that there are take what comes.")
    ]
