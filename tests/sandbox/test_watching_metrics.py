"""Metrics: what is kept of them, metric math, and what clients read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.watching.mathematics import ExpressionError, Known, NotModelledExpressionError, Series, compute
from sandbox.watching.store import MOST_MINUTES, MOST_VALUES, Metric, Statistics, Store
from tests.sandbox.running_stack import Clients
from tests.sandbox.test_aws_errors import refused

METRIC = Metric("us-east-1", "Own", "m")


# Statistics -----------------------------------------------------------------------------------------------------------


def of(*values: float) -> Statistics:
    found = Statistics()
    for value in values:
        found.add(value)
    return found


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("SampleCount", 100),
        ("Sum", 5050),
        ("Average", 50.5),
        ("Minimum", 1),
        ("Maximum", 100),
        ("p50", 50),
        ("p99", 99),
        ("p99.9", 100),
        ("p0", 1),
    ],
)
def test_a_statistic_is_of_all_values(statistic: str, value: float) -> None:
    assert of(*range(1, 101)).get(statistic) == value


def test_a_span_without_values_has_no_statistics() -> None:
    assert [Statistics().get(name) for name in ("Sum", "SampleCount", "p99")] == [None, None, None]


def test_statistics_that_were_given_have_percentiles_only_where_all_values_are_one() -> None:
    assert Statistics(4, 10, 1, 4).get("p50") is None
    assert Statistics(4, 8, 2, 2).get("p50") == 2


def test_the_store_stays_small_and_its_percentiles_close() -> None:
    store = Store()
    for index in range(50_000):
        store.put(METRIC, 0, 1 + index / 100_000)
    for minute in range(2 * MOST_MINUTES):
        store.put(METRIC, 60 * minute, 1.25)

    seen = store.read(METRIC, 60 * MOST_MINUTES, 120 * MOST_MINUTES)
    first = of(*(1 + index / 100_000 for index in range(50_000)))
    assert store.read(METRIC, 0, 60).count == 0
    assert seen.count == MOST_MINUTES
    assert len(first.values) < MOST_VALUES + 1000
    assert first.get("p99") == pytest.approx(1.495, rel=0.005)


# Metric math ----------------------------------------------------------------------------------------------------------

# The first seven are of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

SERIES: dict[str, Series] = {
    "metric1": [30, 20, 0, 0],
    "metric2": [20, None, 20, None],
    "a": [1, 1, 0, 0, None],
    "b": [30, None, 0, 0, 30],
    "c": [0, 0, 20, None, 20],
    "errors": [None, 3, None, 2],
    "requests": [100, 60, None, 0],
}


@pytest.mark.parametrize(
    ("expression", "series"),
    [
        ("metric1 < metric2", [0, 0, 1, 0]),
        ("metric1 >= 30", [1, 0, 0, 0]),
        ("metric1 > 15 AND metric2 > 15", [1, 0, 0, 0]),
        ("metric1 > 15 || metric2 > 15", [1, 1, 1, 0]),
        ("IF(a, b, c)", [30, 0, 20, None, None]),
        ("IF(a, 5, c)", [5, 5, 20, None, None]),
        ("IF(a, b, 5)", [30, 0, 5, 5, 5]),
        ("IF(requests >= 60, errors / requests * 100)", [0, 5, None, None]),
        ("errors / requests * 100", [0, 5, None, None]),
        ("FILL(errors, 0)", [0, 3, 0, 2]),
        ("FILL(errors, requests)", [100, 3, None, 2]),
        ("SUM([errors, requests])", [100, 63, None, 2]),
        ("MAX([metric1, metric2])", [30, 20, 20, 0]),
        ('SUM(METRICS("metric"))', [50, 20, 20, 0]),
        ("AVG(METRICS('metric'))", [25, 10, 10, 0]),
        ("metric1 - AVG(metric1)", [17.5, 7.5, -12.5, -12.5]),
        ("-metric1 + 2 ^ 3", [-22, -12, 8, 8]),
        ("metric1 / PERIOD(metric1)", [0.5, 20 / 60, 0, 0]),
        ("100 * (errors + 1) / 4", [None, 100, None, 75]),
    ],
)
def test_an_expression_is_computed_as_aws_describes_it(expression: str, series: Series) -> None:
    known = Known(SERIES, tuple(SERIES), 60, 4)

    assert compute(expression, known) == [series]


@pytest.mark.parametrize("expression", ["", "1 +", "errors errors", "unknown", "SUM(errors, requests)", "5", "(errors"])
def test_what_is_no_expression_is_an_error(expression: str) -> None:
    with pytest.raises(ExpressionError):
        compute(expression, Known(SERIES, tuple(SERIES), 60, 4))


def test_functions_that_are_not_modelled_are_named() -> None:
    with pytest.raises(NotModelledExpressionError, match="the function SEARCH of metric math"):
        compute("SEARCH('x')", Known(SERIES, tuple(SERIES), 60, 4))


# What clients put and read --------------------------------------------------------------------------------------------


def minute() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0)


def span(when: datetime) -> dict[str, datetime]:
    return {"StartTime": when - timedelta(minutes=1), "EndTime": when + timedelta(minutes=2)}


def stat(namespace: str, name: str, statistic: str) -> dict[str, Any]:
    return {"Metric": {"Namespace": namespace, "MetricName": name}, "Period": 60, "Stat": statistic}


def test_what_clients_put_they_read_by_the_minute(client: Clients, name: str) -> None:
    cloudwatch, when = client("cloudwatch"), minute()
    data = [{"MetricName": "m", "Values": [1.0, 2.0, 9.0], "Counts": [8.0, 1.0, 1.0], "Unit": "Seconds"}]
    cloudwatch.put_metric_data(
        Namespace=name, MetricData=[{**one, "Timestamp": when + timedelta(seconds=30)} for one in data]
    )

    (point,) = cloudwatch.get_metric_statistics(
        Namespace=name,
        MetricName="m",
        Period=60,
        Statistics=["Sum", "SampleCount", "Average"],
        ExtendedStatistics=["p90"],
        **span(when),
    )["Datapoints"]

    assert point == {
        "Timestamp": when,
        "Unit": "Seconds",
        "Sum": 19.0,
        "SampleCount": 10.0,
        "Average": 1.9,
        "ExtendedStatistics": {"p90": 2.0},
    }


def test_a_metric_is_its_name_and_all_of_its_dimensions(client: Clients, name: str) -> None:
    cloudwatch, when = client("cloudwatch"), minute()
    of_one = [{"Name": "of", "Value": "one"}]
    cloudwatch.put_metric_data(
        Namespace=name,
        MetricData=[
            {"MetricName": "m", "Value": 1, "Timestamp": when},
            {"MetricName": "m", "Value": 5, "Timestamp": when, "Dimensions": of_one},
        ],
    )

    def total(**dimensions: Any) -> list[float]:
        answer = cloudwatch.get_metric_statistics(
            Namespace=name, MetricName="m", Period=60, Statistics=["Sum"], **dimensions, **span(when)
        )
        return [point["Sum"] for point in answer["Datapoints"]]

    assert (total(), total(Dimensions=of_one), total(Dimensions=[{"Name": "of", "Value": "two"}])) == ([1], [5], [])
    assert cloudwatch.list_metrics(Namespace=name, Dimensions=[{"Name": "of"}])["Metrics"] == [
        {"Namespace": name, "MetricName": "m", "Dimensions": of_one}
    ]


def test_expressions_are_read_with_what_they_are_made_of(client: Clients, name: str) -> None:
    cloudwatch, when = client("cloudwatch"), minute()
    cloudwatch.put_metric_data(
        Namespace=name,
        MetricData=[
            {"MetricName": "errors", "Value": 5, "Timestamp": when},
            {"MetricName": "requests", "Value": 50, "Timestamp": when},
            {"MetricName": "requests", "Value": 10, "Timestamp": when + timedelta(minutes=1)},
        ],
    )
    queries = [
        {"Id": "rate", "Expression": "errors / requests * 100", "Label": "5xx"},
        {"Id": "errors", "MetricStat": stat(name, "errors", "Sum"), "ReturnData": False},
        {"Id": "requests", "MetricStat": stat(name, "requests", "Sum")},
    ]

    results = cloudwatch.get_metric_data(MetricDataQueries=queries, ScanBy="TimestampAscending", **span(when))

    assert [(one["Id"], one["Values"]) for one in results["MetricDataResults"]] == [
        ("rate", [10.0, 0.0]),
        ("requests", [50.0, 10.0]),
    ]


def test_one_answer_has_1440_points_at_most(client: Clients, name: str) -> None:
    ask, when = client("cloudwatch").get_metric_statistics, minute()
    metric = {"Namespace": name, "MetricName": "m", "Period": 60, "Statistics": ["Sum"], "StartTime": when}

    assert ask(**metric, EndTime=when + timedelta(days=1))["Datapoints"] == []
    status, code, message = refused(ask, **metric, EndTime=when + timedelta(days=1, minutes=1))

    assert (status, code) == (400, "InvalidParameterCombination")
    assert message.startswith("You have requested up to 1,441 datapoints, which exceeds the limit of 1,440.")


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("1 + unknown", ("ValidationError", "Error in expression: 'unknown' is not defined")),
        ("RATE(m)", ("UnsupportedOperation", "The sandbox does not model the function RATE of metric math.")),
        ("SELECT SUM(m) FROM x", ("UnsupportedOperation", "The sandbox does not model Metrics Insights.")),
    ],
)
def test_an_alarm_is_made_of_what_can_be_computed(
    client: Clients, name: str, expression: str, answer: tuple[str, str]
) -> None:
    queries = [
        {"Id": "e", "Expression": expression},
        {"Id": "m", "MetricStat": stat(name, "m", "Sum"), "ReturnData": False},
    ]

    found = refused(
        client("cloudwatch").put_metric_alarm,
        AlarmName=name,
        Metrics=queries,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )

    assert found == (400, *answer)


def test_statistics_that_are_not_modelled_are_named(client: Clients, name: str) -> None:
    query = {"Id": "m", "MetricStat": stat(name, "m", "tm99")}

    answer = refused(client("cloudwatch").get_metric_data, MetricDataQueries=[query], **span(minute()))

    assert answer == (400, "UnsupportedOperation", "The sandbox does not model the statistic tm99.")
