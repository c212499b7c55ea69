"""The AppSpec: what CodeDeploy is told to release. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from greenlight.containers import Serving
from greenlight.manifest import Manifest

# ECS's keys of a capacity provider strategy -> an AppSpec's.
_CAPITALS = {"base": "Base", "capacityProvider": "CapacityProvider", "weight": "Weight"}
# As CodeDeploy runs them; the order of the hooks in an AppSpec has no meaning of its own.
HOOKABLE = ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic")


@dataclass(frozen=True)
class AppSpec:
    content: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def revision(self) -> dict[str, Any]:
        """As CreateDeployment takes it. The hash is how the content is found again: GetDeployment never returns it."""
        return {"revisionType": "AppSpecContent", "appSpecContent": {"content": self.content, "sha256": self.sha256}}


@dataclass(frozen=True, kw_only=True)
class Placement:
    """On what the live tasks run. What an AppSpec leaves out is not kept by CodeDeploy, but set to its default."""

    platform_version: str | None = None  # None: not on Fargate
    capacity_providers: tuple[Mapping[str, Any], ...] = ()  # as ECS writes them; none: by launch type


def build(manifest: Manifest, task_definition: str, container: Serving, placement: Placement) -> AppSpec:
    """Releases `task_definition` by its `container`, in the subnets and behind the hooks that the manifest names.

    The network configuration goes along because Terraform cannot change it on such a service: a release does.
    """
    network = manifest.network
    properties: dict[str, Any] = {
        "TaskDefinition": task_definition,
        "LoadBalancerInfo": {"ContainerName": container.name, "ContainerPort": container.port},
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "Subnets": network.subnets,
                "SecurityGroups": network.security_groups,
                "AssignPublicIp": network.assign_public_ip,
            }
        },
    }
    if placement.platform_version:
        properties["PlatformVersion"] = placement.platform_version
    if placement.capacity_providers:
        properties["CapacityProviderStrategy"] = [
            {_CAPITALS[key]: value for key, value in provider.items()} for provider in placement.capacity_providers
        ]
    resource = {"Type": "AWS::ECS::Service", "Properties": properties}
    content: dict[str, Any] = {"version": "0.0", "Resources": [{"TargetService": resource}]}
    if manifest.hooks:
        content["Hooks"] = [{event: manifest.hooks[event]} for event in HOOKABLE if event in manifest.hooks]
    return AppSpec(json.dumps(content))


def released(content: str) -> str | None:
    """The `family:revision` that an AppSpec releases, whoever wrote it: JSON or YAML, keys in any case.

    None where it names none, or a family alone: what that stood for then, nobody can tell now.
    """
    resources = _get(_read(content), "resources")
    for resource in resources if isinstance(resources, list) else []:
        for properties in resource.values() if isinstance(resource, dict) else []:
            task_definition = _get(_get(properties, "properties"), "taskdefinition")
            if isinstance(task_definition, str):
                return _family_and_revision(task_definition)
    return None


def _read(content: str) -> Any:
    text = content.removeprefix("\ufeff")
    try:
        # First, because JSON is not quite YAML: tabs indent JSON only.
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _family_and_revision(task_definition: str) -> str | None:
    name = task_definition.rsplit("/", 1)[-1]
    _, _, revision = name.partition(":")
    return name if revision.isascii() and revision.isdigit() else None


def _get(node: Any, key: str) -> Any:
    if not isinstance(node, dict):
        return None
    return next((value for name, value in node.items() if str(name).lower() == key), None)
