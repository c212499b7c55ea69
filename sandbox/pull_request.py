"""`make pull-request`: a change of settings from its pull request to its apply, on this machine, with the real tools.

The steps are those of docs/workflows/plan.yml and apply.yml. What guard is there for is tried as well: a plan that
nobody reviewed, a release under way, and one that came in between.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml
from rich.markup import escape

from sandbox import story
from sandbox.clients import local_client
from sandbox.launch import Sandbox
from sandbox.story import GREENLIGHT, Screen, StoryError

SETTINGS = Path("environments/sandbox.yaml")
MEMORY_MIB = 1024
OTHER_MEMORY_MIB = 2048
HEALTH_PATH = "/one"
_NEEDS_A_LOOK = 2
_REFUSED = 2
_BEGIN_SECONDS = 60


def main(screen: Screen) -> int:
    """Returns the exit code."""
    title = "A pull request on this machine: planned, reviewed, guarded and applied, with the real Terraform"
    return story.tell(screen, title, Path(".sandbox/pull-request"), _tell)


def changed(settings: str, memory: int) -> str:
    """The settings (YAML) as the pull request has them, `memory` in MiB."""
    document = yaml.safe_load(settings)
    service = document["services"]["api"]
    service["memory"] = memory
    service["target_groups"]["health_check"] = {"path": HEALTH_PATH}
    return str(yaml.safe_dump(document, sort_keys=False))


class PullRequest:
    """What the jobs of one run hand on: the synthesized stack, its plan and the review, in a folder of their own."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self._sandbox, self._name = sandbox, name
        self._folder = sandbox.state_dir / name
        shutil.rmtree(self._folder, ignore_errors=True)
        self.stack = self._folder / "plans" / "sandbox"
        self.json, self._file = self.stack / "plan.json", self.stack / "tfplan"
        self.review_json, self.comment = self._folder / "review.json", self._folder / "comment.md"

    def synth(self, memory: int) -> None:
        """The pull request's own code runs, and what it makes is checked before a plan takes it."""
        settings, output = self._folder / "environments", self._folder / "cdktf.out"
        settings.mkdir(parents=True)
        (settings / SETTINGS.name).write_text(changed(SETTINGS.read_text(), memory))
        code = f"import sys, pathlib, main; sys.exit(main.main(pathlib.Path({str(settings)!r})))"
        story.run(
            self._sandbox, self._log("synth"), [sys.executable, "-c", code], variables={"CDKTF_OUTDIR": str(output)}
        )
        made = output / "stacks" / "sandbox"
        check = [sys.executable, "tools/configuration.py", str(made / "cdk.tf.json")]
        story.run(self._sandbox, self._log("configuration"), check)
        self.stack.mkdir(parents=True)
        shutil.copy(made / "cdk.tf.json", self.stack)
        shutil.copytree(made / "assets", self.stack / "assets")

    def plan(self) -> None:
        self._terraform("init", "init")
        self._terraform("plan", "plan", "-lock=false", "-out=tfplan")
        self._show()
        shutil.rmtree(self.stack / ".terraform")  # the job ends: the lock file, the plan and the assets are kept

    def check_policy(self) -> str:
        """Returns checkov's counts."""
        said = story.run(self._sandbox, self._log("policy"), [sys.executable, "tools/policy.py", str(self.json)])
        return _line(said, "Passed checks: ")

    def review(self, previous: Path | None = None) -> list[str]:
        """Returns what it says on a terminal; the JSON is for guard, the comment for the pull request."""
        of_plan = [f"sandbox={self.json}", "--plan-file", f"sandbox={self._file}"]
        earlier = ["--previous", str(previous)] if previous else []
        self._greenlight("review-json", ["review", *of_plan, "-o", "json"], _NEEDS_A_LOOK, to=self.review_json)
        comment = ["review", *of_plan, "-o", "markdown", *earlier]
        self._greenlight("review-comment", comment, _NEEDS_A_LOOK, to=self.comment)
        return self._greenlight("review", ["review", *of_plan], _NEEDS_A_LOOK)

    @property
    def fingerprint(self) -> str:
        """As the review has it."""
        (reviewed,) = json.loads(self.review_json.read_text())["stacks"]
        return str(reviewed["fingerprint"])

    def guard(self, reviewed: Path, expected: int) -> list[str]:
        """Returns what it says of this plan and that review."""
        arguments = ["guard", str(self.json), "--reviewed", str(reviewed), "--plan-file", str(self._file)]
        return self._greenlight("guard", arguments, expected)

    def prepare_apply(self) -> None:
        """As a job of its own does, with the providers that planned."""
        self._terraform("apply-init", "init", "-lockfile=readonly")
        self._show()

    def apply(self) -> str:
        """That plan file, and no other. Returns Terraform's own count."""
        return _line(self._terraform("apply", "apply", "tfplan"), "Apply complete! ")

    def _show(self) -> None:
        command = ["terraform", "show", "-json", "tfplan"]
        story.run(self._sandbox, self._log("show"), command, cwd=self.stack, to=self.json)

    def _terraform(self, name: str, verb: str, *arguments: str) -> list[str]:
        command = ["terraform", verb, "-input=false", "-no-color", *arguments]
        return story.run(self._sandbox, self._log(name), command, cwd=self.stack)

    def _greenlight(self, name: str, arguments: list[str], expected: int, to: Path | None = None) -> list[str]:
        return story.run(self._sandbox, self._log(name), [*GREENLIGHT, *arguments], expected=expected, to=to)

    def _log(self, name: str) -> str:
        return f"{self._name}-{name}"


def _tell(screen: Screen, sandbox: Sandbox) -> None:
    story.bootstrap(screen, sandbox)
    with screen.step("Push images (print-green, print-blue)"):
        story.push(sandbox, "api:print-green", "--env", "RELEASE=Green")
        story.push(sandbox, "api:print-blue", "--env", "RELEASE=Blue")
    url = story.deploy(screen, sandbox)

    screen.say(f"The pull request: memory {MEMORY_MIB} MiB, health check GET {HEALTH_PATH}")
    first = _planned(screen, sandbox, "first", MEMORY_MIB)
    _check_policy(screen, first)
    _review(screen, first, first.review())
    _accepted(screen, first)
    _refusals(screen, sandbox, first)
    _answers_blue(screen, sandbox, url)

    screen.say("The same change, planned and reviewed again")
    second = _planned(screen, sandbox, "second", MEMORY_MIB)
    _check_policy(screen, second)
    said = second.review(previous=first.comment)
    _review(screen, second, [said[0], _line(said, "  note: Released since the last apply")])
    with screen.step("Begin the job that applies (terraform init, show)"):
        second.prepare_apply()
    _accepted(screen, second)
    with screen.step("Apply the reviewed plan file (terraform apply tfplan)"):
        applied = second.apply()
    screen.quote([applied])
    _answers_blue(screen, sandbox, url)
    story.plan_is_empty(screen, sandbox, second.stack)
    story.destroy(screen, sandbox)


def _answers_blue(screen: Screen, sandbox: Sandbox, url: str) -> None:
    screen.say(f"GET {url}/one  ->  {json.dumps(story.answer(sandbox, f'{url}/one', 'Blue'))}")


def _planned(screen: Screen, sandbox: Sandbox, name: str, memory: int) -> PullRequest:
    found = PullRequest(sandbox, name)
    with screen.step("Synthesize the changed settings (main.py)"):
        found.synth(memory)
    with screen.step("Plan (terraform init, plan, show)"):
        found.plan()
    return found


def _check_policy(screen: Screen, request: PullRequest) -> None:
    with screen.step("Check the plan's policy (make policy PLAN=plan.json)"):
        counts = request.check_policy()
    screen.quote([counts])


def _review(screen: Screen, reviewed: PullRequest, shown: list[str]) -> None:
    screen.say("greenlight review (exit code 2: a reviewer must look):")
    screen.quote(shown)
    screen.say(f"The comment: {escape(os.path.relpath(reviewed.comment))}; fingerprint {reviewed.fingerprint}")


def _accepted(screen: Screen, request: PullRequest) -> None:
    """Guard must say yes, and name the fingerprint of the review."""
    with screen.step("May it be applied? Yes (greenlight guard)"):
        said = request.guard(request.review_json, 0)
    screen.quote(said)
    named = re.fullmatch(r"the plan of sandbox may be applied: it is the reviewed one, (\w+)", said[0])
    if not named or not request.fingerprint.startswith(named[1]):
        raise StoryError(f"guard did not name the reviewed fingerprint {request.fingerprint}: {said[0]}")


def _refused(screen: Screen, title: str, request: PullRequest, reviewed: Path, reason: str) -> None:
    """Guard must say no with exit code 2, for a reason that the regular expression finds."""
    with screen.step(title):
        said = request.guard(reviewed, _REFUSED)
    screen.quote(said[:2])
    if said[0] != "do not apply this plan:" or not re.search(reason, said[1]):
        raise StoryError(f"guard refused for another reason than {reason!r}:\n" + "\n".join(said))


def _refusals(screen: Screen, sandbox: Sandbox, reviewed: PullRequest) -> None:
    """Another plan than the reviewed one, and the reviewed one during a release and after it."""
    screen.say(f"After the review somebody makes it memory {OTHER_MEMORY_MIB} MiB")
    other = _planned(screen, sandbox, "other", OTHER_MEMORY_MIB)
    unknown = "^  this plan, .*, is not among the reviewed ones: sandbox "
    _refused(screen, "Guard refuses it: nobody has reviewed it (exit code 2)", other, reviewed.review_json, unknown)
    deployment = _release(screen, sandbox, reviewed)
    moved = f"against sandbox-api:\\d+ on sandbox-api-blue, .* on sandbox-api-green since deployment {deployment}:"
    title = "Guard refuses the plan from before it (exit code 2)"
    _refused(screen, title, reviewed, reviewed.review_json, moved)


def _release(screen: Screen, sandbox: Sandbox, reviewed: PullRequest) -> str:
    """Releases Blue, with the refusal of an apply in its midst. Returns the deployment's id."""
    command = [*GREENLIGHT, "deploy", "sandbox", "--image", ":print-blue"]
    log = sandbox.state_dir / "deploy-blue.log"
    with log.open("w") as output:
        release = subprocess.Popen(
            command, env=sandbox.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        with screen.step("Begin to release Blue (greenlight deploy)"):
            deployment = _in_flight(sandbox, release, command, log)
        reason = f"^  deployment {deployment} of sandbox/sandbox-api is InProgress: "
        title = "Guard refuses while it is in flight (exit code 2)"
        _refused(screen, title, reviewed, reviewed.review_json, reason)
        with screen.step("Wait until Blue has the traffic, and Green is gone"):
            code = release.wait()
    finally:
        release.terminate()
        release.wait()
    if code:
        raise StoryError(story.failure(command, code, log))
    return deployment


def _in_flight(sandbox: Sandbox, release: subprocess.Popen[bytes], command: list[str], log: Path) -> str:
    """The deployment's id, as soon as CodeDeploy has it under way."""
    codedeploy = local_client("codedeploy", sandbox.facts["region"], sandbox.facts["endpoint_url"])
    group = {"applicationName": "sandbox-api", "deploymentGroupName": "sandbox-api"}
    deadline = time.monotonic() + _BEGIN_SECONDS
    while release.poll() is None and time.monotonic() < deadline:
        found: list[str] = codedeploy.list_deployments(**group, includeOnlyStatuses=["InProgress"])["deployments"]
        if found:
            return found[0]
        time.sleep(0.2)
    raise StoryError(f"no deployment is under way; {story.failure(command, release.poll() or 0, log)}")


def _line(said: list[str], beginning: str) -> str:
    """The first line that begins so. Raises StoryError where there is none."""
    found = next((line for line in said if line.startswith(beginning)), None)
    if found is None:
        raise StoryError(f"expected a line that begins with {beginning!r}, got:\n" + "\n".join(said))
    return found


if __name__ == "__main__":
    sys.exit(main(Screen()))
