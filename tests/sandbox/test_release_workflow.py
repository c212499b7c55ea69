"""The shell steps of docs/workflows/release.yml, run here: what was pushed is released, by its digest."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sandbox.launch import Sandbox
from tests.sandbox.released_service import Service, answer
from tests.sandbox.running_stack import Clients, Stack, stack

__all__ = ["stack"]
# Of GitHub's runners. Nothing else here needs it.
pytestmark = pytest.mark.skipif(not shutil.which("jq"), reason="needs jq")

ROOT = Path(__file__).parents[2]
STEPS = {
    step["name"]: step
    for job in yaml.safe_load((ROOT / "docs" / "workflows" / "release.yml").read_text())["jobs"].values()
    for step in job["steps"]
    if "name" in step
}
DOCKER = """\
#!{python}
# Docker, as far as the workflow uses it: a login from stdin, a build that pushes, and a look into the registry.
import os, subprocess, sys
import boto3

words = sys.argv[1:]
with open(os.environ["ASKED"], "a") as file:
    print(*words[:3], file=file)
if words[:4] == ["login", "--username", "AWS", "--password-stdin"]:
    sys.exit(not sys.stdin.read().strip())
if words[:2] == ["buildx", "build"]:
    name = words[words.index("--tag") + 1].partition("/")[2]
    push = [sys.executable, "-m", "sandbox", "push", name, "--binary", os.environ["BINARY"], "--env", "NAME=built"]
    sys.exit(subprocess.run(push, cwd=os.environ["ROOT"]).returncode)
assert words[:3] == ["buildx", "imagetools", "inspect"], words
assert words[4:] == ["--format", "{{json .Manifest.Digest}}"], words
repository, _, tag = words[3].partition("/")[2].partition(":")
try:
    found = boto3.client("ecr").batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])["images"]
    print('"' + found[0]["imageId"]["imageDigest"] + '"')
except IndexError:
    sys.exit("ERROR: not found")
"""


@pytest.fixture
def service(client: Clients, stack: Stack) -> Service:
    made = Service(client, stack)
    made.hooked(VERDICT="Succeeded")
    made.publish()
    return made


class Runner:
    def __init__(self, sandbox: Sandbox, service: Service, folder: Path) -> None:
        self.folder, self.asked = folder, folder / "asked"
        tools = folder / "bin"
        tools.mkdir()
        greenlight = f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m greenlight "$@"\n'
        for name, script in (("docker", DOCKER.replace("{python}", sys.executable)), ("greenlight", greenlight)):
            (tools / name).write_text(script)
            (tools / name).chmod(0o755)
        (tools / "aws").symlink_to(Path(sys.executable).parent / "aws")
        name = service.stack.name
        self.environment = sandbox.environment | {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "ROOT": str(ROOT),
            "BINARY": str(service.stack.binary),
            "ASKED": str(self.asked),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_SHA": "c0ffee",
            "REPOSITORY": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{name}",
            "PLATFORM": "linux/arm64",
            "SERVICE": f"{name}/app",
        }

    def run(self, step: str) -> None:
        # As `shell: bash` does.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[step]["run"]]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"

    @property
    def digest(self) -> str:
        """What the job hands on."""
        name, _, value = (self.folder / "output").read_text().splitlines()[-1].partition("=")
        assert name == "digest"
        return value


@pytest.fixture
def runner(sandbox: Sandbox, service: Service, tmp_path: Path) -> Runner:
    return Runner(sandbox, service, tmp_path)


def test_what_is_pushed_is_released_by_its_digest_and_summed_up(runner: Runner, service: Service) -> None:
    runner.run("Push")
    runner.environment["DIGEST"] = runner.digest
    runner.run("Release")

    name = service.stack.name
    live = service.stack.described()["taskDefinition"]
    definition = service.client("ecs").describe_task_definition(taskDefinition=live)["taskDefinition"]
    image = f"{runner.environment['REPOSITORY']}@{runner.digest}"
    assert definition["containerDefinitions"][0]["image"] == image
    assert answer(service.url) == "built"
    lines = (runner.folder / "summary").read_text().splitlines()
    assert lines[0] == f"### {name}/app: {name}:2 has the traffic"
    assert f"| image | `{image}` |" in lines
    assert "| commit | `c0ffee` |" in lines
    assert f"| way back | `greenlight rollback {name}/app --region us-east-1` |" in lines


def test_a_second_run_of_a_commit_hands_on_what_the_first_one_pushed(runner: Runner) -> None:
    runner.run("Push")
    first = runner.digest
    runner.run("Push")

    assert runner.digest == first
    assert [line for line in runner.asked.read_text().splitlines() if line.startswith("buildx build")] == [
        "buildx build --platform"
    ]
    assert json.loads((runner.folder / "digest.json").read_text()) == first
