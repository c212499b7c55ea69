"""Where a stack lives, and how ARNs are spelled there."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Location:
    account: str
    """12 digits."""

    region: str
    """Such as us-east-1."""

    @property
    def partition(self) -> str:
        if self.region.startswith("us-gov-"):
            return "aws-us-gov"
        return "aws-cn" if self.region.startswith("cn-") else "aws"

    def arn(self, service: str, resource: str) -> str:
        """Such as `arn("codedeploy", "application:dev-api")`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def iam_arn(self, resource: str) -> str:
        """IAM's ARNs name no region. Such as `iam_arn("role/dev-api-task")`."""
        return f"arn:{self.partition}:iam::{self.account}:{resource}"
