"""The CLI as `pipx install` gives it: alone, in a virtual environment of its own.

Its dependencies come from the package index, as those of `make setup` do, in the versions of the lock.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.released_service import Service, answer
from tests.sandbox.running_stack import Clients, Stack, stack

__all__ = ["stack"]
ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the Python packages: building leaves files next to them."""
    folder = tmp_path_factory.mktemp("source")
    for package in ("environments", "greenlight", "modules", "sandbox", "tests"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(folder))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True)
    lock = json.loads((ROOT / "Pipfile.lock").read_text())["default"]
    locked = folder / "locked.txt"
    locked.write_text("\n".join(f"{name}{found['version']}" for name, found in lock.items()))
    pip(str(folder / "bin" / "python"), "install", "--constraint", str(locked), str(wheel))
    return folder / "bin"


def pip(python: str, *arguments: str) -> None:
    command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def run(program: Path, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """In a folder that has none of our code."""
    return subprocess.run(
        [program, *arguments], cwd=program.parent, env=environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_has_the_cli_with_its_types_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.partition("/")[0] for name in names} == {"greenlight", f"greenlight-{PROJECT['version']}.dist-info"}
    assert "greenlight/py.typed" in names
    assert {name for name in names if name.endswith(".py")} == {
        str(path.relative_to(ROOT)) for path in (ROOT / "greenlight").rglob("*.py")
    }


def test_it_brings_what_it_needs_and_neither_terraforms_bindings_nor_the_sandbox(installed: Path) -> None:
    listed = run(installed / "python", "-m", "pip", "list", "--format", "json", "--disable-pip-version-check")
    names = {one["name"].lower() for one in json.loads(listed.stdout)}

    assert names >= {"greenlight", "boto3", "pydantic", "pyyaml", "rich", "typer"}
    assert names.isdisjoint({"cdktf", "constructs", "jsii", "moto", "aiohttp"})


def test_what_users_get_is_what_is_tested() -> None:
    """The CLI's dependencies are the Pipfile's, with the same limits."""
    pipfile = tomllib.loads((ROOT / "Pipfile").read_text())["packages"]

    assert set(PROJECT["dependencies"]) <= {f"{name}{limit}".rstrip("*") for name, limit in pipfile.items()}


def test_it_tells_its_version(installed: Path) -> None:
    assert run(installed / "greenlight", "--version").stdout == f"greenlight {PROJECT['version']}\n"


def test_every_verb_explains_itself(installed: Path) -> None:
    verbs = {path.stem for path in (ROOT / "greenlight" / "commands").glob("[!_]*.py")} - {"command_line"}

    listed = run(installed / "greenlight", "--help")
    told = {verb: run(installed / "greenlight", verb, "-h") for verb in verbs}

    assert {verb for verb in verbs if f"│ {verb} " in listed.stdout} == verbs
    assert {verb for verb, done in told.items() if f"Usage: greenlight {verb} " in done.stdout} == verbs
    assert {done.returncode for done in [listed, *told.values()]} == {0}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_its_verbs(installed: Path, shell: str) -> None:
    typed = {"COMP_WORDS": "greenlight roll", "COMP_CWORD": "1", "_TYPER_COMPLETE_ARGS": "greenlight roll"}
    asked = {"_GREENLIGHT_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}

    assert "rollback" in run(installed / "greenlight", environment=typed | asked).stdout


def test_it_releases(installed: Path, sandbox: Sandbox, client: Clients, stack: Stack) -> None:
    service = Service(client, stack)
    stack.push("two")
    service.hooked(VERDICT="Succeeded")
    service.publish()

    released = run(
        *(installed / "greenlight", "deploy", stack.name, "--image", ":two", "-o", "json"),
        environment=sandbox.environment,
    )

    assert released.returncode == 0, released.stderr
    assert json.loads(released.stdout)["outcome"] == "succeeded"
    assert answer(service.url) == "two"
