"""Releases that are not the real service's: what a hook must refuse, and what it must let through all the same.

Pushed as images by the demo and by the end-to-end tests. Each is as ready for blue/green as the real service, but for
what `KIND` in its environment says:

- broken (the default): it is healthy, says who it is, and answers its routes with 500
- plain, unsigned: two of another team's; they answer well, and have never heard of the identity header
- impostor: it answers well, and says that it is another version
- flaky: it answers well, but for every twentieth request of a route, which gets 500: a check that is tried again passes
"""

import itertools
import json
import os
import random
import signal
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def executable(folder: Path) -> Path:
    """This file as a binary to push: named as the real image's, and run by this Python, as an image has no other."""
    script = folder / "other" / "image"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f"#!{sys.executable}\n" + Path(__file__).read_text())
    script.chmod(0o755)
    return script


FLAKY_EACH = 20


class Handler(BaseHTTPRequestHandler):
    identity: str | None = None
    requests = itertools.count(random.randrange(FLAKY_EACH))  # of routes; each task fails at another moment
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind = os.environ.get("KIND", "broken")
        status, content = 200, {"key": f"{self.path.strip('/')} from {kind.title()}"}
        if self.path == "/health":
            content = {"status": "ok"}
        elif kind == "broken" or (kind == "flaky" and next(self.requests) % FLAKY_EACH == 0):
            status, content = 500, {"error": "out of paint"}
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if self.identity:
            self.send_header("x-task-definition", self.identity)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        if self.path != "/health":
            print(format % arguments, flush=True)


def main() -> None:
    if sys.argv[1:] == ["health"]:
        address = os.environ["LISTEN_ADDR"]
        with urllib.request.urlopen(f"http://{address}/health", timeout=2):
            return
    kind = os.environ.get("KIND", "broken")
    if kind == "impostor":
        Handler.identity = "sandbox-api:1000"
    elif kind not in ("plain", "unsigned") and (metadata := os.environ.get("ECS_CONTAINER_METADATA_URI_V4")):
        with urllib.request.urlopen(f"{metadata}/task", timeout=5) as response:
            task = json.load(response)
        Handler.identity = f"{task['Family']}:{task['Revision']}"
    host, port = os.environ["LISTEN_ADDR"].rsplit(":", 1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer((host, int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main()
