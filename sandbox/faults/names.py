"""What a fault names, looked up in the running sandbox: what is not there cannot be hit, and is refused."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from moto.core.utils import get_service_model
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends

from sandbox.access import services
from sandbox.aws.model.request import botocore_name
from sandbox.faults.codes import available
from sandbox.faults.model import ADMINISTRATOR, CLIENTS
from sandbox.network import ends, moto_state
from sandbox.state import ACCOUNT

_MOST = 8
_DOMAIN = re.compile(r"[a-z.-]+\.amazonaws\.com")


class UnknownError(Exception):
    """There is nothing of that name; the message says what there is."""


def call(said: str) -> tuple[str, str]:
    """The service, by botocore's name, and the operation of ``SERVICE:ACTION``; ``*`` is each of them."""
    service, _, action = said.partition(":")
    if said == "*":
        return ("*", "*")
    if not action:
        raise UnknownError(f"{said} is not SERVICE:ACTION, such as codedeploy:GetDeployment, codedeploy:* or *")
    name = botocore_name(service, "/v2/")
    if name not in available():
        raise UnknownError(f"there is no AWS service {service}{_nearest(service, available())}")
    operations = get_service_model(name).operation_names
    if action != "*" and action not in operations:
        raise UnknownError(f"{service} has no action {action}{_nearest(action, operations)}")
    return (name, action)


def caller(said: str) -> str:
    """Whose calls: a role or a user of the account, the administrator, an AWS service, or all clients."""
    if said in (CLIENTS, ADMINISTRATOR, services.ECS, services.AUTOSCALING) or _DOMAIN.fullmatch(said):
        return said
    backend: Any = iam_backends[ACCOUNT]["aws"]
    names = [one.name for one in (*list(backend.roles.values()), *list(backend.users.values()))]
    if said.rsplit("/", 1)[-1] not in names:
        raise UnknownError(
            f"there is no role or user {said}: {_some(names)}; {ADMINISTRATOR}, or a service such as "
            "events.amazonaws.com, may be named too"
        )
    return said


def subject(kind: str, said: str) -> tuple[str, str]:
    """What of the data plane is hit: of `model.SUBJECTS`, this one."""
    return (kind, {"target-group": _group, "task": _task, "listener": _listener, "zone": _zone}[kind](said))


def _group(said: str) -> str:
    groups: dict[str, str] = {
        group.arn: group.name for backend in _balancing() for group in list(backend.target_groups.values())
    }
    for arn, name in groups.items():
        if said in (arn, name):
            return arn
    raise UnknownError(f"there is no target group {said}: {_some(groups.values())}")


def _task(said: str) -> str:
    # Places are called "task ID of SERVICE".
    ids = [place.name.split()[1] for place in ends.tasks()]
    task = said.rsplit("/", 1)[-1]
    if task not in ids:
        raise UnknownError(f"there is no task {said}: {_some(ids)}")
    return task


def _listener(said: str) -> str:
    found: dict[str, str] = {}
    for backend in _balancing():
        for balancer in list(backend.load_balancers.values()):
            for listener in list(balancer.listeners.values()):
                found[f"{balancer.name}:{listener.port}"] = listener.arn
    if said in found.values():
        return said
    if said not in found:
        raise UnknownError(f"there is no listener {said}: {_some(found)}")
    return found[said]


def _zone(said: str) -> str:
    zones = moto_state.zones()
    if said not in zones:
        raise UnknownError(f"no subnet is in an availability zone {said}: {_some(zones)}")
    return said


def _balancing() -> list[Any]:
    return list(elbv2_backends[ACCOUNT].values())


def _some(names: Iterable[str]) -> str:
    known = sorted(set(names))
    more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    return f"there are {', '.join(known[:_MOST])}{more}" if known else "there is none yet"


def _nearest(said: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(said, list(names), n=3)
    return f": {' or '.join(near)}?" if near else ""
