"""moto is patched as a whole or not at all, and only where it fits the patches."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sandbox.aws.patch import OtherMotoError, Patches


class Base:
    def get_rule(self, name: str) -> str:
        return f"moto's {name}"


class Backend(Base):
    """Stands for one of moto's."""

    LIMIT = 1

    def __init__(self) -> None:
        self.address = "amazonaws.com"

    def put_rule(self, name: str) -> str:
        return f"moto's {name}"


@pytest.fixture
def backend() -> type[Any]:
    """A class of its own for each test."""
    return type("Backend", (Backend,), dict(vars(Backend)) | {"__module__": "moto.events"})


def test_a_replacement_answers_and_can_ask_what_it_replaces(backend: type[Any]) -> None:
    patches = Patches()

    @patches.replaces(backend)
    def put_rule(self: Any, name: str) -> str:
        return f"ours, then {put_rule.moto(self, name)}"

    @patches.replaces(backend, name="get_rule")
    def read(self: Any, name: str) -> str:
        return f"ours, then {read.moto(self, name)}"

    patches.apply()

    assert backend().put_rule("a") == "ours, then moto's a"
    assert backend().get_rule("b") == "ours, then moto's b"


def test_a_function_of_a_module_can_be_replaced() -> None:
    module = ModuleType("moto.events.utils")
    module.__dict__["shown"] = lambda name: f"moto's {name}"
    patches = Patches()

    @patches.replaces(module)
    def shown(name: str) -> str:
        return f"ours, then {shown.moto(name)}"

    patches.apply()

    assert module.shown("a") == "ours, then moto's a"


def test_what_moto_lacks_is_added(backend: type[Any]) -> None:
    patches = Patches()

    @patches.adds(backend)
    def stop_rule(_self: Any) -> str:
        return "stopped"

    patches.apply()

    assert backend().stop_rule() == "stopped"


def test_values_and_what_a_constructor_sets_can_be_replaced(backend: type[Any]) -> None:
    patches = Patches()
    patches.replace_value(backend, "LIMIT", 2)
    patches.replace_value(backend, "address", property(lambda _self: "127.0.0.1", lambda _self, _address: None))

    patches.apply()

    assert (backend.LIMIT, backend().address) == (2, "127.0.0.1")


def test_nothing_changes_before_the_sandbox_starts(backend: type[Any]) -> None:
    @Patches().replaces(backend)
    def put_rule(_self: Any, _name: str) -> str:
        return "ours"

    assert backend().put_rule("a") == "moto's a"


def test_two_sandboxes_in_one_process_patch_moto_once(backend: type[Any]) -> None:
    patches = Patches()

    @patches.replaces(backend)
    def put_rule(self: Any, name: str) -> str:
        return f"ours, then {put_rule.moto(self, name)}"

    patches.apply()
    patches.apply()

    assert backend().put_rule("a") == "ours, then moto's a"


def test_a_moto_that_lacks_what_is_replaced_or_has_what_is_added_ends_the_start(backend: type[Any]) -> None:
    patches = Patches()
    module = ModuleType("moto.events.utils")

    @patches.adds(backend)
    def put_rule(_self: Any, _name: str) -> str:
        return "ours"

    @patches.adds(backend)
    def get_rule(_self: Any, _name: str) -> str:
        return "ours"

    @patches.replaces(backend)
    def rename_rule(_self: Any) -> None: ...

    @patches.replaces(module)
    def shown() -> None: ...

    patches.replace_value(backend, "port", 80)
    patches.replace_value(backend, "LIMIT", 2)

    with pytest.raises(OtherMotoError) as refused:
        patches.apply()

    assert str(refused.value) == (
        "the installed moto does not fit the patches in sandbox/aws: "
        "it has moto.events.Backend.put_rule, which is added; "
        "it has moto.events.Backend.get_rule, which is added; "
        "it has no moto.events.Backend.rename_rule, which is replaced; "
        "it has no moto.events.utils.shown, which is replaced; "
        "it has no moto.events.Backend.port, which is replaced"
    )
    assert (backend().put_rule("a"), backend().get_rule("b"), backend.LIMIT) == ("moto's a", "moto's b", 1)


def test_a_constructor_that_every_python_object_has_cannot_be_replaced() -> None:
    patches = Patches()

    @patches.replaces(Base, "__init__")
    def init(_self: Any) -> None: ...

    with pytest.raises(OtherMotoError, match=r"it has no .*Base\.__init__, which is replaced$"):
        patches.apply()


def test_no_patch_takes_the_place_of_another(backend: type[Any]) -> None:
    patches = Patches()
    patches.replace_value(backend, "LIMIT", 2)

    with pytest.raises(ValueError, match=r"^Backend\.LIMIT is patched already$"):
        patches.replace_value(backend, "LIMIT", 3)


def test_the_sandbox_does_not_start_on_a_moto_without_what_it_replaces(tmp_path: Path) -> None:
    start = f"""
import sys
from moto.events.models import EventsBackend
from sandbox.__main__ import main

del EventsBackend.put_rule
sys.exit(main(["--port", "0", "--data-plane-port", "0", "--state-dir", {str(tmp_path)!r}]))
"""
    ended = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True)

    assert (ended.returncode, ended.stdout, ended.stderr) == (
        1,
        "",
        "sandbox: the installed moto does not fit the patches in sandbox/aws: "
        "it has no moto.events.models.EventsBackend.put_rule, which is replaced\n",
    )
