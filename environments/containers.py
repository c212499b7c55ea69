"""The settings of what runs in a task next to the service's container, and of where its containers may write."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from environments.shown import shown
from environments.values import ContainerName, Image, Settings, Text, all_of
from modules import inputs

# The container runtime's own, in every container.
_RESERVED = ("/dev", "/proc", "/sys")


def _health_command(given: list[str]) -> list[str]:
    if given[:1] not in (["CMD"], ["CMD-SHELL"]) or not "".join(given[1:]).strip():
        raise ValueError(f"must be CMD or CMD-SHELL and then a command, got {shown(given)}")
    return given


HealthCommand = Annotated[list[str], AfterValidator(_health_command)]


def variable_names(given: dict[str, str]) -> dict[str, str]:
    mistakes = [
        f"a variable's name must not be empty, or have an = or a line break in it, got {shown(name)}"
        for name in given
        if not name or "=" in name or len(name.splitlines()) > 1
    ]
    all_of(mistakes)
    return given


Variables = Annotated[dict[str, str], AfterValidator(variable_names)]

_Folder = Annotated[
    str,
    Text(
        r"(?:/(?!\.\.?(?:/|$))[A-Za-z0-9._-]+)+",
        "an absolute path such as /var/cache/nginx, of letters, digits, . _ and -, without . or .. as a part and "
        "without a / at its end; / itself stays read-only",
    ),
]


def _writable(given: list[str]) -> list[str]:
    mistakes = [
        f"{path} is the container runtime's own: choose a folder outside {', '.join(_RESERVED)}"
        for path in given
        if f"/{path.split('/')[1]}" in _RESERVED
    ]
    mistakes += [f"{path} is given {given.count(path)} times" for path in dict.fromkeys(given) if given.count(path) > 1]
    mistakes += [
        f"{inner} is inside {outer}, which is writable as a whole: leave it out"
        for inner in dict.fromkeys(given)
        for outer in dict.fromkeys(given)
        if inner.startswith(f"{outer}/")
    ]
    all_of(mistakes)
    return given


WritablePaths = Annotated[list[_Folder], AfterValidator(_writable)]
WRITABLE = "Folders that the container may write to, each an empty volume for as long as the task lives; default: none"


class Sidecar(Settings):
    """Another container of each of the service's tasks. A change takes effect with the next release."""

    image: Image = Field(description="Changes with releases too: those in private ECR are pinned by digest")
    command: list[str] | None = Field(None, min_length=1, description="Default: the image's own")
    environment: Variables = Field({}, description="Variables of the sidecar, literally")
    essential: bool = Field(inputs.Sidecar.essential, description="Whether the task stops when the sidecar does")
    memory: int | None = Field(
        None, ge=6, description="MiB, above which the sidecar is killed; default: the task's memory is its only limit"
    )
    memory_reservation: int | None = Field(None, ge=6, description="MiB that are kept for it; default: memory")
    health_command: HealthCommand | None = Field(
        None, description='Run inside the sidecar, such as ["CMD", "/healthcheck"]; default: no health check'
    )
    user: (
        Annotated[
            str, Text(r"[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)?", "a user or user:group, each by its name or its number")
        ]
        | None
    ) = Field(None, description="Default: the image's own")
    start: inputs.Start = Field(
        inputs.Sidecar.start,
        description="When the service's container starts: once the sidecar has started (START), is healthy (HEALTHY), "
        "has ended (COMPLETE), or has ended with 0 (SUCCESS)",
    )
    writable_paths: WritablePaths = Field([], description=WRITABLE)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        mistakes = []
        if self.start == "HEALTHY" and self.health_command is None:
            mistakes.append("start HEALTHY needs a health_command")
        if self.start in ("COMPLETE", "SUCCESS") and self.essential:
            mistakes.append(
                f"start {self.start} waits for the sidecar's end, which must not end the task: essential: false"
            )
        if self.memory is not None and self.memory < (self.memory_reservation or 0):
            mistakes.append(
                f"memory must be at least memory_reservation, got {self.memory} and {self.memory_reservation}"
            )
        all_of(mistakes)
        return self

    @property
    def reserved(self) -> int:
        """MiB of the task's memory that are kept for it."""
        return self.memory_reservation or self.memory or 0


Sidecars = Annotated[dict[ContainerName, Sidecar], Field(max_length=inputs.MOST_CONTAINERS - 1)]


def sizes(memory: int, reserved: int | None, sidecars: dict[str, Sidecar]) -> list[str]:
    """What is wrong with the memory of a task's containers. `reserved` is what is kept for the service's own."""
    mistakes = [
        f"sidecars.{name}.memory must be at most memory, {memory}, got {sidecar.memory}"
        for name, sidecar in sidecars.items()
        if (sidecar.memory or 0) > memory
    ]
    kept = [reserved or 0, *(sidecar.reserved for sidecar in sidecars.values())]
    if (reserved or 0) > memory:
        mistakes.append(f"container.memory_reservation must be at most memory, {memory}, got {reserved}")
    elif sum(kept) > memory:
        mistakes.append(
            f"what is kept for the containers must be at most memory, {memory}, got {' + '.join(map(str, kept))} of "
            f"{', '.join(['container', *(f'sidecars.{name}' for name in sidecars)])}"
        )
    return mistakes
