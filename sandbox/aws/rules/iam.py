"""IAM: names that differ only in case are one name, and documents and ARNs that cannot be read."""

from __future__ import annotations

import json

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_RECORDED = "https://github.com/localstack/localstack/blob/main/tests/aws/services/iam/test_iam.snapshot.json"


@rule(
    "iam",
    "CreateRole",
    code="EntityAlreadyExists",
    status=409,
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
    says="Two roles of an account have names that differ in more than their case.",
    quote="Names are not distinguished by case.",
)
def role_name_is_taken(call: Call) -> str | None:
    name = call.params["RoleName"]
    known = [role.name.lower() for role in iam_backends[ACCOUNT][get_partition(call.region)].roles.values()]
    return f"Role with name {name} already exists." if name.lower() in known else None


@rule(
    "iam",
    "CreateRole",
    code="MalformedPolicyDocument",
    source=_RECORDED,
    says="A trust policy is JSON.",
    quote="This policy contains invalid Json",
)
def trust_policy_is_no_json(call: Call) -> str | None:
    try:
        json.loads(call.params["AssumeRolePolicyDocument"])
    except ValueError:
        return "This policy contains invalid Json"
    return None


@rule(
    "iam",
    "AttachRolePolicy",
    code="ValidationError",
    source=_RECORDED,
    says="A managed policy is named by its ARN; another name is not looked for.",
    quote="Invalid ARN:  Could not be parsed!",
)
def policy_arn_is_none(call: Call) -> str | None:
    return None if call.params["PolicyArn"].startswith("arn:") else "Invalid ARN:  Could not be parsed!"
