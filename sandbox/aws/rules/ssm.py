"""Parameter Store: how much a standard parameter holds, and what it may be called."""

from __future__ import annotations

import re
from functools import partial

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

MOST_CHARACTERS = 4096


@rule(
    "ssm",
    "PutParameter",
    code="ValidationException",
    source="https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3815",
    says="A parameter of the standard tier, which is the default, has 4,096 characters at most.",
    quote="Standard tier parameters support a maximum parameter value of 4096 characters.",
)
def standard_value_is_too_long(call: Call) -> str | None:
    if call.params.get("Tier", "Standard") != "Standard" or len(call.params["Value"]) <= MOST_CHARACTERS:
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


MOST_LEVELS = 15
MOST_ARN_CHARACTERS = 1011
MOST_ADVANCED_CHARACTERS = 8192

_put = partial(rule, "ssm", "PutParameter")


@_put(
    code="ValidationException",
    source=tried("ssm/pf-ssm-parameter-name"),
    says="No part of a parameter's name is empty.",
    quote="must not end with / or contain empty segments",
    worded=False,
    coded=False,
)
def parameter_name_has_an_empty_part(call: Call) -> str | None:
    name = call.params["Name"].strip(" ")
    if not name.endswith("/") and "//" not in name:
        return None
    return "Parameter name: sub-paths divided by slash symbol are not empty."


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
    return "A parameter name hierarchy can have a maximum of 15 levels" if len(levels) > MOST_LEVELS else None


@_put(
    code="AccessDeniedException",
    source=tried("ssm/pf-ssm-parameter-name"),
    says="A parameter's ARN has 1,011 characters at most.",
    quote="AccessDeniedException on the oversized ARN",
    worded=False,
)
def parameters_arn_is_too_long(call: Call) -> str | None:
    name = call.params["Name"].strip(" ")
    arn = f"arn:aws:ssm:{call.region}:{ACCOUNT}:parameter/{name.removeprefix('/')}"
    too_long = len(arn) > MOST_ARN_CHARACTERS
    return f"A parameter's ARN has {MOST_ARN_CHARACTERS} characters at most." if too_long else None


@_put(
    code="ValidationException",
    source=tried("ssm/pf-ssm-parameter-tier"),
    says="A parameter has 8,192 characters at most, whatever its tier.",
    quote=f"Advanced-tier parameters support a maximum parameter value of {MOST_ADVANCED_CHARACTERS} characters.",
    coded=False,
)
def advanced_value_is_too_long(call: Call) -> bool:
    return len(call.params["Value"]) > MOST_ADVANCED_CHARACTERS


@_put(
    code="ValidationException",
    source=tried("ssm/pf-ssm-parameter-value"),
    says="A value names no other parameter.",
    quote="Parameter value can't nest another parameter.",
    coded=False,
)
def value_names_a_parameter(call: Call) -> str | None:
    value = call.params["Value"]
    if not re.search(r"\{\{.*\}\}", value, re.DOTALL):
        return None
    return (
        f"Parameter value: '{value}' failed to satisfy constraint: Parameter value can't nest another parameter. Do "
        'not use "{{}}" in the value.'
    )


@_put(
    code="ParameterPatternMismatchException",
    source=tried("ssm/pf-ssm-parameter-allowed-pattern"),
    says="A value is as its pattern says, and each of a list.",
    quote="Parameter value, cannot be validated against allowedPattern:",
    coded=False,
)
def value_does_not_match_its_pattern(call: Call) -> str | None:
    pattern, value = call.params.get("AllowedPattern"), call.params["Value"]
    values = value.split(",") if call.params.get("Type") == "StringList" else [value]
    try:
        matches = not pattern or all(re.search(pattern, each) for each in values)
    except re.error:
        # A pattern of Java's that is none of Python's.
        return None
    return None if matches else f"Parameter value, cannot be validated against allowedPattern: {pattern}"
