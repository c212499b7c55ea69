"""Lines reach CloudWatch Logs in the batches that AWS takes, and a busy stream makes no call for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from sandbox import log_stream
from sandbox.clients import Caller
from sandbox.log_stream import LogStream


class Recorder:
    """What was put, call by call; `meanwhile` happens during the first."""

    def __init__(self) -> None:
        self.put: list[list[str]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    async def call(self, _service: str, _region: str, operation: str, **params: Any) -> None:
        if operation == "put_log_events":
            self.put.append([event["message"] for event in params["logEvents"]])
            if len(self.put) == 1:
                self.meanwhile()


def stream_of(recorder: Recorder) -> LogStream:
    return LogStream(cast(Caller, recorder), "us-east-1", "/api", "one")


def test_what_is_written_during_a_call_is_put_with_the_next_batch() -> None:
    recorder = Recorder()

    async def write() -> None:
        stream = stream_of(recorder)
        recorder.meanwhile = lambda: stream.write("meanwhile")
        stream.write("one")
        stream.write("two")
        await stream.flush()

    asyncio.run(write())

    assert recorder.put == [["one", "two"]]


@pytest.mark.parametrize(
    ("limit", "most", "batches"),
    [
        ("MAX_BATCH_EVENTS", 2, [["aaaa", "bbbb"], ["cccc"]]),
        ("MAX_BATCH_BYTES", 60, [["aaaa", "bbbb"], ["cccc"]]),  # 26 more for each event
        ("MAX_BATCH_BYTES", 59, [["aaaa"], ["bbbb"], ["cccc"]]),
        ("MAX_EVENT_BYTES", 3, [["aaa", "a", "bbb", "b", "ccc", "c"]]),
    ],
)
def test_a_batch_and_an_event_are_as_large_as_aws_takes_them(
    monkeypatch: pytest.MonkeyPatch, limit: str, most: int, batches: list[list[str]]
) -> None:
    monkeypatch.setattr(log_stream, limit, most)
    recorder = Recorder()

    async def write() -> None:
        stream = stream_of(recorder)
        for line in ("aaaa", "bbbb", "cccc"):
            stream.write(line)
        await stream.flush()

    asyncio.run(write())

    assert recorder.put == batches
