"""GitHub's step summary: how a release ended, below the job that ran it.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
"""

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

VERBS = ("deploy", "rollback", "watch", "approve")  # those that see a release through
_TITLES = {
    "succeeded": "{what} has the traffic",
    "ready": "{what} is ready for production traffic",
    "reached": "{what} is under way, and the live version has the traffic",
    "failed": "{what} FAILED, and the version before has the traffic",
    "rollback-failed": "{what} FAILED, and is not undone: look now",
    "lost-sight": "lost sight of {what}, which may go on",
    "detached": "detached from {what}, which goes on",
    "nothing-to-do": "nothing to do, {what} is live already",
    "stopped": "stopped, and the version before has the traffic",
    "too-late": "too late to stop {what}: it has the traffic",
}


def append(command: str, content: Mapping[str, Any]) -> None:
    """Adds the JSON document of a verb, as markdown, where GitHub asks for it. A file that cannot be written costs
    nothing but a line on stderr: the exit code is the release's."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    text = markdown(content) if path and command in VERBS else None
    if path is None or text is None:
        return
    try:
        with open(path, "a", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except (OSError, ValueError) as error:
        print(f"greenlight: cannot write the step summary, {path}: {error}", file=sys.stderr)


def markdown(content: Mapping[str, Any]) -> str | None:
    """None where nothing was, or may have been, released: a dry run."""
    outcome, error = content.get("outcome"), content.get("error")
    if outcome is None and error is None:
        return None
    title = _TITLES[outcome].format(what=_what(content)) if outcome else "refused, and nothing was changed"
    if outcome == "detached" and not content.get("deployment"):
        title = "interrupted before anything was changed"
    lines = [f"### {content['target']}: {title}", ""]
    if rows := list(_rows(content)):
        lines += ["| | |", "|---|---|", *(f"| {name} | {_cell(value)} |" for name, value in rows), ""]
    causes = [*content.get("causes", ()), *([error] if error else [])]
    if causes:
        # Others' words: an indented block shows them as they are, whatever is in them.
        lines += ["Cause:", "", *(f"    {' '.join(line.split())}" for one in causes for line in one.splitlines()), ""]
    return "\n".join([*lines, ""])


def _what(content: Mapping[str, Any]) -> str:
    deployment = content.get("deployment") or {}
    if arn := content.get("task_definition"):
        return _short(arn)
    return f"the version of {deployment['id']}" if deployment else "a release"


def _rows(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if arn := content.get("task_definition"):
        yield "released", f"`{_short(arn)}`"
    if replaced := content.get("replaces"):
        yield "instead of", f"`{_short(replaced)}`"
    for name in ("tag", "commit", "image"):
        if content.get(name):
            yield name, f"`{content[name]}`"
    if deployment := content.get("deployment"):
        name = f"`{deployment['id']}`"
        url = content.get("console_url")
        yield "deployment", f"{f'[{name}]({url})' if url else name} {deployment.get('status', '')}".rstrip()
        if seconds := _seconds_to_traffic(deployment):
            yield "all of the traffic after", _duration(seconds)
    if rollback := content.get("rollback"):
        yield "rolled back by", f"`{rollback['id']}` {rollback['status']}"
    if content.get("outcome") in ("lost-sight", "detached") and content.get("watch"):
        yield "watch it again", f"`{content['watch']}`"
    if content.get("way_back"):
        yield "way back", f"`{content['way_back']}`"


def _seconds_to_traffic(deployment: Mapping[str, Any]) -> float | None:
    """From the creation of the deployment; None where the traffic has not wholly moved."""
    ended = next(
        (
            event["ended"]
            for event in deployment.get("events", ())
            if event["name"] == "AllowTraffic" and event["status"] == "Succeeded"
        ),
        None,
    )
    return (ended - deployment["created"]).total_seconds() if ended and deployment["created"] else None


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]
