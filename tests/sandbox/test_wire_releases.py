"""Releases whose calls of AWS fail on the way: one deployment, followed to its end, and nothing left behind."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.released_service import Service, answer, deploy
from tests.sandbox.running_stack import Clients, Stack

NAME = "test-wired"
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": f"service/{NAME}/{NAME}",
    "ScalableDimension": "ecs:service:DesiredCount",
}
ATTEMPTS = 5
"""How often botocore makes a call for the CLI, before it gives up."""


@pytest.fixture(scope="module")
def service(sandbox: Sandbox, client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Scaled, so that each release suspends its autoscaling and restores it."""
    stack = Stack(sandbox.facts, client, NAME, tmp_path_factory.mktemp("wired"))
    made = Service(client, stack)
    made.hooked(VERDICT="Succeeded")
    client("application-autoscaling").register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)
    made.publish()
    ssm, parameter = client("ssm"), f"/greenlight/{NAME}/app"
    manifest = json.loads(ssm.get_parameter(Name=parameter)["Parameter"]["Value"])
    scaled = json.dumps(manifest | {"scalable_target": TARGET["ResourceId"]})
    ssm.put_parameter(Name=parameter, Type="String", Value=scaled, Overwrite=True)
    yield made
    stack.remove()


def greenlight(sandbox: Sandbox, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "greenlight", *words],
        env=sandbox.environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )


_numbers = itertools.count(2)


class Release:
    """The next version of the service, and what its release has done."""

    def __init__(self, sandbox: Sandbox, service: Service):
        self.sandbox, self.service, self.client = sandbox, service, service.client
        self.tag = f"v{next(_numbers)}"
        service.stack.push(self.tag)
        self.deployments_before = self.deployments()
        self.revisions_before = self.revisions()

    def deployments(self) -> list[str]:
        names = {"applicationName": NAME, "deploymentGroupName": NAME}
        return list(self.client("codedeploy").list_deployments(**names)["deployments"])

    def revisions(self) -> list[str]:
        return list(self.client("ecs").list_task_definitions(familyPrefix=NAME)["taskDefinitionArns"])

    def deploy(self) -> subprocess.CompletedProcess[str]:
        return deploy(self.sandbox, NAME, f":{self.tag}")

    def deployed(self) -> str:
        """The id of the one deployment that was made."""
        (made,) = set(self.deployments()) - set(self.deployments_before)
        return made

    def failed(self) -> str:
        """The id of the deployment that was made, and was undone by another."""
        made = set(self.deployments()) - set(self.deployments_before)
        (failed,) = (one for one in made if "rollbackTriggeringDeploymentId" not in self._rollback(one))
        return failed

    def _rollback(self, deployment: str) -> dict[str, Any]:
        return dict(self.service.releases.info(deployment).get("rollbackInfo") or {})

    def is_done(self) -> None:
        """It was one deployment, which succeeded; its version is live, and autoscaling as before."""
        assert self.service.releases.info(self.deployed())["status"] == "Succeeded"
        assert answer(self.service.url) == self.tag
        assert self.scaling() == ({False}, False)

    def scaling(self) -> tuple[set[bool], bool]:
        """What is suspended of autoscaling, and whether a release's record of it is there."""
        found = self.client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=[TARGET["ResourceId"]]
        )["ScalableTargets"][0]
        named = [{"Key": "Name", "Values": [f"/greenlight/{NAME}/app/suspended"]}]
        record = self.client("ssm").describe_parameters(ParameterFilters=named)["Parameters"]
        return set(found["SuspendedState"].values()), bool(record)

    def hits(self) -> list[int]:
        return [fault["hits"] for fault in self.sandbox.faults()]


@pytest.fixture
def release(sandbox: Sandbox, service: Service) -> Iterator[Release]:
    yield Release(sandbox, service)
    sandbox.clear_faults()


# Polls ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "faults",
    [
        {("throttle", "codedeploy:GetDeployment"): "ThrottlingException: Rate exceeded"},
        {
            ("error", "codedeploy:GetDeployment"): "InternalFailure: ",
            ("drop", "codedeploy:GetDeploymentTarget"): "Connection was closed before we received a valid response",
            ("delay", "0.5", "codedeploy:*"): "",
        },
    ],
    ids=["throttled", "failed, dropped and late"],
)
def test_a_poll_that_fails_says_nothing_of_the_deployment_and_the_watch_goes_on(
    release: Release, faults: dict[tuple[str, ...], str]
) -> None:
    for words in faults:
        release.sandbox.fault(*words, calls=ATTEMPTS + 1)

    done = release.deploy()

    assert done.returncode == 0, done.stderr
    assert release.hits() == [ATTEMPTS + 1] * len(faults)
    for told in filter(None, faults.values()):
        assert f"cannot ask CodeDeploy, trying again: {told}" in done.stderr
    release.is_done()


def test_credentials_that_expire_end_the_watch_and_not_the_release(release: Release) -> None:
    release.sandbox.fault("expire", "codedeploy:GetDeploymentTarget")

    lost = release.deploy()

    assert lost.returncode == 4, lost.stderr
    made = release.deployed()
    told = [re.sub(r"^ *\d+:\d\d  ", "", line) for line in lost.stderr.splitlines()]
    assert told[-3:] == [
        "  lost sight of it: ExpiredTokenException: The security token included in the request is expired. Sign in "
        f"again: these credentials have ended; deployment {made} goes on",
        f"  autoscaling may stay suspended until greenlight watch {NAME}/app --region us-east-1 has seen the traffic "
        "moved",
        f"watch it again: greenlight watch {NAME}/app {made} --region us-east-1",
    ]
    release.sandbox.clear_faults()

    watched = greenlight(release.sandbox, "watch", f"{NAME}/app", made, "--region", "us-east-1")

    assert watched.returncode == 0, watched.stderr
    release.is_done()


# What must not happen twice -------------------------------------------------------------------------------------------


def test_a_deployment_whose_creation_got_no_answer_is_made_once_and_followed(release: Release) -> None:
    release.sandbox.fault("drop", "codedeploy:CreateDeployment", calls=1)

    done = release.deploy()

    assert done.returncode == 0, done.stderr
    assert f"deployment {release.deployed()} of {NAME}/app" in done.stderr
    assert release.hits() == [1]
    release.is_done()


def test_a_deployment_that_was_not_even_taken_is_asked_for_again(release: Release) -> None:
    release.sandbox.fault("error", "codedeploy:CreateDeployment", calls=1)
    release.sandbox.fault("throttle", "codedeploy:CreateDeployment", calls=1)

    done = release.deploy()

    assert done.returncode == 0, done.stderr
    assert release.hits() == [1, 1]
    release.is_done()


def test_a_revision_that_was_registered_twice_is_told_and_the_second_released(release: Release) -> None:
    release.sandbox.fault("drop", "ecs:RegisterTaskDefinition", calls=1)

    done = release.deploy()

    assert done.returncode == 0, done.stderr
    unused, released = sorted(set(release.revisions()) - set(release.revisions_before), key=_number)
    name = released.rsplit("/", 1)[1]
    assert f"a revision before {name} may be the same as it, and nothing runs it" in done.stderr
    release.is_done()
    assert {task["taskDefinitionArn"] for task in release.service.stack.tasks()} == {released}
    assert unused not in {item["taskDefinition"] for item in release.service.stack.described()["taskSets"]}


def _number(arn: str) -> int:
    return int(re.findall(r"\d+$", arn)[0])


# Autoscaling ----------------------------------------------------------------------------------------------------------


SUSPEND, RECORD, FORGET = ("application-autoscaling:RegisterScalableTarget", "ssm:PutParameter", "ssm:DeleteParameter")


@pytest.mark.parametrize(
    "faults",
    [
        {("drop", RECORD): 1, ("drop", SUSPEND): 2, ("drop", FORGET): 1},
        {("throttle", SUSPEND): ATTEMPTS - 1, ("throttle", FORGET): ATTEMPTS + 1},
        {("error", FORGET): 2 * ATTEMPTS + 1},
    ],
    ids=["dropped", "throttled", "failed"],
)
def test_autoscaling_is_as_before_whatever_its_suspension_and_restoration_met(
    release: Release, faults: dict[tuple[str, str], int]
) -> None:
    for words, calls in faults.items():
        release.sandbox.fault(*words, calls=calls)

    done = release.deploy()

    assert done.returncode == 0, done.stderr
    assert release.hits() == list(faults.values())
    release.is_done()


def test_a_release_that_cannot_suspend_autoscaling_begins_and_leaves_nothing(release: Release) -> None:
    release.sandbox.fault("throttle", "application-autoscaling:RegisterScalableTarget", calls=ATTEMPTS + 1)
    before = answer(release.service.url)

    refused = release.deploy()

    assert refused.returncode == 1, refused.stderr
    assert "ThrottlingException: Rate exceeded" in refused.stderr
    assert release.deployments() == release.deployments_before
    assert (release.scaling(), answer(release.service.url)) == (({False}, False), before)


# A stop ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def silent(service: Service) -> Iterator[dict[str, str]]:
    """The hook gives no verdict, so that a deployment with it waits for an hour: a minute here."""
    function = service.client("lambda")
    function.update_function_configuration(FunctionName=NAME, Environment={"Variables": {}})
    yield {"BeforeAllowTraffic": NAME}
    function.update_function_configuration(FunctionName=NAME, Environment={"Variables": {"VERDICT": "Succeeded"}})


def test_a_stop_without_an_answer_may_have_stopped_it_and_the_watch_tells(
    release: Release, silent: dict[str, str]
) -> None:
    """Each of the SDK's attempts is executed: the answers alone are lost."""
    before = answer(release.service.url)
    deployment = release.service.release(release.tag, silent)
    release.sandbox.fault("drop", "codedeploy:StopDeployment")

    lost = greenlight(release.sandbox, "stop", f"{NAME}/app", "--region", "us-east-1")
    release.sandbox.clear_faults()

    assert lost.returncode == 4, lost.stderr
    assert f"CodeDeploy gave no answer, and {deployment} may be being stopped: Connection was closed" in lost.stderr
    assert f"See what goes on: greenlight watch {NAME}/app {deployment} --region us-east-1" in lost.stderr
    watched = greenlight(release.sandbox, "watch", f"{NAME}/app", deployment, "--region", "us-east-1")
    assert watched.returncode == 3, watched.stderr
    assert (release.service.releases.info(deployment)["status"], answer(release.service.url)) == ("Stopped", before)


# CodeDeploy's own calls -----------------------------------------------------------------------------------------------


def test_codedeploys_own_calls_that_are_throttled_fail_the_release_and_it_says_so(
    release: Release, client: Clients
) -> None:
    role = client("codedeploy").get_deployment_group(applicationName=NAME, deploymentGroupName=NAME)
    named = role["deploymentGroupInfo"]["serviceRoleArn"].rsplit("/", 1)[1]
    before = answer(release.service.url)
    # What it asks at each step, and what it needs to move traffic.
    release.sandbox.fault("throttle", "elbv2:ModifyListener", by=named, calls=3)

    failed = release.deploy()

    assert failed.returncode == 3, failed.stderr
    assert re.search(rf"{release.failed()} Failed: THROTTLED: .*Rate exceeded", failed.stderr), failed.stderr
    assert answer(release.service.url) == before
    assert release.scaling() == ({False}, False)


# A bucket -------------------------------------------------------------------------------------------------------------


def test_a_state_bucket_whose_creation_got_no_answer_is_ours(sandbox: Sandbox) -> None:
    sandbox.fault("drop", "s3:CreateBucket", calls=1)

    made = greenlight(sandbox, "bootstrap", "--bucket", f"{NAME}-state", "--region", "eu-west-1")
    hits = [fault["hits"] for fault in sandbox.faults()]
    sandbox.clear_faults()

    assert made.returncode == 0, made.stderr
    assert (hits, made.stdout) == ([1], f"{NAME}-state\n")
