"""CloudWatch Logs: names and numbers of days that it does not take, what a log group is by default, and its ARNs."""

from __future__ import annotations

import time
from typing import Any

from sandbox.conformance.account import until
from sandbox.conformance.probe import Probe, Request, answered, breaks, refused
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference"
_RECORDED = "https://github.com/localstack/localstack/blob/main/tests/aws/services/logs/test_logs_{}.snapshot.json"
"""Recorded from AWS."""
_MOTO = "https://github.com/getmoto/moto/blob/master/tests/test_logs/test_logs.py"
"""Its tests marked aws_verified have passed against AWS."""


def _group(world: World) -> dict[str, Any]:
    """One that is there, once it is in the lists too."""
    group = {"logGroupNamePrefix": world.log_group}
    until(lambda: len(world.account.read("logs", "DescribeLogGroups", **group)["logGroups"]), (1).__eq__)
    return group


def _stream(**more: Any) -> Request:
    """One that is there."""
    return lambda world: {"logGroupName": world.log_group, "logStreamName": world.log_stream} | more


def _events_in_disorder(world: World) -> dict[str, Any]:
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": "later"}, {"timestamp": now - 1000, "message": "earlier"}]
    return _stream(logEvents=events)(world)


def _gone(**more: Any) -> Request:
    return lambda world: {"logGroupName": f"/{world.name}/gone"} | more


def _arn(world: World, name: str) -> str:
    return world.arn("logs", f"log-group:{name}")


def _tagged(world: World) -> dict[str, Any]:
    arn = _arn(world, world.log_group)
    world.account.call("logs", "TagResource", resourceArn=arn, tags={"color": "blue"})
    return {"resourceArn": arn}


PROBES: list[Probe] = [
    # Log groups
    breaks(
        "retention_is_no_step",
        "PutRetentionPolicy",
        lambda world: {"logGroupName": world.log_group, "retentionInDays": 2},
    ),
    breaks(
        "log_group_name_is_reserved",
        "CreateLogGroup",
        lambda world: {"logGroupName": f"aws/{world.name}"},
        message="reserved for AWS",
    ),
    refused(
        "logs",
        "CreateLogGroup",
        "a log group's name has 512 characters",
        lambda world: {"logGroupName": f"/{world.name}/".ljust(513, "x")},
        "InvalidParameterException",
        _RECORDED.format("groups"),
    ),
    refused(
        "logs",
        "CreateLogGroup",
        "a log group's name has no colon",
        lambda world: {"logGroupName": f"/{world.name}:x"},
        "InvalidParameterException",
        f"{_API}/API_CreateLogGroup.html",
    ),
    refused(
        "logs",
        "CreateLogGroup",
        "a log group is there once",
        lambda world: {"logGroupName": world.log_group},
        "ResourceAlreadyExistsException",
        _RECORDED.format("groups"),
    ),
    answered(
        "logs",
        "DescribeLogGroups",
        "a log group is kept for ever, in the standard class",
        _group,
        {"logGroups[0].[retentionInDays, logGroupClass, storedBytes, metricFilterCount]": [None, "STANDARD", 0, 0]},
        _RECORDED.format("groups"),
    ),
    answered(
        "logs",
        "DescribeLogGroups",
        "a log group has an ARN for its streams and one for itself",
        _group,
        {
            "logGroups[0].[arn, logGroupArn]": lambda world: [
                f"{_arn(world, world.log_group)}:*",
                _arn(world, world.log_group),
            ]
        },
        _MOTO,
    ),
    breaks(
        "log_groups_by_prefix_and_pattern",
        "DescribeLogGroups",
        lambda world: {"logGroupNamePrefix": world.log_group, "logGroupNamePattern": world.name},
    ),
    # Streams and events
    answered(
        "logs",
        "DescribeLogStreams",
        "a stream has an ARN below its group's",
        lambda world: {"logGroupName": world.log_group, "logStreamNamePrefix": world.log_stream},
        {
            "logStreams[].[logStreamName, arn]": lambda world: [
                [world.log_stream, f"{_arn(world, world.log_group)}:log-stream:{world.log_stream}"]
            ]
        },
        _MOTO,
    ),
    refused(
        "logs",
        "DescribeLogStreams",
        "the ARN that ends in an asterisk is no identifier of a group",
        lambda world: {"logGroupIdentifier": f"{_arn(world, world.log_group)}:*"},
        "InvalidParameterException",
        _MOTO,
    ),
    refused(
        "logs",
        "CreateLogStream",
        "a stream is there once",
        _stream(),
        "ResourceAlreadyExistsException",
        _RECORDED.format("streams"),
    ),
    refused(
        "logs",
        "PutLogEvents",
        "events are in the order of their times",
        _events_in_disorder,
        "InvalidParameterException",
        _RECORDED.format("events"),
    ),
    refused(
        "logs",
        "GetLogEvents",
        "10,000 events are read at once at most",
        _stream(limit=10001),
        "InvalidParameterException",
        _RECORDED.format("events"),
        message="Member must have value less than or equal to 10000",
    ),
    # Tags
    answered(
        "logs",
        "ListTagsForResource",
        "tags come back",
        _tagged,
        {"tags": {"color": "blue"}},
        _RECORDED.format("groups"),
    ),
    breaks(
        "tagged_log_group_is_gone",
        "TagResource",
        lambda world: {"resourceArn": _arn(world, f"/{world.name}/gone"), "tags": {"color": "blue"}},
        "a new tag",
    ),
    breaks(
        "tagged_log_group_is_gone",
        "UntagResource",
        lambda world: {"resourceArn": _arn(world, f"/{world.name}/gone"), "tagKeys": ["color"]},
        "no tag any more",
    ),
    # What is not there
    refused(
        "logs",
        "DeleteLogGroup",
        "a log group that is gone is not deleted again",
        _gone(),
        "ResourceNotFoundException",
        f"{_API}/API_DeleteLogGroup.html",
    ),
    refused(
        "logs",
        "PutRetentionPolicy",
        "a log group that is gone has no retention",
        _gone(retentionInDays=3),
        "ResourceNotFoundException",
        f"{_API}/API_PutRetentionPolicy.html",
    ),
    refused(
        "logs",
        "CreateLogStream",
        "a stream is of a group that is there",
        _gone(logStreamName="stream"),
        "ResourceNotFoundException",
        f"{_API}/API_CreateLogStream.html",
    ),
    refused(
        "logs",
        "GetLogEvents",
        "a stream that is not there has no events",
        lambda world: {"logGroupName": world.log_group, "logStreamName": "gone"},
        "ResourceNotFoundException",
        _RECORDED.format("events"),
    ),
    refused(
        "logs",
        "CreateLogStream",
        "a group has a stream of a name once",
        _stream(),
        "ResourceAlreadyExistsException",
        _RECORDED.format("streams"),
    ),
]
