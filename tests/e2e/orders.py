"""The program of the shop's `orders`: it tells what it was given, and tries what it is allowed.

It answers as the image does (health, routes), says by a header of its own which version it is, and below /orders:

- GET /orders/welcome: a greeting for who has a token, whose name is the token; GREETING has its word
- GET /orders/variables/NAME: the value of a variable
- GET /orders/store/HOST:PORT: what a data store there says, or that it did not answer
- PUT /orders/objects/NAME: puts an object into BUCKET by the task's role, and reads it again
- GET /orders/objects/PREFIX: lists those below it, or says why not
"""

import json
import os
import signal
import socket
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PATIENCE = 2
"""Seconds until a data store that does not answer is given up."""


def executable(folder: Path) -> Path:
    """This file as a binary to push: named as the real image's, and run by this Python, as an image has no other."""
    script = folder / "orders" / "image"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f"#!{sys.executable}\n" + Path(__file__).read_text())
    script.chmod(0o755)
    return script


def store(host: str, port: str) -> str:
    try:
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
            connection.sendall(b"PING\n")
            return connection.makefile().readline().strip()
    except TimeoutError:
        return "timed out"


def kept(name: str) -> str:
    import boto3

    s3, bucket = boto3.client("s3"), os.environ["BUCKET"]
    s3.put_object(Bucket=bucket, Key=name, Body=b"kept")
    return s3.get_object(Bucket=bucket, Key=name)["Body"].read().decode()


def listed(prefix: str) -> list[str] | str:
    import boto3
    from botocore.exceptions import ClientError

    try:
        found = boto3.client("s3").list_objects_v2(Bucket=os.environ["BUCKET"], Prefix=f"{prefix}/")
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return [one["Key"] for one in found.get("Contents", [])]


class Handler(BaseHTTPRequestHandler):
    identity = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        match self.path.strip("/").split("/"):
            case ["orders", "welcome"]:
                self.welcome(self.headers.get("authorization", ""))
            case ["orders", "objects", prefix]:
                self.answer({"objects": listed(prefix)})
            case ["orders", "variables", name]:
                self.answer({name: os.environ.get(name)})
            case ["orders", "store", address]:
                self.answer({"store": store(*address.rsplit(":", 1))})
            case [route]:
                self.answer({"key": f"route_{route} from {os.environ['RELEASE']}"})

    def do_PUT(self) -> None:
        self.answer({"object": kept(self.path.removeprefix("/orders/objects/"))})

    def welcome(self, authorization: str) -> None:
        kind, _, name = authorization.partition(" ")
        if kind == "Bearer":
            self.answer({os.environ.get("GREETING", "welcome"): name, "on": "the house"})
        else:
            self.answer({"error": "no token"}, 401)

    def answer(self, content: object, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("x-orders-version", self.identity)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        if self.path != "/health":
            print(format % arguments, flush=True)


def main() -> None:
    with urllib.request.urlopen(f"{os.environ['ECS_CONTAINER_METADATA_URI_V4']}/task", timeout=5) as response:
        task = json.load(response)
    Handler.identity = f"{task['Family']}:{task['Revision']}"
    threading.Thread(target=__import__, args=("boto3",)).start()  # takes longer than a request may
    host, port = os.environ["LISTEN_ADDR"].rsplit(":", 1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer((host, int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main()
