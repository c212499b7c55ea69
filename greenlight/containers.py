"""Which container of a revision takes the traffic, and on which port. Pure.

A revision keeps what it was registered with. After a change of the container's name or port, older revisions still have
the old ones, and ECS refuses an AppSpec that names what its task definition lacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from greenlight.errors import RefusedError
from greenlight.manifest import Container

_WAY_ON = "Release the image that you want with `greenlight deploy --image`, which takes Terraform's newest revision"


@dataclass(frozen=True)
class Serving:
    """What the load balancer sends traffic to; AppSpec's LoadBalancerInfo."""

    name: str
    port: int


def serving(definition: Mapping[str, Any], revision: str, newest: Container, name: str | None = None) -> Serving:
    """Of a task definition: the container `name`, or as `serving_name` finds it, and a port that it maps.

    That is the port of the `newest` revision if it maps that, else its only one. Raises RefusedError where it maps
    several others, or none.
    """
    name = name or serving_name(definition, revision, newest)
    ports = _ports(definition)[name]
    if newest.port in ports:
        return Serving(name, newest.port)
    if len(ports) == 1:
        return Serving(name, ports[0])
    maps = f"ports {', '.join(map(str, ports))} but not {newest.port}, the release manifest's" if ports else "no port"
    raise RefusedError(f"container {name} of {revision} maps {maps}: no AppSpec can be written for it. {_WAY_ON}")


def serving_name(definition: Mapping[str, Any], revision: str, newest: Container) -> str:
    """The container that has the name of the `newest` revision's, else the one that maps its port, else any.

    Raises RefusedError where there are several of the last.
    """
    ports = _ports(definition)
    mapping = [name for name in ports if ports[name]]
    choices = (
        [name for name in mapping if name == newest.name],
        [name for name in mapping if newest.port in ports[name]],
        mapping,
        [name for name in ports if name == newest.name],
    )
    for found in choices:
        if len(found) == 1:
            return found[0]
    has = "; ".join(f"{name} maps {', '.join(map(str, ports[name])) or 'no port'}" for name in ports)
    raise RefusedError(
        f"{revision} has no container {newest.name}, the release manifest's, and which of its containers takes the "
        f"traffic is not clear: {has}. {_WAY_ON}"
    )


def _ports(definition: Mapping[str, Any]) -> dict[str, list[int]]:
    """Container -> the TCP ports that it maps."""
    return {
        container["name"]: [
            mapping["containerPort"]
            for mapping in container.get("portMappings", [])
            if "containerPort" in mapping and mapping.get("protocol") != "udp"
        ]
        for container in definition["containerDefinitions"]
    }
