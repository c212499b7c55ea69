from typing import Any

import pytest

from greenlight.deployment import IN_FLIGHT, Deployment, Event, TaskSet
from greenlight.outcome import Exit, outcome


def deployment(status: str, weight: float = 0.0, allow_traffic: str = "Pending", undoes: str | None = None) -> Any:
    return Deployment(
        id="d-1",
        status=status,
        undoes=undoes,
        events=(Event(name="AllowTraffic", status=allow_traffic),),
        candidate=TaskSet(group="green", weight=weight),
    )


BEFORE, DURING, AFTER = ("Skipped", 0.0), ("Failed", 10.0), ("Succeeded", 100.0)
NONE = ""


@pytest.mark.parametrize(
    ("status", "traffic", "rollback", "expected"),
    [
        *((status, BEFORE, NONE, None) for status in IN_FLIGHT),
        ("Succeeded", AFTER, NONE, Exit.OK),
        # Followed to the rollback's own end.
        *(("Failed", traffic, status, None) for status in IN_FLIGHT for traffic in (BEFORE, DURING, AFTER)),
        *(("Failed", traffic, "Succeeded", Exit.FAILED) for traffic in (BEFORE, DURING, AFTER)),
        *(("Stopped", traffic, "Succeeded", Exit.FAILED) for traffic in (BEFORE, DURING, AFTER)),
        *(("Failed", traffic, "Failed", Exit.ROLLBACK_FAILED) for traffic in (BEFORE, DURING, AFTER)),
        *(("Stopped", traffic, "Stopped", Exit.ROLLBACK_FAILED) for traffic in (BEFORE, DURING, AFTER)),
        # Not rolled back: the traffic stays where it is.
        ("Failed", BEFORE, NONE, Exit.FAILED),
        ("Stopped", BEFORE, NONE, Exit.FAILED),
        ("Failed", ("Failed", 0.0), NONE, Exit.FAILED),
        ("Failed", DURING, NONE, Exit.ROLLBACK_FAILED),
        ("Stopped", AFTER, NONE, Exit.ROLLBACK_FAILED),
    ],
)
def test_how_a_deployment_and_its_rollback_ended_is_the_exit_code(
    status: str, traffic: tuple[str, float], rollback: str, expected: Exit | None
) -> None:
    undoing = deployment(rollback, undoes="d-1") if rollback else None

    assert outcome(deployment(status, allow_traffic=traffic[0], weight=traffic[1]), undoing) == expected


@pytest.mark.parametrize(("status", "expected"), [("Succeeded", Exit.FAILED), ("Failed", Exit.ROLLBACK_FAILED)])
def test_a_rollback_by_itself_is_the_end_of_a_failed_release(status: str, expected: Exit) -> None:
    assert outcome(deployment(status, undoes="d-0"), None) == expected


def test_exit_codes_are_a_contract() -> None:
    assert {code.name: code.value for code in Exit} == {
        "OK": 0,
        "ERROR": 1,
        "DIFFERENCES": 2,
        "FAILED": 3,
        "LOST": 4,
        "ROLLBACK_FAILED": 5,
        "DETACHED": 130,
    }
