"""The tasks of a service, however many there are."""

from typing import Any

from greenlight.aws import Aws
from greenlight.manifest import Manifest

_BATCH = 100  # as many as DescribeTasks takes


def read(aws: Aws, manifest: Manifest, desired_status: str) -> list[dict[str, Any]]:
    """Those that should be RUNNING, or STOPPED: of the latter ECS remembers those of the last hour."""
    more: dict[str, str] = {}
    found: list[dict[str, Any]] = []
    while True:
        page = aws.call(
            "ecs:ListTasks",
            cluster=manifest.cluster,
            serviceName=manifest.ecs_service,
            desiredStatus=desired_status,
            maxResults=_BATCH,
            **more,
        )
        if page["taskArns"]:
            found += aws.call("ecs:DescribeTasks", cluster=manifest.cluster, tasks=page["taskArns"])["tasks"]
        if not page.get("nextToken"):
            return found
        more = {"nextToken": page["nextToken"]}
