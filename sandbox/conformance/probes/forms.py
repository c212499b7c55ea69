"""What services say to requests that name nothing, or whose texts are not what they are to be."""

from __future__ import annotations

import json

from sandbox.conformance.probe import Probe, breaks
from sandbox.conformance.world import World


def _policy_without_effect(world: World) -> dict[str, object]:
    principal = {"AWS": f"arn:aws:iam::{world.account.number}:root"}
    statement = {"Principal": principal, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{world.bucket}/*"}
    return {"Bucket": world.bucket, "Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


PROBES: list[Probe] = [
    breaks("neither_listener_nor_rules", "DescribeRules", lambda _: {"ListenerArn": ""}),
    breaks(
        "events_cannot_go_there",
        "PutSubscriptionFilter",
        lambda world: {
            "logGroupName": world.log_group,
            "filterName": world.name,
            "filterPattern": "",
            "destinationArn": world.arn("logs", f"log-group:{world.log_group}"),
        },
    ),
    breaks(
        "manifest_is_no_object",
        "PutImage",
        lambda world: {"repositoryName": world.repository, "imageManifest": "manifest", "imageTag": "tried"},
    ),
    breaks(
        "pattern_is_no_object",
        "PutRule",
        lambda world: {"Name": f"{world.name}-tried", "EventPattern": "[]", "State": "DISABLED"},
    ),
    breaks("bucket_policys_statement_is_incomplete", "PutBucketPolicy", _policy_without_effect),
    breaks("message_goes_nowhere", "Publish", lambda _: {"Message": "nothing"}),
    breaks(
        "filters_number_is_too_large",
        "Subscribe",
        lambda world: {
            "TopicArn": world.topic,
            "Protocol": "sqs",
            "Endpoint": world.arn("sqs", "none"),
            "Attributes": {"FilterPolicy": json.dumps({"store": [10**10]})},
        },
    ),
]
