"""Who is told: the topic, and what is told beside the alarms that stop releases."""

import json
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import (
    CloudwatchEventTarget,
    CloudwatchEventTargetInputTransformer,
)
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

from modules.alarms import Condition, Metric, judged, metric_alarm, of_group, words
from modules.iam import document
from modules.inputs import NotifySettings
from modules.location import Location
from modules.names import ServiceId, notify_topic
from modules.traffic import TrafficRoutes

FEWEST_API_REQUESTS = 10
"""Of a minute that is judged."""


@dataclass(frozen=True, kw_only=True)
class NotifyProps:
    name: str
    """The environment's name."""

    location: Location
    """The account and region of the environment."""

    api_id: str
    """The API whose errors are told."""

    settings: NotifySettings
    """Who is told."""


class Notify(Construct):
    """The topic that people are told by, and the alarm on the API. Nothing here touches traffic or stops a release.

    A topic that is made here has no KMS key: the policy of AWS's own, aws/sns, lets neither CloudWatch nor EventBridge
    use it, and messages hold names and numbers only. Who needs a key gives a topic of the team's own.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """

    def __init__(self, scope: Construct, id: str, props: NotifyProps) -> None:
        super().__init__(scope, id)
        settings = props.settings
        self.topic_arn = settings.topic or self._topic(props)
        if settings.api_error_percent is not None:
            dimensions = {"ApiId": props.api_id}
            errors = Condition(
                label="Requests answered 5xx, %",
                expression=judged("100 * FILL(errors, 0) / requests", FEWEST_API_REQUESTS),
                metrics={
                    "requests": Metric(name="Count", stat="Sum", dimensions=dimensions, namespace="AWS/ApiGateway"),
                    "errors": Metric(name="5xx", stat="Sum", dimensions=dimensions, namespace="AWS/ApiGateway"),
                },
                threshold=settings.api_error_percent,
            )
            description = words(
                f"{props.name}: more than {settings.api_error_percent:g} % of the API's requests were answered 5xx, in "
                f"2 of 3 minutes with at least {FEWEST_API_REQUESTS} requests.",
                traffic="nothing moves. Only releases of services whose alarms.more names this alarm are stopped.",
                do=f"see which requests, and why, in log group /aws/vendedlogs/{props.name}/api; then, of a service: "
                f"greenlight status {props.name}/SERVICE --region {props.location.region}",
            )
            metric_alarm(self, "api-errors", f"{props.name}-api-errors", errors, description, self.topic_arn)

    def _topic(self, props: NotifyProps) -> str:
        topic = SnsTopic(self, "topic", name=notify_topic(props.name))
        arn = props.location.arn
        publish = {"Action": "sns:Publish", "Resource": topic.arn}
        SnsTopicPolicy(
            self,
            "policy",
            arn=topic.arn,
            policy=document(
                [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudwatch.amazonaws.com"},
                        **publish,
                        "Condition": {
                            "StringEquals": {"aws:SourceAccount": props.location.account},
                            "ArnLike": {"aws:SourceArn": arn("cloudwatch", f"alarm:{props.name}-*")},
                        },
                    },
                    # "You can't use of Condition blocks in Amazon SNS topic policies for EventBridge":
                    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
                    {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, **publish},
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        **publish,
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    },
                ]
            ),
        )
        for address in props.settings.emails:
            # The address is part of the id: another one is another subscription, and its own to confirm.
            SnsTopicSubscription(
                self, f"email-{address.replace('/', '|')}", topic_arn=topic.arn, protocol="email", endpoint=address
            )
        return str(topic.arn)


@dataclass(frozen=True, kw_only=True)
class NoticesProps:
    service: ServiceId
    """The service that is told about."""

    routes: TrafficRoutes
    """Its pair of target groups."""

    topic_arn: str
    """The SNS topic that is told."""


class Notices(Construct):
    """Tells of a service without healthy tasks, and of releases that fail or are stopped. Stops no release itself.

    A rollback is a deployment too: one that fails is told as well.
    """

    def __init__(self, scope: Construct, id: str, props: NoticesProps) -> None:
        super().__init__(scope, id)
        service = props.service
        pairs = {"blue": props.routes.blue, "green": props.routes.green}
        none_healthy = Condition(
            label="Healthy tasks",
            # Of both groups: one of them is idle between releases, and then not reported at all.
            expression="SUM([FILL(blue, 0), FILL(green, 0)])",
            metrics={
                # The load balancer reports it zone by zone.
                color: Metric(name="HealthyHostCount", stat="Maximum", dimensions=of_group(props.routes, group))
                for color, group in pairs.items()
            },
            threshold=1,
            below=True,
            missing="breaching",
        )
        description = words(
            f"{service.address}: no task was healthy in either target group in 2 of 3 minutes.",
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
            traffic="requests fail: without a task they are answered 503, with unhealthy ones they go to those. "
            "Nothing moves by itself.",
            do=f"see what runs, and why targets are unhealthy: {service.command('status')}. Where the version is to "
            f"blame, go back to the one before: {service.command('rollback')}",
        )
        metric_alarm(self, "no-tasks", f"{service.name}-no-tasks", none_healthy, description, props.topic_arn)
        rule = CloudwatchEventRule(
            self,
            "releases",
            name=service.release_events,
            description=f"Tells of releases of {service.address} that fail or are stopped",
            event_pattern=json.dumps(
                {
                    "source": ["aws.codedeploy"],
                    "detail-type": ["CodeDeploy Deployment State-change Notification"],
                    "detail": {"application": [service.name], "state": ["FAILURE", "STOP"]},
                }
            ),
        )
        CloudwatchEventTarget(
            self,
            "told",
            rule=rule.name,
            arn=props.topic_arn,
            input_transformer=CloudwatchEventTargetInputTransformer(
                input_paths={"deployment": "$.detail.deploymentId", "state": "$.detail.state"},
                input_template=json.dumps(_message(service)),
            ),
        )


def _message(service: ServiceId) -> str:
    """Of a deployment that ended badly; EventBridge fills in <state> and <deployment>."""
    location = service.location
    return (
        f"<state>: CodeDeploy deployment <deployment> of {service.address}, account {location.account}, "
        f"{location.region}, failed or was stopped. Traffic: CodeDeploy gives it back to the version before, if any of "
        f"it had moved; where <deployment> is that rollback itself, it may be on both. Do: see why, and who has it: "
        f"{service.command('watch', '<deployment>')}. After exit code 5: {service.command('status')}"
    )
