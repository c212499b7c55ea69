"""Where the containers of a task definition write their logs, and what needs an execution role."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from sandbox.aws.model.request import Call
from sandbox.aws.rules.ecs.tasks import is_fargate
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

_task = partial(rule, "ecs", "RegisterTaskDefinition", code="ClientException", coded=False)


def _logs(call: Call, driver: str | None = None) -> list[dict[str, Any]]:
    """The log configurations, of one driver if that is given."""
    given = [container.get("logConfiguration") for container in call.params["containerDefinitions"]]
    return [config for config in given if config and driver in (None, config["logDriver"])]


@_task(
    source=tried("ecs/pf-ecs-fargate-log-driver-unsupported"),
    says="Fargate has three log drivers.",
    quote="is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]",
)
def fargate_has_no_such_log_driver(call: Call) -> str | None:
    for config in _logs(call) if is_fargate(call) else []:
        if config["logDriver"] not in ("awslogs", "splunk", "awsfirelens"):
            return f"{config['logDriver']} is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]"
    return None


def _lacks(call: Call, option: str) -> bool:
    return any(not (config.get("options") or {}).get(option) for config in _logs(call, "awslogs"))


@_task(
    source=tried("ecs/pf-ecs-awslogs-missing-group"),
    says="awslogs writes to a group that is named.",
    quote="Log driver awslogs requires options: awslogs-group",
)
def logs_have_no_group(call: Call) -> bool:
    return _lacks(call, "awslogs-group")


@_task(
    source=tried("ecs/pf-ecs-awslogs-fargate-missing-stream-prefix"),
    says="On Fargate the streams of awslogs have a prefix.",
    quote="Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs.",
)
def fargate_logs_have_no_prefix(call: Call) -> bool:
    return is_fargate(call) and _lacks(call, "awslogs-stream-prefix")


@_task(
    source=tried("ecs/pf-ecs-fargate-execution-role-missing-awslogs"),
    says="On Fargate it is the task's execution role that writes the logs.",
    quote="Fargate requires task definition to have execution role ARN to support log driver awslogs.",
)
def fargate_logs_have_no_role(call: Call) -> bool:
    return is_fargate(call) and bool(_logs(call, "awslogs")) and not call.params.get("executionRoleArn")


@_task(
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html",
    says="A container's lines are delivered in one of two modes.",
    quote="Valid values: non-blocking | blocking",
    worded=False,
)
def logs_have_no_such_mode(call: Call) -> str | None:
    modes = [(config.get("options") or {}).get("mode") for config in _logs(call)]
    wrong = [mode for mode in modes if mode not in (None, "blocking", "non-blocking")]
    return f"Log driver option mode must be blocking or non-blocking, got {wrong[0]}" if wrong else None


_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/.+")


@_task(
    source="https://github.com/hashicorp/terraform-provider-aws/issues/3051",
    says="On Fargate it is the task's execution role that pulls images from ECR.",
    quote="Fargate requires task definition to have execution role ARN to support ECR images.",
    coded=True,
)
def fargate_images_of_ecr_have_no_role(call: Call) -> bool:
    images = [container.get("image") or "" for container in call.params["containerDefinitions"]]
    pulled = any(_ECR.fullmatch(image) for image in images)
    return is_fargate(call) and pulled and not call.params.get("executionRoleArn")
