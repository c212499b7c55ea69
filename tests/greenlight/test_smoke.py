"""After the traffic has moved, the API itself is asked once."""

import errno
import http.server
import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from greenlight import manifest, smoke
from greenlight.commands import deploy
from greenlight.deployment import Until
from greenlight.outcome import Exit
from greenlight.release import Conflict

GET = smoke.get  # before the fixture replaces it


def release(context: Any, **changes: Any) -> Any:
    options: dict[str, Any] = {"image": ":blue", "until": Until.done, "conflict": Conflict.refuse}
    return deploy.run(context, deploy.Options(**(options | changes)))


def with_urls(context: Any, urls: manifest.Urls | None) -> Any:
    changed = context.manifest.model_copy(update={"urls": urls})
    return type(context)(context.aws, changed, context.clock, context.show)


@pytest.mark.parametrize("until", [Until.traffic, Until.done])
def test_the_api_is_asked_once_the_traffic_has_moved(context: Any, api: Any, until: Until) -> None:
    result = release(context, until=until)

    assert api.asked == ["https://api/one"]
    assert context.show.lines[-2] == "GET https://api/one answered 200"
    assert result.document["smoke"] == {"url": "https://api/one", "status": 200, "error": None}


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        (
            400,
            None,
            "answered 400. The release stands. Likely: the integration sends what the load balancer or the new",
        ),
        (403, None, "answered 403. The release stands. Likely: an authorizer or a firewall, which does not know this"),
        (404, None, "answered 404. The release stands. Likely: the route is not deployed, or the new version does not"),
        (
            503,
            None,
            "answered 503. The release stands. Likely: the VPC link, its security groups, or the load balancer",
        ),
        (None, "timed out", "gave no answer: timed out. The release stands. Likely: this machine cannot reach the API"),
    ],
)
def test_a_bad_answer_is_a_warning_and_no_failed_release(
    context: Any, api: Any, status: int | None, error: str | None, told: str
) -> None:
    api.status, api.error = status, error

    result = release(context)

    assert (result.exit_code, result.document["outcome"]) == (Exit.OK, "succeeded")
    assert result.document["smoke"] == {"url": "https://api/one", "status": status, "error": error}
    assert context.show.lines[-2].startswith(f"GET https://api/one {told}")


@pytest.mark.parametrize(
    ("api_url", "routes", "asked"),
    [
        ("https://api", ["ANY /any", "POST /orders", "GET /orders/{id}", "GET /two", "GET /one"], ["https://api/two"]),
        ("https://api/v1/", ["GET /"], ["https://api/v1/"]),
        ("https://api", ["GET /orders/{id}", "POST /orders", "$default"], []),
        ("https://api", [], []),
        ("file:///etc", ["GET /passwd"], []),
        ("", ["GET /one"], []),
    ],
)
def test_only_a_literal_get_route_of_a_web_address_is_asked(
    context: Any, api: Any, api_url: str, routes: list[str], asked: list[str]
) -> None:
    result = release(with_urls(context, manifest.Urls(api=api_url, routes=routes)))

    assert api.asked == asked
    assert (result.document["smoke"] is None) == (asked == [])


def test_an_older_manifest_without_urls_is_released_as_ever(context: Any, api: Any) -> None:
    assert release(with_urls(context, None)).document["smoke"] is None
    assert api.asked == []


@pytest.mark.parametrize("case", ["ready", "failed", "nothing to do"])
def test_the_api_is_not_asked_before_the_traffic_has_moved(
    context: Any, aws: Any, api: Any, play: Any, case: str
) -> None:
    if case == "failed":
        aws.next_script = [play.step("Failed", failed="Install", autoRollbackConfiguration={})]

    result = release(
        context,
        image=None if case == "nothing to do" else ":blue",
        until=Until.ready if case == "ready" else Until.done,
    )

    assert (result.document["smoke"], api.asked) == (None, [])


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


class Server(http.server.BaseHTTPRequestHandler):
    """Answers /NUMBER with that status, and redirects to where nothing is."""

    def do_GET(self) -> None:
        if self.path == "/silent":
            self.server.silence.wait(10)  # type: ignore[attr-defined]
            return
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("location", "http://127.0.0.1:1/")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[Any]:
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    found.silence = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield found
    found.silence.set()  # type: ignore[attr-defined]
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.mark.parametrize(("status", "good"), [(200, True), (204, True), (302, True), (404, False), (503, False)])
def test_the_status_is_that_of_the_first_answer(server: Any, status: int, good: bool) -> None:
    url = f"http://127.0.0.1:{server.server_port}/{status}"

    answer = GET(url)

    assert (answer, answer.good) == (smoke.Smoke(url, status=status), good)


def test_no_answer_in_time_is_an_error(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "LIMIT_SECONDS", 0.2)
    url = f"http://127.0.0.1:{server.server_port}/silent"

    assert GET(url) == smoke.Smoke(url, error="timed out")


@pytest.mark.parametrize("url", ["http://[::1/one", "http://x y/one", "https://"])
def test_what_cannot_be_asked_is_an_error_and_no_crash(url: str) -> None:
    answer = GET(url)

    assert (answer.status, answer.good) == (None, False)
    assert answer.error


def test_a_closed_port_is_an_error_in_the_systems_words() -> None:
    refused = ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))

    assert GET("http://127.0.0.1:1/one").error == str(refused)


def test_the_environments_proxy_is_used(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}/")

    assert GET("http://nowhere.invalid/204").status == 204
