"""Synthesizes constructs to plain dictionaries, so that tests compare with == and pytest shows the difference."""

import json
from collections.abc import Callable
from typing import Any

from cdktf import TerraformStack, Testing

import modules  # noqa: F401 - makes the provider's bindings quick

Config = dict[str, Any]


def synth(build: Callable[[TerraformStack], object]) -> Config:
    """The Terraform JSON of what `build` puts into an empty stack."""
    stack = TerraformStack(Testing.app(), "test")
    build(stack)
    return synth_stack(stack)


def synth_stack(stack: TerraformStack) -> Config:
    config: Config = json.loads(Testing.synth(stack))
    return config


def resources(config: Config, type: str, **where: object) -> list[Config]:
    """Every resource of a type whose arguments equal `where`."""
    found = config.get("resource", {}).get(type, {}).values()
    return [resource for resource in found if all(resource.get(name) == value for name, value in where.items())]


def resource(config: Config, type: str, **where: object) -> Config:
    """The one resource of a type whose arguments equal `where`."""
    found = resources(config, type, **where)
    assert len(found) == 1, f"{len(found)} resources {type} with {where} in {sorted(config.get('resource', {}))}"
    return found[0]


def address(config: Config, type: str, **where: object) -> str:
    """A resource's address, found by its arguments: generated names are no promise."""
    wanted = resource(config, type, **where)
    return next(f"{type}.{name}" for name, found in config["resource"][type].items() if found is wanted)


def reference(config: Config, type: str, attribute: str, **where: object) -> str:
    return f"${{{address(config, type, **where)}.{attribute}}}"


def policy(config: Config, role_name: str) -> list[Config]:
    """The statements of a role's inline policy."""
    role = reference(config, "aws_iam_role", "name", name=role_name)
    statements: list[Config] = json.loads(resource(config, "aws_iam_role_policy", role=role)["policy"])["Statement"]
    return statements


def trust(config: Config, role_name: str) -> list[Config]:
    statements: list[Config] = json.loads(resource(config, "aws_iam_role", name=role_name)["assume_role_policy"])[
        "Statement"
    ]
    return statements
