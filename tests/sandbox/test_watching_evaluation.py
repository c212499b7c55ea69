"""An alarm's decision, by AWS's own tables, and the words for it."""

from __future__ import annotations

import pytest

from sandbox.watching.evaluation import Condition, Point, evaluate

NOON = 1772366400
"""2026-03-01 12:00:00 UTC"""


def points(drawn: str) -> list[Point]:
    """``0`` is a good point, ``X`` a bad one, ``-`` none; the most recent is last."""
    values = {"0": 1.0, "X": 9.0, "-": None}
    oldest_first = [Point(NOON + 60 * minute, values[one]) for minute, one in enumerate(drawn.split())]
    return oldest_first[::-1]


def condition(periods: int, wanted: int | None, missing: str = "missing", comparison: str = "") -> Condition:
    return Condition(comparison or "GreaterThanThreshold", 5.0, periods, wanted, missing)


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
TABLE_3_OF_3 = [
    ("0 - X - X", "OK", "OK", "OK", "OK"),
    ("0 - - - -", "OK", "OK", "OK", "OK"),
    ("- - - - -", "INSUFFICIENT_DATA", None, "ALARM", "OK"),
    ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("- - X - -", "ALARM", None, "ALARM", "OK"),
]
TABLE_2_OF_3 = [
    ("0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 - X - -", "OK", "OK", "ALARM", "OK"),
    ("- - - - 0", "OK", "OK", "ALARM", "OK"),
    ("- - - X -", "ALARM", None, "ALARM", "OK"),
]
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


@pytest.mark.parametrize(
    ("wanted", "drawn", "treatment", "state"),
    [
        (wanted, drawn, treatment, state)
        for wanted, table in ((3, TABLE_3_OF_3), (2, TABLE_2_OF_3))
        for drawn, *states in table
        for treatment, state in zip(TREATMENTS, states, strict=True)
    ],
)
def test_missing_points_are_treated_as_in_the_tables_of_aws(
    wanted: int, drawn: str, treatment: str, state: str | None
) -> None:
    assert evaluate(condition(3, wanted, treatment), points(drawn)).state == state


@pytest.mark.parametrize("drawn", ["- - - - X", "- - - X -"])
def test_a_breach_after_a_pause_does_not_fire_at_once(drawn: str) -> None:
    assert evaluate(condition(3, 3), points(drawn)).state == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("comparison", "states"),
    [
        ("GreaterThanThreshold", ("OK", "OK", "ALARM")),
        ("GreaterThanOrEqualToThreshold", ("OK", "ALARM", "ALARM")),
        ("LessThanThreshold", ("ALARM", "OK", "OK")),
        ("LessThanOrEqualToThreshold", ("ALARM", "ALARM", "OK")),
    ],
)
def test_a_point_is_compared_as_the_alarm_says(comparison: str, states: tuple[str, ...]) -> None:
    found = [evaluate(condition(1, 1, comparison=comparison), [Point(NOON, value)]).state for value in (4.0, 5.0, 6.0)]

    assert tuple(found) == states


@pytest.mark.parametrize(
    ("given", "drawn", "reason"),
    [
        (
            condition(3, 2),
            "0 0 X 0 X",
            "Threshold Crossed: 2 out of the last 3 datapoints [9.0 (01/03/26 12:04:00), 9.0 (01/03/26 12:02:00)] were "
            "greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            condition(3, 3),
            "X X 0 X X",
            "Threshold Crossed: 1 out of the last 3 datapoints [1.0 (01/03/26 12:02:00)] was not greater than the "
            "threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            condition(1, None),
            "- - X",
            "Threshold Crossed: 1 datapoint [9.0 (01/03/26 12:02:00)] was greater than the threshold (5.0).",
        ),
        (
            condition(3, 1, "notBreaching"),
            "- - - X -",
            "Threshold Crossed: 1 out of the last 3 datapoints [9.0 (01/03/26 12:03:00)] was greater than the "
            "threshold (5.0) and 2 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for OK -> "
            "ALARM transition).",
        ),
        (
            condition(2, None, "breaching"),
            "- - - -",
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
            "[Breaching].",
        ),
        (condition(1, None), "- - -", "Insufficient Data: 1 datapoint was unknown."),
        (condition(5, None), "- - - - - - -", "Insufficient Data: 5 datapoints were unknown."),
    ],
)
def test_the_reason_is_told_in_the_words_of_aws(given: Condition, drawn: str, reason: str) -> None:
    assert evaluate(given, points(drawn)).reason == reason
