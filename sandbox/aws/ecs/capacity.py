"""ECS: container instances and capacity providers. Nothing here runs on them; moto keeps them."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import EcsClientException, InvalidParameterException
from moto.ecs.models import CapacityProvider, ContainerInstance, EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse as Response

from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import replaces


@replaces(EC2ContainerServiceBackend, "__init__")
def _init(self: EC2ContainerServiceBackend, *args: Any, **kwargs: Any) -> None:
    """moto fails at the instances of a cluster that has none."""
    _init.moto(self, *args, **kwargs)
    self.container_instances = defaultdict(dict)


@replaces(Response)
def register_container_instance(self: Response) -> ActionResult:
    backend = self.ecs_backend
    name = (self._get_param("cluster") or "default").split("/")[-1]
    if name not in backend.clusters:
        raise EcsClientException("Cluster not found.")
    try:
        instance_id = json.loads(self._get_param("instanceIdentityDocument") or "")["instanceId"]
    except (ValueError, TypeError, KeyError):
        raise InvalidParameterException("The instance identity document names no instance.") from None
    return ActionResult({"containerInstance": backend.register_container_instance(name, instance_id)})


@replaces(EC2ContainerServiceBackend)
def deregister_container_instance(
    self: EC2ContainerServiceBackend, cluster_str: str, container_instance_str: str, force: bool
) -> ContainerInstance:
    known = self.container_instances[self._get_cluster(cluster_str).name]
    if container_instance_str.split("/")[-1] not in known:
        raise InvalidParameterException(f"Referenced container instance {container_instance_str} not found.")
    return deregister_container_instance.moto(self, cluster_str, container_instance_str, force)


@replaces(EC2ContainerServiceBackend)
def put_attributes(
    self: EC2ContainerServiceBackend, cluster_name: str | None, attributes: list[dict[str, Any]] | None = None
) -> None:
    put_attributes.moto(self, cluster_name or "default", attributes)


@replaces(Response)
def create_capacity_provider(self: Response) -> ActionResult:
    if not self._get_param("autoScalingGroupProvider"):
        raise NotModelled("capacity providers without an Auto Scaling group")
    return create_capacity_provider.moto(self)


@replaces(Response)
def describe_capacity_providers(self: Response) -> ActionResult:
    """All of them, where none is named."""
    names = self._get_param("capacityProviders") or list(self.ecs_backend.capacity_providers)
    providers, failures = self.ecs_backend.describe_capacity_providers(names)
    return ActionResult({"capacityProviders": providers, "failures": failures})


@replaces(EC2ContainerServiceBackend)
def delete_capacity_provider(self: EC2ContainerServiceBackend, name_or_arn: str) -> CapacityProvider:
    _check_provider(self, name_or_arn)
    return delete_capacity_provider.moto(self, name_or_arn)


@replaces(EC2ContainerServiceBackend)
def update_capacity_provider(
    self: EC2ContainerServiceBackend, name_or_arn: str, asg_provider: dict[str, Any] | None
) -> CapacityProvider:
    _check_provider(self, name_or_arn)
    return update_capacity_provider.moto(self, name_or_arn, asg_provider or {})


def _check_provider(backend: EC2ContainerServiceBackend, name_or_arn: str) -> None:
    """The words: https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/53"""
    if backend._get_provider(name_or_arn) is None:
        raise EcsClientException(
            "The specified capacity provider was not found. Specify a valid capacity provider and try again."
        )
