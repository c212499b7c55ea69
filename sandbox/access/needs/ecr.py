"""ECR: all but the registry's own settings is asked for on the repository.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.utils import get_service_model
from moto.ecr.models import ecr_backends

from sandbox.access import reference
from sandbox.access.model import Need
from sandbox.access.needs import keys, kms, needs, tags
from sandbox.access.needs.arns import arn
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

_MODEL = get_service_model("ecr")
_OF_A_REPOSITORY = [
    name
    for name in _MODEL.operation_names
    if "repositoryName" in _MODEL.operation_model(name).input_shape.members
    and reference.resource_forms(f"ecr:{name}")
    and name != "CreateRepository"
]


def _need(call: Call, resource: str, action: str | None = None) -> Need:
    backend: Any = ecr_backends[ACCOUNT][call.region]
    return Need(
        f"ecr:{action or call.operation.name}",
        resource,
        request_tags=tags.given(call.params.get("tags")) or tags.without_values(call.params.get("tagKeys", ())),
        resource_tags=backend.tagger.get_tag_dict_for_resource(resource),
    )


def _repository(call: Call, name: str) -> str:
    return arn(call, "ecr", f"repository/{name}")


@needs("ecr", *_OF_A_REPOSITORY)
def of_a_repository(call: Call) -> Iterator[Need]:
    yield _need(call, _repository(call, call.params["repositoryName"]))


@needs("ecr", "BatchGetRepositoryScanningConfiguration", "DescribeRepositories")
def of_repositories(call: Call) -> Iterator[Need]:
    """All of them: ``repository/*``."""
    for name in call.params.get("repositoryNames") or ["*"]:
        yield _need(call, _repository(call, name))


@needs("ecr", "CreateRepository")
def create_repository(call: Call) -> Iterator[Need]:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html (required permissions of whoever
    makes one under a customer's key)"""
    name = call.params["repositoryName"]
    yield _need(call, _repository(call, name))
    if call.params.get("tags"):
        yield _need(call, _repository(call, name), "TagResource")
    key = call.params.get("encryptionConfiguration", {}).get("kmsKey")
    context = {"aws:ecr:arn": _repository(call, name)}
    yield from kms.used(call.region, key, ("CreateGrant", "RetireGrant", "DescribeKey"), "ecr", context)


@needs("ecr", "ListTagsForResource", "TagResource", "UntagResource")
def of_tags(call: Call) -> Iterator[Need]:
    yield _need(call, call.params["resourceArn"])


@needs("ecr", "GetAccountSetting", "PutAccountSetting")
def of_a_setting(call: Call) -> Iterator[Need]:
    own = {"ecr:AccountSetting": keys.text(call.params["name"])}
    yield Need(f"ecr:{call.operation.name}", keys=own, request_tags={}, resource_tags={})
