"""`make demo`: the whole system comes up, answers and goes away, on this machine, with the real tools.

Nothing here is simulated for the show: it runs the commands of the README, and stops at the first that fails.
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
from contextlib import contextmanager
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from sandbox import leftovers, other_release, terraform
from sandbox.launch import Sandbox, SandboxError, processes_of
from sandbox.stream import RequestStream

STATE = Path(".sandbox/demo")
OUTPUT = STATE / "cdktf.out"
STACK = OUTPUT / "stacks" / "sandbox"
HEALTHY_SECONDS = 60
TIME_SCALE = 10


class DemoError(Exception):
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

    def counts(self, stream: RequestStream) -> None:
        """What the request stream saw."""
        table = Table("phase", "requests", "failed", "Green", "Blue", box=box.SIMPLE_HEAD, pad_edge=False)
        for phase, answers in stream.answers.items():
            if not answers:
                continue
            failed = sum(count for answer, count in answers.items() if answer.startswith("failed"))
            table.add_row(phase, *map(str, (answers.total(), failed, answers["Green"], answers["Blue"])))
        self.console.print(Padding(table, (0, 4)))


def main(screen: Screen) -> int:
    """Returns the exit code."""
    begin = time.monotonic()
    try:
        _tell(screen)
    except (DemoError, SandboxError, terraform.NoProviderError) as error:
        screen.console.print(f"\nThe demo failed: {error}", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        screen.console.print("\nStopped; nothing is left running.")
        return 130
    screen.console.print(f"\nAll of it in {time.monotonic() - begin:.0f} s, and nothing of it is left.")
    return 0


def _tell(screen: Screen) -> None:
    console = screen.console
    console.print("\nGreenlight on this machine: no AWS account, the real Terraform, the real binaries\n", style="bold")
    sandbox = Sandbox(STATE, time_scale=TIME_SCALE)
    try:
        with screen.step("Start the sandbox"):
            sandbox.start()
        _use(screen, sandbox)
    finally:
        sandbox.stop()
    with screen.step("Check that no process is left"):
        _refuse(processes_of(sandbox.facts), "these processes outlived the sandbox")


def _use(screen: Screen, sandbox: Sandbox) -> None:
    screen.say(f"AWS APIs at {sandbox.facts['endpoint_url']}, where AWS's own waits are {TIME_SCALE} times as short")
    screen.say(f"Terraform's AWS provider from {sandbox.mirror.source}")
    with screen.step("Make the state bucket (greenlight bootstrap)"):
        _run(sandbox, "bootstrap", [*_PYTHON, "greenlight", "bootstrap"])
    with screen.step("Push images (print-green, print-blue, print-broken)"):
        _push(sandbox, "api:print-green", _IMAGE, "--env", "RELEASE=Green")
        _push(sandbox, "api:print-blue", _IMAGE, "--env", "RELEASE=Blue")
        _push(sandbox, "api:print-broken", other_release.executable(STATE))
    with screen.step("Deploy (cdktf deploy sandbox)") as progress:
        deployed = _cdktf(sandbox, "deploy", progress)
        url = _output(sandbox, "api_url")
    screen.say(f"{deployed} resources; of that, about a minute is the provider's own wait for the load balancer")
    with screen.step("Wait for the first healthy task"):
        _answer(sandbox, f"{url}/one", "Green")
    with RequestStream(f"{url}/one") as stream:
        _release(screen, sandbox, f"{url}/one", stream)
    screen.counts(stream)
    if stream.failed:
        raise DemoError(f"requests failed: {stream.failed}")
    with screen.step("Plan again: nothing to change (terraform plan)"):
        _run(sandbox, "plan", ["terraform", "plan", "-detailed-exitcode", "-no-color", "-input=false"], cwd=STACK)
    with screen.step("Destroy (cdktf destroy sandbox)") as progress:
        _cdktf(sandbox, "destroy", progress)
    with screen.step("Check that nothing is left in the account"):
        _refuse(leftovers.find(sandbox.facts["endpoint_url"]), "destroy left these behind")


def _release(screen: Screen, sandbox: Sandbox, url: str, stream: RequestStream) -> None:
    """Blue goes through the hook, a bad release does not, and Green comes back; the stream goes on all the while."""
    stream.phase("Green is live")
    screen.say(f"GET {url}  ->  {json.dumps(_answer(sandbox, url, 'Green'))}")
    time.sleep(1)
    stream.phase("release of Blue")
    with screen.step("Release Blue (greenlight deploy --image :print-blue)"):
        _greenlight(sandbox, "deploy-blue", 0, "deploy", "sandbox", "--image", ":print-blue")
    stream.phase("Blue is live")
    screen.say(f"GET {url}  ->  {json.dumps(_answer(sandbox, url, 'Blue'))}")
    time.sleep(1)
    stream.phase("bad release")
    with screen.step("Try a bad release: the hook refuses it (exit code 3)"):
        said = _greenlight(sandbox, "deploy-broken", 3, "deploy", "sandbox", "--image", ":print-broken")
    for line in said[-_CAUSE_LINES:]:
        screen.say(f"[dim]{escape(line)}[/]")
    stream.phase("rollback")
    with screen.step("Go back to Green (greenlight rollback)"):
        _greenlight(sandbox, "rollback", 0, "rollback", "sandbox")
    stream.phase("Green again")
    screen.say(f"GET {url}  ->  {json.dumps(_answer(sandbox, url, 'Green'))}")
    time.sleep(1)


_CAUSE_LINES = 4
_IMAGE = Path("image/target/release/image")
_PYTHON = (sys.executable, "-m")


def _run(sandbox: Sandbox, name: str, command: list[str], cwd: Path | None = None, expected: int = 0) -> list[str]:
    """Returns the lines that the command printed, which are also in its log."""
    log = STATE.resolve() / f"{name}.log"
    with log.open("w") as output:
        code = subprocess.run(
            command, cwd=cwd, env=sandbox.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        ).returncode
    if code != expected:
        raise DemoError(_failure(command, code, log))
    return [line for line in log.read_text(errors="replace").splitlines() if line.strip()]


def _push(sandbox: Sandbox, name: str, binary: Path, *options: str) -> None:
    _run(sandbox, "push", [*_PYTHON, "sandbox", "push", name, "--binary", str(binary), *options])


def _greenlight(sandbox: Sandbox, name: str, expected: int, *arguments: str) -> list[str]:
    return _run(sandbox, name, [*_PYTHON, "greenlight", *arguments], expected=expected)


def _cdktf(sandbox: Sandbox, verb: str, progress: Callable[[str], None]) -> int:
    """Runs `cdktf deploy` or `destroy` and follows its output. Returns how many resources it went through."""
    command = ["npx", "cdktf", verb, "sandbox", "--auto-approve", "--output", str(OUTPUT)]
    if verb == "deploy" and not sandbox.mirror.reaches_registry:
        command.append("--skip-provider-lock")
    log = STATE.resolve() / f"{verb}.log"
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
        raise DemoError(_failure(command, process.returncode, log))
    return done


def _output(sandbox: Sandbox, name: str) -> str:
    shown = subprocess.run(
        ["terraform", "output", "-raw", name], cwd=STACK, env=sandbox.environment, capture_output=True, text=True
    )
    if shown.returncode:
        raise DemoError(f"terraform output {name}: {shown.stderr.strip()}")
    return shown.stdout.strip()


def _answer(sandbox: Sandbox, url: str, release: str) -> object:
    """What the service answers, asked until its first task is healthy. Raises DemoError if it is another release."""
    deadline = time.monotonic() + HEALTHY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as response:
                answer = json.load(response)
            break
        except urllib.error.HTTPError as error:
            if time.monotonic() > deadline:
                raise DemoError(
                    f"GET {url} still answers {error.code} after {HEALTHY_SECONDS} s; logs: {sandbox.state_dir / 'log'}"
                ) from error
            time.sleep(0.2)
        except OSError as error:
            raise DemoError(f"GET {url}: {error}; logs: {sandbox.state_dir / 'log'}") from error
    expected = {"key": f"route_one from {release}"}
    if answer != expected:
        raise DemoError(f"GET {url} answered {answer}, expected {expected}")
    return answer


def _refuse(found: list[str], what: str) -> None:
    if found:
        raise DemoError(f"{what}:\n" + "\n".join(f"  {item}" for item in found))


def _plain(text: str) -> str:
    """Without the colours of a terminal."""
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)


def _failure(command: list[str], code: int, log: Path) -> str:
    plain = _plain(log.read_text(errors="replace"))
    end = "\n".join(line for line in plain.splitlines() if line.strip())[-3000:]
    return f"`{' '.join(command)}` ended with {code}:\n{end}\nThe whole log: {os.path.relpath(log)}"


if __name__ == "__main__":
    sys.exit(main(Screen()))
