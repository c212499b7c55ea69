import json
import zipfile
from pathlib import Path

import pytest

from modules.hook_package import HookPackageError, find

ARCHITECTURES = json.loads((Path(__file__).parents[2] / "contracts" / "architectures.json").read_text())
ELF_X86_64, ELF_ARM64 = (ARCHITECTURES[name]["elf_machine"] for name in ("x86_64", "arm64"))


def package(folder: Path, content: bytes, name: str = "bootstrap") -> None:
    (folder / "arm64").mkdir()
    with zipfile.ZipFile(folder / "arm64" / "bootstrap.zip", "w") as archive:
        archive.writestr(name, content)


def elf(machine: int, glibc: str = "2.34") -> bytes:
    """A binary's beginning, and the versions of the C library that it asks for."""
    versions = b"\0GLIBC_2.2.5\0GLIBC_" + glibc.encode() + b"\0GLIBC_PRIVATE\0"
    return b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little") + versions


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (elf(ELF_X86_64), "its bootstrap is built for x86_64, the function is arm64"),
        (elf(0xF3), "its bootstrap is built for ELF machine 0xf3, the function is arm64"),
        (b"#!/bin/sh\n", "its bootstrap is not a Linux binary"),
    ],
)
@pytest.mark.parametrize("for_lambda", [True, False])
def test_a_zip_for_another_machine_is_refused_at_synth(
    tmp_path: Path, content: bytes, wrong: str, for_lambda: bool
) -> None:
    package(tmp_path, content)

    with pytest.raises(HookPackageError) as refused:
        find("arm64", for_lambda=for_lambda, folder=tmp_path)

    assert str(refused.value) == f"{tmp_path}/arm64/bootstrap.zip: {wrong}; run `make hook ARCH=arm64`"


def test_a_zip_without_a_bootstrap_is_refused_at_synth(tmp_path: Path) -> None:
    package(tmp_path, elf(ELF_ARM64), name="hook")

    with pytest.raises(HookPackageError, match="not a zip with a file `bootstrap`"):
        find("arm64", for_lambda=True, folder=tmp_path)


@pytest.mark.parametrize("glibc", ["2.35", "2.38", "2.100", "3.0"])
def test_a_hook_that_needs_a_newer_c_library_than_lambda_has_is_refused(tmp_path: Path, glibc: str) -> None:
    package(tmp_path, elf(ELF_ARM64, glibc))

    with pytest.raises(HookPackageError) as refused:
        find("arm64", for_lambda=True, folder=tmp_path)

    assert str(refused.value) == (
        f"{tmp_path}/arm64/bootstrap.zip: its bootstrap needs glibc {glibc}, AWS Lambda's provided.al2023 has 2.34; "
        "build it on an older system, or in a container: hook/README.md, Building: run `make hook ARCH=arm64`"
    )


@pytest.mark.parametrize(("glibc", "for_lambda"), [("2.34", True), ("2.17", True), ("2.38", False)])
def test_a_hook_that_can_start_where_it_is_to_run_is_taken(tmp_path: Path, glibc: str, for_lambda: bool) -> None:
    package(tmp_path, elf(ELF_ARM64, glibc))

    assert find("arm64", for_lambda=for_lambda, folder=tmp_path).exists


def test_a_missing_zip_is_no_error_at_synth(tmp_path: Path) -> None:
    assert not find("arm64", for_lambda=True, folder=tmp_path).exists
