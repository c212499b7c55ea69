"""What a registry's YAML file may say: the ECR repositories from which every environment pulls."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from environments.shown import shown
from environments.stack import Stack
from environments.values import AccountId, Text, all_of
from modules import images, inputs
from modules.managed import ManagedRegistry

# ECR's RepositoryName, as an image's reference spells it.
RepositoryName = Annotated[
    str,
    Text(
        f"(?=.{{2,256}}$){images.REPOSITORY}",
        "2 to 256 lower-case letters, digits and ._-/, such as shop/api, without the registry in front",
    ),
]


class Registry(Stack):
    """Everything a user edits about repositories that environments share, so that one digest goes through them all."""

    kind: Literal["registry"]
    repositories: list[RepositoryName] = Field(
        min_length=1, description="Names of the repositories, one a service; images refer to them by these"
    )
    pull_accounts: list[AccountId] = Field(
        [], description="Other AWS accounts whose roles may pull and look up tags, of all repositories here"
    )
    untagged_days: int = Field(
        inputs.UNTAGGED_DAYS,
        ge=1,
        le=3650,
        description="How long an image without a tag is kept after its push; one with a tag is never deleted",
    )
    force_delete: bool = Field(
        False, description="Whether a destroy deletes images too, the live ones included; it is refused otherwise"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        given = {"repositories": self.repositories, "pull_accounts": self.pull_accounts}
        mistakes = [
            f"{key}: {shown(one)} is given twice"
            for key, names in given.items()
            for one in dict.fromkeys(names)
            if names.count(one) > 1
        ]
        if self.account in self.pull_accounts:
            mistakes.append(
                f"pull_accounts: {self.account} is the registry's own account, whose roles need no more than their "
                "own permissions: leave it out"
            )
        all_of(mistakes)
        return self

    @property
    def all_tags(self) -> dict[str, str]:
        return {"managed-by": "terraform"} | self.tags

    def managed(self, stack: str) -> ManagedRegistry:
        """What the roles of its account have to know of it."""
        return ManagedRegistry(
            stack=stack, location=self.location, state_bucket=self.bucket, repositories=self.repositories
        )
