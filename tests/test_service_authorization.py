"""The check of policies finds what IAM accepts, and never lets take effect."""

from typing import Any

import pytest

from tests.service_authorization import violations

GROUP = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:dev-api/dev-api"


def allow(action: str, resource: str, **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": [action], "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement | ({"Condition": condition} if condition else {})]}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("codedeploy:GetDeployment", GROUP),
        ("codedeploy:StopDeployment", "*"),
        ("codedeploy:PutLifecycleEventHookExecutionStatus", GROUP),
        ("codedeploy:GetDeployment", "${aws_codedeploy_deployment_group.api.arn}"),
        ("logs:PutLogEvents", "${aws_cloudwatch_log_group.hook.arn}:*"),
        ("elasticloadbalancing:Modify*", "arn:aws:elasticloadbalancing:*:*:listener/app/dev/*/*"),
        ("s3:GetObject", "arn:aws:s3:::bucket/*"),
    ],
)
def test_what_can_take_effect_is_no_violation(action: str, resource: str) -> None:
    assert violations(allow(action, resource)) == []


@pytest.mark.parametrize(
    ("action", "resource", "told"),
    [
        ("codedeploy:StopDeployment", GROUP, f"codedeploy:StopDeployment on {GROUP}: its resources are *"),
        (
            "codedeploy:GetDeploymentTarget",
            "${aws_codedeploy_deployment_group.api.arn}",
            "codedeploy:GetDeploymentTarget on ${aws_codedeploy_deployment_group.api.arn}: its resources are *",
        ),
        (
            "sqs:SendMessage",
            "arn:aws:sns:us-east-1:123456789012:topic",
            "sqs:SendMessage on arn:aws:sns:us-east-1:123456789012:topic: "
            "its resources are arn:${Partition}:sqs:${Region}:${Account}:${QueueName}",
        ),
        ("codedeploy:HaltDeployment", "*", "codedeploy:HaltDeployment: there is no such action"),
    ],
)
def test_a_resource_or_an_action_that_is_not_there_is_a_violation(action: str, resource: str, told: str) -> None:
    assert violations(allow(action, resource)) == [told]


def test_a_condition_key_that_the_action_does_not_have_is_a_violation() -> None:
    cluster = {"ecs:cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/dev"}

    assert violations(allow("ecs:ListTasks", "*", ArnEquals=cluster)) == []
    assert violations(allow("codedeploy:StopDeployment", "*", ArnEquals=cluster)) == [
        "codedeploy:StopDeployment if ecs:cluster: its condition keys are none"
    ]
    assert violations(allow("codedeploy:StopDeployment", "*", StringEquals={"aws:RequestedRegion": "us-east-1"})) == []
