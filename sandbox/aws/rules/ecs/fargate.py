"""What a task on Fargate, or one with a network interface of its own, cannot have."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.aws.model.request import Call
from sandbox.aws.rules.ecs.tasks import is_fargate
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

_task = partial(rule, "ecs", "RegisterTaskDefinition", code="ClientException", coded=False)

_Wrong = Callable[[dict[str, Any]], Any]


def _containers(of: str) -> _Wrong:
    """Whether a container of the task has this member."""
    return lambda params: any(container.get(of) for container in params["containerDefinitions"])


def _linux(of: str) -> _Wrong:
    return lambda params: any(
        (container.get("linuxParameters") or {}).get(of) for container in params["containerDefinitions"]
    )


_ON_FARGATE: dict[str, tuple[str, str, str, _Wrong]] = {
    # name -> where it was tried, what it says, AWS's words, whether a definition breaks it
    "fargate_task_is_privileged": (
        "privileged",
        "No container on Fargate is privileged.",
        # With the quotation marks that AWS prints.
        "Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019 at the container level.",
        _containers("privileged"),
    ),
    "fargate_task_shares_ipc": (
        "ipc-mode",
        "Tasks on Fargate share no memory.",
        "Fargate compatible task definitions do not support ipcMode",
        lambda params: params.get("ipcMode"),
    ),
    "fargate_task_is_placed": (
        "placement-constraints",
        "There are no instances to choose on Fargate.",
        "Fargate compatible task definitions do not support constraints",
        lambda params: params.get("placementConstraints"),
    ),
    "fargate_task_has_the_hosts_files": (
        "host-source-path",
        "There are no files of a host's on Fargate.",
        "Fargate compatible task definitions do not support sourcePath",
        lambda params: any((volume.get("host") or {}).get("sourcePath") for volume in params.get("volumes") or []),
    ),
    "fargate_task_sets_shared_memory": (
        "shared-memory-size",
        "The size of shared memory is not set on Fargate.",
        "Fargate compatible task definitions do not support sharedMemorySize",
        _linux("sharedMemorySize"),
    ),
}


def _on_fargate(name: str, tried_as: str, says: str, quote: str, wrong: _Wrong) -> None:
    @_task(name=name, source=tried(f"ecs/pf-ecs-fargate-{tried_as}"), says=says, quote=quote)
    def check(call: Call) -> bool:
        return is_fargate(call) and bool(wrong(call.params))


for _name, _entry in _ON_FARGATE.items():
    _on_fargate(_name, *_entry)


@_task(
    source=tried("ecs/pf-ecs-fargate-capabilities-add"),
    says="SYS_PTRACE is the one capability that can be added on Fargate.",
    quote="is not allowed on Fargate.",
)
def fargate_task_adds_a_capability(call: Call) -> str | None:
    for container in call.params["containerDefinitions"] if is_fargate(call) else []:
        added = ((container.get("linuxParameters") or {}).get("capabilities") or {}).get("add") or []
        for capability in added:
            if capability != "SYS_PTRACE":
                return f"{capability} is not allowed on Fargate."
    return None


@_task(
    source=tried("ecs/pf-ecs-ephemeral-storage-range"),
    says="A task has from 21 to 200 GiB of storage of its own, where it asks for any.",
    quote="EphemeralStorage size should be at",
)
def ephemeral_storage_is_out_of_range(call: Call) -> str | None:
    size = (call.params.get("ephemeralStorage") or {}).get("sizeInGiB")
    if size is None or 21 <= size <= 200:
        return None
    return f"EphemeralStorage size should be at {'least 21' if size < 21 else 'most 200'}"


@_task(
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
    says="Containers on Fargate have two minutes at most to be ready for others, and to stop.",
    quote="The valid values for Fargate are 2-120 seconds.",
    worded=False,
)
def fargate_has_no_such_timeout(call: Call) -> str | None:
    given = [
        container[timeout]
        for container in call.params["containerDefinitions"]
        for timeout in ("startTimeout", "stopTimeout")
        if container.get(timeout) is not None
    ]
    wrong = is_fargate(call) and not all(2 <= seconds <= 120 for seconds in given)
    return "startTimeout and stopTimeout must be between 2 and 120 seconds on Fargate" if wrong else None


_WITH_ITS_OWN_NETWORK: dict[str, tuple[str, str, str, str]] = {
    # name -> member of a container, where it was tried, what it says, AWS's words
    "task_with_its_own_network_links_containers": (
        "links",
        "fargate-links",
        "Containers of a task with its own network reach each other without links.",
        "Links are not supported when networkMode=awsvpc.",
    ),
    "task_with_its_own_network_has_extra_hosts": (
        "extraHosts",
        "awsvpc-extra-hosts",
        "Containers of a task with its own network have no hosts file of their own.",
        "Extra hosts are not supported on container when networkMode=awsvpc.",
    ),
    "task_with_its_own_network_has_a_hostname": (
        "hostname",
        "awsvpc-hostname",
        "Containers of a task with its own network have no hostname of their own.",
        "hostname is not supported on container when networkMode=awsvpc.",
    ),
}


def _with_its_own_network(name: str, member: str, tried_as: str, says: str, quote: str) -> None:
    has = _containers(member)

    @_task(name=name, source=tried(f"ecs/pf-ecs-{tried_as}"), says=says, quote=quote)
    def check(call: Call) -> bool:
        return call.params.get("networkMode") == "awsvpc" and bool(has(call.params))


for _name, _words in _WITH_ITS_OWN_NETWORK.items():
    _with_its_own_network(_name, *_words)
