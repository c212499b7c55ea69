"""ECR repositories that environments share: one digest is pushed once, and promoted through all of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import EcrRepository, EcrRepositoryImageScanningConfiguration
from cdktf_cdktf_provider_aws.ecr_repository_policy import EcrRepositoryPolicy
from constructs import Construct

from modules.inputs import UNTAGGED_DAYS
from modules.location import Location


@dataclass(frozen=True, kw_only=True)
class RepositoryProps:
    name: str
    """Such as `shop/api`. Another name is another repository."""

    location: Location
    """The registry: an account and a region."""

    pull_accounts: Sequence[str] = ()
    """Other accounts that may pull."""

    untagged_days: int = UNTAGGED_DAYS
    """Days after its push that an image without a tag is deleted."""

    force_delete: bool = False
    """Whether the repository can be deleted with images in it."""


class Repository(Construct):
    """A repository whose tags never move, and which keeps whatever has a tag.

    Releases pin an image's digest, and a rollback pulls one of months ago. ECR does not know what ECS runs, so nothing
    with a tag ever expires. No other image can take a tag over either, so no digest loses its tag to a push.
    """

    def __init__(self, scope: Construct, id: str, props: RepositoryProps) -> None:
        super().__init__(scope, id)
        repository = EcrRepository(
            self,
            "repository",
            name=props.name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            force_delete=props.force_delete,
        )
        EcrLifecyclePolicy(self, "lifecycle", repository=repository.name, policy=_lifecycle(props.untagged_days))
        if props.pull_accounts:
            EcrRepositoryPolicy(
                self, "policy", repository=repository.name, policy=_pull(props.pull_accounts, props.location)
            )
        self.url = repository.repository_url


def _lifecycle(days: int) -> str:
    """The images of an index for several architectures have no tag, and stay as long as their index does."""
    rule = {
        "rulePriority": 1,
        "description": f"Without a tag for {days} days after its push",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": days,
        },
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]})


def _pull(accounts: Sequence[str], location: Location) -> str:
    """What a pull asks for, and how a release finds a tag's digest.

    An account stands for those of its roles whose own policy allows the same on this repository.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
    """
    statement = {
        "Sid": "Pull",
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:{location.partition}:iam::{account}:root" for account in accounts]},
        "Action": [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:DescribeImages",
            "ecr:GetDownloadUrlForLayer",
        ],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
