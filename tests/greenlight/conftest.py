"""A service on an AWS that plays a script. Time passes in no time."""

import signal
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from greenlight import __main__ as cli
from greenlight import manifest as manifests
from greenlight import smoke
from greenlight.commands import command_line
from greenlight.commands import list as list_verb
from greenlight.context import Context
from tests.greenlight.fake_aws import MANIFEST, FakeAws
from tests.greenlight.script import BEGAN, BLUE, FAMILY, GOOD, GREEN, REPOSITORY, failure, step


class Clock:
    def __init__(self) -> None:
        self.time = 0.0
        self.each_sleep: Callable[[], None] = lambda: None

    def now(self) -> float:
        return self.time

    def utc(self) -> datetime:
        return BEGAN + timedelta(seconds=self.time)

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        assert self.time < 1_000_000, "watches for ever"
        self.each_sleep()


class Show:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str, style: str = "") -> None:
        del style
        self.lines.append(text)

    def status(self, text: str) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def context(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("GITHUB_SHA", "c0ffee")
    service = manifests.parse("/greenlight/dev/api", aws.parameters["/greenlight/dev/api"])
    return Context(aws, service, Clock(), Show())  # type: ignore[arg-type]


@pytest.fixture
def greenlight(aws: Any, context: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """A command line: its exit code, and what is on stdout and stderr."""
    monkeypatch.setattr(command_line, "Session", lambda **_: aws)
    monkeypatch.setattr(list_verb, "Session", lambda **_: aws)
    monkeypatch.setattr(command_line, "Clock", lambda: context.clock)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["greenlight", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run


@pytest.fixture(autouse=True)
def api(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The API in front of the service: what it answers, and what it was asked. No test leaves this machine."""

    class Api:
        status: int | None = 200
        error: str | None = None

        def __init__(self) -> None:
            self.asked: list[str] = []

        def get(self, url: str) -> smoke.Smoke:
            self.asked.append(url)
            return smoke.Smoke(url, self.status, self.error)

    api = Api()
    monkeypatch.setattr(smoke, "get", api.get)
    return api


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """The command line ignores them from its outcome to the end of its process, which here is the tests' own."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def play() -> Any:
    """What tests use of this file, which they cannot import: steps, failures and constants."""

    class Play:
        good = GOOD
        began = BEGAN
        repository, green, blue, family = REPOSITORY, GREEN, BLUE, FAMILY
        manifest = MANIFEST
        step = staticmethod(step)
        failure = staticmethod(failure)

    return Play
