"""Names of what lets GitHub's workflows into an account. Does not import cdktf: the settings use them too."""

from dataclasses import dataclass

from modules.location import Location

PROVIDER = "token.actions.githubusercontent.com"
"""GitHub's issuer of tokens, without https://."""

PATH = "/greenlight/"
"""IAM path of the roles and policies. No pattern for an environment's own roles, such as `role/dev-*`, matches it."""


@dataclass(frozen=True, kw_only=True)
class GitHubNames:
    account: str
    """The account's name in the settings: the prefix of all names."""

    location: Location
    """The AWS account, and the region its state is in."""

    @property
    def plan_role(self) -> str:
        return f"{self.account}-plan"

    @property
    def apply_role(self) -> str:
        return f"{self.account}-apply"

    @property
    def release_role(self) -> str:
        return f"{self.account}-release"

    @property
    def read_policy(self) -> str:
        """What the roles to plan and to apply may both read."""
        return f"{self.account}-read"

    @property
    def services_read_policy(self) -> str:
        """What both may read of services."""
        return f"{self.account}-services-read"

    @property
    def network_policy(self) -> str:
        """What the role to apply may change that has no names."""
        return f"{self.account}-network"

    @property
    def services_policy(self) -> str:
        """What the role to apply may change of services."""
        return f"{self.account}-services"

    @property
    def registries_read_policy(self) -> str:
        """What both may read of registries."""
        return f"{self.account}-registries-read"

    @property
    def registries_policy(self) -> str:
        """What the role to apply may change of registries."""
        return f"{self.account}-registries"

    @property
    def boundary(self) -> str:
        """The permissions boundary of the roles that environments make."""
        return f"{self.account}-boundary"

    @property
    def boundary_arn(self) -> str:
        return self.location.iam_arn(f"policy{PATH}{self.boundary}")
