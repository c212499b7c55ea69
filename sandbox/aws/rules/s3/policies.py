"""Bucket policies: their form, and whom they let in."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.aws.model.request import Call
from sandbox.aws.rules.iam import documents
from sandbox.aws.rules.s3.found import bucket_of
from sandbox.aws.rules.sources import recorded, tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_policy = partial(rule, "s3", "PutBucketPolicy", code="MalformedPolicy")

_OF_OBJECTS = {
    *("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAcl", "s3:GetObjectTagging", "s3:PutObject"),
    *("s3:PutObjectAcl", "s3:PutObjectTagging", "s3:DeleteObject", "s3:DeleteObjectVersion"),
    *("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
}
_OF_BUCKETS = {
    *("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"),
    *("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:GetBucketVersioning", "s3:PutBucketVersioning"),
}
"""Some, not all: of an action that is not here it is not told what it is about."""


def _document(call: Call) -> Any:
    return documents.parsed(call.params["Policy"])


@_policy(
    source=recorded("s3/test_s3_api"),
    says="A policy is a JSON object.",
    quote="Policies must be valid JSON and the first byte must be '{'",
)
def bucket_policy_is_no_json(call: Call) -> bool:
    return not isinstance(_document(call), dict)


@_policy(source=recorded("s3/test_s3_api"), says="A policy has statements.", quote="Missing required field Statement")
def bucket_policy_has_no_statement(call: Call) -> bool:
    return "Statement" not in _document(call)


@_policy(
    source=tried("s3/pf-s3-bucket-policy-version"),
    says="A policy is of one of two versions.",
    quote="The policy must contain a valid version string",
    coded=False,
)
def bucket_policy_has_another_version(call: Call) -> bool:
    return _document(call).get("Version", "2012-10-17") not in ("2008-10-17", "2012-10-17")


@_policy(
    source=tried("s3/pf-s3-bucket-policy-principal"),
    says="A bucket's policy says of whom it speaks.",
    quote="Missing required field Principal",
    coded=False,
)
def bucket_policy_has_no_principal(call: Call) -> bool:
    return any(
        "Principal" not in statement and "NotPrincipal" not in statement
        for statement in documents.statements(_document(call))
    )


@_policy(
    source=tried("s3/pf-s3-bucket-policy-action-resource"),
    says="What is done to objects is about objects, and what is done to a bucket about buckets.",
    quote="Action does not apply to any resource(s) in statement",
    coded=False,
)
def bucket_policys_action_fits_no_resource(call: Call) -> bool:
    for statement in documents.statements(_document(call)):
        resources = [str(resource) for resource in documents.values(statement.get("Resource"))]
        of_objects = [("/" in resource, "/" in resource or "*" in resource) for resource in resources]
        for action in documents.values(statement.get("Action")):
            if resources and action in _OF_OBJECTS and not any(may for _, may in of_objects):
                return True
            if resources and action in _OF_BUCKETS and all(must for must, _ in of_objects):
                return True
    return False


@_policy(
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
    says="A statement has an effect, what is done and to what; its conditions are keys below operators.",
    quote='"Effect" : ("Allow" | "Deny")',
    worded=False,
)
def bucket_policys_statement_is_incomplete(call: Call) -> str | None:
    given = _document(call).get("Statement")
    if len(documents.statements(_document(call))) < len(documents.values(given)):
        return "This policy contains invalid Json"
    for statement in documents.statements(_document(call)):
        for name in ("Effect", "Action", "Resource"):
            if name not in statement and f"Not{name}" not in statement:
                return f"Missing required field {name}"
        if statement.get("Effect") not in ("Allow", "Deny"):
            return f"Invalid effect : {statement.get('Effect')}"
        condition = statement.get("Condition", {})
        if not isinstance(condition, dict) or not all(isinstance(keys, dict) for keys in condition.values()):
            return "This policy contains invalid Json"
    return None


@rule(
    "s3",
    "PutBucketPolicy",
    code="AccessDenied",
    status=403,
    source=tried("s3/pf-s3-policy-public-with-block-public-policy"),
    says="A bucket that lets in no public policy gets none. (Public is here what lets anyone in on no condition.)",
    quote="because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
    coded=False,
)
def bucket_policy_is_public(call: Call) -> str | None:
    bucket = bucket_of(call)
    block = bucket.public_access_block if bucket else None
    if block is None or not block.block_public_policy:
        return None
    for statement in documents.statements(_document(call)):
        anyone = any(name == "*" for kind, name in documents.principals(statement) if kind in ("STAR", "AWS"))
        if anyone and statement.get("Effect") == "Allow" and not statement.get("Condition"):
            return (
                f"User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: s3:PutBucketPolicy on resource: "
                f'"arn:aws:s3:::{call.params["Bucket"]}" because public policies are prevented by the '
                "BlockPublicPolicy setting in S3 Block Public Access."
            )
    return None
