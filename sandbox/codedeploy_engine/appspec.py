"""The AppSpec of an ECS deployment: JSON or YAML, keys in any case, read into plain data. No AWS in here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import yaml

HOOKABLE = ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic")
"""Events at which a function can be run."""


class InvalidAppSpecError(Exception):
    """What CodeDeploy would refuse: CreateDeployment by InvalidRevisionException, a running one by INVALID_REVISION."""


@dataclass(frozen=True)
class AppSpec:
    """What the new task set is to be, and who is asked at which event."""

    task_definition: str
    container_name: str
    container_port: int
    platform_version: str | None = None
    """None: LATEST, whatever the service has."""

    network_configuration: dict[str, Any] | None = None
    """As ECS writes it; None: the service's own."""

    hooks: dict[str, str] = field(default_factory=dict)
    """Event -> function name or ARN."""

    def check_hooks(self, *, test_listener: bool) -> None:
        """A check that would never be made must not count as passed. (What AWS says here is not documented.)"""
        if "AfterAllowTestTraffic" in self.hooks and not test_listener:
            raise InvalidAppSpecError("AfterAllowTestTraffic has a hook, and the deployment group no test listener")


def parse(text: str) -> AppSpec:
    document = _mapping(_load(text), "the AppSpec file")
    _check_version(document.get("version"))
    properties = _properties(document.get("resources"))
    balancer = _mapping(properties.get("loadbalancerinfo"), "LoadBalancerInfo")
    port = balancer.get("containerport")
    if not isinstance(port, int) or isinstance(port, bool):
        raise InvalidAppSpecError(f"ContainerPort must be a number, got {port!r}")
    if properties.get("capacityproviderstrategy"):
        # Tasks here are local processes: nobody would notice a strategy that is wrong.
        raise InvalidAppSpecError("the sandbox does not model CapacityProviderStrategy of an AppSpec")
    platform = properties.get("platformversion")
    return AppSpec(
        task_definition=_text(properties.get("taskdefinition"), "TaskDefinition"),
        container_name=_text(balancer.get("containername"), "ContainerName"),
        container_port=port,
        platform_version=_text(platform, "PlatformVersion") if platform else None,
        network_configuration=_network(properties.get("networkconfiguration")),
        hooks=_hooks(document.get("hooks")),
    )


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as problem:  # 2026-13-01 is a ValueError; [[[[… recurses
        raise InvalidAppSpecError(f"the AppSpec file is neither JSON nor YAML: {problem}") from None


def _mapping(value: Any, what: str) -> dict[str, Any]:
    """With its keys in lower case: clients write both ``Resources`` and ``resources``."""
    if not isinstance(value, dict):
        raise InvalidAppSpecError(f"{what} is missing or not a mapping")
    return {str(key).lower(): item for key, item in value.items()}


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidAppSpecError(f"{what} is missing or not a text")
    return value


def _check_version(version: Any) -> None:
    """0.0 by AWS's documents. CircleCI's aws-ecs orb sends 1, for all its users:
    https://github.com/CircleCI-Public/aws-ecs-orb/blob/master/src/scripts/update_bluegreen_service_via_task_def.sh
    """
    try:
        known = not isinstance(version, bool) and float(version) in (0, 1)
    except (TypeError, ValueError, OverflowError):
        known = False
    if not known:
        raise InvalidAppSpecError(f"version must be 0.0, got {version!r}")


def _properties(resources: Any) -> dict[str, Any]:
    if not isinstance(resources, list) or len(resources) != 1 or not isinstance(resources[0], dict):
        raise InvalidAppSpecError("Resources must be a list of exactly one resource")
    if len(resources[0]) != 1:
        raise InvalidAppSpecError("the one resource must be a mapping with one name")
    ((name, content),) = resources[0].items()
    resource = _mapping(content, f"resource {name}")
    if resource.get("type") != "AWS::ECS::Service":
        raise InvalidAppSpecError(f"Type of resource {name} must be AWS::ECS::Service, got {resource.get('type')!r}")
    return _mapping(resource.get("properties"), f"Properties of resource {name}")


def _network(value: Any) -> dict[str, Any] | None:
    if not value:
        return None
    given = _mapping(_mapping(value, "NetworkConfiguration").get("awsvpcconfiguration"), "AwsvpcConfiguration")
    names = {"subnets": "Subnets", "securitygroups": "SecurityGroups", "assignpublicip": "AssignPublicIp"}
    missing = [name for key, name in names.items() if not given.get(key)]
    if missing:
        raise InvalidAppSpecError(
            f"AwsvpcConfiguration has Subnets, SecurityGroups and AssignPublicIp or none of them; missing: "
            f"{', '.join(missing)}"
        )
    for key in ("subnets", "securitygroups"):
        if not isinstance(given[key], list) or not all(isinstance(item, str) for item in given[key]):
            raise InvalidAppSpecError(f"{names[key]} must be a list of ids")
    if given["assignpublicip"] not in ("ENABLED", "DISABLED"):
        raise InvalidAppSpecError(f"AssignPublicIp must be ENABLED or DISABLED, got {given['assignpublicip']!r}")
    return {
        "awsvpcConfiguration": {
            "subnets": given["subnets"],
            "securityGroups": given["securitygroups"],
            "assignPublicIp": given["assignpublicip"],
        }
    }


def _hooks(value: Any) -> dict[str, str]:
    if not value:
        return {}
    if not isinstance(value, list):
        raise InvalidAppSpecError("Hooks must be a list of one event and its function each")
    canonical = {name.lower(): name for name in HOOKABLE}
    hooks: dict[str, str] = {}
    for entry in value:
        if not isinstance(entry, dict) or len(entry) != 1:
            raise InvalidAppSpecError("each entry of Hooks must be one event and its function")
        ((event, function),) = entry.items()
        name = canonical.get(str(event).lower())
        if name is None:
            raise InvalidAppSpecError(f"{event} is no event that has hooks; those are {', '.join(HOOKABLE)}")
        if name in hooks:
            raise InvalidAppSpecError(f"there are two hooks for {name}")
        hooks[name] = _text(function, f"the function of {name}")
    return hooks
