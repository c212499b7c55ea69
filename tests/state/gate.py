"""Stands between Terraform and AWS, and kills Terraform at a moment: AWS has done what was asked, and nobody knows."""

import http.client
import os
import re
import signal
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

_OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Gate:
    """Passes calls on until one of them is `moment`: that one is made, its caller is killed, and no other gets through.

    A call is known by its operation, such as `CreateVpc`, or, where AWS knows none, by `METHOD path`.
    """

    def __init__(self, endpoint_url: str, moment: str, kill: Callable[[], None]) -> None:
        self._host = urlsplit(endpoint_url).netloc
        self._moment = re.compile(moment)
        self._kill = kill
        self.killed = threading.Event()
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True  # who asked was killed

            def _any(self) -> None:
                gate.pass_on(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        if self.killed.is_set():
            request.close_connection = True
            return
        upstream = http.client.HTTPConnection(self._host, timeout=120)
        upstream.request(request.command, request.path, body, dict(request.headers))
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        if self._moment.fullmatch(_operation(request, body)):
            self.killed.set()
            self._kill()
        if self.killed.is_set():
            request.close_connection = True
            return
        request.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_ONE_CONNECTION:
                request.send_header(name, value)
        if request.command == "HEAD":
            request.send_header("Content-Length", answer.headers.get("Content-Length", "0"))
            request.end_headers()
            return
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)


def _operation(request: BaseHTTPRequestHandler, body: bytes) -> str:
    if target := request.headers.get("X-Amz-Target"):
        return target.rpartition(".")[2]
    if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode())["Action"][0]
    return f"{request.command} {urlsplit(request.path).path}"


def kill_all_in(folder: Path) -> None:
    """SIGKILL to Terraform, its provider and whatever else runs in a stack's folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue  # gone since, or another user's
