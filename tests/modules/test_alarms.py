"""What is asked of CloudWatch: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/ has the metrics."""

from dataclasses import replace
from typing import Any

from modules.alarms import Alarms, AlarmsProps
from modules.inputs import AlarmSettings
from tests.modules.example import ROUTES, SERVICE
from tests.synthesis import Config, resource, resources, synth

TOPIC = "arn:aws:sns:eu-west-1:111111111111:dev-notify"
PROPS = AlarmsProps(
    service=SERVICE,
    routes=ROUTES,
    settings=AlarmSettings(error_percent=1, latency_p99_seconds=0.8, minimum_requests=20, more=["orders-lost"]),
)
TOLD = (
    "Traffic: a release under way is stopped, and the version before gets the traffic back. While this fires no "
    "release begins. Otherwise nothing moves by itself.\n\n"
    "Do: see which version has the traffic: greenlight status dev/api --region eu-west-1. Go back to the one before "
    "it, which no alarm stops: greenlight rollback dev/api --region eu-west-1"
)


def alarms(props: AlarmsProps = PROPS) -> tuple[Config, Any]:
    found: list[Any] = []
    config = synth(lambda stack: found.append(Alarms(stack, "alarms", props).attributes))
    return config, found[0]


def balanced(key: str, name: str, stat: str, color: str) -> dict[str, Any]:
    group = {"blue": ROUTES.blue, "green": ROUTES.green}[color]
    dimensions = {"LoadBalancer": "app/dev/0123", "TargetGroup": group.arn_suffix}
    metric = {"namespace": "AWS/ApplicationELB", "metric_name": name, "dimensions": dimensions, "stat": stat}
    return {"id": key, "metric": metric | {"period": 60}}


def test_by_default_no_alarm_stops_a_release() -> None:
    config, attributes = alarms(replace(PROPS, settings=AlarmSettings()))

    assert resources(config, "aws_cloudwatch_metric_alarm") == []
    assert (attributes.names, attributes.made) == ([], [])


def test_each_target_group_has_its_own_alarms_because_the_candidate_is_in_either() -> None:
    config, attributes = alarms()
    made = [f"dev-api-{color}-{kind}" for color in ("blue", "green") for kind in ("errors", "latency")]

    assert [one["alarm_name"] for one in resources(config, "aws_cloudwatch_metric_alarm")] == made
    assert attributes.names == [*made, "orders-lost"]
    assert len(attributes.made) == 4


def test_failed_requests_fire_in_percent_of_a_groups_requests_in_two_of_three_minutes() -> None:
    assert resource(alarms()[0], "aws_cloudwatch_metric_alarm", alarm_name="dev-api-green-errors") == {
        "alarm_name": "dev-api-green-errors",
        "alarm_description": "dev/api, green target group: more than 1 % of requests failed (5xx, or no connection to "
        f"a task) in 2 of 3 minutes with at least 20 requests.\n\n{TOLD}",
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 1,
        "evaluation_periods": 3,
        "datapoints_to_alarm": 2,
        "treat_missing_data": "notBreaching",
        "metric_query": [
            {
                "id": "value",
                "expression": "IF(requests >= 20, 100 * SUM([FILL(errors, 0), FILL(unreached, 0)]) / requests, 0)",
                "label": "Failed requests, %",
                "return_data": True,
            },
            balanced("requests", "RequestCount", "Sum", "green"),
            balanced("errors", "HTTPCode_Target_5XX_Count", "Sum", "green"),
            balanced("unreached", "TargetConnectionErrorCount", "Sum", "green"),
        ],
    }


def test_slow_answers_fire_by_the_slowest_hundredth_where_there_are_enough() -> None:
    alarm = resource(alarms()[0], "aws_cloudwatch_metric_alarm", alarm_name="dev-api-blue-latency")

    assert alarm["threshold"] == 0.8
    assert alarm["alarm_description"] == (
        "dev/api, blue target group: the slowest hundredth of answers took more than 0.8 s in 2 of 3 minutes with at "
        f"least 20 requests.\n\n{TOLD}"
    )
    assert alarm["metric_query"] == [
        {
            "id": "value",
            "expression": "IF(requests >= 20, latency, 0)",
            "label": "Response time, p99, seconds",
            "return_data": True,
        },
        balanced("requests", "RequestCount", "Sum", "blue"),
        balanced("latency", "TargetResponseTime", "p99", "blue"),
    ]


def test_without_a_topic_an_alarm_tells_nobody_and_with_one_its_beginning_and_its_end() -> None:
    silent = resources(alarms()[0], "aws_cloudwatch_metric_alarm")
    told = resources(alarms(replace(PROPS, topic_arn=TOPIC))[0], "aws_cloudwatch_metric_alarm")

    assert [one for one in silent if "alarm_actions" in one or "ok_actions" in one] == []
    assert [(one["alarm_actions"], one["ok_actions"]) for one in told] == [([TOPIC], [TOPIC])] * 4
