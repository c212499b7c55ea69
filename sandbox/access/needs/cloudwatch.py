"""CloudWatch: alarms, metrics, dashboards and insight rules."""

from __future__ import annotations

from collections.abc import Iterator

from moto.cloudwatch.models import cloudwatch_backends

from sandbox.access.model import Keys, Need
from sandbox.access.needs import needs, tags
from sandbox.access.needs.arns import arn
from sandbox.access.needs.linked_roles import linked_role
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT


@needs("cloudwatch", "PutMetricAlarm")
def new_alarm(call: Call) -> Iterator[Need]:
    """With tags, "you must be signed on with both the cloudwatch:PutMetricAlarm and cloudwatch:TagResource
    permissions", says AWS's own model. Its actions on instances are those of a linked role:
    https://github.com/aws-samples/amazon-cloudwatch-auto-alarms/issues/47"""
    given = call.params
    resource = arn(call, "cloudwatch", f"alarm:{given['AlarmName']}")
    new = tags.given(given.get("Tags"))
    named = ("AlarmActions", "OKActions", "InsufficientDataActions")
    actions = [action for name in named for action in given.get(name) or []]
    yield _on(call, resource, {"cloudwatch:AlarmActions": tuple(given.get("AlarmActions") or [])}, new)
    if new:
        yield Need("cloudwatch:TagResource", resource, request_tags=new, resource_tags=_tags(call, resource))
    if any(":ec2:" in action for action in actions):
        yield from linked_role("events.amazonaws.com", "AWSServiceRoleForCloudWatchEvents")


@needs("cloudwatch", "DescribeAlarms")
def described_alarms(call: Call) -> Iterator[Need]:
    """All of them, also where some are named: https://github.com/aws-samples/amazon-cloudwatch-auto-alarms/issues/1"""
    yield _on(call, arn(call, "cloudwatch", "alarm:*"))


@needs("cloudwatch", "DescribeAlarmHistory")
def told_history(call: Call) -> Iterator[Need]:
    """AWS's reference names alarms, and does not say of which: all of them, as DescribeAlarms asks for."""
    yield _on(call, arn(call, "cloudwatch", "alarm:*"))


@needs("cloudwatch", "DeleteAlarms", "DisableAlarmActions", "EnableAlarmActions")
def of_alarms(call: Call) -> Iterator[Need]:
    """Without names it is ``alarm:``: https://github.com/aws-samples/amazon-cloudwatch-auto-alarms/issues/18"""
    for name in call.params["AlarmNames"] or [""]:
        yield _on(call, arn(call, "cloudwatch", f"alarm:{name}"))


@needs("cloudwatch", "SetAlarmState")
def of_alarm(call: Call) -> Iterator[Need]:
    yield _on(call, arn(call, "cloudwatch", f"alarm:{call.params['AlarmName']}"))


@needs("cloudwatch", "PutMetricData")
def new_data(call: Call) -> Iterator[Need]:
    keys = {"cloudwatch:namespace": (call.params["Namespace"],)}
    yield Need("cloudwatch:PutMetricData", keys=keys, request_tags={}, resource_tags={})


@needs("cloudwatch", "GetDashboard", "PutDashboard")
def of_dashboard(call: Call) -> Iterator[Need]:
    yield _dashboard(call, call.params["DashboardName"])


@needs("cloudwatch", "DeleteDashboards")
def of_dashboards(call: Call) -> Iterator[Need]:
    for name in call.params["DashboardNames"] or [""]:
        yield _dashboard(call, name)


@needs("cloudwatch", "PutInsightRule")
def new_rule(call: Call) -> Iterator[Need]:
    """Which log groups it is about is in its definition, which is not read here."""
    resource = arn(call, "cloudwatch", f"insight-rule/{call.params['RuleName']}")
    new = tags.given(call.params.get("Tags"))
    yield _on(call, resource, request_tags=new)
    if new:
        yield Need("cloudwatch:TagResource", resource, request_tags=new, resource_tags=_tags(call, resource))


@needs("cloudwatch", "DeleteInsightRules", "DisableInsightRules", "EnableInsightRules")
def of_rules(call: Call) -> Iterator[Need]:
    for name in call.params["RuleNames"] or [""]:
        yield _on(call, arn(call, "cloudwatch", f"insight-rule/{name}"))


@needs("cloudwatch", "ListTagsForResource")
def listed_tags(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["ResourceARN"])


@needs("cloudwatch", "TagResource")
def new_tags(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["ResourceARN"], request_tags=tags.given(call.params["Tags"]))


@needs("cloudwatch", "UntagResource")
def old_tags(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["ResourceARN"], request_tags=tags.without_values(call.params["TagKeys"]))


def _dashboard(call: Call, name: str) -> Need:
    """It is in no region."""
    return _on(call, f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}")


def _on(call: Call, resource: str, keys: Keys | None = None, request_tags: dict[str, str] | None = None) -> Need:
    action = f"cloudwatch:{call.operation.name}"
    has = _tags(call, resource)
    return Need(action, resource, keys=keys or {}, request_tags=request_tags or {}, resource_tags=has)


def _tags(call: Call, resource: str) -> dict[str, str]:
    found: dict[str, str] = cloudwatch_backends[ACCOUNT][call.region].tagger.get_tag_dict_for_resource(resource)
    return found
