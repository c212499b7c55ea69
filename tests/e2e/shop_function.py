"""A function of the team's own, which is told of each release of the orders, event by event."""

import io
import json
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.e2e.harness import Environment

NAME = "announce"
EVENTS = ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "AfterAllowTraffic")
"""In the order in which a release comes to them."""

_GROUP = f"/aws/lambda/{NAME}"
# What such a function has to do: answer CodeDeploy, with both ids of its event. Without an answer a release waits for
# an hour, and fails.
_BOOTSTRAP = f"""#!{sys.executable}
import json, os, urllib.request

import boto3

api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(api + "/next") as response:
        event, request = json.load(response), response.headers["Lambda-Runtime-Aws-Request-Id"]
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Succeeded",
    )
    print("announced", event["DeploymentId"], os.environ["EVENT"], flush=True)
    urllib.request.urlopen(urllib.request.Request(api + "/" + request + "/response", b"null"))
"""


@dataclass(frozen=True, kw_only=True)
class OwnFunction:
    versions: Mapping[str, str]
    """Lifecycle event -> ARN of the version for it, as an event does not say which it is."""


def make(account: Environment) -> OwnFunction:
    """With a role that may do what such a function needs, and no more."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    group = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:shop-orders/shop-orders"
    logs = f"arn:aws:logs:us-east-1:123456789012:log-group:{_GROUP}:*"
    statements = [
        {"Effect": "Allow", "Action": "codedeploy:PutLifecycleEventHookExecutionStatus", "Resource": group},
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": logs},
    ]
    iam, functions = account.client("iam"), account.client("lambda")
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=NAME, PolicyName=NAME, PolicyDocument=_policy(*statements))
    account.client("logs").create_log_group(logGroupName=_GROUP)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        bootstrap = zipfile.ZipInfo("bootstrap")
        bootstrap.external_attr = 0o100755 << 16
        file.writestr(bootstrap, _BOOTSTRAP)
    functions.create_function(
        FunctionName=NAME,
        Role=role,
        Runtime="provided.al2023",
        Handler="bootstrap",
        Timeout=60,
        Code={"ZipFile": code.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=NAME)
    return OwnFunction(versions={event: _version(functions, event) for event in EVENTS})


def _version(functions: Any, event: str) -> str:
    functions.update_function_configuration(FunctionName=NAME, Environment={"Variables": {"EVENT": event}})
    functions.get_waiter("function_updated_v2").wait(FunctionName=NAME)
    return str(functions.publish_version(FunctionName=NAME)["FunctionArn"])


def remove(account: Environment) -> None:
    account.client("lambda").delete_function(FunctionName=NAME)
    account.client("logs").delete_log_group(logGroupName=_GROUP)
    account.client("iam").delete_role_policy(RoleName=NAME, PolicyName=NAME)
    account.client("iam").delete_role(RoleName=NAME)


def announced(account: Environment, deployment: str) -> list[str]:
    """The lifecycle events of a deployment that it was told of, in their order."""
    events = account.client("logs").filter_log_events(logGroupName=_GROUP, filterPattern=f"announced {deployment}")
    told = sorted(events["events"], key=lambda event: int(event["timestamp"]))
    return [str(event["message"].split()[2]) for event in told]


def _policy(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
