"""Ways that are closed, on the running sandbox: the failure that AWS shows, where it shows it.

Each hop by itself is in `test_network_hops.py`: an API whose link is not let into the load balancer, health checks that
are not let into the tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.launch import Sandbox
from tests.sandbox import test_network_hops
from tests.sandbox.http_client import ask
from tests.sandbox.lambda_function import Function
from tests.sandbox.networks import Endpoints, make_network, without_way_out
from tests.sandbox.released_service import Service, answer
from tests.sandbox.running_stack import Clients, Stack, until
from tests.sandbox.test_network_hops import logged
from tests.sandbox.test_network_why import why

alone = test_network_hops.alone

HOUR = 3600
NAME = "test-private"
HOOK = f"{NAME}-hook"


@pytest.fixture(scope="module")
def private(client: Clients) -> Endpoints:
    """A network without a way to the internet, and with the endpoints that a release needs."""
    network = make_network(client, NAME)
    without_way_out(client, network)
    return Endpoints(client, network, NAME)


@pytest.fixture(scope="module")
def released(
    sandbox: Sandbox, client: Clients, private: Endpoints, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service in it, with a hook that always consents."""
    stack = Stack(sandbox.facts, client, NAME, tmp_path_factory.mktemp(NAME), private.network)
    made = Service(client, stack)
    made.hook = Function(client, HOOK)
    made.hooked(VERDICT="Succeeded")
    # A call without an answer costs the tests as long as the function may run, which is real time.
    client("lambda").update_function_configuration(FunctionName=HOOK, Timeout=4)
    client("lambda").put_function_event_invoke_config(FunctionName=HOOK, MaximumRetryAttempts=0)
    yield made
    stack.remove()


def test_a_release_needs_no_way_to_the_internet_with_these_endpoints(released: Service) -> None:
    deployment = released.release("free", {"BeforeAllowTraffic": HOOK})

    released.releases.reaches(deployment, "Succeeded")
    assert answer(released.url) == "free"


@contextmanager
def no_443(client: Clients, private: Endpoints) -> Iterator[str]:
    """The hook's group lets nothing out to AWS; still to the load balancer."""
    ec2, group = client("ec2"), private.network.functions
    rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
    aws = [rule for rule in rules if rule["FromPort"] == 443]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=aws)
    yield f"security group {group} of function {HOOK} lacks an egress rule for tcp 443 to "
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=aws)


@contextmanager
def no_endpoint(_: Clients, private: Endpoints) -> Iterator[str]:
    with private.without("codedeploy"):
        yield f"lacks a route to codedeploy in us-east-1; and {private.network.vpc} lacks an interface endpoint"


@pytest.mark.parametrize("closed", [no_443, no_endpoint])
def test_a_hook_that_does_not_reach_codedeploy_costs_the_hour(
    sandbox: Sandbox, client: Clients, private: Endpoints, released: Service, closed: Callable[..., Any]
) -> None:
    live, ended = answer(released.url), timeouts(released)
    with closed(client, private) as missing:
        deployment = released.release(closed.__name__, {"BeforeAllowTraffic": HOOK})
        until(lambda: timeouts(released), lambda found: found == ended + 1)
        told = why(sandbox, HOOK, "codedeploy:443")
        sandbox.forward(HOUR)
        failed = released.releases.reaches(deployment, "Failed")
    released.releases.reaches(failed["rollbackInfo"]["rollbackDeploymentId"], "Succeeded")

    assert failed["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
    assert diagnosed(released, deployment) == (
        "ScriptTimedOut",
        f"The hook of BeforeAllowTraffic, {HOOK}, gave no answer within 3600 seconds.",
    )
    assert answer(released.url) == live
    hop = f"function {HOOK} -> codedeploy in us-east-1:443: no answer on AWS: "
    assert any(line.partition(hop)[2] and missing in line for line in logged(sandbox).splitlines())
    assert told[0] == 2
    assert missing in told[1].replace("\n  lacks", " lacks")


def timeouts(released: Service) -> int:
    return sum("Task timed out after 4.00 seconds" in line for line in released.hook.lines())


def diagnosed(released: Service, deployment: str) -> tuple[str, str]:
    events = released.releases.target(deployment)["lifecycleEvents"]
    found = next(event["diagnostics"] for event in events if event["lifecycleEventName"] == "BeforeAllowTraffic")
    return found["errorCode"], found["message"]


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        (
            "ecr.api",
            "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth "
            "from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network "
            'configuration. RequestError: send request failed caused by: Post "https://api.ecr.us-east-1.amazonaws.com'
            '/": dial tcp 203.0.113.10:443: i/o timeout',
        ),
        (
            "ecr.dkr",
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
            'IMAGE: failed to do request: Head "MANIFEST": '
            "dial tcp 203.0.113.10:443: i/o timeout",
        ),
        (
            "s3",
            "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed "
            "open: failed to do request: Get REDACTED ECR URL related to IMAGE: "
            "dial tcp 203.0.113.10:443: i/o timeout",
        ),
        (
            "logs",
            "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch "
            "log group defined in the task definition. There is a connection issue between the task and Amazon "
            "CloudWatch. Check your network configuration. : signal: killed",
        ),
    ],
)
def test_a_task_without_this_endpoint_does_not_start(
    sandbox: Sandbox, client: Clients, private: Endpoints, name: str, tmp_path: Path, endpoint: str, told: str
) -> None:
    stack = Stack(sandbox.facts, client, name, tmp_path, private.network)
    image = stack.push()

    with private.without(endpoint):
        stack.service(image)
        stopped = stack.stopped()

    stack.remove()
    registry, digest = image.partition("/")[0], image.partition("@")[2]
    told = told.replace("IMAGE", image).replace("MANIFEST", f"https://{registry}/v2/{name}/manifests/{digest}")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("TaskFailedToStart", told)
    hop = f" -> {endpoint} in us-east-1:443: no answer on AWS: route table "
    assert any(hop in line and f" of {name} " in line for line in logged(sandbox).splitlines())


def test_without_the_route_to_the_nat_gateway_no_task_starts_and_those_that_run_go_on(
    sandbox: Sandbox, alone: Stack
) -> None:
    url = alone.api("GET /{proxy+}")
    alone.service(alone.push())
    alone.steady()

    table = without_way_out(alone.client, alone.place)
    alone.client("ecs").update_service(cluster=alone.name, service=alone.name, desiredCount=2)

    stopped = alone.stopped()
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["stoppedReason"].endswith(
        'Post "https://api.ecr.us-east-1.amazonaws.com/": dial tcp 203.0.113.10:443: i/o timeout'
    )
    assert ask(f"{url}/one").status == 200
    assert alone.health(alone.blue) == [("healthy", None, None)]
    (running,) = [task for task in alone.tasks() if task["lastStatus"] == "RUNNING"]
    code, text = why(sandbox, running["taskArn"].rsplit("/", 1)[1], "ecr.api:443")
    assert code == 2
    assert f"route table {table} of subnet " in text
    assert "lacks a route to ecr.api in us-east-1; and " in text
