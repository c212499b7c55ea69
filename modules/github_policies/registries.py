"""What a plan reads and an apply changes of registries: the repositories' settings, never an image."""

from collections.abc import Sequence

from modules.iam import Statement, allow
from modules.managed import ManagedRegistry, each


def reads(registries: Sequence[ManagedRegistry]) -> list[Statement]:
    return [
        allow("s3:GetObject", on=each(registries, lambda one: one.states("tfstate"))),
        allow("s3:ListBucket", on=each(registries, lambda one: one.bucket_arn)),
        allow(
            *("ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy"),
            "ecr:ListTagsForResource",
            on=each(registries, lambda one: one.repository_arns),
        ),
    ]


def changes(registries: Sequence[ManagedRegistry]) -> list[Statement]:
    """Without BatchDeleteImage: with `force_delete` ECR deletes what is in a repository by itself."""
    return [
        allow(
            "s3:DeleteObject", "s3:PutObject", on=each(registries, lambda one: one.states("tfstate", "tfstate.tflock"))
        ),
        allow("s3:GetObject", on=each(registries, lambda one: one.states("tfstate.tflock"))),
        allow(
            *("ecr:CreateRepository", "ecr:DeleteLifecyclePolicy", "ecr:DeleteRepository"),
            *("ecr:DeleteRepositoryPolicy", "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability"),
            *("ecr:PutLifecyclePolicy", "ecr:SetRepositoryPolicy", "ecr:TagResource", "ecr:UntagResource"),
            on=each(registries, lambda one: one.repository_arns),
        ),
    ]
