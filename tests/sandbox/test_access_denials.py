"""Who is denied something reads what AWS would have written: the service's code and status, and IAM's sentence."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from moto.core.utils import get_service_model

from sandbox.access import denials
from sandbox.access.model import Decision, Need, Principal
from sandbox.aws.model.request import CHECKED, Call
from sandbox.aws.model.wording import Refusal

LOGS = "arn:aws:logs:us-east-1:123456789012:log-group"
SESSION = "arn:aws:sts::123456789012:assumed-role/deploy/ci"
ROLE = Principal("role", SESSION, "arn:aws:iam::123456789012:role/deploy", "AROA:ci")


def denied(service: str, operation: str, need: Need, reason: str = "", who: Principal = ROLE) -> Refusal:
    call = Call(service, get_service_model(service).operation_model(operation), {}, "us-east-1")
    why = reason or f"because no identity-based policy allows the {need.action} action"
    return denials.refusal(who, call, need, Decision(allowed=False, reason=why))


def test_each_checked_service_has_words_and_says_where_they_were_seen() -> None:
    assert set(denials.CODES) == CHECKED
    assert all(seen.startswith("https://") for _, _, seen in denials.CODES.values())


@pytest.mark.parametrize(
    ("service", "operation", "need", "refusal"),
    [
        pytest.param(
            "codedeploy",
            "CreateDeployment",
            Need("codedeploy:CreateDeployment", "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:a/b"),
            Refusal(
                "AccessDeniedException",
                f"User: {SESSION} is not authorized to perform: codedeploy:CreateDeployment on resource: "
                "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:a/b "
                "because no identity-based policy allows the codedeploy:CreateDeployment action",
                400,
            ),
            id="json",
        ),
        pytest.param(
            "ecs",
            "RegisterTaskDefinition",
            Need("iam:PassRole", "arn:aws:iam::123456789012:role/task"),
            Refusal(
                "AccessDeniedException",
                f"User: {SESSION} is not authorized to perform: iam:PassRole on resource: "
                "arn:aws:iam::123456789012:role/task because no identity-based policy allows the iam:PassRole action",
                400,
            ),
            id="a role that is passed is denied by the service that it is passed to",
        ),
        pytest.param(
            "ecs",
            "ListClusters",
            Need("ecs:ListClusters"),
            Refusal(
                "AccessDeniedException",
                f"User: {SESSION} is not authorized to perform: ecs:ListClusters on resource: * "
                "because no identity-based policy allows the ecs:ListClusters action",
                400,
            ),
            id="no resource, said",
        ),
        pytest.param(
            "elbv2",
            "DescribeListeners",
            Need("elasticloadbalancing:DescribeListeners"),
            Refusal(
                "AccessDenied",
                f"User: {SESSION} is not authorized to perform: elasticloadbalancing:DescribeListeners "
                "because no identity-based policy allows the elasticloadbalancing:DescribeListeners action",
                403,
            ),
            id="no resource, left out",
        ),
        pytest.param(
            "ec2",
            "DescribeVpcs",
            Need("ec2:DescribeVpcs"),
            Refusal(
                "UnauthorizedOperation",
                f"You are not authorized to perform this operation. User: {SESSION} is not authorized to perform: "
                "ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action",
                403,
            ),
            id="ec2",
        ),
        pytest.param(
            "s3",
            "PutObject",
            Need("s3:PutObject", "arn:aws:s3:::state/key"),
            Refusal(
                "AccessDenied",
                f'User: {SESSION} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::state/key" '
                "because no identity-based policy allows the s3:PutObject action",
                403,
            ),
            id="s3 quotes",
        ),
        pytest.param(
            "sns",
            "Publish",
            Need("sns:Publish", "arn:aws:sns:us-east-1:123456789012:alarms"),
            Refusal(
                "AuthorizationError",
                f"User: {SESSION} is not authorized to perform: SNS:Publish on resource: "
                "arn:aws:sns:us-east-1:123456789012:alarms because no identity-based policy allows the SNS:Publish "
                "action",
                403,
            ),
            id="sns in capitals",
        ),
        pytest.param(
            "apigatewayv2",
            "GetApis",
            Need("apigateway:GET", "arn:aws:apigateway:us-east-1::/apis"),
            Refusal(
                "AccessDeniedException",
                f"User: {SESSION} is not authorized to perform: apigateway:GET on resource: "
                "arn:aws:apigateway:us-east-1::/apis because no identity-based policy allows the apigateway:GET action",
                403,
            ),
            id="api gateway",
        ),
    ],
)
def test_a_denied_call_reads_as_on_aws(service: str, operation: str, need: Need, refusal: Refusal) -> None:
    assert denied(service, operation, need) == refusal


def resource_of(action: str, arn: str) -> str:
    text = denials.message(ROLE, Need(action, arn), Decision(allowed=False, reason="because"))
    return text.partition(" on resource: ")[2].removesuffix(" because")


@pytest.mark.parametrize(
    ("action", "arn", "written"),
    [
        ("iam:GetRole", "arn:aws:iam::123456789012:role/path/task", "role task"),
        ("iam:GetUser", "arn:aws:iam::123456789012:user/ci", "user ci"),
        ("iam:CreatePolicy", "arn:aws:iam::123456789012:policy/read", "policy read"),
        ("iam:GetPolicy", "arn:aws:iam::123456789012:policy/read", "policy arn:aws:iam::123456789012:policy/read"),
        ("iam:ListRoles", "arn:aws:iam::123456789012:role/", "arn:aws:iam::123456789012:role/"),
        ("iam:PassRole", "arn:aws:iam::123456789012:role/task", "arn:aws:iam::123456789012:role/task"),
        ("logs:CreateLogGroup", f"{LOGS}:/a", f"{LOGS}:/a:log-stream:"),
        ("logs:PutRetentionPolicy", f"{LOGS}:/a:*", f"{LOGS}:/a:log-stream:"),
        ("logs:DescribeLogGroups", f"{LOGS}:*", f"{LOGS}::log-stream:"),
        ("logs:PutLogEvents", f"{LOGS}:/a:log-stream:b", f"{LOGS}:/a:log-stream:b"),
        ("logs:ListTagsForResource", f"{LOGS}:/a", f"{LOGS}:/a"),
    ],
)
def test_iam_and_logs_name_resources_in_their_own_way(action: str, arn: str, written: str) -> None:
    assert resource_of(action, arn) == written


def test_ec2_tells_more_about_a_resource_in_an_encoded_message() -> None:
    need = Need(
        "ec2:CreateTags", "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1", keys={"ec2:CreateAction": ("CreateVpc",)}
    )

    refusal = denied("ec2", "CreateTags", need, "with an explicit deny in an identity-based policy")

    told, _, encoded = refusal.message.partition(". Encoded authorization failure message: ")
    assert told == (
        f"You are not authorized to perform this operation. User: {SESSION} is not authorized to perform: "
        "ec2:CreateTags on resource: arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1 "
        "with an explicit deny in an identity-based policy"
    )
    decoded: dict[str, Any] = json.loads(base64.b64decode(encoded))
    assert (decoded["allowed"], decoded["explicitDeny"]) == (False, True)
    assert decoded["context"] == {
        "principal": {"id": "AROA:ci", "arn": SESSION},
        "action": "ec2:CreateTags",
        "resource": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1",
        "conditions": {"items": [{"key": "ec2:CreateAction", "values": {"items": [{"value": "CreateVpc"}]}}]},
    }


def test_sts_gives_no_reason_why_a_role_is_not_assumed() -> None:
    need = Need("sts:AssumeRole", "arn:aws:iam::123456789012:role/admin")

    assert denied("sts", "AssumeRole", need) == Refusal(
        "AccessDenied",
        f"User: {SESSION} is not authorized to perform: sts:AssumeRole on resource: "
        "arn:aws:iam::123456789012:role/admin",
        403,
    )


def test_who_comes_with_a_token_of_the_web_is_told_the_action_only() -> None:
    need = Need("sts:AssumeRoleWithWebIdentity", "arn:aws:iam::123456789012:role/admin")

    assert denied("sts", "AssumeRoleWithWebIdentity", need) == Refusal(
        "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403
    )


def test_s3_tells_the_anonymous_nothing() -> None:
    need = Need("s3:GetObject", "arn:aws:s3:::state/key")

    refusal = denied("s3", "GetObject", need, who=Principal("anonymous", "", ""))

    assert refusal == Refusal("AccessDenied", "Access Denied", 403)


def test_a_call_that_nobody_mapped_is_denied_in_the_services_code_and_says_what_is_missing() -> None:
    assert denials.unmapped(ROLE, "sns", "CreatePlatformApplication") == Refusal(
        "AuthorizationError",
        f"{SESSION} may not call CreatePlatformApplication of sns: the sandbox does not know which permission it asks "
        "for, and denies it to everyone but the administrator.",
        403,
    )
