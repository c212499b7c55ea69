"""Denials as AWS words them: the code and the status are the called service's, the sentence is IAM's.

Each entry names a report of a call that AWS denied. The sentence is that of
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html, but for what some services make of
its resource.
"""

from __future__ import annotations

import base64
import json
import re

from sandbox.access.model import Decision, Need, Principal
from sandbox.aws.model.request import Call
from sandbox.aws.model.wording import Refusal

CODES: dict[str, tuple[str, int, str]] = {
    "apigatewayv2": (
        "AccessDeniedException",
        403,
        "https://github.com/Open-SL/serverless-permission-generator/issues/12",
    ),
    # The status is of another denial by this code: https://github.com/aws-samples/aws-application-auto-scaling-kinesis/issues/1
    "application-autoscaling": (
        "AccessDeniedException",
        400,
        "https://github.com/cloud-custodian/cloud-custodian/issues/9409",
    ),
    # The status: https://github.com/tomaszkiewicz/prometheus-alertmanager-cloudwatch-webhook/issues/3
    "cloudwatch": ("AccessDenied", 403, "https://github.com/cisagov/cool-assessment-terraform/pull/245"),
    "codedeploy": (
        "AccessDeniedException",
        400,
        "https://github.com/terraform-aws-modules/terraform-aws-lambda/issues/442",
    ),
    "ec2": ("UnauthorizedOperation", 403, "https://github.com/hashicorp/terraform-provider-aws/issues/34234"),
    "ecr": ("AccessDeniedException", 400, "https://github.com/terraform-aws-modules/terraform-aws-iam/issues/514"),
    "ecs": ("AccessDeniedException", 400, "https://github.com/keidarcy/e1s/issues/429"),
    "elbv2": (
        "AccessDenied",
        403,
        "https://github.com/aws-samples/multi-tenant-chatbot-using-rag-with-amazon-bedrock/issues/17",
    ),
    "events": ("AccessDeniedException", 400, "https://github.com/ministryofjustice/modernisation-platform/pull/1253"),
    "iam": ("AccessDenied", 403, "https://github.com/aws/aws-cdk/issues/27067"),
    "kms": ("AccessDeniedException", 400, "https://github.com/aws-samples/eks-workshop-v2/issues/1177"),
    "lambda": (
        "AccessDeniedException",
        403,
        "https://github.com/hashicorp-education/learn-terraform-lambda-api-gateway/issues/18",
    ),
    "logs": ("AccessDeniedException", 400, "https://github.com/elastic/apm-aws-lambda/issues/526"),
    # The status: https://github.com/jenkinsci/pipeline-aws-plugin/issues/183
    "s3": ("AccessDenied", 403, "https://github.com/usdigitalresponse/usdr-gost/pull/4044"),
    "secretsmanager": ("AccessDeniedException", 400, "https://github.com/binbashar/le-tf-infra-aws/pull/874"),
    # The status: https://github.com/ministryofjustice/cloud-platform-environments/pull/21094
    "sns": (
        "AuthorizationError",
        403,
        "https://github.com/aws-ia/terraform-aws-control_tower_account_factory/issues/151",
    ),
    "ssm": ("AccessDeniedException", 400, "https://github.com/anomalyco/sst/issues/4176"),
    "sts": ("AccessDenied", 403, "https://github.com/amzn/selling-partner-api-models/issues/891"),
}
"""botocore's name of a service -> its code and status, and where that was seen."""

_SAYS_NO_STAR = frozenset(
    {
        # https://github.com/hashicorp/terraform-provider-aws/issues/34234
        "ec2",
        # https://github.com/aws-samples/multi-tenant-chatbot-using-rag-with-amazon-bedrock/issues/17
        "elasticloadbalancing",
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
        "s3",
        # https://github.com/Kralizek/AWSSecretsManagerConfigurationExtensions/issues/78
        "secretsmanager",
        # https://github.com/RafalWilinski/cloudwatch-public-metrics/issues/6
        "cloudwatch",
        # https://github.com/stelligent/mu/issues/259
        "application-autoscaling",
    }
)
"""Services that leave "on resource: *" out. Lambda, ECS and ECR write it: https://github.com/cdklabs/construct-hub/pull/1207"""

_TAGS_OF_LOG_GROUPS = frozenset({"logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource"})

S3_ANONYMOUS = Refusal("AccessDenied", "Access Denied", 403)
"""https://github.com/aws/aws-cli/issues/813"""

_NO_TOKEN = "Request is missing Authentication Token"
UNSIGNED_QUERY = Refusal("MissingAuthenticationToken", _NO_TOKEN, 403)
"""https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"""

UNSIGNED_JSON = Refusal("MissingAuthenticationTokenException", _NO_TOKEN, 400)
"""As DynamoDB answers, which speaks the same protocol: https://github.com/architect/dynalite"""


def refusal(principal: Principal, call: Call, need: Need, decision: Decision) -> Refusal:
    """The error of this call."""
    if call.service == "s3" and principal.kind == "anonymous":
        return S3_ANONYMOUS
    code, status, _ = CODES[call.service]
    text = message(principal, need, decision)
    if call.service != "kms" and need.action.startswith("kms:"):
        text = _of_key(call.service, text)
    if call.service == "ec2":
        text = f"You are not authorized to perform this operation. {text}"
        if need.resource != "*":
            # https://github.com/kubernetes-sigs/karpenter/issues/2813
            text += f". Encoded authorization failure message: {encoded(principal, need, decision)}"
    return Refusal(code, text, status)


def _of_key(service: str, text: str) -> str:
    """Of a key that a service would have used for its caller.

    https://github.com/GiamPy5/terraform-aws-directus/issues/10 (Secrets Manager, which says no more),
    https://github.com/hashicorp/terraform-provider-aws/issues/42849 (Parameter Store)
    """
    if service == "secretsmanager":
        return "Access to KMS is not allowed"
    if service == "ssm":
        told = "Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: sandbox; Proxy: null"
        return f"{text} ({told})"
    return text


def unmapped(principal: Principal, service: str, action: str) -> Refusal:
    """Of a call of which nobody has said what it asks for: it says so, for it is not AWS's denial.

    `service` is botocore's name, or the signing name of one that is not checked.
    """
    if service == "s3" and principal.kind == "anonymous":
        return S3_ANONYMOUS
    code, status, _ = CODES.get(service, ("AccessDeniedException", 403, ""))
    return Refusal(
        code,
        f"{principal.arn or 'Who does not sign'} may not call {action} of {service}: the sandbox does not know which "
        "permission it asks for, and denies it to everyone but the administrator.",
        status,
    )


def message(principal: Principal, need: Need, decision: Decision) -> str:
    """IAM's sentence, as the service whose action it is writes it."""
    service, _, name = need.action.partition(":")
    if need.action in ("sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"):
        # https://github.com/aws/aws-sdk-java-v2/issues/1470, https://github.com/aws/aws-sdk-net/issues/744
        return f"Not authorized to perform {need.action}"
    action = f"SNS:{name}" if service == "sns" else need.action
    words = [f"User: {principal.arn or 'anonymous'} is not authorized to perform: {action}"]
    if need.resource != "*" or service not in _SAYS_NO_STAR:
        words.append(f"on resource: {_resource(service, need)}")
    # https://github.com/aws-actions/configure-aws-credentials/issues/1219: STS gives no reason.
    if service != "sts" or "explicit deny" in decision.reason:
        words.append(decision.reason.replace(need.action, action))
    return " ".join(words)


def _resource(service: str, need: Need) -> str:
    arn = need.resource
    if service == "s3":
        return f'"{arn}"'
    if service == "logs" and need.action not in _TAGS_OF_LOG_GROUPS:
        # https://github.com/aws-ia/terraform-aws-eks-blueprints/issues/1454
        found = re.fullmatch(r"(.*:log-group:)([^:]*)(:\*)?", arn)
        return f"{found[1]}{found[2].removesuffix('*')}:log-stream:" if found else arn
    if service == "iam":
        return _of_iam(need)
    return arn


def _of_iam(need: Need) -> str:
    """Roles and users by their names; a policy that is there by its ARN, one that is made by its name.

    https://github.com/aws/aws-cdk/issues/27067, https://github.com/aws-samples/rancher-on-aws-workshop/issues/28,
    https://github.com/elastic/apm-aws-lambda/issues/526
    """
    found = re.fullmatch(r"arn:[^:]+:iam::[^:]*:(role|user|policy)/(?:.*/)?([^/*]+)", need.resource)
    if found is None or need.action in ("iam:PassRole", "iam:CreateServiceLinkedRole"):
        return need.resource
    if found[1] == "policy" and need.action != "iam:CreatePolicy":
        return f"policy {need.resource}"
    return f"{found[1]} {found[2]}"


def encoded(principal: Principal, need: Need, decision: Decision) -> str:
    """What `aws sts decode-authorization-message` shows on AWS, in plain base64: ``base64 -d`` reads it here.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
    """
    conditions = [
        {"key": key, "values": {"items": [{"value": value} for value in values]}} for key, values in need.keys.items()
    ]
    told = {
        "allowed": False,
        "explicitDeny": "explicit deny" in decision.reason,
        "matchedStatements": {"items": [{"statementId": statement} for statement in decision.by]},
        "failures": {"items": []},
        "context": {
            "principal": {"id": principal.user_id, "arn": principal.arn},
            "action": need.action,
            "resource": need.resource,
            "conditions": {"items": conditions},
        },
    }
    return base64.b64encode(json.dumps(told).encode()).decode()
