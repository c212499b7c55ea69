"""The witness of releases: what it counts, and that nothing hides from it. No sandbox: a server of the test's own."""

import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import takewhile

import pytest

from sandbox.stream import RequestStream
from tests.sandbox.running_stack import until

RATE = 100
GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 31\r\nX-Task-Definition: dev-api:7\r\n\r\n{"key": "route_one from Green"}\n'

Serve = Callable[[int], bytes]
"""The bytes that answer the request with this number; fewer than an answer has end the connection."""


@contextmanager
def server(serve: Serve) -> Iterator[tuple[str, Counter[int]]]:
    """Its URL, and how many requests came on each connection, by its client's port. It ends one after what is no whole
    answer, and when it is asked to."""
    came: Counter[int] = Counter()
    lock = threading.Lock()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while head := b"".join(takewhile(lambda line: line not in (b"\r\n", b""), self.rfile)):
                with lock:
                    came[self.client_address[1]] += 1
                    number = came.total()
                answer = serve(number)
                self.wfile.write(answer)
                if len(answer) < len(GOOD) or b"close" in head:
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, request_queue_size = True, 128

    with Server(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.05,)).start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}/one", came
        finally:
            running.shutdown()


def test_each_answer_names_its_version_its_revision_and_how_it_was_asked() -> None:
    with server(lambda _: GOOD) as (url, _), RequestStream(url, RATE) as stream:
        until(lambda: {answer.kind for answer in stream.log} == {"fresh", "kept", "slow"})

    assert {(answer.said, answer.revision) for answer in stream.log} == {("Green", "dev-api:7")}
    assert stream.failed == {}
    assert stream.answers == {"before": Counter(Green=len(stream.log))}


def test_half_of_the_requests_have_a_connection_of_their_own_and_the_others_share_some() -> None:
    with server(lambda _: GOOD) as (url, came), RequestStream(url, RATE) as stream:
        until(lambda: stream.sent > 100)

    kinds = Counter(answer.kind for answer in stream.log)
    alone = sum(count == 1 for count in came.values())
    assert alone >= kinds["fresh"] + kinds["slow"]
    assert came.total() - alone > kinds["kept"] / 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (GOOD.replace(b"200 OK", b"502 Bad Gateway"), "failed: 502"),
        (b"", "failed: IncompleteReadError"),
        (GOOD[:-5], "failed: IncompleteReadError"),
        (GOOD.replace(b"Content-Length: 31\r\n", b""), "failed: ValueError"),
        (GOOD.replace(b'"key"', b'"KEY"'), "failed: not the service's JSON"),
        (GOOD.replace(b" 200 OK", b"-200"), "failed: IndexError"),
    ],
)
def test_whatever_is_not_a_whole_good_answer_is_a_failure(answer: bytes, said: str) -> None:
    with server(lambda _: answer) as (url, _), RequestStream(url, RATE) as stream:
        until(lambda: stream.sent > 10)

    assert stream.failed == {said: len(stream.log)}


def test_a_server_that_is_not_there_is_a_failure() -> None:
    with server(lambda _: GOOD) as (url, _):
        pass
    with RequestStream(url, RATE) as stream:
        until(lambda: stream.sent > 10)

    assert stream.failed == {"failed: ConnectionRefusedError": len(stream.log)}


def test_requests_that_hang_hold_up_no_other_and_count_from_when_they_were_due() -> None:
    """Nobody is answered until twenty have asked: a client that waits for answers would wait for ever."""
    enough = threading.Event()

    def held(number: int) -> bytes:
        if number == 20:
            enough.set()
        enough.wait(30)
        return GOOD

    with server(held) as (url, _), RequestStream(url, RATE) as stream:
        until(lambda: stream.sent >= 20)

    assert stream.failed == {}
    first = min(stream.log, key=lambda answer: answer.due)
    assert first.seconds >= 19 / RATE


def test_an_answer_counts_for_the_phase_in_which_it_came() -> None:
    with server(lambda _: GOOD) as (url, _), RequestStream(url, RATE) as stream:
        until(lambda: stream.sent > 10)
        stream.phase("after")
        until(lambda: stream.answers["after"].total() > 10)

    (_, first), (begin, second) = stream.phases
    assert (first, second) == ("before", "after")
    assert stream.answers == {
        "before": Counter(Green=sum(answer.done < begin for answer in stream.log)),
        "after": Counter(Green=sum(answer.done >= begin for answer in stream.log)),
    }
