"""A `greenlight` that somebody has started: its calls of AWS, its clock and its screen. Each may be disturbed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from unittest.mock import patch

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from greenlight import interrupts
from greenlight.aws import explain
from greenlight.commands.command_line import ERRORS, exit_code
from greenlight.context import Context, Result
from tests.exploration.api import Api
from tests.exploration.timeline import LONGEST
from tests.exploration.world import World
from tests.greenlight.script import failure

KILLED, SLOW, AWAY = "greenlight is killed", "it takes ten minutes", "AWS is away for 20 minutes"
EXPIRED, THROTTLED, FAULT = "the credentials have expired", "throttled", "AWS fails"
LOST, TWICE = "the answer is lost", "the answer is lost, and botocore asks again"
CTRL_C, CTRL_C_AFTER = "Ctrl-C", "Ctrl-C before the answer"
LOST_AND_UNLISTED = "the answer is lost, and it is listed ten seconds later"

_CHANGING = ("Create", "Stop", "Continue", "Register", "Put", "Delete")

READING = (THROTTLED, AWAY, EXPIRED, SLOW, KILLED, CTRL_C)
ASIDE = (THROTTLED,)
"""Of what is read to be told only."""


class KilledError(BaseException):
    """SIGKILL: nothing of the process runs any more."""


@dataclass
class Process:
    world: World
    api: Api
    command: str
    lines: list[str] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    """The deployments that it has made, whether or not it knows them."""

    stopped: list[str] = field(default_factory=list)
    continued: list[str] = field(default_factory=list)
    sight: dict[str, str] = field(default_factory=dict)
    """The status of deployments as it has seen them last."""

    blind: bool = False
    """Its last look at a deployment has failed."""

    suspended: bool = False
    """It has suspended autoscaling."""

    code: int | None = None
    document: dict[str, Any] = field(default_factory=dict)
    killed: bool = False
    _heeds_signals: bool = True
    _expired: bool = False
    _away_until: float = 0.0

    region = "us-east-1"
    account = "123456789012"
    partition = "aws"
    console = None

    def run(self, verb: Callable[[Context], Result]) -> Process:
        """To its exit; `code` is None where it was killed."""
        self.world.note(f"$ {self.command}")
        with patch.multiple(interrupts, ignore=partial(self._heed, False), heed=partial(self._heed, True)):
            try:
                try:
                    result = verb(Context(self, self.world.settings.manifest, self, self))  # type: ignore[arg-type]
                finally:
                    interrupts.ignore()
                self.code, self.document = int(result.exit_code), result.document
            except ERRORS as error:
                self.code = int(exit_code(error))
                self.line(f"greenlight: {explain(error)}")
            except KeyboardInterrupt:
                self.code = 130
            except KilledError:
                self.code = None
            except Exception as error:
                self.code = 1
                self.line(f"Traceback: {error!r}")
        self.world.note(f"{self.command} exits with {self.code}")
        return self

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    # AWS --------------------------------------------------------------------------------------------------------------

    def call(self, action: str, **request: Any) -> dict[str, Any]:
        return self._call(action, request, once=False)

    def call_once(self, action: str, **request: Any) -> dict[str, Any]:
        return self._call(action, request, once=True)

    def in_region(self, _region: str) -> Process:
        return self

    def _call(self, action: str, request: dict[str, Any], *, once: bool) -> dict[str, Any]:
        self._lives()
        fault = self.world.choose(f"{self.command}: {action}", _faults(action, once=once))
        looks = action.startswith("codedeploy:Get")
        self.blind = looks or self.blind
        self._before(fault)
        answer = self._ask(action, request)
        if fault == TWICE:
            answer = self._ask(action, request)
        if fault == LOST_AND_UNLISTED:
            self.api.listed_from[answer["deploymentId"]] = self.world.seconds + 10
        self.world.advance(0.1)
        if fault in (LOST, LOST_AND_UNLISTED):
            raise ReadTimeoutError(endpoint_url="https://aws")
        if fault == CTRL_C_AFTER:
            self._interrupt()
        self._lives()
        if looks:
            self.blind = False
            if action == "codedeploy:GetDeployment":
                self.sight[request["deploymentId"]] = answer["deploymentInfo"]["status"]
        return answer

    def _lives(self) -> None:
        if self.killed:
            raise KilledError

    def _before(self, fault: str | None) -> None:
        world = self.world
        if fault == KILLED:
            self.killed = True
            raise KilledError
        if fault == CTRL_C:
            self._interrupt()
        if fault == SLOW:
            world.advance(600)
        self._expired = self._expired or fault == EXPIRED
        if fault == AWAY:
            self._away_until = world.seconds + 1200
        if fault in (THROTTLED, FAULT):
            world.advance(10)
            raise failure("ThrottlingException") if fault == THROTTLED else failure("InternalFailure", status=500)
        if self._expired:
            raise failure("ExpiredTokenException")
        if world.seconds < self._away_until:
            world.advance(30)
            raise EndpointConnectionError(endpoint_url="https://aws")

    def _ask(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        answer = self.api.answer(action, request)
        if action == "codedeploy:CreateDeployment":
            self.created.append(answer["deploymentId"])
            self.api.makers[answer["deploymentId"]] = self
            self.world.promise(len(self.created) == 1, "a command makes one deployment only")
        if action == "codedeploy:StopDeployment":
            self.stopped.append(request["deploymentId"])
        if action == "codedeploy:ContinueDeployment":
            self.continued.append(request["deploymentId"])
        if action == "application-autoscaling:RegisterScalableTarget" and self.api.is_suspended:
            self.suspended = True
        return answer

    # Its signals: none of the tests' own process are touched.

    def _heed(self, heeds: bool) -> None:
        self._heeds_signals = heeds

    def _interrupt(self) -> None:
        if self._heeds_signals:
            raise KeyboardInterrupt

    # Its clock

    def now(self) -> float:
        return self.world.seconds

    def utc(self) -> datetime:
        return self.world.utc()

    def sleep(self, seconds: float) -> None:
        self._lives()
        self.world.advance(seconds)
        if self.world.seconds > LONGEST:
            self.world.promise(False, "greenlight ends")
            self.killed = True
            raise KilledError

    def can_hold(self) -> bool:
        """Neither was it ended before it could look after autoscaling, nor has it said that it cannot."""
        gone = self.killed or self.code == 130
        return not gone and "autoscaling may" not in self.text

    # Its screen

    def line(self, text: str, style: str = "") -> None:
        del style
        self.lines.append(text)
        self.world.note("    " + re.sub(r"(sha256:\w{6})\w{58}", r"\1…", text))

    def status(self, text: str) -> None: ...

    def close(self) -> None: ...


def _faults(action: str, *, once: bool) -> tuple[str, ...]:
    operation = action.split(":")[1]
    if operation.startswith(_CHANGING):
        unlisted = (LOST_AND_UNLISTED,) if operation == "CreateDeployment" else ()
        return (*READING, FAULT, LOST, CTRL_C_AFTER, *unlisted, *(() if once else (TWICE,)))
    if action.startswith(("codedeploy:", "ssm:")):
        return READING
    return ASIDE
