"""What every part of the scheduler works with, made once by `sandbox.runtime`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sandbox.access import sessions
from sandbox.clients import Caller, Clients
from sandbox.clock import Clock
from sandbox.data_plane.targets import Targets
from sandbox.images import BlobStore
from sandbox.state import Settings


@dataclass(frozen=True)
class Tools:
    settings: Settings
    clock: Clock
    clients: Clients
    blobs: BlobStore
    targets: Targets

    @cached_property
    def ecs(self) -> Caller:
        """ECS itself, which registers and deregisters targets."""
        return self.clients.by(sessions.of_ecs())


class StartError(Exception):
    """Why a task could not be started, in AWS's words: it becomes the task's stoppedReason."""
