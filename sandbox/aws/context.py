"""What the sandbox was started with, for patches: moto calls them without it. Set by `sandbox.aws.install`."""

from __future__ import annotations

from sandbox.clock import Clock
from sandbox.state import Settings

settings: Settings
clock: Clock
