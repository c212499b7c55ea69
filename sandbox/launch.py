"""Starts a sandbox as a process of its own and tells its environment: for the demo and the end-to-end tests."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from sandbox import terraform
from sandbox.faults import command as faults
from sandbox.faults.model import Limits
from sandbox.forward import forward
from sandbox.network.place import place
from sandbox.state import Settings

READY_SECONDS = 60
STOP_SECONDS = 40


class SandboxError(Exception):
    """The sandbox did not come up. The message has what it said."""


def ready(state_dir: Path, pid: int) -> dict[str, Any] | None:
    """What the sandbox of this process has written of itself for other programs; None until it is ready."""
    try:
        facts: dict[str, Any] = json.loads((state_dir / "run" / "sandbox.json").read_text())
    except FileNotFoundError:
        return None
    # One that was killed has left its own, until the next has the directory to itself.
    return facts if facts["pid"] == pid else None


class Sandbox:
    """A running sandbox on free ports, with its files below `state_dir`. Use it as a context manager."""

    command: tuple[str, ...] = (sys.executable, "-m", "sandbox")

    def __init__(self, state_dir: Path, *, time_scale: float = 1) -> None:
        self.state_dir = state_dir.resolve()
        self.state_dir.mkdir(parents=True, exist_ok=True)
        self.mirror = terraform.find(self.state_dir)
        self._time_scale = time_scale
        self.process: subprocess.Popen[bytes] | None = None
        self.facts: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Returns when it is ready. Raises SandboxError with what it said where it ends or is not ready in time."""
        self.output = self.state_dir / "sandbox.log"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    *(*self.command, "up", "--port", "0", "--data-plane-port", "0"),
                    *("--time-scale", str(self._time_scale), "--state-dir", str(self.state_dir)),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                # Ctrl-C at the terminal is for whoever started the sandbox; it stops the sandbox itself, in order.
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_SECONDS
        while (facts := ready(self.state_dir, self.process.pid)) is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise SandboxError(f"the sandbox did not come up:\n{self.output.read_text(errors='replace')}")
            time.sleep(0.05)
        self.facts = facts

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends it in order, as Ctrl-C does; its tasks end with it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def forward(self, seconds: float) -> str:
        """Moves its clock on by so many of AWS's seconds; returns AWS's date then."""
        return forward(self.state_dir, seconds)

    def place(self, name: str, subnet: str, groups: list[str], port: int, to: str) -> str:
        """Puts a program of this machine into a VPC; returns HOST:PORT, where tasks reach it."""
        return place(self.state_dir, name, subnet, groups, port, to)["listens"]

    def fault(self, kind: str, *where: str, by: str | None = None, **limits: Any) -> str:
        """Switches a fault on, as ``python -m sandbox fault add`` does; its id. `limits`: those of `Limits`."""
        return str(faults.add(self.state_dir, kind, *where, by=by, limits=Limits(**limits))["id"])

    def faults(self) -> list[dict[str, Any]]:
        """What is switched on, and how often each was hit."""
        return faults.listed(self.state_dir)

    def clear_faults(self, *ids: str) -> None:
        """Switches these off; without any, all."""
        faults.clear(self.state_dir, *ids)

    @property
    def environment(self) -> dict[str, str]:
        """This process's variables without those that lead to AWS, and with those that lead here."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        own = Settings(
            endpoint_url=self.facts["endpoint_url"],
            data_plane_url=self.facts["data_plane_url"],
            region=self.facts["region"],
        ).client_variables
        if self.mirror.cli_config:
            own["TF_CLI_CONFIG_FILE"] = str(self.mirror.cli_config)
        return kept | own


def processes_of(facts: dict[str, Any]) -> list[str]:
    """What that sandbox started and still runs, known by the metadata address that its tasks are given."""
    mark = f"{urlsplit(facts['data_plane_url']).netloc}/".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes():
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found.append(f"process {folder.name}: {command.strip()}")
        except OSError:
            continue  # gone since, or somebody else's
    return found
