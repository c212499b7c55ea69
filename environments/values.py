"""The kinds of text and number that settings are made of, by the rules of the strictest AWS service that takes them."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from environments.shown import shown
from modules import images


class Settings(BaseModel):
    """Unknown keys are refused, and `"256"` or `yes` is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True)
class Text:
    """Text that matches `pattern` as a whole. `rule` ends the sentence "must be …"."""

    pattern: str
    rule: str
    longest: int | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        limit = {"maxLength": self.longest} if self.longest else {}
        return {**handler(schema), "pattern": f"^({self.pattern})$", **limit}

    def _check(self, value: str) -> str:
        if self.longest and len(value) > self.longest:
            raise ValueError(f"must have at most {self.longest} characters, got {len(value)}: {shown(value)}")
        if not re.fullmatch(self.pattern, value):
            raise ValueError(f"must be {self.rule}, got {shown(value)}")
        return value


_PATH = r"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*"
_QUERY = r"(?:\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?"

AccountId = Annotated[str, Text(r"[0-9]{12}", "12 digits")]
# Part of the names of most resources, of which ELB's and IAM's have the least room.
Name = Annotated[
    str,
    Text(
        r"[a-z](?:[a-z0-9-]*[a-z0-9])?",
        "lower-case letters, digits and hyphens that begin with a letter and do not end with a hyphen",
        32,
    ),
]
TargetGroupName = Annotated[
    str,
    Text(
        r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", "letters, digits and hyphens, without a hyphen at either end", 32
    ),
]
# Families: ECS's RegisterTaskDefinition.
EcsName = Annotated[str, Text(r"[A-Za-z0-9_-]+", "letters, digits, _ and -", 255)]
# It allows containers 255 too, but <name>/<name>/<32 digits> is the name of their log stream, which may have 512.
ContainerName = Annotated[str, Text(r"[A-Za-z0-9_-]+", "letters, digits, _ and -", 239)]
# RFC 3986, as contracts/checks.json has it.
_PATH_RULE = "a path such as /health, with anything but letters, digits and -._~!$&'()*+,;=:@/ as %XX"
RequestPath = Annotated[str, Text(_PATH + _QUERY, _PATH_RULE)]
HealthCheckPath = Annotated[str, Text(_PATH + _QUERY, _PATH_RULE, 1024)]  # ELB's Path
# A token of RFC 9110.
HeaderName = Annotated[str, Text(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", "the name of an HTTP header, such as x-version")]
Port = Annotated[int, Field(ge=1, le=65535)]


# Begins as ECR's names do: an account, and then AWS's domain.
_MISSPELLED_ECR = re.compile(r"[0-9]+\.[^/]*amazonaws\.com(?:\.cn)?/.*")


def _image(given: str) -> str:
    try:
        if not images.parse(given) and _MISSPELLED_ECR.fullmatch(given):
            raise ValueError("a private ECR registry is <12 digits>.dkr.ecr.<region>.amazonaws.com")
    except ValueError as error:
        raise ValueError(f"{error}, got {shown(given)}") from error
    if len(given.partition("@")[0]) > 255:  # ECS's ContainerDefinition.image
        raise ValueError(f"ECS allows 255 characters before a digest, got {len(given.partition('@')[0])}")
    return given


Image = Annotated[str, AfterValidator(_image)]


def all_of(mistakes: list[str]) -> None:
    """Raises one ValueError for all of them, where there are any. Each becomes a line of its own."""
    if mistakes:
        raise ValueError("\n".join(mistakes))
