"""What CodeDeploy puts on the event bus as a deployment goes on.

https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html; the document is that of
https://docs.rs/crate/aws_lambda_events/latest/source/src/fixtures/example-codedeploy-deployment-event.json, and all
states are in https://github.com/aws/aws-lambda-go/blob/main/events/codedeploy.go.
"""

from __future__ import annotations

from typing import Protocol
from uuid import NAMESPACE_URL, uuid5

from sandbox.eventbridge import bus
from sandbox.eventbridge.bus import Event

_STATES = {"InProgress": "START", "Ready": "READY", "Succeeded": "SUCCESS", "Failed": "FAILURE", "Stopped": "STOP"}


class Announced(Protocol):
    """What is told of a deployment."""

    @property
    def deployment_id(self) -> str: ...
    @property
    def application_name(self) -> str: ...
    @property
    def deployment_group_name(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def status(self) -> str: ...


def announce(deployment: Announced) -> None:
    """Its status is new."""
    application, group = deployment.application_name, deployment.deployment_group_name
    arn = f"arn:aws:codedeploy:{deployment.region}:{deployment.account}"
    resources = (f"{arn}:deploymentgroup:{application}/{group}", f"{arn}:application:{application}")
    detail = {
        "region": deployment.region,
        "deploymentId": deployment.deployment_id,
        "instanceGroupId": str(uuid5(NAMESPACE_URL, deployment.deployment_id)),
        "deploymentGroup": group,
        "state": _STATES[deployment.status],
        "application": application,
    }
    kind = "CodeDeploy Deployment State-change Notification"
    bus.emit(Event(deployment.region, "aws.codedeploy", kind, resources, detail))
