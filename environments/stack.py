"""What every kind of file in environments/ says: which account and region, where the state is, which provider."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from environments import regions
from environments.shown import shown
from environments.tags import Tags
from environments.values import AccountId, Name, Settings, Text
from modules.location import Location

STATE_BUCKET = "greenlight-state-{account}-{region}"
_VERSION = r"[0-9]+(?:\.[0-9]+){0,2}(?:-[0-9A-Za-z.-]+)?"
_CONSTRAINT = rf"(?:=|!=|>=?|<=?|~>)? *{_VERSION}"


def _bucket(given: str) -> str:
    """S3's rules for general purpose buckets."""
    if (
        not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", given)
        or ".." in given
        or re.fullmatch(r"[0-9]+(\.[0-9]+){3}", given)
        or given.startswith(("xn--", "sthree-", "amzn-s3-demo-"))
        or given.endswith(("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"))
    ):
        raise ValueError(
            f"must be a name that S3 allows: 3 to 63 lower-case letters, digits, . and -, and none of its reserved "
            f"beginnings and endings, got {shown(given)}"
        )
    return given


class Stack(Settings):
    """One Terraform stack, named as its file."""

    account: AccountId = Field(description="The only AWS account this may be deployed to; 12 digits, in quotes")
    region: Annotated[str, AfterValidator(regions.region)] = Field(description="AWS's name of it, such as us-east-1")
    aws_provider: Annotated[
        str, Text(rf"{_CONSTRAINT}(?: *, *{_CONSTRAINT})*", 'a version constraint of Terraform, such as "~> 5.100.0"')
    ] = Field(
        "~> 5.100.0",
        description="Which versions of Terraform's AWS provider may be used; default: those that CI runs. "
        "6.x has the same schema for what is used here, but nobody has run it",
    )
    state_bucket: Annotated[str, AfterValidator(_bucket)] | None = Field(
        None, description=f"Default: {STATE_BUCKET.format(account='<account>', region='<region>')}"
    )
    tags: Tags = Field({}, description="Of every resource, beside Greenlight's own")

    @property
    def location(self) -> Location:
        return Location(account=self.account, region=self.region)

    @property
    def bucket(self) -> str:
        return self.state_bucket or STATE_BUCKET.format(account=self.account, region=self.region)


class NamedStack(Stack):
    """One whose resources are called after it."""

    name: Name = Field(
        default_factory=str, description="Prefix of every resource, one in its account; default: the file's name"
    )

    @model_validator(mode="before")
    @classmethod
    def _named_as_the_file(cls, given: object, info: ValidationInfo) -> object:
        if not isinstance(given, dict):
            return given
        filled = dict(given)
        filled.setdefault("name", (info.context or {}).get("stack", ""))
        return filled
