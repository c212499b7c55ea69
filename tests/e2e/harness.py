"""Runs the README's commands against a sandbox, and waits for what they lead to."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.clients import local_client
from sandbox.launch import Sandbox
from tests.e2e.roles import Roles

ROOT = Path(__file__).parent.parent.parent
IMAGE = ROOT / "image" / "target" / "release" / "image"
AWS_CLI = str(Path(sys.executable).with_name("aws"))
STATE_BUCKET = "greenlight-state-123456789012-us-east-1"
ROLES = {"bootstrap": None, "guard": "apply", "review": "plan"}
"""Who runs the release CLI's commands, other than the role to release."""

LOCK = {"Bucket": STATE_BUCKET, "Key": "sandbox/terraform.tfstate.tflock"}


def poll(what: str, found: Callable[[], Any], seconds: float = 90) -> Any:
    """What `found` answers, asked until it is something."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.2)
    return answer


class Command:
    """A command under way, in a process group of its own, with what it has printed so far."""

    def __init__(self, arguments: list[str], environment: dict[str, str], folder: Path) -> None:
        self.process = subprocess.Popen(
            arguments,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # Where the tests themselves run in a shell's background, Ctrl-C would be ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.output = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line)

    def interrupt(self) -> None:
        """Ctrl-C, as the terminal sends it: to the command and whatever it started."""
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self, seconds: float = 300) -> int:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        self._reader.join(10)
        return code

    def succeed(self) -> str:
        code = self.wait()
        assert code == 0, self.output[-8000:]
        return self.output


def synthesizing(settings: Path) -> str:
    """The command that synthesizes a folder of settings."""
    return f"""{sys.executable} -c 'import main, pathlib, sys; sys.exit(main.main(pathlib.Path("{settings}")))'"""


class Stack:
    """The sandbox, and the README's commands against it and one of its environments, each under the role for it."""

    def __init__(self, sandbox: Sandbox, folder: Path, name: str = "sandbox", *, roles: Roles | None = None) -> None:
        """Without the account's roles the administrator runs all of it, and there is no account's stack."""
        self.sandbox = sandbox
        self.name = name
        self.roles = roles
        self._folder = folder
        self.output_folder = folder / "cdktf.out"
        self.stack_folder = self.output_folder / "stacks" / name

    def environment(self, role: str | None) -> dict[str, str]:
        """The variables of a command under one of the account's roles; without one, of its administrator's."""
        return self.sandbox.environment | (self.roles.variables(role) if self.roles and role else {})

    def run(self, *arguments: str, role: str | None = None, folder: Path = ROOT) -> Command:
        return Command(list(arguments), self.environment(role) | {"CI": "1"}, folder)

    def cdktf(self, verb: str, output: Path | None = None) -> Command:
        """Of the repository's settings, beside which the account's are."""
        options = ["--skip-provider-lock"] if verb == "deploy" and not self.sandbox.mirror.reaches_registry else []
        options += ["--app", synthesizing(self._settings()), "--output", str(output or self.output_folder)]
        return self.run("npx", "cdktf", verb, "sandbox", "--auto-approve", *options, role="apply")

    def _settings(self) -> Path:
        folder = self._folder / "settings"
        folder.mkdir(exist_ok=True)
        (folder / "sandbox.yaml").write_text((ROOT / "environments" / "sandbox.yaml").read_text())
        if self.roles:
            self.roles.write_settings(folder)
        return folder

    def greenlight(self, *arguments: str) -> Command:
        return self.run(sys.executable, "-m", "greenlight", *arguments, role=ROLES.get(arguments[0], "release"))

    def push(self, tag: str, binary: Path, *options: str, repository: str = "api") -> None:
        self.pushing(f"{repository}:{tag}", binary, *options).succeed()

    def pushing(self, name: str, binary: Path, *options: str) -> Command:
        """Under way."""
        return self.run(sys.executable, "-m", "sandbox", "push", name, "--binary", str(binary), *options)

    def aws(self, *arguments: str) -> Any:
        """What the AWS CLI answers the administrator, read."""
        said = self.run(AWS_CLI, *arguments, "--output", "json").succeed()
        return json.loads(said) if said.strip() else None

    def terraform(self, *arguments: str, role: str | None = "apply") -> Command:
        return self.run("terraform", *arguments, "-no-color", role=role, folder=self.stack_folder)

    def assert_plan_is_empty(self) -> None:
        plan = self.terraform("plan", "-detailed-exitcode", "-input=false")
        assert plan.wait() == 0, plan.output

    def change(self, kind: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Applies a change of the one resource of this kind.

        As an edit of the environment's YAML and a deploy would, but in the synthesized stack: the YAML is the user's.
        """
        file = self.stack_folder / "cdk.tf.json"
        config = json.loads(file.read_text())
        (resource,) = config["resource"][kind].values()
        change(resource)
        file.write_text(json.dumps(config))
        self.terraform("apply", "-auto-approve", "-input=false").succeed()

    def terminate_terraform(self) -> None:
        """SIGTERM to the Terraform that a cdktf command runs in the stack's folder."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().split(b"\0")
                if command[0].endswith(b"terraform") and (folder / "cwd").readlink() == self.stack_folder:
                    os.kill(int(folder.name), signal.SIGTERM)
            except OSError:
                continue  # gone since

    def client(self, service: str) -> Any:
        facts = self.sandbox.facts
        return local_client(service, facts["region"], facts["endpoint_url"])

    def manifest(self, service: str = "api") -> dict[str, Any]:
        value = self.client("ssm").get_parameter(Name=f"/greenlight/{self.name}/{service}")["Parameter"]["Value"]
        return dict(json.loads(value))

    def in_flight(self) -> list[str]:
        names = {"applicationName": "sandbox-api", "deploymentGroupName": "sandbox-api"}
        found = self.client("codedeploy").list_deployments(**names, includeOnlyStatuses=["InProgress"])
        return list(found["deployments"])

    def prod_weights(self) -> dict[str, int]:
        """The production listener's own word: target group -> its share."""
        balancer = self.manifest()["load_balancer"]
        (listener,) = self.client("elbv2").describe_listeners(ListenerArns=[balancer["prod_listener"]])["Listeners"]
        groups = listener["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]
        names = {balancer[color]["arn"]: balancer[color]["name"] for color in ("blue", "green")}
        return {names[group["TargetGroupArn"]]: int(group.get("Weight", 1)) for group in groups}


class Environment(Stack):
    """An environment whose settings are a test's own: synthesized as cdktf does it, and applied by Terraform.

    ``code`` is the checkout that it is synthesized from.
    """

    code = ROOT

    def synth(self, settings: str, beside: Mapping[str, str] | None = None) -> None:
        """``beside`` has the settings of other files in the folder."""
        folder = self._folder / "environments"
        folder.mkdir(exist_ok=True)
        for name, text in {**(beside or {}), self.name: settings}.items():
            (folder / f"{name}.yaml").write_text(text)
        if self.roles:
            self.roles.write_settings(folder)
        environment = self.sandbox.environment | {"CDKTF_OUTDIR": str(self.output_folder)}
        Command(shlex.split(synthesizing(folder)), environment, self.code).succeed()

    def apply(self, settings: str, beside: Mapping[str, str] | None = None) -> Command:
        """Under way."""
        self.synth(settings, beside)
        self.terraform("init", "-input=false").succeed()
        return self.terraform("apply", "-auto-approve", "-input=false")

    def plan(self, settings: str) -> Command:
        """Under way; exit code 0 for an empty plan, 2 for changes, 1 for a plan that is refused."""
        self.synth(settings)
        return self.terraform("plan", "-detailed-exitcode", "-input=false")

    def replaced(self, plan: Path) -> list[str]:
        """The addresses of what a plan file would destroy, whether or not it is made again."""
        shown = json.loads(self.terraform("show", "-json", str(plan)).succeed())
        return [item["address"] for item in shown["resource_changes"] if "delete" in item["change"]["actions"]]

    def destroy(self) -> None:
        self.terraform("destroy", "-auto-approve", "-input=false").succeed()
