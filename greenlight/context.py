"""What every verb is given, and what it gives back."""

import shlex
from dataclasses import dataclass, field
from typing import Any, Protocol

from greenlight.aws import Aws
from greenlight.clock import Clock
from greenlight.manifest import Manifest


class Show(Protocol):
    """Where progress for people goes."""

    def line(self, text: str, style: str = "") -> None: ...

    def status(self, text: str) -> None: ...


@dataclass(frozen=True)
class Context:
    aws: Aws
    manifest: Manifest
    clock: Clock
    show: Show
    profile: str | None = None

    def command(self, verb: str, *arguments: str) -> str:
        """The command line that goes on from here, from any shell."""
        return f"{shlex.join(['greenlight', verb, self.manifest.address, *arguments])} {self.options}"

    @property
    def options(self) -> str:
        """Where, as the AWS CLI is told it too."""
        words = ["--region", self.aws.region]
        return shlex.join([*words, "--profile", self.profile] if self.profile else words)


@dataclass(frozen=True)
class Result:
    """`document` is what `-o json` prints, `text` what people get on stdout."""

    exit_code: int
    document: dict[str, Any] = field(default_factory=dict)
    text: str = ""
