"""The names that are made from an environment's, with AWS's limit for each and where it has to be the only one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from environments.settings import Environment

_SHORTEN = "shorten name or the service's key"


@dataclass(frozen=True)
class Derived:
    what: str
    name: str
    longest: int
    place: str  # in the settings: "services.api", or "name"
    unique_in: Literal["account", "region"]
    remedy: str = _SHORTEN


def derived(settings: Environment) -> list[Derived]:
    """Every name that AWS limits, or wants to be the only one of its kind."""
    name = settings.name
    shared = [
        Derived("load balancer", name, 32, "name", "region", "shorten name"),
        Derived("IAM role", f"{name}-flow-logs", 64, "name", "account", "shorten name"),
    ]
    return shared + [found for key in settings.services for found in _of_service(settings, key)]


def _of_service(settings: Environment, key: str) -> list[Derived]:
    name, place = f"{settings.name}-{key}", f"services.{key}"
    roles = [f"{name}-{role}" for role in ("execution", "task", "codedeploy", "hook")]
    return [
        *(
            Derived(
                "target group", settings.target_group_name(key, color), 32, place, "region",
                f"set target_groups.{color}, or {_SHORTEN}",
            )
            for color in ("blue", "green")
        ),
        *(Derived("IAM role", role, 64, place, "account") for role in roles),
        Derived("EventBridge rule", f"{name}-hook-awake", 64, place, "region"),
        Derived("Lambda function", f"{name}-hook", 64, place, "region"),
        Derived("task definition family", settings.family(key), 255, place, "region", "set family"),
    ]  # fmt: skip


def mistakes(settings: Environment) -> list[str]:
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


def mistakes_together(environments: dict[str, Environment]) -> list[str]:
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
