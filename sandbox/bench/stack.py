"""The environment that is measured, and the README's commands on it."""

import json
import shlex
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from sandbox import story
from sandbox.bench.phases import Shift
from sandbox.clients import local_client
from sandbox.launch import Sandbox

ROOT = Path(__file__).parent.parent.parent
SECONDS = 120
POLITE = ("nice", "-n", "19")
"""Whoever deploys is another machine in real life: what these commands compute must not slow down what is measured."""

Settings = dict[str, Any]


def settings(name: str) -> Settings:
    """Of `environments/`, for this machine's processor."""
    read = yaml.safe_load((ROOT / "environments" / f"{name}.yaml").read_text())
    return {**read, "architecture": "native"}


@dataclass(frozen=True)
class Task:
    address: str
    pid: int


class Stack:
    """Environments of a sandbox, by name."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._pool = ThreadPoolExecutor(2)
        self._runs = 0

    def client(self, service: str) -> Any:
        return local_client(service, self._sandbox.facts["region"], self._sandbox.facts["endpoint_url"])

    def cdktf_deploy(self, **environments: Settings) -> None:
        """Raises StoryError where it fails."""
        folder = self._sandbox.state_dir / "environments"
        folder.mkdir(exist_ok=True)
        for name, written in environments.items():
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(written))
        synth = f"import main, pathlib, sys; sys.exit(main.main(pathlib.Path({str(folder)!r})))"
        command = [*POLITE, "npx", "cdktf", "deploy", *environments, "--auto-approve"]
        command += ["--app", shlex.join([sys.executable, "-c", synth])]
        command += ["--output", str(self._sandbox.state_dir / "cdktf.out")]
        if not self._sandbox.mirror.reaches_registry:
            command.append("--skip-provider-lock")
        story.run(self._sandbox, self._log("cdktf"), command, cwd=ROOT, variables={"CI": "1"})

    def greenlight(self, *arguments: str, expected: int = 0) -> dict[str, Any]:
        """What it says as JSON."""
        name = self._log(arguments[0])
        said = self._sandbox.state_dir / f"{name}.json"
        command = [*POLITE, *story.GREENLIGHT, *arguments, "-o", "json"]
        story.run(self._sandbox, name, command, cwd=ROOT, expected=expected, to=said)
        return dict(json.loads(said.read_text()))

    def greenlight_begun(self, *arguments: str, expected: int) -> "Future[dict[str, Any]]":
        return self._pool.submit(lambda: self.greenlight(*arguments, expected=expected))

    def _log(self, name: str) -> str:
        self._runs += 1
        return f"{self._runs}-{name}"

    # Seen -------------------------------------------------------------------------------------------------------------

    def manifest(self, name: str, service: str) -> dict[str, Any]:
        value = self.client("ssm").get_parameter(Name=f"/greenlight/{name}/{service}")["Parameter"]["Value"]
        return dict(json.loads(value))

    def weights(self, manifest: dict[str, Any]) -> list[int]:
        """The production listener's shares, the smaller one first."""
        return sorted(self._shares(manifest).values())

    def healthy(self, manifest: dict[str, Any]) -> list[str]:
        """The addresses of both groups' healthy targets."""
        return [
            address for color in ("blue", "green") for address in self._healthy(manifest["load_balancer"][color]["arn"])
        ]

    def health_check_seconds(self, manifest: dict[str, Any]) -> int:
        """Between two checks of the green group's targets."""
        arn = manifest["load_balancer"]["green"]["arn"]
        (group,) = self.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
        return int(group["HealthCheckIntervalSeconds"])

    def task_in_production(self, manifest: dict[str, Any]) -> Task:
        """One that gets requests: the first of a service's tasks may be of the version that is just leaving."""
        groups = [arn for arn, weight in self._shares(manifest).items() if weight]
        addresses = {address for arn in groups for address in self._healthy(arn)}
        ecs, service = self.client("ecs"), {"cluster": manifest["cluster"]}
        arns = ecs.list_tasks(**service, serviceName=manifest["ecs_service"])["taskArns"]
        for task in ecs.describe_tasks(**service, tasks=arns)["tasks"]:
            details = {item["name"]: item["value"] for item in task["attachments"][0]["details"]}
            if details["privateIPv4Address"] in addresses:
                return Task(details["privateIPv4Address"], _process_of(task["taskArn"]))
        raise story.StoryError("production has no healthy task")

    def _shares(self, manifest: dict[str, Any]) -> dict[str, int]:
        """The production listener's weights by target group."""
        arn = manifest["load_balancer"]["prod_listener"]
        (listener,) = self.client("elbv2").describe_listeners(ListenerArns=[arn])["Listeners"]
        groups = listener["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]
        return {group["TargetGroupArn"]: int(group.get("Weight", 1)) for group in groups}

    def _healthy(self, group: str) -> list[str]:
        found = self.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [target["Target"]["Id"] for target in found if target["TargetHealth"]["State"] == "healthy"]


def _process_of(task_arn: str) -> int:
    """The process that has the task's metadata address among its variables."""
    task_id = task_arn.rsplit("/", 1)[1].encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if task_id in (folder / "environ").read_bytes():
                return int(folder.name)
        except OSError:
            continue  # gone since, or somebody else's
    raise story.StoryError(f"{task_arn} has no process")


def poll(what: str, found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not found():
        if time.monotonic() > deadline:
            raise story.StoryError(f"after {SECONDS} s still not: {what}")
        time.sleep(0.5)


def shift(result: dict[str, Any]) -> Shift:
    """Of what `greenlight deploy` or `rollback` said: when AllowTraffic was, by CodeDeploy's own word."""
    live, candidate = (result[key].rsplit("/", 1)[1] for key in ("replaces", "task_definition"))
    begun, over = _allow_traffic(result["deployment"])
    if result["exit_code"] == 0:
        return Shift(live=live, candidate=candidate, begun=begun, over=over, winner=candidate)
    _, back = _allow_traffic(result["rollback"])
    return Shift(live=live, candidate=candidate, begun=begun, over=back, winner=live)


def _allow_traffic(deployment: dict[str, Any] | None) -> tuple[float | None, float | None]:
    events = deployment["events"] if deployment else []
    times = [(event["started"], event["ended"]) for event in events if event["name"] == "AllowTraffic"]
    begun, over = times[0] if times else (None, None)
    return _monotonic(begun), _monotonic(over)


def _monotonic(moment: str | None) -> float | None:
    return None if moment is None else datetime.fromisoformat(moment).timestamp() - time.time() + time.monotonic()
