"""What CodeDeploy puts on the event bus as a deployment goes on.

https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html; the document is that of
https://docs.rs/crate/aws_lambda_events/latest/source/src/fixtures/example-codedeploy-deployment-event.json, and all
states are in https://github.com/aws/aws-lambda-go/blob/main/events/codedeploy.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from sandbox.eventbridge import bus
from sandbox.eventbridge.bus import Event

if TYPE_CHECKING:
    from sandbox.codedeploy_engine.records import Deployment

_STATES = {"InProgress": "START", "Ready": "READY", "Succeeded": "SUCCESS", "Failed": "FAILURE", "Stopped": "STOP"}


def announce(deployment: Deployment) -> None:
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
