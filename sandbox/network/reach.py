"""From one end of a connection to the other: pure, so that what was found once can be found again without a rule."""

from __future__ import annotations

from sandbox.access.model import Place
from sandbox.network.model import AwsApi, Blocked, Internet, Path, World


def way(world: World, source: Place, target: Place | AwsApi | Internet, port: int) -> Path | Blocked:
    """Whether a TCP connection from the source to this port is made."""
    raise NotImplementedError
