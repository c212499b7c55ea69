"""A service with its hook behind an API, what releases it, and a stream of requests that sees who answers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from sandbox.launch import Sandbox
from tests.sandbox.codedeploy_stack import AT_ONCE, Releases, appspec
from tests.sandbox.lambda_function import Function, archive
from tests.sandbox.roles import JOIN_VPC, WRITE_LOGS, answer_codedeploy
from tests.sandbox.running_stack import REGION, Clients, Stack

HOOK = '''#!{python}
"""Logs what it is asked; answers VERDICT, when there is one."""
import json, os, sys, urllib.request

API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime"
while True:
    with urllib.request.urlopen(API + "/invocation/next") as response:
        event, id = json.load(response), response.headers["Lambda-Runtime-Aws-Request-Id"]
    print("asked " + json.dumps(event), flush=True)
    if os.environ.get("CRASH"):
        sys.exit(3)
    if os.environ.get("VERDICT") and "DeploymentId" in event:
        import boto3
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"], status=os.environ["VERDICT"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"])
    urllib.request.urlopen(urllib.request.Request(API + f"/invocation/{id}/response", b"null"))
'''


class Stream:
    """Requests through the API, one after the other; `seen` counts their answers."""

    def __init__(self, url: str):
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.seen: Counter[str] = Counter()

    def _run(self) -> None:
        while not self._stop.wait(0.01):
            self.seen[answer(self._url)] += 1

    def __enter__(self) -> Stream:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def answer(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return str(json.load(response)["name"])
    except (urllib.error.URLError, OSError) as error:
        return repr(error)


def deploy(sandbox: Sandbox, name: str, image: str) -> subprocess.CompletedProcess[str]:
    """`greenlight deploy`, in a shell that leads to the sandbox."""
    return subprocess.run(
        [sys.executable, "-m", "greenlight", "deploy", name, "--image", image],
        env=sandbox.environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )


class Service:
    """A service with version `one` live, behind an API, and what releases it."""

    def __init__(self, client: Clients, stack: Stack, count: int = 1):
        self.client, self.stack = client, stack
        stack.service(stack.push("one"), count)
        stack.steady()
        waits = {
            "deploymentReadyOption": AT_ONCE,
            "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 1},
        }
        self.releases = Releases(client, stack.name, stack.prod, stack.test, blueGreenDeploymentConfiguration=waits)
        self.url = stack.api("GET /") + "/"
        self.hook = Function(client, stack.name)

    def hooked(self, **variables: str) -> str:
        """The hook's function, in the VPC of the service."""
        place = self.stack.place
        settings: dict[str, Any] = {
            "Environment": {"Variables": variables},
            "Timeout": 20,
            "VpcConfig": {"SubnetIds": place.subnets, "SecurityGroupIds": [place.functions]},
        }
        allowed = [WRITE_LOGS, JOIN_VPC, answer_codedeploy(self.stack.name)]
        return self.hook.create(archive(HOOK.replace("{python}", sys.executable)), allowed=allowed, **settings)

    def publish(self, **changes: Any) -> None:
        """The release manifest, as the Terraform modules would write it of this stack, with these keys changed."""
        name, stack = self.stack.name, self.stack
        network = stack.network["awsvpcConfiguration"]
        manifest = {
            "version": 1,
            "environment": name,
            "service": "app",
            "region": REGION,
            "account": "123456789012",
            "cluster": name,
            "ecs_service": name,
            "task_definition": stack.described()["taskDefinition"],
            "container": {"name": "app", "port": 3000},
            "repository": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{name}",
            "codedeploy": {"application": name, "group": name, "config": "CodeDeployDefault.ECSAllAtOnce"},
            "load_balancer": {
                "prod_listener": stack.prod,
                "test_listener": stack.test,
                "blue": {"name": f"{name}-blue", "arn": stack.blue},
                "green": {"name": f"{name}-green", "arn": stack.green},
            },
            "network": {
                "subnets": network["subnets"],
                "security_groups": network["securityGroups"],
                "assign_public_ip": "DISABLED",
            },
            "hooks": {"BeforeAllowTraffic": f"arn:aws:lambda:{REGION}:123456789012:function:{name}"},
            "scalable_target": None,
            "alarms": [],
            "log_groups": {"service": f"/{name}", "hooks": {"BeforeAllowTraffic": f"/aws/lambda/{name}"}},
        }
        self.client("ssm").put_parameter(
            Name=f"/greenlight/{name}/app", Type="String", Value=json.dumps(manifest | changes), Overwrite=True
        )

    def release(self, tag: str, hooks: dict[str, str] | None = None, **environment: str) -> str:
        definition = self.stack.task_definition(self.stack.push(tag, **environment))
        return self.releases.deploy(appspec(definition, "app", hooks))
