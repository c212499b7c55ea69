"""Functions of the team's own at each lifecycle event, at which a test can hold a release up.

Each answers CodeDeploy with Succeeded, unless its event is held: then it waits, and answers what it is let go with.
"""

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.harness import Stack
from tests.failures.patience import poll

EVENTS = ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "AfterAllowTraffic")
# GATE.hold has the answers to wait with; GATE.asked gets what it was asked once it has read them; GATE.told gets
# CodeDeploy's own answers: an error's code, or "accepted". It starts anew after each jump of the clock, for which boto3
# is slow; the sandbox checks no signature.
_BOOTSTRAP = """#!PYTHON
import json, os, time, urllib.error, urllib.request

api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation"
gate = os.environ["GATE"]
headers = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/codedeploy/aws4_request, "
    "SignedHeaders=host, Signature=0" % os.environ["AWS_ACCESS_KEY_ID"],
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Security-Token": os.environ["AWS_SESSION_TOKEN"],
    "X-Amz-Target": "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus",
}


def answer(event, status):
    body = {
        "deploymentId": event["DeploymentId"],
        "lifecycleEventHookExecutionId": event["LifecycleEventHookExecutionId"],
        "status": status,
    }
    try:
        put = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], json.dumps(body).encode(), headers)
        urllib.request.urlopen(put)
        return "accepted"
    except urllib.error.HTTPError as error:
        return json.load(error)["__type"].split("#")[-1]


while True:
    with urllib.request.urlopen(api + "/next") as response:
        event, request = json.load(response), response.headers["Lambda-Runtime-Aws-Request-Id"]
    answers = ["Succeeded"]
    while True:
        try:
            with open(gate + ".hold") as file:
                answers = file.read().split() or answers
        except FileNotFoundError:
            break
        with open(gate + ".asked", "w") as file:
            json.dump(event, file)
        time.sleep(0.02)
    told = [answer(event, one) for one in answers if one != "silent"]
    with open(gate + ".told", "w") as file:
        json.dump(told, file)
    urllib.request.urlopen(urllib.request.Request(api + "/" + request + "/response", b"null"))
"""


def arn(event: str) -> str:
    return f"arn:aws:lambda:us-east-1:123456789012:function:{name(event)}"


def name(event: str) -> str:
    return f"gate-{event}"


def zipped(bootstrap: str) -> bytes:
    """A function's code: a program for this Python, whose first line is `#!PYTHON`."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        item = zipfile.ZipInfo("bootstrap")
        item.external_attr = 0o100755 << 16
        file.writestr(item, bootstrap.replace("#!PYTHON", f"#!{sys.executable}", 1))
    return code.getvalue()


class Gates:
    """The four functions; `folder` is where they are held."""

    def __init__(self, account: Stack, folder: Path, group: str) -> None:
        """`group` is the ARN of the deployment group that they may answer."""
        self._account = account
        self._folder = folder
        self._functions = account.client("lambda")
        folder.mkdir()
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        statements = [
            {"Effect": "Allow", "Action": "codedeploy:PutLifecycleEventHookExecutionStatus", "Resource": group},
            {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"},
        ]
        iam = account.client("iam")
        role = iam.create_role(RoleName="gate", AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName="gate", PolicyName="gate", PolicyDocument=_policy(*statements))
        self._role = role
        for event in EVENTS:
            account.client("logs").create_log_group(logGroupName=f"/aws/lambda/{name(event)}")
            self.make(event)

    def make(self, event: str) -> None:
        self._functions.create_function(
            FunctionName=name(event),
            Role=self._role,
            Runtime="provided.al2023",
            Handler="bootstrap",
            Timeout=600,
            Code={"ZipFile": zipped(_BOOTSTRAP)},
            Environment={"Variables": {"GATE": str(self._folder / event)}},
        )
        self._functions.get_waiter("function_active_v2").wait(FunctionName=name(event))

    def remove(self, event: str) -> None:
        self._functions.delete_function(FunctionName=name(event))

    @contextmanager
    def held(self, event: str, *answers: str) -> Iterator[None]:
        """Inside, it does not answer; then with these, one after the other, and with "silent" not at all."""
        hold, asked, told = (self._folder / f"{event}.{what}" for what in ("hold", "asked", "told"))
        for file in (asked, told):
            file.unlink(missing_ok=True)
        hold.write_text(" ".join(answers))
        try:
            yield
            self.asked(event)
        finally:
            hold.unlink(missing_ok=True)

    def open(self) -> None:
        """Whatever a test has left held."""
        for file in self._folder.glob("*.hold"):
            file.unlink()

    def asked(self, event: str) -> Any:
        """What CodeDeploy has asked it in the last hold."""
        file = self._folder / f"{event}.asked"
        poll(f"{event} is asked", file.exists)
        return poll("all of it is written", lambda: (text := file.read_text()).endswith("}") and json.loads(text))

    def told(self, event: str) -> Any:
        """What CodeDeploy said to the answers to the last hold, each."""
        file = self._folder / f"{event}.told"
        poll(f"{event} has been answered", file.exists)
        poll("all of it is written", lambda: file.read_text().endswith("]"))
        return json.loads(file.read_text())  # nothing, if it was to be silent


def _policy(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
