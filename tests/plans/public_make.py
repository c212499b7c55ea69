"""Makes the plans of other people's stacks: `python -m tests.plans.public_make [GROUP/STACK…]`, or all of them.

Each folder of a group has a stack, `main.tf`, and what people do to it, `changes.yaml`: a list of {name, edits,
outside}. The stack is applied once, in a sandbox; each change is an edit of its files, and a plan. `edits` are {old,
new, file}: `old` is there once, `file` is `main.tf` if it is not named. `outside` are commands of the AWS CLI that are
run before the plan, as a release or a person at the console would; `{output}` in them is the stack's output of that
name. What they did stays for the changes that follow.

The group `held-out` was labelled before its review was seen, and no rule is tuned to it.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.launch import Sandbox
from tests.plans import recorded

GROUPS = {"public": Path(__file__).parent / "public", "held-out": Path(__file__).parent / "held_out"}
AWS_CLI = str(Path(sys.executable).with_name("aws"))
TIME_SCALE = 20
# What differs from run to run, and matters to nobody.
_SCRUBBED = {
    re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"): "2026-01-01T00:00:00Z",
    re.compile(r"127\.0\.0\.1:\d+"): "127.0.0.1:4566",
}


def sources() -> dict[str, Path]:
    """The folder of each stack, by GROUP/STACK."""
    return {f"{group}/{file.parent.name}": file.parent for group in GROUPS for file in GROUPS[group].glob("*/main.tf")}


class Stack:
    """One stack, in a folder of its own, with its state next to it."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._source = sources()[name]
        self._folder = folder / name
        # Stacks that run the AWS CLI themselves find it.
        self._environment = {**environment, "PATH": f"{Path(AWS_CLI).parent}:{environment['PATH']}"}

    def apply(self) -> None:
        shutil.copytree(self._source, self._folder)
        self._terraform("init", "-input=false")
        self._terraform("apply", "-input=false", "-auto-approve")
        # What AWS fills in is read back, so that it is no drift in the plans.
        self._terraform("apply", "-input=false", "-auto-approve", "-refresh-only")

    def changes(self) -> list[dict[str, Any]]:
        return list(yaml.safe_load((self._source / "changes.yaml").read_text()))

    def plan(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """What `terraform show -json` says of the plan of a change; the files are as before afterwards."""
        for command in change.get("outside", ()):
            self._outside(command)
        edited = {file: file.read_text() for file in self._folder.rglob("*.tf")}
        for edit in change.get("edits", ()):
            file = self._folder / edit.get("file", "main.tf")
            text = file.read_text()
            assert text.count(edit["old"]) == 1, f"{self.name}/{change['name']}: {edit['old']!r} is not there once"
            file.write_text(text.replace(edit["old"], edit["new"]))
        try:
            self._terraform("get")
            self._terraform("plan", "-input=false", "-out=plan")
            shown = self._run("terraform", "show", "-json", "plan")
            for pattern, constant in _SCRUBBED.items():
                shown = pattern.sub(constant, shown)
            return dict(json.loads(shown))
        finally:
            for file, text in edited.items():
                file.write_text(text)

    def _outside(self, command: str) -> None:
        outputs = json.loads(self._terraform("output", "-json"))
        for name, output in outputs.items():
            command = command.replace(f"{{{name}}}", str(output["value"]))
        self._run(AWS_CLI, *command.split())

    def _terraform(self, *arguments: str) -> str:
        return self._run("terraform", *arguments, "-no-color")

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            arguments, cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{self.name}: {' '.join(arguments)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done.stdout


def make(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder) / "sandbox", time_scale=TIME_SCALE) as sandbox:
        for name in names:
            stack = Stack(name, Path(folder), sandbox.environment)
            stack.apply()
            for change in stack.changes():
                recorded.save(f"{name}/{change['name']}", stack.plan(change))
                print(f"{name}/{change['name']}", flush=True)


if __name__ == "__main__":
    make(sys.argv[1:] or sorted(sources()))
