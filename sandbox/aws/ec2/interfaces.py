"""EC2: the network interfaces of tasks, which ECS makes in the account that they run in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface, NetworkInterfaceBackend
from moto.ec2.utils import generic_filter
from moto.ecs.models import Service, Task, ecs_backends

from sandbox.aws.patch import replaces
from sandbox.state import ACCOUNT


@dataclass(frozen=True)
class TaskInterface:
    """A running task's."""

    attachment: str
    id: str
    subnet: str
    address: str
    groups: tuple[str, ...]


def of_tasks(region: str) -> Iterator[TaskInterface]:
    """Those of tasks that have not stopped."""
    ecs = ecs_backends[ACCOUNT][region]
    for cluster, tasks in list(ecs.tasks.items()):
        for task in list(tasks.values()):
            if task.last_status == "STOPPED":
                continue
            service = ecs.services.get(f"{cluster}:{task.group.removeprefix('service:')}")
            groups = tuple(sorted(_groups(service, task)))
            for attachment in task.attachments:
                details = {detail["name"]: detail["value"] for detail in attachment["details"]}
                if "networkInterfaceId" in details:
                    yield TaskInterface(
                        attachment["id"],
                        details["networkInterfaceId"],
                        details["subnetId"],
                        details["privateIPv4Address"],
                        groups,
                    )


def _groups(service: Service | None, task: Task) -> set[str]:
    """The security groups of a service's task: its task set's, or the service's own."""
    sets = service.task_sets or [] if service else []
    owners = [found for found in sets if found.id == task.started_by] or [service]
    network = (owners[0].network_configuration if owners[0] else None) or {}
    return set((network.get("awsvpcConfiguration") or {}).get("securityGroups") or ())


@replaces(NetworkInterfaceBackend)
def get_all_network_interfaces(
    self: NetworkInterfaceBackend, eni_ids: list[str] | None = None, filters: Any = None
) -> list[NetworkInterface]:
    """Those of tasks too. AWS shows them with these descriptions, as made by a requester:

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html
    """
    of_tasks = {interface.id: interface for interface in _made(self)}
    others = [given for given in eni_ids or () if given not in of_tasks]
    made = get_all_network_interfaces.moto(self, others, filters) if others or not eni_ids else []
    asked = [of_tasks[name] for name in eni_ids or of_tasks if name in of_tasks]
    return [*made, *generic_filter(filters, asked)]


def _made(backend: Any) -> Iterator[NetworkInterface]:
    for found in of_tasks(backend.region_name):
        arn = f"arn:aws:ecs:{backend.region_name}:{backend.account_id}:attachment/{found.attachment}"
        groups = [group for group in found.groups if backend.get_security_group_from_id(group)]
        interface = NetworkInterface(backend, found.subnet, found.address, group_ids=groups, description=arn)
        interface.id, interface.status, interface.requester_managed = found.id, "in-use", True
        yield interface
