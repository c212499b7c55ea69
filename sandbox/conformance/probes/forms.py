"""What services say to requests that name nothing, or whose texts are not what they are to be."""

from __future__ import annotations

from sandbox.conformance.probe import Probe, breaks
from sandbox.conformance.world import World


def _without_code(world: World) -> dict[str, object]:
    return world.function_settings(f"{world.name}-empty") | {"Code": {}}


PROBES: list[Probe] = [
    breaks("neither_listener_nor_rules", "DescribeRules", lambda _: {}),
    breaks("target_group_is_incomplete", "CreateTargetGroup", lambda world: {"Name": f"{world.name}-none"}),
    breaks("function_has_no_code", "CreateFunction", _without_code),
    breaks(
        "events_cannot_go_there",
        "PutSubscriptionFilter",
        lambda world: {
            "logGroupName": world.log_group,
            "filterName": world.name,
            "filterPattern": "",
            "destinationArn": world.topic,
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
    breaks("message_goes_nowhere", "Publish", lambda _: {"Message": "nothing"}),
]
