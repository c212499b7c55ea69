"""Names every missing prerequisite at once, with how to get it. Runs on any Python 3, before anything is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

PREREQUISITES: list[tuple[str, list[str], tuple[int, ...], str]] = [
    # command, what to ask it, least version, how to get it
    ("node", ["--version"], (20,), "Node.js 20 or newer: https://nodejs.org, or your package manager's `nodejs`"),
    ("npm", ["--version"], (8,), "npm comes with Node.js; some distributions package it apart, as `npm`"),
    ("cargo", ["--version"], (1, 95), "A Rust toolchain 1.95 or newer: https://rustup.rs"),
    ("cc", ["--version"], (), "A C compiler, which Rust links with: `gcc` or `build-essential`"),
    ("terraform", ["version"], (1, 10), "Terraform 1.10 or newer: https://developer.hashicorp.com/terraform/install"),
]


def main(only: list[str]) -> int:
    """`only` names the commands that matter now; none: all."""
    problems = []
    if sys.version_info < (3, 11):  # noqa: UP036 - it runs before anything is sure
        found = ".".join(map(str, sys.version_info[:3]))
        problems.append(f"python3 is {found}, 3.11 or newer is needed: say `make PYTHON=python3.12 …` if you have one")
    try:
        import ensurepip  # noqa: F401 - Debian packages it apart
    except ImportError:
        problems.append("python3 has no venv module: install your distribution's `python3-venv`")
    for command, question, least, remedy in PREREQUISITES:
        if only and command not in only:
            continue
        problem = _problem(command, question, least)
        if problem:
            problems.append(f"{command} {problem}. {remedy}")
    for problem in problems:
        print(f"missing: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _problem(command: str, question: list[str], least: tuple[int, ...]) -> str | None:
    if shutil.which(command) is None:
        return "was not found"
    answer = subprocess.run([command, *question], capture_output=True, text=True)
    found = re.search(r"(\d+)\.(\d+)(?:\.\d+)?", answer.stdout)
    if answer.returncode or not found:
        return f"does not tell its version: {(answer.stderr or answer.stdout).strip()[:200]}"
    if tuple(map(int, found.groups())) < least:
        return f"is {found[0]}, {'.'.join(map(str, least))} or newer is needed"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
