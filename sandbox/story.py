"""What the stories share: a screen with a line for each step, the commands of the README, each with its log.

A story runs against a sandbox of its own, and stops at the first step that fails.
"""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from sandbox import leftovers, terraform
from sandbox.launch import Sandbox, SandboxError, processes_of

PYTHON = (sys.executable, "-m")
GREENLIGHT = (*PYTHON, "greenlight")
TIME_SCALE = 10
HEALTHY_SECONDS = 60
_IMAGE = Path("image/target/release/image")


class StoryError(Exception):
    """A step failed. The message has the cause, and where the logs are."""


class Screen:
    """One line a step: what, how it ended, how long it took. On a terminal the current step shows its progress."""

    def __init__(self, *, record: bool = False) -> None:
        self.console = Console(highlight=False, soft_wrap=True, record=record)

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Yields what to call with a word on the progress."""
        begin = time.monotonic()
        if not self.console.is_terminal:  # whoever reads a log sees what is going on, too
            self.console.print(f"  {title:<56}", end="")
        with self.console.status(title) as status:
            yield lambda progress: status.update(f"{title}  [dim]{progress}[/]")
        shown = f"  {title:<56}" if self.console.is_terminal else ""
        self.console.print(f"{shown}{time.monotonic() - begin:6.1f} s")

    def say(self, text: str) -> None:
        self.console.print(f"    {text}")

    def quote(self, lines: list[str]) -> None:
        """What a command printed."""
        for line in lines:
            self.say(f"[dim]{escape(line)}[/]")


def tell(screen: Screen, title: str, state_dir: Path, story: Callable[[Screen, Sandbox], None]) -> int:
    """Tells a story with a sandbox that comes up before it and goes after it. Returns the exit code."""
    begin = time.monotonic()
    screen.console.print(f"\n{title}\n", style="bold")
    try:
        _with_sandbox(screen, state_dir, story)
    except (StoryError, SandboxError, terraform.NoProviderError) as error:
        screen.console.print(f"\nIt failed: {error}", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        screen.console.print("\nStopped; nothing is left running.")
        return 130
    screen.console.print(f"\nAll of it in {time.monotonic() - begin:.0f} s, and nothing of it is left.")
    return 0


def _with_sandbox(screen: Screen, state_dir: Path, story: Callable[[Screen, Sandbox], None]) -> None:
    sandbox = Sandbox(state_dir, time_scale=TIME_SCALE)
    try:
        with screen.step("Start the sandbox"):
            sandbox.start()
        screen.say(
            f"AWS APIs at {sandbox.facts['endpoint_url']}, where AWS's own waits are {TIME_SCALE} times as short"
        )
        screen.say(f"Terraform's AWS provider from {sandbox.mirror.source}")
        story(screen, sandbox)
    finally:
        sandbox.stop()
    with screen.step("Check that no process is left"):
        refuse(processes_of(sandbox.facts), "these processes outlived the sandbox")


def bootstrap(screen: Screen, sandbox: Sandbox) -> None:
    with screen.step("Make the state bucket (greenlight bootstrap)"):
        run(sandbox, "bootstrap", [*GREENLIGHT, "bootstrap"])


def push(sandbox: Sandbox, name: str, *options: str, binary: Path = _IMAGE) -> None:
    run(sandbox, "push", [*PYTHON, "sandbox", "push", name, "--binary", str(binary), *options])


def deploy(screen: Screen, sandbox: Sandbox) -> str:
    """Makes the environment, with Green live. Returns the API's URL."""
    with screen.step("Deploy (cdktf deploy sandbox)") as progress:
        deployed = _cdktf(sandbox, "deploy", progress)
        file = sandbox.state_dir / "api_url"
        run(sandbox, "output", ["terraform", "output", "-raw", "api_url"], cwd=stack_folder(sandbox), to=file)
        url = file.read_text().strip()
    screen.say(f"{deployed} resources; of that, about a minute is the provider's own wait for the load balancer")
    with screen.step("Wait for the first healthy task"):
        answer(sandbox, f"{url}/one", "Green")
    return url


def destroy(screen: Screen, sandbox: Sandbox) -> None:
    with screen.step("Destroy (cdktf destroy sandbox)") as progress:
        _cdktf(sandbox, "destroy", progress)
    with screen.step("Check that nothing is left in the account"):
        refuse(leftovers.find(sandbox.facts["endpoint_url"]), "destroy left these behind")


def plan_is_empty(screen: Screen, sandbox: Sandbox, folder: Path) -> None:
    with screen.step("Plan again: nothing to change (terraform plan)"):
        run(sandbox, "plan", ["terraform", "plan", "-detailed-exitcode", "-no-color", "-input=false"], cwd=folder)


def stack_folder(sandbox: Sandbox) -> Path:
    return sandbox.state_dir / "cdktf.out" / "stacks" / "sandbox"


def run(
    sandbox: Sandbox,
    name: str,
    command: list[str],
    *,
    cwd: Path | None = None,
    expected: int = 0,
    variables: dict[str, str] | None = None,
    to: Path | None = None,
) -> list[str]:
    """Returns the lines that the command printed, which are also in its log.

    With `to` that file gets its standard output instead. Raises StoryError at another exit code than `expected`.
    """
    log = sandbox.state_dir / f"{name}.log"
    environment = sandbox.environment | (variables or {})
    with log.open("w") as output, to.open("w") if to else nullcontext(output) as printed:
        code = subprocess.run(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=output
        ).returncode
    if code != expected:
        raise StoryError(failure(command, code, log))
    return [line for line in log.read_text(errors="replace").splitlines() if line.strip()]


def _cdktf(sandbox: Sandbox, verb: str, progress: Callable[[str], None]) -> int:
    """Runs `cdktf deploy` or `destroy` and follows its output. Returns how many resources it went through."""
    output = sandbox.state_dir / "cdktf.out"
    command = ["npx", "cdktf", verb, "sandbox", "--auto-approve", "--output", os.path.relpath(output)]
    if verb == "deploy" and not sandbox.mirror.reaches_registry:
        command.append("--skip-provider-lock")
    log = sandbox.state_dir / f"{verb}.log"
    done, total = 0, "?"
    with (
        log.open("w") as kept,
        subprocess.Popen(
            command,
            # CI: without its spinner, which would be most of the log
            env=sandbox.environment | {"CI": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            kept.write(line)
            kept.flush()
            line = _plain(line)
            if planned := re.search(r"Plan: (\d+) to add, \d+ to change, (\d+) to destroy", line):
                total = str(max(map(int, planned.groups())))
            done += len(re.findall(r"(?:Creation|Destruction) complete", line))
            waiting = "aws_lb." in line and "Still creating" in line
            progress(f"{done} of {total}" + (", a minute for the load balancer" if waiting else ""))
    if process.returncode:
        raise StoryError(failure(command, process.returncode, log))
    return done


def answer(sandbox: Sandbox, url: str, release: str) -> object:
    """What the service answers, asked until its first task is healthy. Raises StoryError if it is another release."""
    deadline = time.monotonic() + HEALTHY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as response:
                said = json.load(response)
            break
        except urllib.error.HTTPError as error:
            if time.monotonic() > deadline:
                raise StoryError(
                    f"GET {url} still answers {error.code} after {HEALTHY_SECONDS} s; logs: {sandbox.state_dir / 'log'}"
                ) from error
            time.sleep(0.2)
        except OSError as error:
            raise StoryError(f"GET {url}: {error}; logs: {sandbox.state_dir / 'log'}") from error
    expected = {"key": f"route_one from {release}"}
    if said != expected:
        raise StoryError(f"GET {url} answered {said}, expected {expected}")
    return said


def refuse(found: list[str], what: str) -> None:
    if found:
        raise StoryError(f"{what}:\n" + "\n".join(f"  {item}" for item in found))


def failure(command: list[str], code: int, log: Path) -> str:
    plain = _plain(log.read_text(errors="replace"))
    end = "\n".join(line for line in plain.splitlines() if line.strip())[-3000:]
    return f"`{' '.join(command)}` ended with {code}:\n{end}\nThe whole log: {os.path.relpath(log)}"


def _plain(text: str) -> str:
    """Without the colours of a terminal."""
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
