"""`greenlight doctor` on a running service: each thing is broken by AWS's API, named, repaired, and no longer named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from greenlight import manifest as manifests
from greenlight.aws import Session
from greenlight.clock import Clock
from greenlight.commands import doctor
from greenlight.context import Context
from sandbox.launch import Sandbox
from sandbox.network.idle_links import IDLE_SECONDS
from tests.sandbox.own_sandbox import client, sandbox
from tests.sandbox.released_service import Service, answer, deploy
from tests.sandbox.running_stack import REGION, Clients, Stack, until

__all__ = ["client", "sandbox"]

ACCOUNT = "123456789012"
TAGS = [{"key": "greenlight:environment", "value": "doctored"}]


class _Silent:
    def line(self, text: str, style: str = "") -> None: ...

    def status(self, text: str) -> None: ...


class Patient(Service):
    """A service that is well: with its hook, behind an API, scaled, and released once."""

    def __init__(self, sandbox: Sandbox, client: Clients, folder: Path) -> None:
        super().__init__(client, Stack(sandbox.facts, client, "doctored", folder))
        self.sandbox, self.name = sandbox, self.stack.name
        self._session: Session | None = None
        self.elb, self.codedeploy, self.ecs = client("elbv2"), client("codedeploy"), client("ecs")
        self.hooked(VERDICT="Succeeded")
        for group in (self.stack.blue, self.stack.green):
            self.stack.deregistration_delay(group, 4)
        self.grace(60)
        self.scaled = {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{self.name}/{self.name}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        client("application-autoscaling").register_scalable_target(**self.scaled, MinCapacity=1, MaxCapacity=2)
        (link,) = (one for one in client("apigatewayv2").get_vpc_links()["Items"] if one["Name"] == self.name)
        self.written = {
            "scalable_target": self.scaled["ResourceId"],
            "vpc_link": link["VpcLinkId"],
            "urls": {"api": self.url.rstrip("/"), "routes": ["GET /"]},
        }
        self.publish(**self.written)
        self.stack.push("two")
        self.releases_version("two")

    def releases_version(self, tag: str) -> None:
        released = deploy(self.sandbox, self.name, f":{tag}")
        assert released.returncode == 0, released.stderr
        assert answer(self.url) == tag

    def found(self, *, fix: bool = False) -> list[dict[str, Any]]:
        """As the command line has them, in this process: its start would be most of the time."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.sandbox.environment.items():
                patch.setenv(name, value)
            if self._session is None:
                self._session = Session(region=REGION)
            manifest = manifests.load(self._session, self.name)
            result = doctor.run(Context(self._session, manifest, Clock(), _Silent()), fix=fix)
        assert result.exit_code == (2 if result.document["findings"] else 0)
        return list(result.document["findings"])

    def ids(self, *, fix: bool = False) -> list[str]:
        return [one["id"] for one in self.found(fix=fix)]

    def run(self, command: str) -> None:
        """A repair that doctor printed."""
        tools = str(Path(sys.executable).parent)
        environment = self.sandbox.environment | {"PATH": f"{tools}:/usr/bin:/bin", "AWS_PAGER": ""}
        done = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def grace(self, seconds: int) -> None:
        self.ecs.update_service(cluster=self.name, service=self.name, healthCheckGracePeriodSeconds=seconds)

    def live_group(self) -> str:
        (live,) = self.stack.described()["taskSets"]
        return str(live["loadBalancers"][0]["targetGroupArn"])

    def other_group(self) -> str:
        return next(one for one in (self.stack.blue, self.stack.green) if one != self.live_group())

    def lead(self, listener: str, *actions: dict[str, Any]) -> None:
        self.elb.modify_listener(ListenerArn=listener, DefaultActions=list(actions))

    def revert(self, listener: str) -> None:
        """As Terraform does that makes the listener anew."""
        self.lead(listener, {"Type": "forward", "TargetGroupArn": self.other_group()})

    def group(self, **changes: Any) -> None:
        self.codedeploy.update_deployment_group(
            applicationName=self.name, currentDeploymentGroupName=self.name, **changes
        )

    def described_group(self) -> dict[str, Any]:
        return dict(self.codedeploy.get_deployment_group(**self.releases.named)["deploymentGroupInfo"])

    def live_revision(self) -> dict[str, Any]:
        found = self.ecs.describe_task_definition(
            taskDefinition=self.stack.described()["taskSets"][0]["taskDefinition"], include=["TAGS"]
        )
        return dict(found["taskDefinition"])


@pytest.fixture(scope="module")
def patient(sandbox: Sandbox, client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    made = Patient(sandbox, client, tmp_path_factory.mktemp("doctored"))
    yield made
    made.stack.remove()


CLOSED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}


def test_a_service_that_is_well_has_no_finding(patient: Patient) -> None:
    assert patient.found() == []


def test_a_reverted_listener_stops_each_release_until_fix_has_sent_it_back(patient: Patient) -> None:
    """Both are reverted, so that the load balancer has not checked the live tasks since."""
    before = answer(patient.url)
    patient.revert(patient.stack.prod)
    patient.revert(patient.stack.test)
    stuck = deploy(patient.sandbox, patient.name, ":one")
    assert stuck.returncode == 1
    assert "Primary taskset target group must be behind listener" in stuck.stderr
    assert f"greenlight doctor {patient.name}/app" in stuck.stderr

    assert patient.ids() == ["reverted-listener"]
    assert patient.ids(fix=True) == []

    assert answer(patient.url) == before
    assert patient.ids() == []
    patient.releases_version("one")
    assert patient.ids() == []


def test_a_reverted_listener_is_repaired_by_the_command_that_is_printed(patient: Patient) -> None:
    before = answer(patient.url)
    patient.revert(patient.stack.prod)

    (found,) = patient.found()
    patient.run(found["repair"])

    assert patient.ids() == []
    assert answer(patient.url) == before


def test_a_closed_prod_listener_is_repaired_by_the_command_that_is_printed(patient: Patient) -> None:
    before = answer(patient.url)
    patient.lead(patient.stack.prod, CLOSED)

    (found,) = patient.found(fix=True)
    assert found["id"] == "prod-listener-elsewhere"
    patient.run(found["repair"])

    assert patient.ids() == []
    assert answer(patient.url) == before


def test_a_test_listener_that_leads_elsewhere_is_repaired_and_the_next_release_passes(patient: Patient) -> None:
    patient.lead(patient.stack.test, CLOSED)

    assert patient.ids() == ["test-listener-elsewhere"]
    assert patient.ids(fix=True) == []

    patient.releases_version("two")
    assert patient.ids() == []


def test_autoscaling_that_stayed_suspended_is_restored(patient: Patient, client: Clients) -> None:
    scaling, kinds = client("application-autoscaling"), ("DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling")
    parameter = f"/greenlight/{patient.name}/app/suspended"
    before = {f"{kind}Suspended": kind == "ScheduledScaling" for kind in kinds}
    client("ssm").put_parameter(Name=parameter, Type="String", Value=json.dumps(before))
    everything = {f"{kind}Suspended": True for kind in kinds}
    scaling.register_scalable_target(**patient.scaled, SuspendedState=everything)

    assert patient.ids() == ["suspended"]
    assert patient.ids(fix=True) == []

    found = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[patient.scaled["ResourceId"]])
    assert found["ScalableTargets"][0]["SuspendedState"] == before


def test_what_is_wrong_with_the_deployment_group_is_found_until_it_is_set_again(patient: Patient) -> None:
    """Setting it again is what a deploy of the stack does."""
    whole = patient.described_group()
    balancing, undone = whole["loadBalancerInfo"], whole["autoRollbackConfiguration"]
    (pair,) = balancing["targetGroupPairInfoList"]
    without_test = {key: value for key, value in pair.items() if key != "testTrafficRoute"}
    swapped = pair | {"prodTrafficRoute": pair["testTrafficRoute"], "testTrafficRoute": pair["prodTrafficRoute"]}

    patient.group(loadBalancerInfo={"targetGroupPairInfoList": [without_test]})
    assert patient.ids() == ["test-listener-not-in-group"]
    patient.group(loadBalancerInfo={"targetGroupPairInfoList": [swapped]})
    assert patient.ids() == ["other-group", "test-listener-not-in-group"]
    patient.group(loadBalancerInfo=balancing, autoRollbackConfiguration={"enabled": False})
    assert patient.ids() == ["no-rollback"]
    with_alarm = [*undone["events"], "DEPLOYMENT_STOP_ON_ALARM"]
    patient.group(autoRollbackConfiguration={"enabled": True, "events": with_alarm})
    assert patient.ids() == ["rollback-on-no-alarm"]
    patient.group(autoRollbackConfiguration=undone)
    assert patient.ids() == []


def test_alarms_of_the_group_are_looked_at(patient: Patient, client: Clients) -> None:
    undone = patient.described_group()["autoRollbackConfiguration"]
    rolled_back = {"enabled": True, "events": [*undone["events"], "DEPLOYMENT_STOP_ON_ALARM"]}
    cloudwatch, name = client("cloudwatch"), f"{patient.name}-orders-lost"

    patient.group(alarmConfiguration={"enabled": True, "alarms": [{"name": name}]})
    assert patient.ids() == ["missing-alarm", "alarms-without-rollback"]
    patient.group(autoRollbackConfiguration=rolled_back)
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Orders",
        MetricName="Lost",
        Statistic="Sum",
        Period=86400,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    assert patient.ids() == []
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="lost 7")
    (found,) = patient.found()
    assert (found["id"], found["what"]) == ("firing-alarm", f"alarm {name} fires (Sum of Orders Lost): lost 7")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="found")
    assert patient.ids() == []
    patient.group(alarmConfiguration={"enabled": False, "alarms": []}, autoRollbackConfiguration=undone)
    cloudwatch.delete_alarms(AlarmNames=[name])
    assert patient.ids() == []


def test_images_and_revisions_that_are_needed_and_gone_are_found(patient: Patient, client: Clients) -> None:
    ecr = client("ecr")
    live, back = patient.live_revision(), answer(patient.url)
    other = "one" if back == "two" else "two"
    definition = live["containerDefinitions"][0]["image"]
    image = {"imageDigest": definition.partition("@")[2]}

    ecr.batch_delete_image(repositoryName=patient.name, imageIds=[image])
    assert patient.ids() == ["live-image-gone"]
    assert patient.stack.push(back) == definition
    assert patient.ids() == []

    tagged = {"imageDigest": patient.stack.push(other).partition("@")[2]}
    ecr.batch_delete_image(repositoryName=patient.name, imageIds=[tagged])
    assert patient.ids() == ["way-back-gone"]
    patient.stack.push(other)
    assert patient.ids() == []


def test_a_manifest_that_is_older_than_the_stack_is_found(patient: Patient) -> None:
    """An apply that ended before the manifest: its revision is there, and the manifest names the one before."""
    image = patient.live_revision()["containerDefinitions"][0]["image"]
    made = [patient.stack.task_definition(image) for _ in range(2)]
    for arn in made:
        patient.ecs.tag_resource(resourceArn=arn, tags=TAGS)

    patient.publish(**patient.written, task_definition=made[0])
    (found,) = patient.found()
    assert found["id"] == "manifest-older"
    assert found["what"].endswith(f"Terraform has made {made[1].rpartition('/')[2]} since")
    patient.publish(**patient.written, task_definition=made[1])
    assert patient.ids() == []
    patient.publish(**patient.written)
    assert patient.ids() == []


def test_what_the_manifest_names_and_aws_does_not_have_is_found(patient: Patient) -> None:
    arn = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/gone/0123456789abcdef"
    balancer = {
        "prod_listener": patient.stack.prod,
        "test_listener": patient.stack.test,
        "blue": {"name": f"{patient.name}-blue", "arn": patient.stack.blue},
        "green": {"name": f"{patient.name}-green", "arn": patient.stack.green},
    }
    other = "green" if patient.live_group() == patient.stack.blue else "blue"
    gone = {**balancer, other: {"name": f"{patient.name}-{other}", "arn": arn}}

    patient.publish(**patient.written | {"vpc_link": "gone"}, load_balancer=gone)
    found = [(one["id"], one["what"].partition(" names ")[2]) for one in patient.found()]
    patient.publish(**patient.written)

    assert found == [("missing", f"{arn}, which is not there"), ("missing", "VPC link gone, which is not there")]
    assert patient.ids() == []


def test_times_that_cut_requests_off_are_found(patient: Patient) -> None:
    patient.grace(0)
    (found,) = patient.found()
    assert found["id"] == "no-grace-period"
    patient.run("aws ecs" + found["repair"].partition("aws ecs")[2])
    assert patient.ids() == []

    patient.stack.deregistration_delay(patient.stack.green, 5)
    (found,) = patient.found()
    assert (found["id"], found["what"]) == (
        "drain-outlasts-stop",
        f"the deregistration delay of {patient.name}-green is 5 seconds, and a task is killed 5 seconds after it is "
        "told to stop",
    )
    patient.stack.deregistration_delay(patient.stack.green, 4)
    assert patient.ids() == []


def test_after_two_months_without_a_request_link_and_hook_are_brought_back(patient: Patient) -> None:
    patient.sandbox.forward(IDLE_SECONDS + 86400)

    link, hook = patient.found()
    assert (link["id"], hook["id"]) == ("vpc-link", "hook-not-active")
    assert link["what"].startswith(f"VPC link {patient.written['vpc_link']} is INACTIVE: ")
    assert patient.ids(fix=True) == ["vpc-link"]
    command = link["repair"].partition(": ")[2]
    until(lambda: _succeeds(patient.run, command))

    assert patient.ids() == []
    patient.releases_version("two" if answer(patient.url) == "one" else "one")


def test_a_hook_that_is_gone_and_its_log_are_found(patient: Patient, client: Clients) -> None:
    """The last test of this service, which has no hook from here on."""
    logs = client("logs")
    logs.delete_log_group(logGroupName=f"/aws/lambda/{patient.name}")
    assert patient.ids() == ["hook-log-gone"]
    logs.create_log_group(logGroupName=f"/aws/lambda/{patient.name}")
    assert patient.ids() == []
    logs.delete_log_group(logGroupName=f"/{patient.name}")
    assert patient.ids() == ["no-task-starts"]
    logs.create_log_group(logGroupName=f"/{patient.name}")
    assert patient.ids() == []

    client("lambda").delete_function(FunctionName=patient.name)
    (found,) = patient.found()
    assert (found["id"], found["what"]) == ("hook-gone", f"hook {patient.name} is gone")


def _succeeds(call: Callable[..., None], *arguments: str) -> bool:
    try:
        call(*arguments)
    except AssertionError:
        return False
    return True
