import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def command(folder: Path, name: str, printed: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{printed}'\n")
    file.chmod(0o755)


def prerequisites(folder: Path) -> subprocess.CompletedProcess[str]:
    """The check on a machine that has only the commands of `folder`."""
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "prerequisites.py")],
        env={"PATH": f"{folder}:/bin"} | {name: value for name, value in os.environ.items() if name == "HOME"},
        capture_output=True,
        text=True,
    )


def machine(folder: Path) -> None:
    for name, printed in (
        ("node", "v22.1.0"),
        ("npm", "10.0.0"),
        ("cargo", "cargo 1.95.0 (abc 2026-01-01)"),
        ("cc", "cc 12.2.0"),
        ("terraform", "Terraform v1.11.4"),
    ):
        command(folder, name, printed)


def test_a_machine_with_everything_is_told_nothing(tmp_path: Path) -> None:
    machine(tmp_path)
    told = prerequisites(tmp_path)

    assert (told.returncode, told.stderr) == (0, "")


def test_all_that_is_too_old_is_named_at_once_with_how_to_get_it(tmp_path: Path) -> None:
    machine(tmp_path)
    command(tmp_path, "node", "v18.20.0")
    command(tmp_path, "terraform", "Terraform v1.9.8")
    told = prerequisites(tmp_path)

    assert told.returncode == 1
    assert told.stderr.splitlines() == [
        "missing: node is 18.20.0, 20 or newer is needed. Node.js 20 or newer: https://nodejs.org, or your package "
        "manager's `nodejs`",
        "missing: terraform is 1.9.8, 1.10 or newer is needed. Terraform 1.10 or newer: "
        "https://developer.hashicorp.com/terraform/install",
    ]


def test_a_missing_command_is_named(tmp_path: Path) -> None:
    machine(tmp_path)
    (tmp_path / "cargo").unlink()

    assert prerequisites(tmp_path).stderr == (
        "missing: cargo was not found. A Rust toolchain 1.95 or newer: https://rustup.rs\n"
    )


def step(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    script = str(ROOT / "tools" / "step.py")
    return subprocess.run([sys.executable, script, "A step", *command], cwd=folder, capture_output=True, text=True)


def test_a_step_says_what_it_was_and_how_long_it_took_and_keeps_the_rest_in_a_log(tmp_path: Path) -> None:
    done = step(tmp_path, "sh", "-c", "echo much to say")

    begun, ended = done.stderr.splitlines()
    assert (done.returncode, done.stdout, begun) == (0, "", "  A step …")
    assert re.fullmatch(r"  A step +\d+\.\d s", ended)
    assert (tmp_path / ".sandbox" / "setup" / "a-step.log").read_text() == "much to say\n"


def test_a_failed_step_shows_the_end_of_its_log_and_where_it_is(tmp_path: Path) -> None:
    failed = step(tmp_path, "sh", "-c", "echo the cause; exit 3")

    assert failed.returncode == 3
    assert "FAILED: sh -c echo the cause; exit 3" in failed.stderr
    assert "    the cause\n  The whole log: .sandbox/setup/a-step.log\n" in failed.stderr


def test_what_steps_side_by_side_say_is_whole_lines(tmp_path: Path) -> None:
    script = str(ROOT / "tools" / "step.py")
    shown = subprocess.run(
        [
            "sh",
            "-c",
            '"$0" "$1" First sh -c "exit 1" & "$0" "$1" Second true & "$0" "$1" Third true; wait',
            sys.executable,
            script,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    said = [re.sub(r" +\d+\.\d s", "", line) for line in shown.stderr.splitlines()]
    assert sorted(said) == sorted(
        [
            *(f"  {title} …" for title in ("First", "Second", "Third")),
            "  First  FAILED: sh -c exit 1",
            "  The whole log: .sandbox/setup/first.log",
            "  Second",
            "  Third",
        ]
    )
