"""However many deployments there were, the verbs are right, and ask AWS no more often than they must."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from greenlight.commands import history, rollback, status, watch
from greenlight.deployment import Until
from greenlight.errors import RefusedError

LIST, BATCH = "codedeploy:ListDeployments", "codedeploy:BatchGetDeployments"
CONTENT = "codedeploy:GetApplicationRevision"


def release(aws: Any, play: Any, number: int, status: str = "Succeeded", **tags: str) -> str:
    """Registers a revision and releases it, an hour after the one before. Its ARN."""
    began = play.began + timedelta(hours=number)
    arn: str = aws.register(
        f"{play.repository}@{play.blue}",
        {f"greenlight:{key}": value for key, value in tags.items()},
        registeredAt=began - timedelta(minutes=1),
    )
    aws.past(f"d-{number:04}", arn, status, createTime=began)
    return arn


def calls(aws: Any) -> Counter[str]:
    made = Counter(action for action, _ in aws.calls)
    aws.calls.clear()
    return made


@pytest.mark.parametrize(("past", "shown"), [(0, 0), (1, 1), (1000, 20)])
def test_history_asks_for_what_it_shows(context: Any, aws: Any, play: Any, past: int, shown: int) -> None:
    arns = [release(aws, play, number) for number in range(past)]

    found = history.run(context, limit=20).document["deployments"]

    assert [one["task_definition"] for one in found] == arns[::-1][:20]
    made = calls(aws)
    assert made == {LIST: 1, **({BATCH: 1, CONTENT: shown, "ecs:DescribeTaskDefinition": shown} if shown else {})}


def test_history_reads_as_many_pages_as_it_shows(context: Any, aws: Any, play: Any) -> None:
    arns = [release(aws, play, number) for number in range(1000)]

    found = history.run(context, limit=130).document["deployments"]

    assert [one["task_definition"] for one in found] == arns[::-1][:130]
    made = calls(aws)
    assert [made[action] for action in (LIST, BATCH)] == [2, 6]


@pytest.mark.parametrize("past", [0, 1, 1000])
def test_status_asks_as_often_whatever_came_before(context: Any, aws: Any, play: Any, past: int) -> None:
    for number in range(past):
        aws.live = release(aws, play, number)

    found = status.run(context).document

    assert (found["live"]["task_definition"], found["in_flight"]) == (aws.live, None)
    made = calls(aws)
    assert [made[action] for action in (LIST, BATCH, CONTENT)] == [1, 0, 0]
    assert sum(made.values()) == 7


def test_watch_finds_the_newest_of_a_thousand_by_one_page(context: Any, aws: Any, play: Any) -> None:
    for number in range(1000):
        release(aws, play, number)

    assert watch.run(context, None, Until.done).document["deployment"]["id"] == "d-0999"
    made = calls(aws)
    assert [made[action] for action in (LIST, BATCH)] == [1, 1]


@pytest.mark.parametrize("past", [1, 1000])
def test_a_rollback_of_what_greenlight_released_reads_no_history(context: Any, aws: Any, play: Any, past: int) -> None:
    arns = [release(aws, play, number) for number in range(past)]
    aws.live = release(aws, play, past, replaces=arns[0])

    assert rollback.run(context, until=Until.done, dry_run=True).document["task_definition"] == arns[0]
    made = calls(aws)
    assert [made[action] for action in (LIST, BATCH, CONTENT)] == [3, 2, 0]


def test_a_rollback_of_what_others_released_reads_it_back_to_where_its_version_began(
    context: Any, aws: Any, play: Any
) -> None:
    arns = [release(aws, play, number) for number in range(1000)]
    aws.live = arns[-1]
    release(aws, play, 1000, "Failed")

    assert rollback.run(context, until=Until.done, dry_run=True).document["task_definition"] == arns[-2]
    made = calls(aws)
    assert [made[action] for action in (LIST, BATCH, CONTENT)] == [4, 3, 3]


def test_failures_however_many_are_not_read(context: Any, aws: Any, play: Any) -> None:
    first, second = release(aws, play, 0), release(aws, play, 1)
    for number in range(2, 1000):
        release(aws, play, number, "Failed")
    aws.live = second

    assert rollback.run(context, until=Until.done, dry_run=True).document["task_definition"] == first
    made = calls(aws)
    assert [made[action] for action in (LIST, BATCH, CONTENT)] == [4, 3, 3]


def test_a_rollback_that_would_read_further_back_than_a_hundred_is_refused(context: Any, aws: Any, play: Any) -> None:
    aws.live = release(aws, play, 0)
    for number in range(1, 1000):
        release(aws, play, number)

    with pytest.raises(RefusedError) as refused:
        rollback.run(context, until=Until.done, dry_run=True)

    assert str(refused.value) == (
        "cannot tell what api:2 replaced: it was not released by greenlight, and its first deployment is not among the "
        "last 100 that succeeded. Release the version you want: greenlight deploy dev/api --image '…' "
        "--region us-east-1"
    )
    made = calls(aws)
    assert [made[action] for action in (LIST, BATCH, CONTENT)] == [5, 7, 100]


def test_with_no_deployment_at_all_there_is_nothing_to_roll_back_to(context: Any, aws: Any) -> None:
    with pytest.raises(RefusedError, match="nothing to roll back to: api:1 is live"):
        rollback.run(context, until=Until.done, dry_run=True)
    assert [calls(aws)[action] for action in (LIST, BATCH, CONTENT)] == [4, 0, 0]
