"""What a service's container may do on AWS: statements of an IAM policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from environments.shown import shown
from environments.values import Settings, Text, all_of
from modules import needs

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
_COMPARISONS = (
    *("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "BinaryEquals", "Bool"),
    *("DateEquals", "DateGreaterThan", "DateGreaterThanEquals", "DateLessThan", "DateLessThanEquals", "DateNotEquals"),
    *("IpAddress", "NotIpAddress", "NumericEquals", "NumericGreaterThan", "NumericGreaterThanEquals"),
    *("NumericLessThan", "NumericLessThanEquals", "NumericNotEquals", "StringEquals", "StringEqualsIgnoreCase"),
    *("StringLike", "StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike"),
)
_OPERATOR = re.compile(rf"(?:ForAnyValue:|ForAllValues:)?(?:{'|'.join(_COMPARISONS)})(?:IfExists)?|Null")

Action = Annotated[str, Text(r"[a-z0-9-]+:[A-Za-z0-9*?]+", "service:Action, such as s3:GetObject or s3:Get*", 128)]
Resource = Annotated[
    str,
    Text(
        r"arn:aws[a-z-]*:[a-z0-9-]+:[^:\s]*:[^:\s]*:\S+|\*", "an ARN, which may have wildcards behind its service, or *"
    ),
]


def _conditions(given: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
    mistakes = [
        f"must have operators of IAM's, such as StringEquals, got {shown(name)}"
        for name in given
        if not _OPERATOR.fullmatch(name)
    ]
    mistakes += [
        f"{name} must have a key such as aws:ResourceTag/team, each with a list of values, got {shown(keys)}"
        for name, keys in given.items()
        if not keys or not all(re.fullmatch(r"[a-z0-9-]+:\S+", key) and values for key, values in keys.items())
    ]
    all_of(mistakes)
    return given


class PolicyStatement(Settings):
    """What is allowed: nothing here can deny, and nothing else allows the container anything."""

    actions: list[Action] = Field(min_length=1, description="Such as s3:GetObject; * and ? stand for any characters")
    resources: list[Resource] = Field(
        min_length=1, description="ARNs; * only for actions that AWS knows no resource of"
    )
    conditions: Annotated[dict[str, dict[str, list[str]]], AfterValidator(_conditions)] = Field(
        {}, description="IAM's: operator -> condition key -> list of values"
    )

    @model_validator(mode="after")
    def _narrow(self) -> Self:
        wide = [action for action in self.actions if "*" in action]
        if wide and "*" in self.resources:
            raise ValueError(f"must not allow {shown(wide)} on *: name the actions, or the resources")
        return self

    @property
    def granted(self) -> needs.PolicyStatement:
        return needs.PolicyStatement(**self.model_dump())
