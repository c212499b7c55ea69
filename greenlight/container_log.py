"""What a task's containers have written, where ECS sends it to CloudWatch Logs."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight.aws import Aws, explain

_MOST = 8  # lines of each container


def last_words(aws: Aws, definition: Mapping[str, Any], task: str, containers: Iterable[str]) -> list[str]:
    """The last lines of these containers of the task, or why they cannot be read.

    Containers of other log drivers are passed over.
    """
    options = {
        one["name"]: one["logConfiguration"].get("options", {})
        for one in definition["containerDefinitions"]
        if one.get("logConfiguration", {}).get("logDriver") == "awslogs"
    }
    said = []
    for name in containers:
        group, prefix = (options.get(name, {}).get(f"awslogs-{key}") for key in ("group", "stream-prefix"))
        if not group or not prefix:
            continue  # without a prefix the stream's name is the container's id, which is not known here
        region = options[name].get("awslogs-region", aws.region)
        try:
            events = aws.in_region(region).call(
                "logs:GetLogEvents",
                logGroupName=group,
                logStreamName=f"{prefix}/{name}/{task}",
                limit=_MOST,
                startFromHead=False,
            )["events"]
        except (ClientError, BotoCoreError) as error:
            # The policy names the service's own group; another container's may be elsewhere.
            said.append(f"cannot read log of {name} in task {task}: {explain(error)}")
            continue
        said += [f"log of {name} in task {task}: {' '.join(event['message'].split())}" for event in events]
    return said
