"""What a request of the data plane meets on its way: at the listener, and between load balancer and target.

While nothing is switched on, `at_listener` and `at_target` cost a look at an empty tuple; the others are not called.
"""

from __future__ import annotations

import asyncio
import math

from sandbox.faults.model import Fault
from sandbox.faults.switch import SWITCH
from sandbox.network import ends, gate, moto_state


def at_listener(arn: str) -> Fault | None:
    """What a connection to this listener meets."""
    if not SWITCH.wire:
        return None
    return SWITCH.hit(SWITCH.wire, lambda fault: fault.subject == ("listener", arn))


def at_target(group: str, address: str, vpc: str, *, check: bool = False) -> Fault | None:
    """What a connection to this target meets, of a request or, with `check`, of a health check.

    What hits a part of the requests only, or a number of them, leaves health checks alone: the target is not down.
    """
    if not SWITCH.wire:
        return None
    place = ends.at(address, vpc)
    task = place.name.split()[1]
    zone = moto_state.zone(place.region, place.subnet) if place.subnet else None
    subjects = {("target-group", group), ("task", task), ("zone", zone)}

    def matches(fault: Fault) -> bool:
        partly = fault.limits.calls is not None or fault.limits.share < 1
        return fault.subject in subjects and not (check and partly)

    return SWITCH.hit(SWITCH.wire, matches)


async def connect(fault: Fault) -> None:
    """Returns when the connection is made. Raises ConnectionRefusedError; what is gone is waited for."""
    if fault.kind == "refuse":
        raise ConnectionRefusedError("refused by a fault")
    while fault.kind == "gone" and SWITCH.is_on(fault):
        await asyncio.sleep(gate.AGAIN_SECONDS)


async def receive(fault: Fault, limit: float = math.inf) -> None:
    """Returns when an answer may come. Raises ConnectionResetError, and TimeoutError after `limit` real seconds."""
    if fault.kind == "reset":
        raise ConnectionResetError("reset by a fault")
    if fault.kind == "latency":
        await asyncio.sleep(min(fault.seconds, limit))
        if fault.seconds >= limit:
            raise TimeoutError
