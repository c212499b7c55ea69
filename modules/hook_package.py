"""The hook's zip, as `make hook` leaves it: whether it is there, and for which processor it was built."""

import base64
import hashlib
import platform
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from hook.build import GLIBC_REMEDY, HOSTS, too_new_for_lambda
from modules.inputs import Architecture

FOLDER = Path(__file__).parent.parent / "hook" / "dist"
_MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}  # e_machine of an ELF header


def native_architecture() -> Architecture:
    """AWS's name for this machine's processor, which `make hook` builds for unless told otherwise.

    Raises ValueError where Fargate and Lambda have no such processor.
    """
    machine = platform.machine()
    architectures: tuple[Architecture, ...] = get_args(Architecture)
    for architecture in architectures:
        if HOSTS.get(machine.lower()) == architecture:
            return architecture
    raise ValueError(f"architecture native needs an x86_64 or arm64 machine, this is {machine}: say arm64 or x86_64")


class HookPackageError(Exception):
    """The zip cannot run on Lambda. The message names the file, what is wrong, and the command that mends it."""


@dataclass(frozen=True, kw_only=True)
class HookPackage:
    path: Path
    architecture: Architecture

    @property
    def exists(self) -> bool:
        return self.path.is_file()

    @property
    def source_code_hash(self) -> str:
        """As Lambda reports it: base64 of the zip's SHA-256."""
        return base64.b64encode(hashlib.sha256(self.path.read_bytes()).digest()).decode()

    def check(self, *, for_lambda: bool) -> None:
        """Raises HookPackageError for a zip that Lambda would take and never be able to run.

        CodeDeploy would wait an hour for such a hook's answer. The sandbox runs the hook on this machine: with
        `for_lambda` false, the hook may need a newer C library than Lambda has.
        """
        remedy = f"run `make hook ARCH={self.architecture}`"
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open("bootstrap") as binary:
                content = binary.read()
        except (zipfile.BadZipFile, KeyError) as error:
            raise HookPackageError(f"{self.path}: not a zip with a file `bootstrap`: {error}; {remedy}") from error
        if content[:4] != b"\x7fELF":
            raise HookPackageError(f"{self.path}: its bootstrap is not a Linux binary; {remedy}")
        machine = int.from_bytes(content[18:20], "little")
        if _MACHINES.get(machine) != self.architecture:
            built_for = _MACHINES.get(machine, f"ELF machine {machine:#x}")
            raise HookPackageError(
                f"{self.path}: its bootstrap is built for {built_for}, the function is {self.architecture}; {remedy}"
            )
        if for_lambda and (too_new := too_new_for_lambda(content)):
            raise HookPackageError(f"{self.path}: its bootstrap {too_new}; {GLIBC_REMEDY}: {remedy}")


def find(architecture: Architecture, *, for_lambda: bool, folder: Path = FOLDER) -> HookPackage:
    """The package for `architecture`, checked if it is there. It need not be: synth works before anything is built.

    Raises HookPackageError as `HookPackage.check` does.
    """
    package = HookPackage(path=folder / architecture / "bootstrap.zip", architecture=architecture)
    if package.exists:
        package.check(for_lambda=for_lambda)
    return package
