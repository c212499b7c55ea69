"""What the Lambda tests deploy: a small custom runtime written in Python, and the function around it."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Sequence
from typing import Any

from tests.sandbox.roles import Statement, function_role, make_function_role
from tests.sandbox.running_stack import Clients

BOOTSTRAP = (
    '''#!{python}
"""Does what the event says."""
import json, os, signal, sys, time, urllib.request

API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime"


def post(path, document, **headers):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    try:
        return urllib.request.urlopen(urllib.request.Request(API + path, body, headers)).status
    except urllib.error.HTTPError as error:
        return error.code


init = os.environ.get("INIT", "")
if init == "exit":
    print("cannot start")
    sys.exit(7)
if init == "hang":
    time.sleep(600)
if init == "error":
    post("/init/error", {{"errorType": "Config.Bad", "errorMessage": "no ALB_URL"}})
    time.sleep(600)
print("started", flush=True)
count = 0
while True:
    with urllib.request.urlopen(API + "/invocation/next") as response:
        event, headers = json.load(response), response.headers
    count += 1
    id = headers["Lambda-Runtime-Aws-Request-Id"]
    do = event.get("do")
    print("doing", do, flush=True)
    if do == "exit":
        sys.exit(event["code"])
    if do == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if do == "sleep":
        time.sleep(event["seconds"])
    while do == "wait" and not os.path.exists(event["for"]):
        time.sleep(0.01)
    if do == "fail":
        with open(event.get("diary", os.devnull), "a") as diary:
            diary.write(id + chr(10))
        post(f"/invocation/{{id}}/error", {{"errorType": "Oh.No", "errorMessage": "it failed"}})
        continue
    if do == "flood":
        print(chr(10).join(f"line {{number}}" for number in range(2000)), end="", flush=True)
    if do == "get":
        request = urllib.request.Request(event["url"], headers=event["headers"])
        try:
            with urllib.request.urlopen(request) as response:
                event = [response.status, response.read().decode()]
        except urllib.error.HTTPError as error:
            event = [error.code, error.read().decode()]
    if do == "large":
        print("status", post(f"/invocation/{{id}}/response", b'"' + b"x" * event["bytes"] + b'"'), flush=True)
        continue
    answer = {{
        "event": event, "count": count, "pid": os.getpid(), "cwd": os.getcwd(), "environment": dict(os.environ),
        "headers": dict(headers), "left": int(headers["Lambda-Runtime-Deadline-Ms"]) / 1000 - time.time(),
        "wrong": post("/invocation/another/response", {{}}), "files": sorted(os.listdir()),
    }}
    post(f"/invocation/{{id}}/response", answer)
'''.replace("{python}", sys.executable)
    .replace("{{", "{")
    .replace("}}", "}")
)


def archive(bootstrap: str | bytes | None = BOOTSTRAP, mode: int = 0o755) -> bytes:
    """A zip with this bootstrap, or with none, and one more file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("data.txt", "x")
        if bootstrap is not None:
            item = zipfile.ZipInfo("bootstrap")
            item.external_attr = (0o100000 | mode) << 16
            file.writestr(item, bootstrap)
    return buffer.getvalue()


class Function:
    """A function of a test's own."""

    def __init__(self, client: Clients, name: str):
        self.client = client
        self.name = name
        self.group = f"/aws/lambda/{name}"

    def create(
        self,
        code: bytes | None = None,
        *,
        group: bool = True,
        allowed: Sequence[Statement] | None = None,
        **changes: Any,
    ) -> str:
        """Its ARN. With `allowed` it has a role of its own, that may do this and nothing else."""
        role = function_role(self.client) if allowed is None else make_function_role(self.client, self.name, *allowed)
        if group:
            self.client("logs").create_log_group(logGroupName=self.group)
        settings = {"Architectures": ["x86_64"], "Runtime": "provided.al2023", "Handler": "bootstrap"} | changes
        answer = self.client("lambda").create_function(
            FunctionName=self.name, Role=role, Code={"ZipFile": code or archive()}, **settings
        )
        return str(answer["FunctionArn"])

    def invoke(self, do: str = "answer", **event: Any) -> dict[str, Any]:
        """What the client gets, with the payload read."""
        payload = json.dumps({"do": do, **event})
        answer = dict(self.client("lambda").invoke(FunctionName=self.name, Payload=payload))
        answer["Payload"] = json.loads(answer["Payload"].read())
        return answer

    def submit(self, do: str = "answer", **event: Any) -> dict[str, Any]:
        payload = json.dumps({"do": do, **event})
        return dict(self.client("lambda").invoke(FunctionName=self.name, Payload=payload, InvocationType="Event"))

    def answer(self, **event: Any) -> dict[str, Any]:
        """What the function itself answers."""
        return dict(self.invoke(**event)["Payload"])

    def streams(self) -> list[str]:
        found = self.client("logs").describe_log_streams(logGroupName=self.group)["logStreams"]
        return sorted(stream["logStreamName"] for stream in found)

    def lines(self) -> list[str]:
        events = self.client("logs").filter_log_events(logGroupName=self.group)["events"]
        return [event["message"] for event in events]
