"""CodeDeploy: tags are those of what exists."""

from __future__ import annotations

from moto.codedeploy.models import codedeploy_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_SOURCE = "https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_TagResource.html"
_TAGGING = ("TagResource", "UntagResource")
"""Not ListTagsForResource, which has no error for it in the model."""


def _named(call: Call) -> tuple[str, str, str]:
    """Kind, application and group of an ARN that ends in ``application:A`` or ``deploymentgroup:A/G``."""
    # arn:aws:codedeploy:REGION:ACCOUNT:KIND:NAME
    kind, _, name = ":".join(call.params["ResourceArn"].split(":")[5:]).partition(":")
    application, _, group = name.partition("/")
    return kind, application, group


@rule(
    "codedeploy",
    *_TAGGING,
    code="ApplicationDoesNotExistException",
    source=_SOURCE,
    says="An application that is gone has no tags.",
    quote="The application does not exist with the user or AWS account.",
    worded=False,
)
def tagged_application_is_gone(call: Call) -> str | None:
    kind, application, _ = _named(call)
    known = codedeploy_backends[ACCOUNT][call.region].applications
    if kind not in ("application", "deploymentgroup") or application in known:
        return None
    return f"The application {application} does not exist with the user or AWS account."


@rule(
    "codedeploy",
    *_TAGGING,
    code="DeploymentGroupDoesNotExistException",
    source=_SOURCE,
    says="A deployment group that is gone has no tags.",
    quote="The named deployment group with the user or AWS account does not exist.",
    worded=False,
)
def tagged_deployment_group_is_gone(call: Call) -> str | None:
    kind, application, group = _named(call)
    known = codedeploy_backends[ACCOUNT][call.region].deployment_groups.get(application, {})
    if kind != "deploymentgroup" or group in known:
        return None
    return f"The deployment group {group} does not exist with the user or AWS account."
