"""What the hook found out, from its log group. The lines' shape is a contract, written down in hook/src/log.rs."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from greenlight.aws import Aws
from greenlight.deployment import Line

# Of the candidate's identity, and their style. The header goes without saying: each check names it.
_PROOFS = {"listener": (", identity proven by the test listener", "green"), "off": (", identity not checked", "yellow")}

# Lambda's own line for an invocation that ended without an answer: a crash, a bootstrap that cannot start, a time-out.
# At the start of a line: a function may log the like of its own calls.
_FAILED = re.compile(
    r"RequestId: (?P<crashed>[0-9a-f-]{36}) Error: (?P<crash>.+)|"
    r"\S+Z (?P<slow>[0-9a-f-]{36}) (?P<late>Task timed out .+)"
)
_START = re.compile(r"START RequestId: (?P<id>[0-9a-f-]{36})\b")

# After its deployment's end: a function that ran out of time may still have been cut off then.
_LATE = timedelta(minutes=1)


@dataclass
class HookLog:
    """Reads on from where it was; `failures` is what went wrong, down to route, expected and got."""

    aws: Aws
    group: str
    deployment_id: str
    since: datetime | None  # its lifecycle event began then: what is older is another's, or an earlier hook's
    seen: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    verdict: bool = False
    answered: bool = False  # CodeDeploy has accepted the verdict
    failed: list[str] = field(default_factory=list)  # why each invocation that gave no answer did not
    running: dict[str, str] = field(default_factory=dict)  # log stream -> request that may be this deployment's

    def read(self) -> list[Line]:
        """What is new."""
        lines = []
        for event in _events(self.aws, self.group, self.since):
            if event["eventId"] in self.seen:
                continue
            self.seen.add(event["eventId"])
            words = " ".join(event["message"].split())
            if start := _START.match(words):
                self.running[event["logStreamName"]] = start["id"]
                continue
            if failed := _FAILED.match(words):
                # A stream has one invocation at a time. Others use the function too: one that wakes it, a test by hand.
                if self.running.get(event["logStreamName"]) == (failed["crashed"] or failed["slow"]):
                    self.failed.append(failed["crash"] or failed["late"])
                    lines.append(Line(f"hook: its function failed: {self.failed[-1]}", "red"))
                continue
            record = _record(event["message"])
            if record.get("deployment_id") != self.deployment_id:
                if "greenlight" in record:
                    self.running.pop(event["logStreamName"], None)
                continue
            try:
                line = render(record)
                # A verdict that only sums up its checks adds nothing to them.
                sums_up = record.get("failed", 0) > 0 and record.get("reported")
            except (KeyError, TypeError):
                continue  # of another version of the hook, or of somebody's own
            if line is None:
                continue
            lines.append(line)
            if record["greenlight"] == "verdict":
                self.verdict = True
                self.answered = self.answered or record["reported"]
                if not record["reported"]:
                    self.failed.append(f"CodeDeploy did not accept its verdict: {record['put_error']}")
            if line.style == "red" and not sums_up:
                self.failures.append(line.text)
        return lines

    def given_up(self, retries: int) -> str | None:
        """Why it can no longer answer: each invocation has failed, and Lambda makes no other after so many retries."""
        if self.answered or len(self.failed) <= retries:
            return None
        return self.failed[-1]

    def last_words(self, ended: datetime | None, most: int = 8) -> list[str]:
        """Of a function that gave no verdict: what it, or Lambda, said last before its deployment `ended`."""
        until = ended + _LATE if ended else None
        events = _events(self.aws, self.group, self.since, until)
        said = [words for event in events if (words := _words(event["message"]))]
        return [f"hook log: {words}" for words in said[-most:]]


def _words(message: str) -> str | None:
    """On one line, though Lambda itself says some things on two. None: it says nothing of a failure."""
    words = " ".join(message.split())
    try:
        line = render(_record(message))
    except (KeyError, TypeError):
        return words
    if words.startswith(("START ", "END ", "INIT_START ")) or (line and line.style != "red"):
        return None
    return line.text if line else words


def render(record: dict[str, Any]) -> Line | None:
    """One line for people; None if it is none of the hook's."""
    kind = record.get("greenlight")
    if kind == "check":
        route = f"hook: {record['method']} {record['path']}"
        by = f", answered by {record['identity']}" if record.get("identity") else ""
        if record["passed"]:
            return Line(f"{route} passed in {record['duration_ms']} ms{by}", "green")
        tries = f"{record['attempts']} attempt{'' if record['attempts'] == 1 else 's'}"
        return Line(f"{route} FAILED: {record['reason']} ({tries}{by})", "red")
    if kind == "verdict":
        told = "" if record["reported"] else f", which CodeDeploy did not accept: {record['put_error']}"
        if record["status"] == "Succeeded":
            proof, style = _PROOFS.get(record.get("identity_by") or "", ("", "green"))
            return Line(f"hook: {record['passed']} checks passed{proof}{told}", "red" if told else style)
        return Line(f"hook: verdict {record['status']}{told}: {record['reason']}", "red")
    if kind == "error":
        return Line(f"hook: {record['reason']}", "red")
    return None


def _record(message: str) -> dict[str, Any]:
    try:
        record = json.loads(message)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _events(aws: Aws, group: str, since: datetime | None, until: datetime | None = None) -> list[dict[str, Any]]:
    request: dict[str, Any] = {"logGroupName": group}
    for key, time in (("startTime", since), ("endTime", until)):
        if time:
            request[key] = int(time.timestamp() * 1000)
    events: list[dict[str, Any]] = []
    while True:
        page = aws.call("logs:FilterLogEvents", **request)
        events += page["events"]
        if not page.get("nextToken"):
            return sorted(events, key=lambda event: int(event["timestamp"]))
        request["nextToken"] = page["nextToken"]
