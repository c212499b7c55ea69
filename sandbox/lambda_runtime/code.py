"""A function's uploaded zip on disk."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from sandbox.images import native_architecture
from sandbox.lambda_runtime.function import FailureError

BOOTSTRAP = "/var/task/bootstrap"
"""What Lambda calls the program: the folder is another one here."""

_MACHINES = {62: "x86_64", 183: "arm64"}


def invalid_entrypoint(reason: str) -> FailureError:
    return FailureError("Runtime.InvalidEntrypoint", reason)


def exec_failure(reason: str) -> FailureError:
    return invalid_entrypoint(f"fork/exec {BOOTSTRAP}: {reason}")


def unpack(code: bytes, folder: Path) -> None:
    """Unpack with the permissions that the zip has: a ``bootstrap`` that is not executable there is not executable."""
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        for item in archive.infolist():
            path = Path(archive.extract(item, folder))
            if not item.is_dir():
                # A zip made on Windows says nothing.
                path.chmod((item.external_attr >> 16) & 0o777 or 0o644)


def entrypoint(folder: Path, architecture: str) -> Path:
    """The program to start. Raises FailureError for what AWS's machine would not start either."""
    path = folder / "bootstrap"
    if not path.is_file():
        raise invalid_entrypoint("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
    # Python says whether *this user* may run it; root always may, if anybody may.
    if not path.stat().st_mode & 0o111:
        raise exec_failure("permission denied")
    built_for = machine(path)
    if built_for not in (None, architecture):
        raise exec_failure("exec format error")
    native = native_architecture()
    if built_for not in (None, native):
        # AWS has machines of both kinds.
        raise exec_failure(
            f"exec format error: the function asks for {architecture}, and this sandbox runs on {native} "
            "(set `architecture: native` in the environment)"
        )
    return path


def machine(path: Path) -> str | None:
    """``x86_64``, ``arm64`` or another one's number; None for what is no ELF program (a script)."""
    with path.open("rb") as file:
        head = file.read(20)
    if not head.startswith(b"\x7fELF") or len(head) < 20:
        return None
    number = int.from_bytes(head[18:20], "little" if head[5] == 1 else "big")
    return _MACHINES.get(number, str(number))
