"""The workflows' own shell steps, run here: what a pull request plans is what is applied, and nothing else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.e2e.harness import ROOT, Stack

# Of GitHub's runners. Nothing else here needs them.
pytestmark = pytest.mark.skipif(not (shutil.which("gpg") and shutil.which("jq")), reason="needs gpg and jq")

GH = """\
#!/usr/bin/env bash
# GitHub's CLI, from files.
case "$*" in
  *"--input comment.json"*) cp comment.json "$GITHUB_FILES/posted.json"; echo "$4" >> "$GITHUB_FILES/requests" ;;
  *"/comments --jq"*) cat "$GITHUB_FILES/comment" 2> /dev/null || true ;;
  *"/git/commits/$GITHUB_SHA "*) cat "$GITHUB_FILES/tree" ;;
  "run download 7 --name plans") cp "$GITHUB_FILES/plans.gpg" . ;;
  *) echo "unexpected: gh $*" >&2; exit 1 ;;
esac
"""


class Runner:
    """A job's steps, by their names, in a folder of their own."""

    def __init__(self, stack: Stack, folder: Path, workflow: str, job: str) -> None:
        document = yaml.safe_load((ROOT / "docs" / "workflows" / workflow).read_text())
        self.steps = {step["name"]: step for step in document["jobs"][job]["steps"] if "run" in step and "name" in step}
        self.folder, self.files = folder, folder.parent / "github"
        for made in (self.folder, self.files, folder.parent / "bin"):
            made.mkdir(exist_ok=True)
        (self.files / "tree").write_text("0123abcd\n")
        gh, greenlight = (folder.parent / "bin" / name for name in ("gh", "greenlight"))
        gh.write_text(GH)
        greenlight.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m greenlight "$@"\n')
        gh.chmod(0o755)
        greenlight.chmod(0o755)
        if not (self.folder / "tools").exists():
            (self.folder / "tools").symlink_to(ROOT / "tools")
        self.environment = stack.environment(job) | {
            "PATH": f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "GNUPGHOME": str(self.files),
            "GITHUB_FILES": str(self.files),
            "GITHUB_OUTPUT": str(self.files / "output"),
            "GITHUB_STEP_SUMMARY": str(self.files / "summary"),
            "GITHUB_REPOSITORY": "octo-org/octo-repo",
            "GITHUB_SHA": "c0ffee",
            "PULL_REQUEST": "5",
            "PLAN_KEY": "a key of a test",
            "RUN": "7",
            "STACKS": stack.name,
        }
        self.files.chmod(0o700)

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        # As `shell: bash` does.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self.steps[name]["run"]]
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)

    def succeed(self, *names: str) -> str:
        said = ""
        for name in names:
            done = self.run(name)
            assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
            said += done.stdout + done.stderr
        return said


@pytest.fixture(scope="module")
def planned(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A pull request that tags the cluster."""
    folder = tmp_path_factory.mktemp("pull_request")
    runner = Runner(stack, folder / "plan", "plan.yml", "plan")
    source, target = stack.stack_folder, runner.folder / "synthesized" / stack.name
    target.mkdir(parents=True)
    shutil.copytree(source / "assets", target / "assets")
    config = json.loads((source / "cdk.tf.json").read_text())
    (cluster,) = config["resource"]["aws_ecs_cluster"].values()
    cluster["tags"] = {"reviewed": "yes"}
    (target / "cdk.tf.json").write_text(json.dumps(config))
    said = runner.succeed("Take what a plan needs, if it runs no program", "Plan", "Review")
    assert said == "", "the log of a plan is for errors"
    runner.succeed("Encrypt")
    return runner


@pytest.fixture
def applying(stack: Stack, planned: Runner, tmp_path: Path) -> Runner:
    runner = Runner(stack, tmp_path / "apply", "apply.yml", "apply")
    shutil.copy(planned.folder / "plans.gpg", runner.files)
    return runner


def test_the_comment_is_posted_as_it_was_rendered(planned: Runner) -> None:
    posted = json.loads((planned.files / "posted.json").read_text())

    assert posted == {"body": (planned.folder / "comment.md").read_text()}
    assert (planned.files / "requests").read_text().splitlines() == ["repos/octo-org/octo-repo/issues/5/comments"]


def test_the_comment_is_updated_in_place(planned: Runner) -> None:
    body = (planned.folder / "comment.md").read_text()
    (planned.files / "comment").write_text(json.dumps({"id": 42, "body": body}) + "\n")

    # The plan's JSON is not kept: another plan of the same.
    planned.succeed("Plan", "Review")

    assert (planned.files / "requests").read_text().splitlines()[-1] == "repos/octo-org/octo-repo/issues/comments/42"


def test_plans_are_kept_encrypted_and_without_their_values(planned: Runner) -> None:
    assert b"aws_ecs_cluster" not in (planned.folder / "plans.gpg").read_bytes()
    assert (planned.files / "output").read_text().splitlines()[-1] == "changes=true"


def test_another_key_does_not_open_them(applying: Runner) -> None:
    applying.environment["PLAN_KEY"] = "another key"

    assert applying.run("Get the reviewed plans").returncode != 0
    assert not (applying.folder / "plans").exists()


def test_what_was_merged_has_to_be_what_was_planned(applying: Runner) -> None:
    (applying.files / "tree").write_text("9999ffff\n")

    refused = applying.run("Get the reviewed plans")

    assert refused.returncode == 1
    assert "what was merged is not what was planned" in refused.stdout


def test_another_plan_of_the_same_is_not_applied(applying: Runner, stack: Stack) -> None:
    applying.succeed("Get the reviewed plans")
    folder = applying.folder / "plans" / stack.name
    for arguments in (["init", "-input=false"], ["plan", "-input=false", "-out=tfplan"]):
        command = ["terraform", f"-chdir={folder}", *arguments]
        subprocess.run(command, env=applying.environment, check=True, capture_output=True)

    refused = applying.run("Guard")

    assert refused.returncode == 2, refused.stdout + refused.stderr


def test_the_reviewed_plan_is_applied_and_tells_no_value(applying: Runner, stack: Stack) -> None:
    applying.succeed("Get the reviewed plans", "Guard")
    said = applying.succeed("Apply")

    (cluster,) = stack.client("ecs").describe_clusters(clusters=["sandbox"], include=["TAGS"])["clusters"]
    assert said == "Applied sandbox.\n"
    assert {tag["key"]: tag["value"] for tag in cluster["tags"]}["reviewed"] == "yes"
    assert applying.run("Apply").returncode != 0, "a plan can be applied once"
    stack.terraform("apply", "-auto-approve", "-input=false").succeed()
