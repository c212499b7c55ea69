"""Whether a connection is made, for all that carries one: asked of `reach`, written into the ledger and the log.

What was found is kept while EC2's state is the same: a request of the data plane costs a look into a dictionary.
"""

from __future__ import annotations

import asyncio
import logging
import threading

from sandbox.access import ledger
from sandbox.access.model import Place
from sandbox.network import moto_state, replay
from sandbox.network.model import AwsApi, Blocked, Internet, Path, World
from sandbox.network.reach import way

_log = logging.getLogger("sandbox.network")

End = Place | AwsApi | Internet
Key = tuple[Place | Internet, End, int]

AGAIN_SECONDS = 1.0
"""How often a client sends its SYN again, roughly: once the way is open, the connection is made after all."""

_MOST = 4096
"""How many answers are kept at a time: each task is another end."""

_lock = threading.RLock()
_version = -1
_worlds: dict[tuple[str, str], tuple[World, str]] = {}
_answers: dict[Key, Path | Blocked] = {}
_told: dict[tuple[str, str, int], Blocked] = {}


def check(source: Place | Internet | tuple[Place, ...], target: End | tuple[Place, ...], port: int) -> Path | Blocked:
    """Whether the connection is made. Of several interfaces at an end, each may be the one, so all have to be open."""
    sources = source if isinstance(source, tuple) else (source,)
    targets = target if isinstance(target, tuple) else (target,)
    if not sources or not targets:
        return Blocked("the network", "one of the two ends: it has no interface in any VPC")
    by: dict[str, None] = {}
    endpoint = None
    for one in sources:
        for other in targets:
            found = _check(one, other, port)
            if isinstance(found, Blocked):
                return found
            by |= dict.fromkeys(found.by)
            endpoint = found.endpoint
    return Path(tuple(by), endpoint)


async def connect(source: Place | Internet | tuple[Place, ...], target: End | tuple[Place, ...], port: int) -> Path:
    """Returns when the connection is made. A closed way drops packets, so this waits: callers set a time limit."""
    while isinstance(found := check(source, target, port), Blocked):
        await asyncio.sleep(AGAIN_SECONDS)
    return found


def _check(source: Place | Internet, target: End, port: int) -> Path | Blocked:
    global _version
    key = (source, target, port)
    if moto_state.version() == _version and (known := _answers.get(key)):
        return known
    with _lock:
        # Before it is read: what changes meanwhile is read again.
        version = moto_state.version()
        if version != _version or len(_answers) >= _MOST:
            _worlds.clear()
            _answers.clear()
            _version = version
        inside = source if isinstance(source, Place) else target
        assert isinstance(inside, Place)
        world, name = _world(inside)
        found = way(world, source, target, port)
        _answers[key] = found
        _tell(source, target, port, found)
        _record(source, target, port, found, name)
        return found


def _world(place: Place) -> tuple[World, str]:
    """The VPC it is in, and how the ledger names it."""
    key = (place.region, place.vpc)
    if key not in _worlds:
        world = moto_state.world(*key) if place.region else World()
        _worlds[key] = world, ledger.current().keep("network", replay.as_data(world))
    return _worlds[key]


def _tell(source: Place | Internet, target: End, port: int, found: Path | Blocked) -> None:
    line = (label(source), label(target), port)
    if isinstance(found, Path):
        _told.pop(line, None)
    elif _told.get(line) != found:
        _told[line] = found
        _log.warning("%s -> %s:%d: no answer on AWS: %s lacks %s", *line, found.hop, found.missing)


def _record(source: Place | Internet, target: End, port: int, found: Path | Blocked, world: str) -> None:
    answer: dict[str, object] = {"open": isinstance(found, Path)}
    if isinstance(found, Path):
        answer |= {"by": list(found.by), "endpoint": found.endpoint}
    else:
        answer |= {"hop": found.hop, "missing": found.missing}
    ends = {"source": replay.end_as_data(source), "target": replay.end_as_data(target)}
    ledger.current().record("connection", {**ends, "port": port, "network": world, **answer})


def label(end: End) -> str:
    """For people."""
    if isinstance(end, Place):
        return end.name
    return f"{end.name} in {end.region}" if isinstance(end, AwsApi) else end.host
