"""What a stream of requests sees of releases and deploys, and how long a release takes until all traffic is its own.

    .venv/bin/python -m sandbox.bench

Two sandboxes, one after the other: in the first AWS's waits are ten times as short, and the stream goes on from before
the first release until all is done; in the second AWS's seconds are real ones, and two environments are released once.
"""

import os
import platform
import shutil
import signal
import sys
import time
from pathlib import Path

from rich.table import Table

from sandbox import other_release, story
from sandbox.bench import durations, phases
from sandbox.bench.phases import Phase, Shift
from sandbox.bench.stack import Settings, Stack, poll, settings, shift
from sandbox.launch import Sandbox
from sandbox.story import Screen
from sandbox.stream import Answer, RequestStream

FOLDER = Path(".sandbox/bench")
RATE = 200
REQUESTS = 100_000
STEADY_SECONDS = 15
CANARY = "CodeDeployDefault.ECSCanary10Percent5Minutes"


class Run:
    """The stream, and what happens meanwhile: each `step` is a phase of its own, and a quiet one comes after it."""

    def __init__(self, screen: Screen, sandbox: Sandbox) -> None:
        self._screen = screen
        self._stack = Stack(sandbox)
        self._settings = settings("sandbox")
        self._phases: list[Phase] = []
        self._killed = 0.0

    def prepare(self, sandbox: Sandbox) -> None:
        story.bootstrap(self._screen, sandbox)
        story.push(sandbox, "api:print-green", "--env", "RELEASE=Green")
        story.push(sandbox, "api:print-blue", "--env", "RELEASE=Blue")
        story.push(sandbox, "api:print-broken", binary=other_release.executable(sandbox.state_dir))
        with self._screen.step("Deploy (cdktf deploy sandbox)"):
            self._stack.cdktf_deploy(sandbox=self._settings)
        self._manifest = self._stack.manifest("sandbox", "api")
        self._live = self._manifest["task_definition"].rsplit("/", 1)[1]
        with self._screen.step("Wait for two healthy tasks"):
            self._wait_for_tasks()

    def measure(self) -> RequestStream:
        with RequestStream(f"{self._manifest['urls']['api']}/one", RATE) as stream:
            self._quiet()
            self._release("a release", "deploy", "sandbox", "--image", ":print-blue")
            self._release(
                "a release that the hook refuses", "deploy", "sandbox", "--image", ":print-broken", expected=3
            )
            self._stop_in_mid_shift()
            self._release("a rollback", "rollback", "sandbox")
            self._deploy("cdktf deploy: more memory", services={"api": {"memory": 1024}})
            self._deploy("cdktf deploy: a tag", tags={"bench": "requests"})
            self._deploy("cdktf deploy: an alarm", services={"api": {"alarms": {"error_percent": 50}}})
            scaling = {"min": 2, "max": 4, "cpu_percent": 90}
            self._deploy("cdktf deploy: scaling", services={"api": {"scaling": scaling}})
            self._release("a release in steps", "deploy", "sandbox", "--image", ":print-blue", "--config", CANARY)
            while stream.sent < REQUESTS:
                self._release("another rollback", "rollback", "sandbox")
            self._kill()
        return stream

    # What happens -----------------------------------------------------------------------------------------------------

    def _release(self, name: str, *arguments: str, expected: int = 0) -> None:
        with self._screen.step(name):
            begin = time.monotonic()
            seen = shift(self._stack.greenlight(*arguments, expected=expected))
        self._live = seen.winner
        self._phases.append(Phase(name=name, begin=begin, shift=seen))
        self._quiet()

    def _stop_in_mid_shift(self) -> None:
        name = "a release stopped in mid-shift"
        with self._screen.step(name):
            begin = time.monotonic()
            deploy = self._stack.greenlight_begun(
                "deploy", "sandbox", "--image", ":print-green", "--config", CANARY, expected=3
            )
            poll("the candidate has a tenth", lambda: self._stack.weights(self._manifest) == [10, 90])
            self._stack.greenlight("stop", "sandbox")
            seen = shift(deploy.result())
        self._phases.append(Phase(name=name, begin=begin, shift=seen))
        self._quiet()

    def _deploy(self, name: str, **changes: Settings) -> None:
        with self._screen.step(name):
            self._phases.append(Phase(name=name, begin=time.monotonic(), shift=Shift.none(self._live)))
            self._settings = _merged(self._settings, changes)
            self._stack.cdktf_deploy(sandbox=self._settings)
        self._quiet()

    def _kill(self) -> None:
        name = "a task killed"
        with self._screen.step(name):
            victim = self._stack.task_in_production(self._manifest)
            self._killed = time.monotonic()
            os.kill(victim.pid, signal.SIGKILL)
            self._phases.append(Phase(name=name, begin=self._killed, shift=Shift.none(self._live)))
            poll("the task's target is gone", lambda: victim.address not in self._stack.healthy(self._manifest))
            self._wait_for_tasks()

    def _quiet(self) -> None:
        self._phases.append(Phase(name="quiet", begin=time.monotonic(), shift=Shift.none(self._live)))
        time.sleep(STEADY_SECONDS)

    def _wait_for_tasks(self) -> None:
        poll("two tasks are healthy", lambda: len(self._stack.healthy(self._manifest)) == 2)

    # What is shown ----------------------------------------------------------------------------------------------------

    def show(self, stream: RequestStream) -> bool:
        """Whether nothing failed before the task was killed, and no version answered before its time."""
        found = phases.rows(stream.log, self._phases)
        table = Table("phase", box=None, pad_edge=False)
        for column in ("sent", "failed", "wrong", "p50 ms", "p99 ms", "p99 to the phase before"):
            table.add_column(column, justify="right")
        before: float | None = None
        for row in found:
            ratio = "" if before is None else f"{row.p99 / before:.2f}"
            numbers = (row.sent, row.failed, row.wrong)
            table.add_row(row.name, *map(str, numbers), f"{row.p50 * 1000:.1f}", f"{row.p99 * 1000:.1f}", ratio)
            before = row.p99
        self._screen.console.print(table)
        # What was in flight then, the killed task may have held.
        rest = [answer for answer in stream.log if answer.done < self._killed]
        failed = sum(answer.failed for answer in rest)
        wrong = sum(row.wrong for row in found)
        say = self._screen.say
        say(f"{failed} of {len(rest)} failed until the task was killed, {wrong} answers of a wrong version")
        if not failed:
            say(f"so at most {phases.bound(len(rest)):.6%} of such requests fail, at 95 % confidence (3/N)")
        late = sorted(answer.sent - answer.due for answer in rest)
        lateness = phases.percentile(late, 99) * 1000
        say(f"the load maker took {stream.cores:.0%} of a core and sent 99 % within {lateness:.1f} ms of their time")
        for why, count in stream.failed.items():
            say(f"{why}: {count}")
        self._show_killed([answer for answer in stream.log if answer.failed and answer.done >= self._killed])
        return failed == wrong == 0

    def _show_killed(self, failed: list[Answer]) -> None:
        held = [answer for answer in failed if answer.sent < self._killed]
        last = max((answer.done for answer in failed), default=self._killed)
        self._screen.say(
            f"the killed task cost {len(failed)} requests: {len(held)} sent to it before, {len(failed) - len(held)} "
            f"in the {(last - self._killed) * 1000:.0f} ms until its target was gone"
        )


def _merged(one: Settings, other: Settings) -> Settings:
    both = {key: _merged(one[key], value) for key, value in other.items() if isinstance(value, dict) and key in one}
    return one | other | both


def main(screen: Screen) -> int:
    """Returns the exit code: 1 where a request failed or a step did."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    screen.console.print(
        f"A stream of {RATE} requests a second through releases and deploys, in the sandbox (AWS's waits "
        f"{story.TIME_SCALE} times as short), {platform.machine()}, {cores} cores, load {load:.1f}:"
    )
    try:
        with Sandbox(FOLDER / "stream", time_scale=story.TIME_SCALE) as sandbox:
            run = Run(screen, sandbox)
            run.prepare(sandbox)
            stream = run.measure()
        good = run.show(stream)
        durations.measure(screen, FOLDER / "durations")
    except story.StoryError as error:
        screen.console.print(f"It failed: {error}", style="red", markup=False)
        return 1
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(Screen()))
