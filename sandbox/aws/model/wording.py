"""How each service refuses what is against its model: its error code, and its words.

Most services answer alike ("1 validation error detected: …"), under a code of their own. Each entry names a
report of a request that AWS refused; where none was found it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from moto.core.utils import get_service_model

from sandbox.aws.model.constraints import Violation
from sandbox.aws.model.request import UnknownParameterError, WrongTypeError


@dataclass(frozen=True)
class Refusal:
    """An error as a client sees it."""

    code: str
    message: str
    status: int = 400


class RefusedError(Exception):
    """The refusal is what AWS answers to the call."""

    def __init__(self, refusal: Refusal):
        super().__init__(refusal.message)
        self.refusal = refusal


_RECORDED = "https://github.com/localstack/localstack/blob/main/tests/aws/services"
"""Answers of AWS that were recorded for another project's tests."""

NOT_SEEN = "no report of a request refused by its model was found; the code is the service's for a bad request"

CODES: dict[str, tuple[str, str]] = {
    "apigatewayv2": ("BadRequestException", NOT_SEEN),
    "application-autoscaling": ("ValidationException", NOT_SEEN),
    "cloudwatch": ("ValidationError", "https://github.com/aws-cloudformation/cfn-lint/pull/771"),
    "codedeploy": ("ValidationException", NOT_SEEN),
    "ec2": ("InvalidParameterValue", NOT_SEEN),
    "ecr": ("InvalidParameterException", "https://github.com/jenkins-x/jx/issues/1344"),
    "ecs": ("InvalidParameterException", NOT_SEEN),
    "elbv2": ("ValidationError", "https://github.com/aws-cloudformation/cfn-lint/pull/807"),
    "events": ("ValidationException", "https://github.com/terraform-aws-modules/terraform-aws-eks/issues/3553"),
    "iam": ("ValidationError", "https://github.com/serverless/examples/issues/405"),
    "kms": ("ValidationException", "https://github.com/stelligent/mu/issues/382"),
    "lambda": ("ValidationException", "https://github.com/aarondfrancis/sidecar/issues/147"),
    "logs": (
        "InvalidParameterException",
        "https://github.com/fluent-plugins-nursery/fluent-plugin-cloudwatch-logs/issues/223",
    ),
    "s3": ("MalformedXML", f"{_RECORDED}/s3/test_s3_api.snapshot.json"),
    "secretsmanager": ("ValidationException", "https://github.com/pulumi/pulumi-aws/issues/1613"),
    "sns": ("ValidationError", f"{_RECORDED}/sns/test_sns.snapshot.json"),
    "ssm": ("ValidationException", "https://github.com/ministryofjustice/modernisation-platform/pull/8116"),
    "sts": ("ValidationError", "https://github.com/getmoto/moto/issues/9218"),
}
"""botocore's name of a service -> its code, and where that was seen."""


def refusal(service: str, found: Sequence[Violation]) -> Refusal:
    """The error for these violations, of which there is one at least."""
    code, _ = CODES[service]
    first = found[0]
    if service == "ec2":
        # https://github.com/getmoto/moto/issues/112
        if first.kind == "missing":
            return Refusal("MissingParameter", f"The request must contain the parameter {first.member}")
        message = f"Value ({_java(first.value)}) for parameter {first.member} is invalid. {first.constraint}."
        return Refusal(code, message)
    if service == "ecr":
        # https://github.com/jenkins-x/jx/issues/1344, https://github.com/aws/aws-dotnet-deploy/issues/549
        return Refusal(code, f"Invalid parameter at '{first.path}' failed to satisfy constraint: '{_ecr(first)}'")
    if service == "s3":
        return _s3(first)
    if service == "codedeploy":
        code = _codedeploy(first) or code
    errors = "; ".join(
        f"Value{_quoted(item)} at '{item.path}' failed to satisfy constraint: {item.constraint}" for item in found
    )
    detected = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
    return Refusal(code, f"{detected}: {errors}")


def unknown_parameter(problem: UnknownParameterError) -> Refusal:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""
    return Refusal("UnknownParameter", f"The parameter {problem.name} is not recognized")


_SCHEMA = Refusal(
    "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
)


def _s3(item: Violation) -> Refusal:
    """What is inside a document is against S3's schema; what is in a header or the query string is an argument.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    if "." in item.path:
        return _SCHEMA
    if item.kind == "missing":
        return Refusal("MissingRequestBodyError", "Request Body is empty")
    if item.member == "CopySource":
        return Refusal("InvalidArgument", "Invalid copy source object key")
    if item.member == "ObjectOwnership":
        return Refusal("InvalidArgument", f"Invalid x-amz-object-ownership header: {item.value}")
    return Refusal("InvalidArgument", f"{item.member}: {item.constraint}")


def wrong_type(problem: WrongTypeError) -> Refusal:
    """https://github.com/aws-actions/amazon-ecs-deploy-task-definition/issues/587,
    https://github.com/aws/aws-cdk/pull/27087, https://github.com/aarondfrancis/sidecar/issues/148
    """
    if problem.service in ("ec2", "elbv2", "iam", "sts", "sns", "cloudwatch"):
        return Refusal("MalformedInput", "A parameter has a value of the wrong type.")
    if problem.service == "s3":
        return _SCHEMA
    kind = "Integer" if problem.wanted == "long" else problem.wanted.capitalize()
    kinds = {bool: "TRUE_VALUE" if problem.got is True else "FALSE_VALUE", str: "STRING_VALUE", int: "NUMBER_VALUE"}
    got = {**kinds, float: "NUMBER_VALUE", dict: "START_OBJECT", list: "START_ARRAY"}.get(type(problem.got))
    if got is None or kind not in ("String", "Integer", "Boolean"):
        return Refusal("SerializationException", "The request body cannot be read as the operation's input.")
    if problem.service == "ecs":
        return Refusal("SerializationException", f"{got} cannot be converted to {kind}")
    return Refusal(
        "SerializationException", f"{got} can not be converted to {'an' if kind == 'Integer' else 'a'} {kind}"
    )


def _quoted(item: Violation) -> str:
    if item.kind == "missing":
        return " null"
    # https://github.com/trek10inc/serverless-secrets/issues/39: nothing of a sensitive value is repeated.
    return "" if item.sensitive else f" '{_java(item.value)}'"


def _java(value: Any) -> str:
    """A value as Java prints it."""
    if isinstance(value, list):
        return f"[{', '.join(_java(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={_java(item)}' for key, item in value.items())}}}"
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    return str(value)


_CODEDEPLOY = {"TargetId": "DeploymentTargetId", "TagKey": "Tag"}
"""Member -> what the error for a missing one calls it, where that is neither its type nor its name."""


def _codedeploy(item: Violation) -> str | None:
    """The model has errors for what is missing or has an invalid format: ApplicationNameRequiredException."""
    member = f"{item.member[:1].upper()}{item.member[1:]}".removesuffix("s")
    for name in (item.shape, _CODEDEPLOY.get(member, member)):
        code = f"{name}RequiredException" if item.kind == "missing" else f"Invalid{name}Exception"
        if code in get_service_model("codedeploy").shape_names:
            return code
    return None


def _ecr(item: Violation) -> str:
    words = item.constraint.removeprefix("Member ")
    if item.kind == "pattern":
        return f"must satisfy regular expression '{words.partition(': ')[2]}'"
    return words
