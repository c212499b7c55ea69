"""ECR: repositories and what is kept with them, and images that are not there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import repeat
from typing import Any

from sandbox.conformance.probe import Probe, Request, answered, breaks, refused, worded
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/AmazonECR/latest/APIReference"
_SEEN = "https://github.com/jenkins-x/jx/issues/1344"
"""A report of a request that did not fit the model."""

_NO_IMAGE = [{"imageTag": "none"}]


def _uri(world: World) -> str:
    return f"{world.account.number}.dkr.ecr.{world.account.region}.amazonaws.com/{world.name}-defaults"


def _with_a_key(world: World) -> dict[str, Any]:
    key = world.arn("kms", "key/00000000-0000-0000-0000-000000000000")
    return {
        "repositoryName": f"{world.name}-tried",
        "encryptionConfiguration": {"encryptionType": "AES256", "kmsKey": key},
    }


def _with_exceptions(world: World) -> dict[str, Any]:
    return {
        "repositoryName": f"{world.name}-tried",
        "imageTagMutability": "IMMUTABLE",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "v*"}],
    }


_V = {"tagPrefixList": ["v"]}
_TAGGED = {"tagStatus": "tagged"}
_NEWEST = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9}
_UNTAGGED = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}


def _lifecycle(*selections: dict[str, Any], priorities: Iterable[int] = range(1, 10)) -> Request:
    rules = [
        {"rulePriority": priority, "selection": one, "action": {"type": "expire"}}
        for priority, one in zip(priorities, selections, strict=False)
    ]
    text = json.dumps({"rules": rules})
    return lambda world: {"repositoryName": world.repository, "lifecyclePolicyText": text}


_with_a_priority_twice = _lifecycle(
    *(_NEWEST | _TAGGED | {"tagPrefixList": [prefix]} for prefix in ("blue", "green")), priorities=repeat(1)
)


PROBES: list[Probe] = [
    answered(
        "ecr",
        "CreateRepository",
        "a repository has tags that can be moved, scans nothing and is encrypted by S3, unless told otherwise",
        lambda world: {"repositoryName": f"{world.name}-defaults"},
        {
            "repository.repositoryUri": _uri,
            "repository.registryId": lambda world: world.account.number,
            "repository.imageTagMutability": "MUTABLE",
            "repository.imageScanningConfiguration.scanOnPush": False,
            "repository.encryptionConfiguration.encryptionType": "AES256",
        },
        f"{_API}/API_CreateRepository.html",
    ),
    refused(
        "ecr",
        "CreateRepository",
        "a repository's name is used once",
        lambda world: {"repositoryName": world.repository},
        "RepositoryAlreadyExistsException",
        f"{_API}/API_CreateRepository.html",
    ),
    refused(
        "ecr",
        "CreateRepository",
        "a repository's name has no capital letters",
        lambda world: {"repositoryName": world.name.upper()},
        "InvalidParameterException",
        _SEEN,
    ),
    refused("ecr", "CreateRepository", "a repository has a name", lambda _: {}, "InvalidParameterException", _SEEN),
    refused(
        "ecr",
        "DescribeRepositories",
        "a repository that is not there is not described",
        lambda world: {"repositoryNames": [world.missing]},
        "RepositoryNotFoundException",
        f"{_API}/API_DescribeRepositories.html",
    ),
    refused(
        "ecr",
        "DescribeImages",
        "an image that is not there is not described",
        lambda world: {"repositoryName": world.repository, "imageIds": _NO_IMAGE},
        "ImageNotFoundException",
        f"{_API}/API_DescribeImages.html",
    ),
    refused(
        "ecr",
        "DescribeImages",
        "a repository that is not there has no images",
        lambda world: {"repositoryName": world.missing, "imageIds": _NO_IMAGE},
        "RepositoryNotFoundException",
        f"{_API}/API_DescribeImages.html",
    ),
    answered(
        "ecr",
        "BatchGetImage",
        "an image that is not there is a failure of the answer, not of the call",
        lambda world: {"repositoryName": world.repository, "imageIds": _NO_IMAGE},
        {"images": [], "failures[0].failureCode": "ImageNotFound", "failures[0].imageId.imageTag": "none"},
        f"{_API}/API_ImageFailure.html",
    ),
    refused(
        "ecr",
        "GetLifecyclePolicy",
        "a repository has no lifecycle policy unless it is given one",
        lambda world: {"repositoryName": world.repository},
        "LifecyclePolicyNotFoundException",
        f"{_API}/API_GetLifecyclePolicy.html",
    ),
    refused(
        "ecr",
        "GetRepositoryPolicy",
        "a repository has no policy unless it is given one",
        lambda world: {"repositoryName": world.repository},
        "RepositoryPolicyNotFoundException",
        f"{_API}/API_GetRepositoryPolicy.html",
    ),
    refused(
        "ecr",
        "PutLifecyclePolicy",
        "a lifecycle policy has rules",
        lambda world: {"repositoryName": world.repository, "lifecyclePolicyText": json.dumps({"rules": [{}]})},
        "InvalidParameterException",
        "https://github.com/cloudposse/terraform-aws-ecr/issues/158",
    ),
    refused(
        "ecr",
        "SetRepositoryPolicy",
        "a repository's policy is JSON",
        lambda world: {"repositoryName": world.repository, "policyText": "everybody"},
        "InvalidParameterException",
        "https://github.com/terraform-aws-modules/terraform-aws-ecr/issues/19",
    ),
    refused(
        "ecr",
        "ListTagsForResource",
        "a repository that is not there has no tags",
        lambda world: {"resourceArn": world.arn("ecr", f"repository/{world.missing}")},
        "RepositoryNotFoundException",
        f"{_API}/API_ListTagsForResource.html",
    ),
    refused(
        "ecr",
        "DeleteRepository",
        "a repository that is not there is not deleted",
        lambda world: {"repositoryName": world.missing},
        "RepositoryNotFoundException",
        f"{_API}/API_DeleteRepository.html",
    ),
    worded("repository_has_a_key_for_nothing", "CreateRepository", _with_a_key),
    worded("repository_has_exceptions_to_nothing", "CreateRepository", _with_exceptions),
    worded("lifecycle_has_a_priority_twice", "PutLifecyclePolicy", _with_a_priority_twice),
    breaks("lifecycle_has_tags_where_none_are_meant", "PutLifecyclePolicy", _lifecycle(_UNTAGGED | _V), "untagged"),
    breaks("lifecycle_has_tags_where_none_are_meant", "PutLifecyclePolicy", _lifecycle(_NEWEST | _TAGGED), "tagged"),
    breaks("lifecycle_has_a_rule_behind_that_for_all", "PutLifecyclePolicy", _lifecycle(_NEWEST, _UNTAGGED)),
    breaks("lifecycle_counts_images_in_days", "PutLifecyclePolicy", _lifecycle(_NEWEST | {"countUnit": "days"})),
    breaks("lifecycle_has_two_rules_for_untagged_images", "PutLifecyclePolicy", _lifecycle(_UNTAGGED, _UNTAGGED)),
]
