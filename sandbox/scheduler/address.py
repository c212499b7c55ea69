"""Each task has its own address in 127.0.0.0/8, all of which Linux routes to this machine."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable


def free_address(ports: Iterable[int]) -> str:
    """An address on which all these ports are free: another sandbox on this machine picks from the same range."""
    ports = list(ports)
    while True:
        # 127.0.x.y is left to the machine's own services, such as systemd-resolved.
        address = f"127.{random.randint(16, 250)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        if all(_free(address, port) for port in ports):
            return address


def _free(address: str, port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except PermissionError:
            return True  # a port below 1024: the container gets to say so itself
        except OSError:
            return False
    return True
