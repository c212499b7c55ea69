"""From CreateDeployment to all of the traffic, and what that is made of: the article's settings next to `dev`'s."""

from datetime import datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from sandbox import story
from sandbox.bench.stack import Stack, poll, settings
from sandbox.launch import Sandbox
from sandbox.story import Screen

ENVIRONMENTS = {"article": ("sample-cluster", "rust-blue-green"), "dev": ("dev", "api")}
"""Settings -> the environment's name and its service."""

CREATED, RELEASED = {"article": "print-green", "dev": "v1"}, "v2"


def measure(screen: Screen, folder: Path) -> None:
    """Deploys both, releases both at the same time, and prints the times that GetDeploymentTarget gives."""
    with Sandbox(folder) as sandbox:
        stack = Stack(sandbox)
        story.bootstrap(screen, sandbox)
        for name, repository in (("article", "rust-blue-green"), ("dev", "api")):
            for tag in (CREATED[name], RELEASED):
                story.push(sandbox, f"{repository}:{tag}", "--env", f"RELEASE={tag}")
        with screen.step("Deploy (cdktf deploy article dev)"):
            stack.cdktf_deploy(**{name: settings(name) for name in ENVIRONMENTS})
        with screen.step("Release both"):
            manifests = [stack.manifest(*target) for target in ENVIRONMENTS.values()]
            poll("the first tasks are healthy", lambda: [len(stack.healthy(one)) for one in manifests] == [1, 1])
            begun = {
                name: stack.greenlight_begun(
                    "deploy", environment, "--image", f":{RELEASED}", "--until", "traffic", expected=0
                )
                for name, (environment, _) in ENVIRONMENTS.items()
            }
            results = {name: future.result()["deployment"] for name, future in begun.items()}
        intervals = [stack.health_check_seconds(manifest) for manifest in manifests]
    shown = table(results)
    shown.add_row("until a first health check", *(f"up to {seconds}" for seconds in intervals))
    screen.console.print(
        "From CreateDeployment to all of the traffic, in AWS's seconds. On AWS tasks start later, and wait for their "
        "first health check:"
    )
    screen.console.print(shown)


def table(deployments: dict[str, dict[str, Any]]) -> Table:
    """One column for each deployment, one row for each lifecycle event and for the time between them."""
    shown = Table("", box=None, pad_edge=False)
    for name in deployments:
        shown.add_column(name, justify="right")
    found = {name: parts(deployment) for name, deployment in deployments.items()}
    for part in next(iter(found.values())):
        shown.add_row(part, *(f"{seconds[part]:.1f}" for seconds in found.values()))
    return shown


def parts(deployment: dict[str, Any]) -> dict[str, float]:
    """Seconds of each lifecycle event up to AllowTraffic's end, of what lies between them, and of all of it."""
    created = datetime.fromisoformat(deployment["created"])
    seconds: dict[str, float] = {}
    for event in deployment["events"]:
        if event["started"] is None:  # skipped: it has no function
            continue
        begun, ended = (datetime.fromisoformat(event[key]) for key in ("started", "ended"))
        seconds[event["name"]] = (ended - begun).total_seconds()
        if event["name"] == "AllowTraffic":
            break
    total = (ended - created).total_seconds()
    return {**seconds, "between them": total - sum(seconds.values()), "all": total}
