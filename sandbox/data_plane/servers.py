"""Servers in a VPC that the sandbox does not run: a team's database, played by a program on this machine.

Each listens at a loopback address of its own, which a task is told as the database's. A connection is a task's if the
process that made it is: containers have no network of their own here, but each process has its task's metadata address
among its variables. Any other program's comes from outside every VPC.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sandbox.access.model import Place
from sandbox.network import ends, gate, moto_state
from sandbox.network.model import Internet
from sandbox.scheduler.address import free_address

OUTSIDE = Internet("a program that is no task's")
_METADATA = re.compile(rb"(?:^|\0)ECS_CONTAINER_METADATA_URI_V4=[^\0]*/_metadata/([0-9a-f]+)/")
_CHUNK = 65536
_LOOKS = 3
"""How often a connection is looked for: while others come and go, the kernel's list may miss one."""

Address = tuple[str, int]


class UnplacedError(Exception):
    """There is no such place. The message says what is missing."""


class Servers:
    """All that were placed, until `close`."""

    def __init__(self) -> None:
        self._listening: dict[str, asyncio.Server] = {}

    async def place(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Where tasks reach it. Raises UnplacedError. `network/place.py` says what is given; a name that has a place
        gets another."""
        name, port, (host, _, there) = given["name"], int(given["port"]), given["to"].rpartition(":")
        if moto_state.subnet(given["region"], given["subnet"]) is None:
            raise UnplacedError(f"there is no subnet {given['subnet']} in {given['region']}")
        place = ends.interface(given["region"], name, given["subnet"], tuple(given["groups"]))
        if name in self._listening:
            self._listening.pop(name).close()

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                if await _connected(writer, place, port):
                    await _join(reader, writer, host, int(there))
            writer.close()

        address = free_address([port])
        self._listening[name] = await asyncio.start_server(relay, address, port)
        ends.serve(place)
        return {"address": place.address, "listens": f"{address}:{port}"}

    def close(self) -> None:
        for server in self._listening.values():
            server.close()


async def _connected(writer: asyncio.StreamWriter, place: Place, port: int) -> bool:
    """Whether the connection was made before its client gave up."""
    ends_of_it = writer.get_extra_info("peername"), writer.get_extra_info("sockname")
    source = await asyncio.to_thread(_source, *ends_of_it)
    connecting = asyncio.ensure_future(gate.connect(source, place, port))
    try:
        while not connecting.done():
            if _inode(*ends_of_it) is None:
                return False
            await asyncio.wait({connecting}, timeout=gate.AGAIN_SECONDS)
        return True
    finally:
        connecting.cancel()


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    answers, requests = await asyncio.open_connection(host, port)
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_pour(reader, requests))
            both.create_task(_pour(answers, writer))
    finally:
        requests.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


# Whose connection it is -----------------------------------------------------------------------------------------------


def _source(client: Address, server: Address) -> Place | Internet:
    inode = _inode(client, server)
    for folder in Path("/proc").glob("[0-9]*") if inode else ():
        with suppress(OSError):  # gone since, or another user's
            if any(_leads_to(fd, f"socket:[{inode}]") for fd in (folder / "fd").iterdir()):
                found = _METADATA.search((folder / "environ").read_bytes())
                return (ends.task(found[1].decode()) if found else None) or OUTSIDE
    return OUTSIDE


def _leads_to(link: Path, target: str) -> bool:
    try:
        return str(link.readlink()) == target
    except OSError:
        return False  # closed since


def _inode(client: Address, server: Address) -> str | None:
    """Of the client's socket of a connection on this machine; None once its program has closed it, and not where that
    has only said that it has no more to send."""
    wanted = [_hex(client), _hex(server)]
    for _ in range(_LOOKS):
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[1:3] == wanted:
                return columns[9] if columns[9] != "0" else None
    return None


def _hex(address: Address) -> str:
    """As the kernel lists it."""
    host, port = address
    return f"{bytes(reversed([int(part) for part in host.split('.')])).hex().upper()}:{port:04X}"
