"""Parameter Store: names and values that it does not take, and what a parameter is by default."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, Request, answered, breaks, refused, worded
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/systems-manager/latest/APIReference"
_RECORDED = "https://github.com/localstack/localstack/blob/main/tests/aws/services/ssm/test_ssm.snapshot.json"
"""Recorded from AWS."""


def _new(**changes: Any) -> Request:
    """PutParameter."""
    return lambda world: {"Name": f"/{world.name}/x", "Type": "String", "Value": "x"} | changes


def _with_a_long_arn(world: World) -> dict[str, Any]:
    """PutParameter, with an ARN of a character too many."""
    room = 1012 - len(world.arn("ssm", "parameter"))
    return _new(Name=f"/{world.name}/".ljust(room, "x"))(world)


def _again(**changes: Any) -> Request:
    """PutParameter of one that is there."""
    return lambda world: {"Name": world.parameter, "Type": "String", "Value": "text"} | changes


def _overwritten(world: World) -> dict[str, Any]:
    name = f"/{world.name}/overwritten"
    world.account.call("ssm", "PutParameter", Name=name, Type="String", Value="first")
    return {"Name": name, "Value": "second", "Overwrite": True}


def _gone(world: World) -> str:
    return f"/{world.name}/gone"


def _tagged(world: World) -> dict[str, Any]:
    parameter = {"ResourceType": "Parameter", "ResourceId": world.parameter}
    world.account.call("ssm", "AddTagsToResource", **parameter, Tags=[{"Key": "color", "Value": "blue"}])
    return parameter


PROBES: list[Probe] = [
    # What is refused
    breaks("standard_value_is_too_long", "PutParameter", _new(Value="x" * 4097), message="4096 characters"),
    breaks(
        "parameter_name_has_other_characters",
        "PutParameter",
        lambda world: _new(Name=f"/{world.name}/a b")(world),
        message="sub-paths divided by slash symbol",
    ),
    breaks(
        "parameter_name_has_too_many_levels",
        "PutParameter",
        lambda world: _new(Name=f"/{world.name}{'/x' * 15}")(world),
    ),
    breaks("parameter_name_has_an_empty_part", "PutParameter", lambda world: _new(Name=f"/{world.name}//x")(world)),
    breaks("parameters_arn_is_too_long", "PutParameter", _with_a_long_arn),
    worded("advanced_value_is_too_long", "PutParameter", _new(Value="x" * 8193, Tier="Advanced")),
    worded("value_names_a_parameter", "PutParameter", _new(Value="{{ssm:other}}")),
    worded("value_does_not_match_its_pattern", "PutParameter", _new(AllowedPattern="^[0-9]+$")),
    refused(
        "ssm",
        "PutParameter",
        "a parameter is there once, unless it is to be overwritten",
        _again(),
        "ParameterAlreadyExists",
        f"{_API}/API_PutParameter.html",
    ),
    refused(
        "ssm",
        "PutParameter",
        "what is overwritten is not tagged by the way",
        _again(Overwrite=True, Tags=[{"Key": "color", "Value": "blue"}]),
        "ValidationException",
        "https://github.com/getmoto/moto/issues/4283",
        message="tags and overwrite can't be used together",
    ),
    refused(
        "ssm",
        "PutParameter",
        "a parameter is of one of the three types",
        _new(Type="Text"),
        "ValidationException",
        f"{_API}/API_PutParameter.html",
    ),
    refused(
        "ssm",
        "PutParameter",
        "a parameter has a value",
        lambda world: {"Name": f"/{world.name}/x", "Type": "String"},
        "ValidationException",
        f"{_API}/API_PutParameter.html",
    ),
    refused(
        "ssm",
        "GetParametersByPath",
        "10 parameters are read at once at most",
        lambda world: {"Path": f"/{world.name}", "MaxResults": 11},
        "ValidationException",
        f"{_API}/API_GetParametersByPath.html",
    ),
    # What a parameter is
    answered(
        "ssm",
        "PutParameter",
        "a new parameter is of the standard tier",
        _new(),
        {"[Version, Tier]": [1, "Standard"]},
        _RECORDED,
    ),
    answered(
        "ssm",
        "PutParameter",
        "a parameter that is overwritten has a new version, and its type",
        _overwritten,
        {"[Version, Tier]": [2, "Standard"]},
        f"{_API}/API_PutParameter.html",
    ),
    answered(
        "ssm",
        "GetParameter",
        "a parameter's ARN has its name without a second slash",
        lambda world: {"Name": world.parameter},
        {
            "Parameter.ARN": lambda world: world.arn("ssm", f"parameter{world.parameter}"),
            "Parameter.[Type, Value, DataType]": ["String", "text", "text"],
        },
        _RECORDED,
    ),
    answered(
        "ssm",
        "GetParameters",
        "parameters that are not there are told beside those that are",
        lambda world: {"Names": [world.parameter, _gone(world)]},
        {"Parameters[].Name": lambda world: [world.parameter], "InvalidParameters": lambda world: [_gone(world)]},
        f"{_API}/API_GetParameters.html",
    ),
    answered(
        "ssm",
        "DeleteParameters",
        "parameters that are gone are told when they are deleted again",
        lambda world: {"Names": [_gone(world)]},
        {"DeletedParameters": [], "InvalidParameters": lambda world: [_gone(world)]},
        f"{_API}/API_DeleteParameters.html",
    ),
    answered(
        "ssm",
        "ListTagsForResource",
        "tags come back",
        _tagged,
        {"TagList": [{"Key": "color", "Value": "blue"}]},
        f"{_API}/API_ListTagsForResource.html",
    ),
    # What is not there
    refused(
        "ssm",
        "GetParameter",
        "a parameter that is not there",
        lambda world: {"Name": _gone(world)},
        "ParameterNotFound",
        f"{_API}/API_GetParameter.html",
    ),
    refused(
        "ssm",
        "DeleteParameter",
        "a parameter that is gone is not deleted again",
        lambda world: {"Name": _gone(world)},
        "ParameterNotFound",
        f"{_API}/API_DeleteParameter.html",
    ),
]
