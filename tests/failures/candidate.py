"""Versions that go wrong, each in a way of its own, and two that can be held up.

`KIND` in its environment says what it does; in everything else it is as ready for blue/green as the real service:

- crash: it says why, and exits with 3
- unhealthy: its health check is answered with 503
- broken: its routes are answered with 500
- slow: it is not healthy while there is a file HOLD
- unproven: its routes are answered with 500 while there is a file HOLD
- lingering: it does not end at SIGTERM while there is a file HOLD
"""

import json
import os
import signal
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KINDS = ("crash", "unhealthy", "broken", "slow", "unproven", "lingering")


def executable(folder: Path) -> Path:
    """This file as a binary to push: named as the real image's, and run by this Python, as an image has no other."""
    script = folder / "candidate" / "image"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f"#!{sys.executable}\n" + Path(__file__).read_text())
    script.chmod(0o755)
    return script


def held() -> bool:
    return os.path.exists(os.environ["HOLD"])


class Handler(BaseHTTPRequestHandler):
    identity = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind = os.environ["KIND"]
        if self.path == "/health":
            well = kind != "unhealthy" and not (kind == "slow" and held())
            self.answer(200 if well else 503, {"status": "ok" if well else "starting"})
        else:
            well = kind != "broken" and not (kind == "unproven" and held())
            self.answer(200 if well else 500, {"key": f"{self.path.strip('/')} from {kind.title()}"})

    def answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("x-task-definition", self.identity)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        if self.path != "/health":
            print(format % arguments, flush=True)


def end() -> None:
    """Requests that still come are answered."""
    time.sleep(1)
    while os.environ["KIND"] == "lingering" and held():
        time.sleep(0.05)
    os._exit(0)


def main() -> None:
    if os.environ["KIND"] == "crash":
        print("panic: no such database", flush=True)
        sys.exit(3)
    with urllib.request.urlopen(f"{os.environ['ECS_CONTAINER_METADATA_URI_V4']}/task", timeout=5) as response:
        task = json.load(response)
    Handler.identity = f"{task['Family']}:{task['Revision']}"
    host, port = os.environ["LISTEN_ADDR"].rsplit(":", 1)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=end).start())
    ThreadingHTTPServer((host, int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main()
