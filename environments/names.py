"""The names that are made from an environment's, with AWS's limit for each and where it has to be the only one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from modules.inputs import COLORS, Color
from modules.names import ServiceId, flow_logs_role

_SHORTEN = "shorten name or the service's key"


@dataclass(frozen=True)
class Derived:
    what: str
    name: str
    longest: int
    place: str  # in the settings: "services.api", or "name"
    unique_in: Literal["account", "region"]
    remedy: str = _SHORTEN


class Named(Protocol):
    """What has such names: the settings of an environment."""

    @property
    def name(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def services(self) -> Mapping[str, object]: ...
    def service_id(self, service: str) -> ServiceId: ...
    def target_group_name(self, service: str, color: Color) -> str: ...
    def family(self, service: str) -> str: ...


def derived(settings: Named) -> list[Derived]:
    """Every name that AWS limits, or wants to be the only one of its kind."""
    name = settings.name
    shared = [
        Derived("load balancer", name, 32, "name", "region", "shorten name"),
        Derived("IAM role", flow_logs_role(name), 64, "name", "account", "shorten name"),
    ]
    return shared + [found for key in settings.services for found in _of_service(settings, key)]


def _of_service(settings: Named, key: str) -> list[Derived]:
    service, place = settings.service_id(key), f"services.{key}"
    roles = (service.execution_role, service.task_role, service.codedeploy_role, service.hook)
    return [
        *(
            Derived(
                "target group", settings.target_group_name(key, color), 32, place, "region",
                f"set target_groups.{color}, or {_SHORTEN}",
            )
            for color in COLORS
        ),
        *(Derived("IAM role", role, 64, place, "account") for role in roles),
        Derived("EventBridge rule", service.hook_schedule, 64, place, "region"),
        Derived("Lambda function", service.hook, 64, place, "region"),
        Derived("task definition family", settings.family(key), 255, place, "region", "set family"),
    ]  # fmt: skip


def mistakes(settings: Named) -> list[str]:
    """What AWS would refuse in the names of one environment."""
    found = [
        f"name: must not begin with {start}, which AWS refuses for {what}, got {settings.name}"
        for start, what in (("internal-", "load balancers"), ("sg-", "security groups"))
        if settings.name.startswith(start)
    ]
    if settings.name == "default":
        found.append("name: must not be default, which is ECS's name for the account's own cluster")
    owners: dict[tuple[str, str], Derived] = {}
    told = set()  # one line is enough of several names that the same change makes shorter
    for one in derived(settings):
        if len(one.name) > one.longest and (one.place, one.remedy) not in told:
            told.add((one.place, one.remedy))
            found.append(
                f'{one.place}: {one.what} name "{one.name}" has {len(one.name)} characters, AWS allows {one.longest}: '
                f"{one.remedy}"
            )
        other = owners.setdefault((one.what, one.name), one)
        if other is not one:
            found.append(_shared(one, other.place))
    return found


def _shared(one: Derived, other: str) -> str:
    whose = "its other one" if other == one.place else other
    return f'{one.place}: {one.what} "{one.name}" is also that of {whose}; each needs its own'


def mistakes_together(environments: Mapping[str, Named]) -> list[str]:
    """What AWS would refuse, or mix up, in the names of environments that are each right alone, by their files."""
    found = []
    files: dict[tuple[str, str], list[str]] = {}
    for file, settings in environments.items():
        files.setdefault((settings.account, settings.name), []).append(file)
    for (account, name), sharing in files.items():
        if len(sharing) > 1:
            found.append(
                f"{', '.join(sharing)}: all have the name {name} in account {account}, and would be one environment "
                "(IAM roles are one namespace in all regions): give each a name of its own"
            )
    owners: dict[tuple[str, ...], tuple[str, Derived]] = {}
    told = set()
    for file, settings in environments.items():
        for one in derived(settings):
            scope = (settings.account,) if one.unique_in == "account" else (settings.account, settings.region)
            other_file, other = owners.setdefault((one.what, one.name, *scope), (file, one))
            same_environment = environments[other_file].name == settings.name
            pair = (other_file, other.place, file, one.place)
            if other_file == file or same_environment or pair in told:
                continue
            told.add(pair)
            found.append(
                f'{file}: {one.place}: {one.what} "{one.name}" is also that of {other.place} in {other_file}, '
                f"in one {one.unique_in}: rename one of them"
            )
    return found
