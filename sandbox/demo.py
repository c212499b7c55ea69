"""`make demo`: the whole system comes up, answers and goes away, on this machine, with the real tools.

Nothing here is simulated for the show: it runs the commands of the README, and stops at the first that fails.
"""

import json
import sys
import time
from pathlib import Path

from rich import box
from rich.padding import Padding
from rich.table import Table

from sandbox import other_release, story
from sandbox.launch import Sandbox
from sandbox.story import Screen, StoryError
from sandbox.stream import RequestStream

_CAUSE_LINES = 4


def main(screen: Screen) -> int:
    """Returns the exit code."""
    title = "Greenlight on this machine: no AWS account, the real Terraform, the real binaries"
    return story.tell(screen, title, Path(".sandbox/demo"), _use)


def _use(screen: Screen, sandbox: Sandbox) -> None:
    story.bootstrap(screen, sandbox)
    with screen.step("Push images (print-green, print-blue, print-broken)"):
        story.push(sandbox, "api:print-green", "--env", "RELEASE=Green")
        story.push(sandbox, "api:print-blue", "--env", "RELEASE=Blue")
        story.push(sandbox, "api:print-broken", binary=other_release.executable(sandbox.state_dir))
    url = story.deploy(screen, sandbox)
    with RequestStream(f"{url}/one") as stream:
        _release(screen, sandbox, f"{url}/one", stream)
    _counts(screen, stream)
    if stream.failed:
        raise StoryError(f"requests failed: {stream.failed}")
    story.plan_is_empty(screen, sandbox, story.stack_folder(sandbox))
    story.destroy(screen, sandbox)


def _release(screen: Screen, sandbox: Sandbox, url: str, stream: RequestStream) -> None:
    """Blue goes through the hook, a bad release does not, and Green comes back; the stream goes on all the while."""
    stream.phase("Green is live")
    _answers(screen, sandbox, url, "Green")
    stream.phase("release of Blue")
    with screen.step("Release Blue (greenlight deploy --image :print-blue)"):
        _greenlight(sandbox, "deploy-blue", 0, "deploy", "sandbox", "--image", ":print-blue")
    stream.phase("Blue is live")
    _answers(screen, sandbox, url, "Blue")
    stream.phase("bad release")
    with screen.step("Try a bad release: the hook refuses it (exit code 3)"):
        said = _greenlight(sandbox, "deploy-broken", 3, "deploy", "sandbox", "--image", ":print-broken")
    screen.quote(said[-_CAUSE_LINES:])
    stream.phase("rollback")
    with screen.step("Go back to Green (greenlight rollback)"):
        _greenlight(sandbox, "rollback", 0, "rollback", "sandbox")
    stream.phase("Green again")
    _answers(screen, sandbox, url, "Green")


def _answers(screen: Screen, sandbox: Sandbox, url: str, release: str) -> None:
    screen.say(f"GET {url}  ->  {json.dumps(story.answer(sandbox, url, release))}")
    time.sleep(1)  # the stream sees this phase, too


def _greenlight(sandbox: Sandbox, name: str, expected: int, *arguments: str) -> list[str]:
    return story.run(sandbox, name, [*story.GREENLIGHT, *arguments], expected=expected)


def _counts(screen: Screen, stream: RequestStream) -> None:
    """What the request stream saw."""
    table = Table("phase", "requests", "failed", "Green", "Blue", box=box.SIMPLE_HEAD, pad_edge=False)
    for phase, answers in stream.answers.items():
        if not answers:
            continue
        failed = sum(count for answer, count in answers.items() if answer.startswith("failed"))
        table.add_row(phase, *map(str, (answers.total(), failed, answers["Green"], answers["Blue"])))
    screen.console.print(Padding(table, (0, 4)))


if __name__ == "__main__":
    sys.exit(main(Screen()))
