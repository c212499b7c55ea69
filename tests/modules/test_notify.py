import json
from dataclasses import replace

from botocore.session import get_session

from modules.alarms import Alarms, AlarmsProps
from modules.inputs import AlarmSettings, NotifySettings
from modules.names import ServiceId
from modules.notify import Notices, NoticesProps, Notify, NotifyProps
from tests.modules.example import LOCATION, ROUTES, SERVICE
from tests.synthesis import Config, reference, resource, resources, synth

TOPIC = "arn:aws:sns:eu-west-1:111111111111:on-call"
PROPS = NotifyProps(
    name="dev", location=LOCATION, api_id="api-1", settings=NotifySettings(emails=["a@example.com", "b/c@example.com"])
)


def notify(props: NotifyProps = PROPS) -> Config:
    return synth(lambda stack: Notify(stack, "notify", props))


def notices() -> Config:
    props = NoticesProps(service=SERVICE, routes=ROUTES, topic_arn=TOPIC)
    return synth(lambda stack: Notices(stack, "notices", props))


def test_a_topic_writes_to_each_address() -> None:
    config = notify()
    topic = reference(config, "aws_sns_topic", "arn", name="dev-notify")

    assert resources(config, "aws_sns_topic_subscription") == [
        {"topic_arn": topic, "protocol": "email", "endpoint": address}
        for address in ("a@example.com", "b/c@example.com")
    ]


def test_only_this_environments_alarms_and_event_rules_publish_and_only_over_tls() -> None:
    config = notify()
    topic = reference(config, "aws_sns_topic", "arn")
    policy = resource(config, "aws_sns_topic_policy", arn=topic)["policy"]

    assert json.loads(policy)["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "111111111111"},
                "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:dev-*"},
            },
        },
        # EventBridge takes no condition here.
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
        },
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]


def test_a_topic_of_the_teams_own_is_used_as_it_is() -> None:
    config = notify(replace(PROPS, settings=NotifySettings(topic=TOPIC)))

    assert "resource" not in config


def test_errors_of_the_api_are_told_in_percent_of_its_requests() -> None:
    config = notify(replace(PROPS, settings=NotifySettings(topic=TOPIC, api_error_percent=5)))
    metric = {"namespace": "AWS/ApiGateway", "dimensions": {"ApiId": "api-1"}, "stat": "Sum", "period": 60}

    assert resource(config, "aws_cloudwatch_metric_alarm") == {
        "alarm_name": "dev-api-errors",
        "alarm_description": "dev: more than 5 % of the API's requests were answered 5xx, in 2 of 3 minutes with at "
        "least 10 requests.\n\n"
        "Traffic: nothing moves. Only releases of services whose alarms.more names this alarm are stopped.\n\n"
        "Do: see which requests, and why, in log group /aws/vendedlogs/dev/api; then, of a service: greenlight status "
        "dev/SERVICE --region eu-west-1",
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 5,
        "evaluation_periods": 3,
        "datapoints_to_alarm": 2,
        "treat_missing_data": "notBreaching",
        "metric_query": [
            {
                "id": "value",
                "expression": "IF(requests >= 10, 100 * FILL(errors, 0) / requests, 0)",
                "label": "Requests answered 5xx, %",
                "return_data": True,
            },
            {"id": "requests", "metric": metric | {"metric_name": "Count"}},
            {"id": "errors", "metric": metric | {"metric_name": "5xx"}},
        ],
        "alarm_actions": [TOPIC],
        "ok_actions": [TOPIC],
    }


def test_a_service_without_a_healthy_task_in_either_group_is_told() -> None:
    def healthy(color: str) -> Config:
        group = {"blue": ROUTES.blue, "green": ROUTES.green}[color]
        dimensions = {"LoadBalancer": "app/dev/0123", "TargetGroup": group.arn_suffix}
        metric = {"namespace": "AWS/ApplicationELB", "metric_name": "HealthyHostCount", "dimensions": dimensions}
        return {"id": color, "metric": metric | {"stat": "Maximum", "period": 60}}

    assert resource(notices(), "aws_cloudwatch_metric_alarm") == {
        "alarm_name": "dev-api-no-tasks",
        "alarm_description": "dev/api: no task was healthy in either target group in 2 of 3 minutes.\n\n"
        "Traffic: requests fail: without a task they are answered 503, with unhealthy ones they go to those. Nothing "
        "moves by itself.\n\n"
        "Do: see what runs, and why targets are unhealthy: greenlight status dev/api --region eu-west-1. Where the "
        "version is to blame, go back to the one before: greenlight rollback dev/api --region eu-west-1",
        "comparison_operator": "LessThanThreshold",
        "threshold": 1,
        "evaluation_periods": 3,
        "datapoints_to_alarm": 2,
        "treat_missing_data": "breaching",
        "metric_query": [
            {
                "id": "value",
                "expression": "SUM([FILL(blue, 0), FILL(green, 0)])",
                "label": "Healthy tasks",
                "return_data": True,
            },
            healthy("blue"),
            healthy("green"),
        ],
        "alarm_actions": [TOPIC],
        "ok_actions": [TOPIC],
    }


def test_releases_that_fail_or_are_stopped_are_told_with_the_command_that_says_why() -> None:
    config = notices()
    rule = resource(config, "aws_cloudwatch_event_rule", name="dev-api-releases")

    assert json.loads(rule["event_pattern"]) == {
        "source": ["aws.codedeploy"],
        "detail-type": ["CodeDeploy Deployment State-change Notification"],
        "detail": {"application": ["dev-api"], "state": ["FAILURE", "STOP"]},
    }
    assert resource(config, "aws_cloudwatch_event_target") == {
        "rule": reference(config, "aws_cloudwatch_event_rule", "name"),
        "arn": TOPIC,
        "input_transformer": {
            "input_paths": {"deployment": "$.detail.deploymentId", "state": "$.detail.state"},
            "input_template": '"<state>: CodeDeploy deployment <deployment> of dev/api, account 111111111111, '
            "eu-west-1, failed or was stopped. Traffic: CodeDeploy gives it back to the version before, if any of it "
            "had moved; where <deployment> is that rollback itself, it may be on both. Do: see why, and who has it: "
            "greenlight watch dev/api <deployment> --region eu-west-1. After exit code 5: "
            'greenlight status dev/api --region eu-west-1"',
        },
    }


def test_what_people_are_told_is_no_longer_than_aws_takes() -> None:
    """Of the longest names that an environment and a service can have: those of roles, with what comes after them."""
    service = ServiceId(environment="e" * 40, key="s" * 40, location=LOCATION)
    told = AlarmSettings(error_percent=99.9999, latency_p99_seconds=99.9999, minimum_requests=10**6)
    config = synth(
        lambda stack: (
            Notices(stack, "notices", NoticesProps(service=service, routes=ROUTES, topic_arn=TOPIC)),
            Alarms(stack, "alarms", AlarmsProps(service=service, routes=ROUTES, settings=told)),
            Notify(
                stack,
                "notify",
                replace(PROPS, name="e" * 40, settings=NotifySettings(topic=TOPIC, api_error_percent=5)),
            ),
        )
    )

    alarms = resources(config, "aws_cloudwatch_metric_alarm")
    (target,) = resources(config, "aws_cloudwatch_event_target")
    assert len(alarms) == 6
    assert [
        one["alarm_name"] for one in alarms if len(one["alarm_description"]) > most("cloudwatch", "AlarmDescription")
    ] == []
    assert len(target["input_transformer"]["input_template"]) <= most("events", "TransformerInput")


def most(service: str, shape: str) -> int:
    """The longest text of a shape, by AWS's own model."""
    return int(get_session().get_service_model(service).shape_for(shape).metadata["max"])
