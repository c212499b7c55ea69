"""What `make bench` says of a stream's answers, and of a deployment's times."""

from collections.abc import Sequence
from typing import Any

import pytest

from sandbox.bench.durations import parts
from sandbox.bench.phases import Phase, Row, Shift, bound, percentile, rows
from sandbox.bench.stack import shift
from sandbox.stream import Answer

OLD, NEW = "dev-api:6", "dev-api:7"
SHIFT = Shift(live=OLD, candidate=NEW, begun=10, over=11, winner=NEW)
BACK = Shift(live=OLD, candidate=NEW, begun=10, over=20, winner=OLD)
REFUSED = Shift(live=OLD, candidate=NEW, begun=None, over=None, winner=OLD)


def answer(revision: str, sent: float, done: float | None = None, said: str = "Green") -> Answer:
    return Answer(sent, sent, sent + 0.1 if done is None else done, "fresh", said, revision)


def wrong(shift: Shift, *answers: Answer) -> int:
    (row,) = rows(answers, [Phase(name="a release", begin=0, shift=shift)])
    return row.wrong


@pytest.mark.parametrize(
    ("shift", "right"),
    [
        (SHIFT, [answer(OLD, 1), answer(OLD, 10.5), answer(NEW, 10.5), answer(OLD, 10.9, 12), answer(NEW, 12)]),
        (BACK, [answer(OLD, 1), answer(NEW, 15), answer(OLD, 15), answer(NEW, 19.9, 21), answer(OLD, 21)]),
        (REFUSED, [answer(OLD, 1), answer(OLD, 100)]),
        (Shift.none(OLD), [answer(OLD, 1)]),
    ],
)
def test_what_has_production_traffic_may_answer(shift: Shift, right: Sequence[Answer]) -> None:
    assert wrong(shift, *right) == 0


@pytest.mark.parametrize(
    ("shift", "early_or_late"),
    [
        (SHIFT, answer(NEW, 9)),  # before AllowTraffic
        (SHIFT, answer(OLD, 12)),  # after it
        (BACK, answer(NEW, 21)),  # after the rollback
        (REFUSED, answer(NEW, 100)),
        (Shift.none(OLD), answer(NEW, 1)),
        (Shift.none(OLD), answer("", 1)),  # who does not say who he is
    ],
)
def test_what_has_no_production_traffic_then_is_wrong(shift: Shift, early_or_late: Answer) -> None:
    assert wrong(shift, early_or_late) == 1


def test_each_phase_has_the_requests_that_were_due_in_it() -> None:
    answers = [answer(OLD, 1, 1.5), answer(OLD, 2, 12), answer("", 11, 11.25, "failed: 502"), answer(NEW, 12, 12.5)]
    phases = [
        Phase(name="quiet", begin=0, shift=Shift.none(OLD)),
        Phase(name="nobody asked", begin=5, shift=Shift.none(OLD)),
        Phase(name="a release", begin=10, shift=SHIFT),
    ]

    assert rows(answers, phases) == [
        Row(name="quiet", sent=2, failed=0, wrong=0, p50=0.5, p99=10),
        Row(name="a release", sent=2, failed=1, wrong=0, p50=0.25, p99=0.5),
    ]


def test_a_percentile_is_one_of_the_values() -> None:
    hundred = [float(number) for number in range(1, 101)]

    assert [percentile(hundred, percent) for percent in (0, 50, 99, 100)] == [1, 50, 99, 100]
    assert percentile([7.0], 99) == 7


def test_no_failure_of_so_many_bounds_their_share_by_the_rule_of_three() -> None:
    assert bound(100_000) == 0.00003


def event(name: str, begun: int | None, ended: int | None) -> dict[str, Any]:
    at = [None if second is None else f"2026-01-02T03:04:{second:02}+00:00" for second in (begun, ended)]
    return {"name": name, "status": "Succeeded", "started": at[0], "ended": at[1]}


DEPLOYMENT = {
    "created": "2026-01-02T03:04:00+00:00",
    "events": [
        event("BeforeInstall", 1, 1),
        event("Install", 1, 9),
        event("AllowTraffic", 10, 12),
        event("AfterAllowTraffic", None, None),
    ],
}


def test_the_time_to_all_of_the_traffic_is_the_events_until_then_and_what_is_between_them() -> None:
    assert parts(DEPLOYMENT) == {"BeforeInstall": 0, "Install": 8, "AllowTraffic": 2, "between them": 2, "all": 12}


def result(exit_code: int, rollback: dict[str, Any] | None) -> dict[str, Any]:
    arns = {
        "replaces": f"arn:aws:ecs:::task-definition/{OLD}",
        "task_definition": f"arn:aws:ecs:::task-definition/{NEW}",
    }
    return {"exit_code": exit_code, "deployment": DEPLOYMENT, "rollback": rollback, **arns}


def test_a_release_shares_the_traffic_from_the_begin_of_its_allow_traffic_to_its_end() -> None:
    found = shift(result(0, None))

    assert (found.live, found.candidate, found.winner) == (OLD, NEW, NEW)
    assert found.begun is not None
    assert found.over is not None
    assert found.over - found.begun == pytest.approx(2, abs=0.01)


def test_a_release_that_was_rolled_back_shares_it_until_the_rollback_has_given_it_back() -> None:
    back = {"created": None, "events": [event("AllowTraffic", 20, 21)]}
    found = shift(result(3, back))

    assert found.winner == OLD
    assert found.begun is not None
    assert found.over is not None
    assert found.over - found.begun == pytest.approx(11, abs=0.01)
