"""Runs the README's commands against a sandbox, and waits for what they lead to."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.clients import local_client
from sandbox.launch import Sandbox

ROOT = Path(__file__).parent.parent.parent
IMAGE = ROOT / "image" / "target" / "release" / "image"
AWS_CLI = str(Path(sys.executable).with_name("aws"))
STATE_BUCKET = "greenlight-state-123456789012-us-east-1"
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


class Stack:
    """The sandbox, and the README's commands against it and one of its environments."""

    def __init__(self, sandbox: Sandbox, folder: Path, name: str = "sandbox") -> None:
        self.sandbox = sandbox
        self.name = name
        self._folder = folder
        self.output_folder = folder / "cdktf.out"
        self.stack_folder = self.output_folder / "stacks" / name

    def run(self, *arguments: str, folder: Path = ROOT) -> Command:
        return Command(list(arguments), self.sandbox.environment | {"CI": "1"}, folder)

    def cdktf(self, verb: str, output: Path | None = None) -> Command:
        options = ["--skip-provider-lock"] if verb == "deploy" and not self.sandbox.mirror.reaches_registry else []
        folder = str(output or self.output_folder)
        return self.run("npx", "cdktf", verb, "sandbox", "--auto-approve", "--output", folder, *options)

    def python(self, *arguments: str) -> Command:
        return self.run(sys.executable, "-m", *arguments)

    def greenlight(self, *arguments: str) -> Command:
        return self.python("greenlight", *arguments)

    def push(self, tag: str, binary: Path, *options: str) -> None:
        self.python("sandbox", "push", f"api:{tag}", "--binary", str(binary), *options).succeed()

    def aws(self, *arguments: str) -> Any:
        """What the AWS CLI answers, read."""
        said = self.run(AWS_CLI, *arguments, "--output", "json").succeed()
        return json.loads(said) if said.strip() else None

    def terraform(self, *arguments: str) -> Command:
        return self.run("terraform", *arguments, "-no-color", folder=self.stack_folder)

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

    def synth(self, settings: str) -> None:
        folder = self._folder / "environments"
        folder.mkdir(exist_ok=True)
        (folder / f"{self.name}.yaml").write_text(settings)
        code = f"import sys, pathlib, main; sys.exit(main.main(pathlib.Path({str(folder)!r})))"
        environment = self.sandbox.environment | {"CDKTF_OUTDIR": str(self.output_folder)}
        Command([sys.executable, "-c", code], environment, self.code).succeed()

    def apply(self, settings: str) -> Command:
        """Under way."""
        self.synth(settings)
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
