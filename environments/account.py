"""What an account's YAML file may say: how GitHub's workflows reach what is in the account."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from environments.shown import shown
from environments.stack import NamedStack
from environments.values import Text, all_of
from modules.github_names import GitHubNames

# GitHub's rules: https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
# The ids are those of "immutable" subjects, which GitHub gives repositories made, renamed or moved since 15 July 2026.
_OWNER, _REPOSITORY = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,37}[A-Za-z0-9])?", r"[A-Za-z0-9._-]{1,100}"
Repository = Annotated[
    str,
    Text(
        rf"{_OWNER}/{_REPOSITORY}|{_OWNER}@[0-9]+/{_REPOSITORY}@[0-9]+",
        "owner/name or owner@id/name@id, as `gh api repos/OWNER/NAME/actions/oidc/customization/sub` has it in "
        "sub_claim_prefix after repo:",
    ),
]
Branch = Annotated[
    str,
    Text(
        r"(?!.*(?:\.\.|//|/\.))[A-Za-z0-9_](?:[A-Za-z0-9._/-]*[A-Za-z0-9_-])?",
        "a branch's name of letters, digits and ._/-, without refs/heads/ and without wildcards",
        200,
    ),
]
# GitHub allows more; it writes a colon as %3A into the subject, and spaces and case have to match everywhere.
GitHubEnvironment = Annotated[
    str, Text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "the name of a GitHub environment, of letters, digits and ._-", 255)
]


class Account(NamedStack):
    """Everything a user edits about what an AWS account has once."""

    kind: Literal["account"]
    repository: Repository = Field(
        description="The GitHub repository whose workflows plan, apply and release: owner/name, or owner@id/name@id "
        "where GitHub gives it an immutable subject"
    )
    branch: Branch = Field("main", description="The only branch that may apply, and that the drift check runs on")
    apply_environments: list[GitHubEnvironment] = Field(
        min_length=1, description="The GitHub environments whose jobs may apply; protect them by reviewers"
    )
    release_environments: list[GitHubEnvironment] = Field(
        min_length=1, description="The GitHub environments whose jobs may release; protect them by reviewers"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        named = {"apply_environments": self.apply_environments, "release_environments": self.release_environments}
        mistakes = [f"{key}: {shown(one)} is given twice" for key, given in named.items() for one in _twice(given)]
        mistakes += [
            f"release_environments: {shown(one)} may apply already; give releases an environment of their own"
            for one in self.release_environments
            if one in self.apply_environments
        ]
        all_of(mistakes)
        return self

    @property
    def all_tags(self) -> dict[str, str]:
        return {"managed-by": "terraform"} | self.tags

    @property
    def github(self) -> GitHubNames:
        return GitHubNames(account=self.name, location=self.location)


def _twice(given: list[str]) -> list[str]:
    return sorted({one for one in given if given.count(one) > 1})
