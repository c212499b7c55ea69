"""Parameter Store: how much a standard parameter holds, and what it may be called."""

from __future__ import annotations

import re

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule

_MOST_CHARACTERS = 4096
_MOST_LEVELS = 15


@rule(
    "ssm",
    "PutParameter",
    code="ValidationException",
    source="https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3815",
    says="A parameter of the standard tier, which is the default, has 4,096 characters at most.",
    quote="Standard tier parameters support a maximum parameter value of 4096 characters.",
)
def standard_value_is_too_long(call: Call) -> str | None:
    if call.params.get("Tier", "Standard") != "Standard" or len(call.params["Value"]) <= _MOST_CHARACTERS:
        return None
    return (
        "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter "
        "value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
    )


@rule(
    "ssm",
    "PutParameter",
    code="ValidationException",
    source="https://github.com/boto/boto3/issues/1499",
    says="A parameter's name is of letters, digits, periods, hyphens and underscores, in parts divided by slashes.",
    quote="each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_",
)
def parameter_name_has_other_characters(call: Call) -> str | None:
    # Spaces around a name are taken away (API reference).
    if re.fullmatch(r"[A-Za-z0-9_./-]+", call.params["Name"].strip(" ")):
        return None
    return (
        'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of '
        "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following "
        "3 symbols .-_"
    )


@rule(
    "ssm",
    "PutParameter",
    code="HierarchyLevelLimitExceededException",
    source="https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html",
    says="A parameter's name has 15 levels at most.",
    quote="A hierarchy can have a maximum of 15 levels.",
    worded=False,
)
def parameter_name_has_too_many_levels(call: Call) -> str | None:
    levels = [level for level in call.params["Name"].split("/") if level]
    return "A parameter name hierarchy can have a maximum of 15 levels" if len(levels) > _MOST_LEVELS else None
