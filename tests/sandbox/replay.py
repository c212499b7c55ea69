"""Sends what a released client sent, and checks that the answers still have what this client reads.

Each file in `recorded/` is one story of one client, seen by a recording proxy between the client and a sandbox:

    client, story   the client with its version, and what happens
    stack           what it has beyond the usual: `bake_minutes`, `approval`, a `hook` with its verdict, `scaling`
    headers         what each request carries; all are `POST /`, in AWS's JSON protocol
    commands        what was typed (`run`), its exit code (`exit`), and its requests, in order

A request has a `target` (X-Amz-Target) and a `body`. Its answer must have the recorded `status`, the request's content
type, and the fields in `answer`: those the client reads, with their values. An object may have more fields than the
recorded one; a list must have as many elements, unless it is recorded as `{"0": …}`, its first element. `until` repeats
the request until the answer has these fields too: the client's waiting, without its pauses. `capture` names fields of
the answer for later requests. `{"again": ACTION}` repeats the story's last request of that action.

In texts, `${name}` is a value that differs between runs: captured, or the stack's (`prepare` in
`test_replayed_clients.py` lists these). `${time}` matches any time, `${any}` any value; `${sha256}` is the digest of
the `content` next to it.

**To record again**: prepare a stack as `test_replayed_clients.py` does, and start a reverse proxy in front of its
sandbox that writes down requests and answers. Run the client with AWS_ENDPOINT_URL leading to the proxy. Keep of each
answer what the client's source reads, and merge its polls into one request with `until`. Replace what differs between
runs; keep no credentials, hosts or paths.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

RECORDED = Path(__file__).parent / "recorded"
UNTIL_SECONDS = 60

_SIGNING_NAMES = {
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "AnyScaleFrontendService": "application-autoscaling",
    "CodeDeploy_20141006": "codedeploy",
}

Story = dict[str, Any]
Variables = dict[str, str]


def load(name: str) -> Story:
    return dict(json.loads((RECORDED / f"{name}.json").read_text()))


class Replay:
    """One story against one stack. `variables` grows by what is captured."""

    def __init__(self, endpoint_url: str, variables: Variables):
        self._address = urlsplit(endpoint_url).netloc
        self.variables = dict(variables)

    def run(self, story: Story) -> None:
        """Raises AssertionError where an answer is not what the client got, naming command, request and fields."""
        last: dict[str, Any] = {}
        for command in story["commands"]:
            for number, request in enumerate(command["requests"], 1):
                request = last[request["again"]] if "again" in request else request
                action = request["target"].split(".")[1]
                last[action] = request
                differences = self._replay(request, story["headers"])
                assert not differences, f"{command['run']}, request {number}, {action}:\n" + "\n".join(differences)

    def _replay(self, request: dict[str, Any], headers: dict[str, str]) -> list[str]:
        body = self._filled(request["body"])
        deadline = time.monotonic() + UNTIL_SECONDS
        while True:
            status, answer = self._send(request["target"], headers, body)
            if status != request["status"]:
                return [f"status {status}, was {request['status']}: {answer}"]
            differences = list(_differences(self._filled(request.get("answer", {})), answer, "answer"))
            missing = list(_differences(self._filled(request.get("until", {})), answer, "until"))
            if differences or not missing:
                break
            if time.monotonic() > deadline:
                return missing
            time.sleep(0.1)
        for name, path in request.get("capture", {}).items():
            self.variables[name] = str(_at(answer, path))
        return differences

    def _send(self, target: str, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        scope = f"sandbox/20260101/us-east-1/{_SIGNING_NAMES[target.split('.')[0]]}/aws4_request"
        authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-target, Signature=0"
        connection = http.client.HTTPConnection(self._address, timeout=60)
        try:
            sent = {**headers, "X-Amz-Target": target, "Authorization": authorization}
            connection.request("POST", "/", json.dumps(body).encode(), sent)
            response = connection.getresponse()
            answer = json.loads(response.read())
            kind = response.headers["Content-Type"]
            assert kind == headers["Content-Type"], f"{target} was answered in {kind}"
            return response.status, answer
        finally:
            connection.close()

    def _filled(self, recorded: Any) -> Any:
        if isinstance(recorded, dict):
            filled = {self._filled(key): self._filled(value) for key, value in recorded.items()}
            if filled.get("sha256") == "${sha256}":
                filled["sha256"] = hashlib.sha256(filled["content"].encode()).hexdigest()
            return filled
        if isinstance(recorded, list):
            return [self._filled(value) for value in recorded]
        if isinstance(recorded, str):
            return re.sub(r"\$\{(?!(?:any|time|sha256)})(\w+)}", lambda found: self.variables[found[1]], recorded)
        return recorded


def _differences(expected: Any, found: Any, where: str) -> Any:
    """One line for each field of `expected` that is not in what was found."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            try:
                child = _at(found, key)
            except (KeyError, IndexError, TypeError):
                yield f"{where}.{key} is not there"
            else:
                yield from _differences(value, child, f"{where}.{key}")
    elif isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            yield f"{where} is {found!r}, was {len(expected)} elements"
            return
        for index, value in enumerate(expected):
            yield from _differences(value, found[index], f"{where}.{index}")
    elif expected == "${any}":
        if found is None:
            yield f"{where} is nothing"
    elif expected == "${time}":
        if not isinstance(found, int | float):
            yield f"{where} is {found!r}, was a time"
    elif found != expected:
        yield f"{where} is {found!r}, was {expected!r}"


def _at(document: Any, path: str) -> Any:
    for name in path.split("."):
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document
