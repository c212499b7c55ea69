"""The stack that releases are rehearsed on, and what a test does to one on its way."""

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from modules.hook_package import native_architecture
from sandbox.launch import Sandbox
from tests.e2e.harness import IMAGE, ROOT, Command, Environment
from tests.failures import candidate, gates
from tests.failures.patience import poll

TIME_SCALE = 30
"""A minute of AWS's is two seconds, and CodeDeploy's hour two minutes, in which real programs have to answer."""

BAKE_MINUTES = 30
CANARY, CANARY_MINUTES = "a-tenth-for-two-hours", 120
HOUR = 3600
NAME = "drill"
HOOK = f"{NAME}-api-hook"
ALARM = "orders-lost"
GROUP = f"arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:{NAME}-api/{NAME}-api"
ENDED = ("Succeeded", "Failed", "Stopped")
# requests_per_target is more than ever comes: nothing is scaled but by the tests.
SETTINGS = f"""\
account: "123456789012"
region: us-east-1
architecture: native
network: {{egress: nat-single}}
services:
  api:
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/api:print-green
    routes: [GET /one]
    # Real seconds, in which this machine may be busy.
    request_timeout_seconds: 20
    container: {{stop_timeout_seconds: 120}}
    target_groups:
      deregistration_delay_seconds: 20
      health_check: {{interval_seconds: 15, timeout_seconds: 14}}
    environment: {{DRAIN_SECONDS: "1"}}
    scaling: {{min: 2, max: 4, requests_per_target: 100000}}
    alarms: {{more: [{ALARM}]}}
    hook: {{warmup_seconds: 3}}
    deployment:
      bake_minutes: {BAKE_MINUTES}
      hooks: {{{", ".join(f"{event}: '{gates.arn(event)}'" for event in gates.EVENTS)}}}
"""


@dataclass(frozen=True, kw_only=True)
class Live:
    """Who has production, by ECS's word and the load balancer's."""

    task_definition: str
    group: str
    """Its target group's name."""

    version: str
    """What the API answers."""


class Drill(Environment):
    """The stack, its functions, and what there is to release."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        super().__init__(sandbox, folder, NAME)
        self._clients: dict[str, Any] = {}
        self._codedeploy = self.client("codedeploy")
        self._hold = folder / "candidate.hold"

    def client(self, service: str) -> Any:
        """Each is made once: that takes longer than a call."""
        if service not in self._clients:
            self._clients[service] = super().client(service)
        return self._clients[service]

    @cached_property
    def balancer(self) -> dict[str, Any]:
        """The manifest's, which no release changes."""
        return dict(self.manifest()["load_balancer"])

    @cached_property
    def url(self) -> str:
        return f"{self.manifest()['urls']['api']}/one"

    @property
    def groups(self) -> dict[str, str]:
        """ARN -> name of the two target groups."""
        return {self.balancer[color]["arn"]: self.balancer[color]["name"] for color in ("blue", "green")}

    def deploy_all(self) -> None:
        """From an empty account."""
        self.greenlight("bootstrap").succeed()
        self.gates = gates.Gates(self, self._folder / "gates", GROUP)
        self.client("cloudwatch").put_metric_alarm(
            AlarmName=ALARM,
            AlarmDescription="Orders are lost",
            Namespace="Orders",
            MetricName="Lost",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",  # it stays as it is set
        )
        canary = {"canaryPercentage": 10, "canaryInterval": CANARY_MINUTES}
        self._codedeploy.create_deployment_config(
            deploymentConfigName=CANARY,
            computePlatform="ECS",
            trafficRoutingConfig={"type": "TimeBasedCanary", "timeBasedCanary": canary},
        )
        self.push("print-green", IMAGE, "--env", "RELEASE=Green")
        self.push("print-blue", IMAGE, "--env", "RELEASE=Blue")
        other = candidate.executable(self.sandbox.state_dir)
        for kind in candidate.KINDS:
            self.push(kind, other, "--env", f"KIND={kind}", "--env", f"HOLD={self._hold}")
        self.apply(SETTINGS).succeed()

    # The CLI ----------------------------------------------------------------------------------------------------------

    def deploy(self, tag: str, *options: str) -> Command:
        return self.greenlight("deploy", NAME, "--image", f":{tag}", *options)

    def begun(self, command: Command) -> str:
        """The id of the deployment that it has begun."""

        def found() -> str | None:
            said = re.search(r"deployment (d-\w+) of drill/api", command.output)
            assert said or command.process.poll() is None, command.output
            return said and said[1]

        return str(poll("a deployment begins", found))

    def wait_for(self, command: Command, words: str) -> None:
        """Until it has printed them."""

        def printed() -> bool:
            said = words in command.output
            assert said or command.process.poll() is None, command.output
            return said

        poll(f"it says {words}", printed)

    # Deployments ------------------------------------------------------------------------------------------------------

    @property
    def named(self) -> dict[str, str]:
        return {"applicationName": f"{NAME}-api", "deploymentGroupName": f"{NAME}-api"}

    def deployments(self) -> list[str]:
        """Newest first."""
        return list(self._codedeploy.list_deployments(**self.named)["deployments"])

    def under_way(self) -> list[str]:
        going = ["Created", "Queued", "InProgress", "Baking", "Ready"]
        return list(self._codedeploy.list_deployments(**self.named, includeOnlyStatuses=going)["deployments"])

    def info(self, deployment: str) -> dict[str, Any]:
        return dict(self._codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"])

    def events(self, deployment: str) -> dict[str, str]:
        found = self._codedeploy.get_deployment_target(deploymentId=deployment, targetId=f"{NAME}:{NAME}-api")
        events = found["deploymentTarget"]["ecsTarget"]["lifecycleEvents"]
        return {event["lifecycleEventName"]: event["status"] for event in events}

    def reaches(self, deployment: str, event: str) -> None:
        poll(f"{deployment} is at {event}", lambda: self.events(deployment)[event] == "InProgress")

    def bakes(self, deployment: str) -> None:
        poll(f"{deployment} bakes", lambda: self.info(deployment).get("instanceTerminationWaitTimeStarted"))

    def ends(self, deployment: str) -> str:
        """The status that it ends with; a rollback has ended too."""
        info = poll(f"{deployment} ends", lambda: (info := self.info(deployment))["status"] in ENDED and info)
        if rollback := (info.get("rollbackInfo") or {}).get("rollbackDeploymentId"):
            self.ends(rollback)
        return str(info["status"])

    def finish(self, deployment: str) -> None:
        """One that nothing holds up any more: through its bake, to its good end."""
        self.bakes(deployment)
        self.sandbox.forward(BAKE_MINUTES * 60)
        assert self.ends(deployment) == "Succeeded"

    def approve(self, deployment: str) -> None:
        self._codedeploy.continue_deployment(deploymentId=deployment, deploymentWaitType="READY_WAIT")

    # Production -------------------------------------------------------------------------------------------------------

    def weights(self, listener: str = "prod_listener") -> dict[str, int]:
        """Target group -> its share."""
        (found,) = self.client("elbv2").describe_listeners(ListenerArns=[self.balancer[listener]])["Listeners"]
        groups = found["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]
        return {self.groups[group["TargetGroupArn"]]: int(group.get("Weight", 1)) for group in groups}

    def service(self) -> dict[str, Any]:
        (service,) = self.client("ecs").describe_services(cluster=NAME, services=[f"{NAME}-api"])["services"]
        return dict(service)

    def answer(self) -> str:
        """The version that the API answers."""
        with urllib.request.urlopen(self.url, timeout=30) as response:
            return str(json.load(response)["key"]).rsplit(" ", 1)[-1]

    def live(self) -> Live:
        """Of a service at rest."""
        (task_set,) = self.service()["taskSets"]
        group = self.groups[task_set["loadBalancers"][0]["targetGroupArn"]]
        return Live(task_definition=task_set["taskDefinition"], group=group, version=self.answer())

    def good(self) -> str:
        """The tag of a good version that is not live."""
        return self.candidate_of(self.answer())

    @staticmethod
    def candidate_of(version: str) -> str:
        """The tag of a good version that is not this one."""
        return "print-green" if version == "Blue" else "print-blue"

    # What a release is held up with -----------------------------------------------------------------------------------

    @contextmanager
    def candidate_held(self) -> Iterator[None]:
        """Inside, a slow candidate is not healthy, an unproven one fails its checks, a lingering one does not end."""
        self._hold.touch()
        try:
            yield
        finally:
            self._hold.unlink(missing_ok=True)

    @contextmanager
    def grace(self, seconds: int) -> Iterator[None]:
        """Inside, a task may be unhealthy for so long before ECS replaces it."""
        ecs, named = self.client("ecs"), {"cluster": NAME, "service": f"{NAME}-api"}
        before = self.service()["healthCheckGracePeriodSeconds"]
        ecs.update_service(**named, healthCheckGracePeriodSeconds=seconds)
        try:
            yield
        finally:
            ecs.update_service(**named, healthCheckGracePeriodSeconds=before)

    @contextmanager
    def patient_hook(self) -> Iterator[None]:
        """Inside, the release hook asks again for a minute."""
        functions = self.client("lambda")
        before = functions.get_function_configuration(FunctionName=HOOK)["Environment"]["Variables"]
        patient = before | {"WARMUP_SECONDS": "60"}
        functions.update_function_configuration(FunctionName=HOOK, Environment={"Variables": patient})
        try:
            yield
        finally:
            functions.update_function_configuration(FunctionName=HOOK, Environment={"Variables": before})

    @contextmanager
    def hook_ends_after(self, seconds: int) -> Iterator[None]:
        """Inside, the release hook has so long in all, which are real seconds: it uses them, and the hour is short."""
        functions = self.client("lambda")
        before = functions.get_function_configuration(FunctionName=HOOK)["Timeout"]
        functions.update_function_configuration(FunctionName=HOOK, Timeout=seconds)
        try:
            yield
        finally:
            functions.update_function_configuration(FunctionName=HOOK, Timeout=before)

    @contextmanager
    def hook_is(self, program: str) -> Iterator[None]:
        """Inside, the release hook is another program: `gates.zipped` says how it is written."""
        functions = self.client("lambda")
        package = ROOT / "hook" / "dist" / native_architecture() / "bootstrap.zip"
        functions.update_function_code(FunctionName=HOOK, ZipFile=gates.zipped(program))
        try:
            yield
        finally:
            functions.update_function_code(FunctionName=HOOK, ZipFile=package.read_bytes())

    def hook_may_not(self, action: str) -> AbstractContextManager[None]:
        """Inside, the release hook's role is denied it."""
        return self._denied(self.client("lambda").get_function_configuration(FunctionName=HOOK)["Role"], action)

    def codedeploy_may_not(self, action: str) -> AbstractContextManager[None]:
        """Inside, CodeDeploy's role is denied it."""
        group = self._codedeploy.get_deployment_group(**self.named)["deploymentGroupInfo"]
        return self._denied(group["serviceRoleArn"], action)

    @contextmanager
    def _denied(self, arn: str, action: str) -> Iterator[None]:
        role = arn.rpartition("/")[2]
        statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        self.client("iam").put_role_policy(RoleName=role, PolicyName="denied", PolicyDocument=policy)
        try:
            yield
        finally:
            self.client("iam").delete_role_policy(RoleName=role, PolicyName="denied")

    @contextmanager
    def approval(self, minutes: int) -> Iterator[None]:
        """Inside, a release waits for an approval."""
        group = self._codedeploy.get_deployment_group(**self.named)["deploymentGroupInfo"]
        before = group["blueGreenDeploymentConfiguration"]
        option = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": minutes}
        self._blue_green(before | {"deploymentReadyOption": option})
        try:
            yield
        finally:
            self._blue_green(before)

    def _blue_green(self, settings: dict[str, Any]) -> None:
        self._codedeploy.update_deployment_group(
            applicationName=f"{NAME}-api",
            currentDeploymentGroupName=f"{NAME}-api",
            blueGreenDeploymentConfiguration=settings,
        )

    def alarm(self, state: str) -> None:
        self.client("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue=state, StateReason="3 orders are lost")

    def recover(self) -> None:
        """After a test that failed half-way: ends what it has left, so that the next one begins well."""
        self.gates.open()
        self._hold.unlink(missing_ok=True)
        for deployment in self.under_way():
            if self.info(deployment)["creator"] == "user":
                self._codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
            self.ends(deployment)
