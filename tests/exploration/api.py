"""What AWS answers to `greenlight`: the deployments are the engine's, shown by the sandbox's own API."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

from moto.codedeploy.exceptions import CodeDeployException, DeploymentDoesNotExistException

from sandbox.aws.codedeploy import deployments
from sandbox.codedeploy_engine import appspec, ledger
from sandbox.codedeploy_engine.records import Deployment
from tests.exploration.settings import BEFORE, CRASHES, LATE, NEVER, NO, UNHEARD, YES
from tests.exploration.world import World
from tests.greenlight.fake_aws import FakeAws
from tests.greenlight.script import BLUE as V2
from tests.greenlight.script import failure, forward
from tests.sandbox.codedeploy_world import ALARMS, make

APPLICATION, GROUP = SimpleNamespace(application_name="dev-api"), SimpleNamespace(deployment_group_name="dev-api")
SUSPENDED = dict.fromkeys(
    ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), True
)
BEFORE_ANY_RELEASE = SUSPENDED | {"DynamicScalingOutSuspended": False}
"""Somebody has suspended a part of it on purpose."""

NAMED_AFTER = 5.0
"""Seconds until a failed deployment names the one that undoes it."""

TOKEN = "00000000-0000-0000-0000-000000000001"


class _Backend:
    """What the sandbox's API needs of moto's."""

    def __init__(self, world: World) -> None:
        self.deployments = world.deployments

    def get_deployment(self, id: str) -> Deployment:
        if id not in self.deployments:
            raise DeploymentDoesNotExistException(id)
        return self.deployments[id]

    def get_application(self, _name: str) -> None: ...

    def get_deployment_group(self, _application: str, _name: str) -> None: ...


class _Request:
    """A request to the sandbox's API."""

    current_account, region = "123456789012", "us-east-1"

    def __init__(self, world: World, params: dict[str, Any]) -> None:
        self.codedeploy_backend = _Backend(world)
        self._get_param = params.get


class Api(FakeAws):
    """`caller` is who asks."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.before = dict(BEFORE_ANY_RELEASE)
        self.suspended = dict(self.before)
        self.images |= {":third": V2.replace("b", "c"), V2.replace("b", "c"): V2.replace("b", "c")}
        self.makers: dict[str, Any] = {}
        """By deployment, the process that has made it."""

        self.listed_from: dict[str, float] = {}
        self.tasks = world.stopped_tasks
        world.service.task_sets[0].task_definition = "arn:aws:ecs:us-east-1:123456789012:task-definition/api:1"
        world.hook_answers = self._hook_answers
        world.keeps_still = self._keeps_still
        self.configs["CodeDeployDefault.ECSAllAtOnce"] = {
            "computePlatform": "ECS",
            "trafficRoutingConfig": dict(world.settings.routing),
        }

    def revisions_of(self, tag: str) -> list[str]:
        """The task definitions that have the image of this tag."""
        found = {arn: one["definition"]["containerDefinitions"][0]["image"] for arn, one in self.revisions.items()}
        return [arn for arn, image in found.items() if image.endswith(self.images[tag])]

    def answer(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        name = action.replace(":", "_").replace("-", "_")
        answer: dict[str, Any] = getattr(self, name)(**request)
        return answer

    def _sandbox(self, verb: Any, **params: Any) -> Any:
        try:
            return verb(cast(Any, _Request(self.world, params))).result
        except CodeDeployException as refusal:
            raise failure(refusal.error_type) from None

    def _keeps_still(self, deployment: Deployment) -> bool:
        return self.is_suspended or not self.makers[deployment.deployment_id].can_hold()

    @property
    def is_suspended(self) -> bool:
        return self.suspended == SUSPENDED

    # CodeDeploy -------------------------------------------------------------------------------------------------------

    def codedeploy_CreateDeployment(  # noqa: N802
        self,
        revision: Any,
        description: str,
        overrideAlarmConfiguration: Any = None,  # noqa: N803
        **_: Any,
    ) -> Any:
        world, settings = self.world, self.world.settings
        backend = cast(Any, SimpleNamespace(deployments=world.deployments))
        if ledger.active(backend, GROUP):
            raise failure("DeploymentLimitExceededException")
        spec = revision["appSpecContent"]
        self.appspecs[spec["sha256"]] = spec["content"]
        found = appspec.parse(spec["content"])
        deployment = make(
            bake=settings.bake_minutes,
            ready=settings.ready,
            application=APPLICATION,
            group=GROUP,
            cluster="dev",
            service="dev-api",
            routing=dict(settings.routing),
            revision=revision,
            appspec=found,
            description=description,
            auto_rollback=settings.auto_rollback,
            alarms=overrideAlarmConfiguration or (ALARMS if settings.alarms else None),
        )
        ledger.add(backend, deployment)
        world.begin_new()
        return {"deploymentId": deployment.deployment_id}

    def codedeploy_GetDeployment(self, deploymentId: str) -> Any:  # noqa: N802, N803
        found = self._sandbox(deployments.get_deployment, deploymentId=deploymentId)["deploymentInfo"]
        undone = found.get("completeTime") and "rollbackDeploymentId" in found.get("rollbackInfo", {})
        if undone and (self.world.utc() - found["completeTime"]).total_seconds() < NAMED_AFTER:
            del found["rollbackInfo"]
        return {"deploymentInfo": found}

    def codedeploy_GetDeploymentTarget(self, deploymentId: str, targetId: str) -> Any:  # noqa: N802, N803
        return self._sandbox(deployments.get_deployment_target, deploymentId=deploymentId, targetId=targetId)

    def codedeploy_BatchGetDeployments(self, deploymentIds: list[str]) -> Any:  # noqa: N802, N803
        return {
            "deploymentsInfo": [
                self.codedeploy_GetDeployment(deploymentId=one)["deploymentInfo"] for one in deploymentIds
            ]
        }

    def codedeploy_ListDeployments(  # type: ignore[override]  # noqa: N802
        self,
        includeOnlyStatuses: Iterable[str] = (),  # noqa: N803
        **params: Any,
    ) -> Any:
        found = self._sandbox(deployments.list_deployments, includeOnlyStatuses=list(includeOnlyStatuses), **params)
        return {"deployments": [one for one in found["deployments"] if self.listed(one)]}

    def listed(self, id: str) -> bool:
        return self.world.seconds >= self.listed_from.get(id, 0.0)

    def codedeploy_StopDeployment(self, **params: Any) -> Any:  # type: ignore[override]  # noqa: N802
        self.world.note(f"StopDeployment {params['deploymentId']}, rollback: {params.get('autoRollbackEnabled')}")
        return self._sandbox(deployments.stop_deployment, **params)

    def codedeploy_ContinueDeployment(self, **params: Any) -> Any:  # type: ignore[override]  # noqa: N802
        return self._sandbox(deployments.continue_deployment, **params)

    def codedeploy_GetDeploymentGroup(self, **_: Any) -> Any:  # noqa: N802
        settings = self.world.settings
        waits = {
            "deploymentReadyOption": settings.ready,
            "terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": settings.bake_minutes},
        }
        group = {"deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce", "blueGreenDeploymentConfiguration": waits}
        return {"deploymentGroupInfo": group | {"loadBalancerInfo": {"targetGroupPairInfoList": [self.pair]}}}

    # The rest of AWS --------------------------------------------------------------------------------------------------

    def ecs_DescribeServices(self, **_: Any) -> Any:  # noqa: N802
        network = {"subnets": ["subnet-2", "subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
        sets = [
            {
                "status": one.status,
                "taskDefinition": one.task_definition,
                "networkConfiguration": {"awsvpcConfiguration": network},
                "loadBalancers": one.load_balancers,
                "computedDesiredCount": one.computedDesiredCount,
                "runningCount": one.runningCount,
                "platformVersion": "1.4.0",
            }
            for one in self.world.service.task_sets
        ]
        service = {
            "status": "ACTIVE",
            "deploymentController": {"type": "CODE_DEPLOY"},
            "taskDefinition": self.world.primary_set().task_definition,
            "taskSets": sets,
            "desiredCount": 2,
            "runningCount": 2,
        }
        return {"services": [service]}

    def elasticloadbalancing_DescribeRules(self, ListenerArn: str, Marker: str = "0") -> Any:  # noqa: ARG002, N802, N803
        shares = self.world.shares[ListenerArn]
        groups = [{"TargetGroupArn": group, "Weight": int(part)} for group, part in shares.items()]
        return {"Rules": [forward("default", ForwardConfig={"TargetGroups": groups})]}

    def cloudwatch_DescribeAlarms(self, AlarmTypes: list[str], **_: Any) -> Any:  # noqa: N802, N803
        self.alarms = {name: {} for name in self.world.firing}
        return super().cloudwatch_DescribeAlarms(AlarmTypes)

    def application_autoscaling_RegisterScalableTarget(self, SuspendedState: Any, **_: Any) -> Any:  # noqa: N802, N803
        self.suspended = dict(SuspendedState)
        acts = self.suspended != SUSPENDED
        self.world.note(f"autoscaling {'acts' if acts else 'is suspended'}")
        return {}

    def ssm_DeleteParameter(self, Name: str) -> Any:  # noqa: N802, N803
        if Name not in self.parameters:
            raise failure("ParameterNotFound")
        return super().ssm_DeleteParameter(Name)

    # The hooks --------------------------------------------------------------------------------------------------------

    def _hook_answers(self, deployment: Deployment, event: str, execution: str) -> None:
        """The function runs: it answers CodeDeploy, or not, and says so in its log."""
        world = self.world
        spared = world.settings.only_the_first and deployment is not next(iter(world.deployments.values()))
        how = world.settings.hooks[event] if world.exploring and not spared else YES
        begun = world.utc()
        delay = 3700.0 if how == LATE else 8.0
        world.note(f"the hook of {event} is asked, and answers: {how}")
        log = self._log if event == BEFORE else lambda *_: None
        log(begun, f"START RequestId: {TOKEN} Version: $LATEST")

        def answer() -> None:
            if how == CRASHES:
                log(begun, f"RequestId: {TOKEN} Error: Runtime exited with error: exit status 1")
                return
            verdict = "Failed" if how == NO else "Succeeded"
            if self._put(deployment.deployment_id, execution, verdict):
                world.note(f"CodeDeploy hears from the hook of {event}: {verdict}")
                if verdict == "Succeeded":
                    world.consents.add((deployment.deployment_id, event))
            record: dict[str, Any] = {
                "greenlight": "verdict",
                "deployment_id": deployment.deployment_id,
                "status": verdict,
            }
            record |= {"passed": 1, "failed": 0, "reported": how != UNHEARD, "put_error": "timed out", "reason": "x"}
            log(begun, json.dumps(record))

        if how != NEVER:
            world.at(world.seconds + delay, answer)

    def _put(self, deployment_id: str, execution: str, status: str) -> bool:
        params = {"deploymentId": deployment_id, "lifecycleEventHookExecutionId": execution, "status": status}
        try:
            deployments.put_lifecycle_event_hook_execution_status(cast(Any, _Request(self.world, params)))
        except CodeDeployException:
            return False
        return True

    def _log(self, begun: datetime, message: str) -> None:
        number = len(self.logs)
        self.logs.append({"message": message, "timestamp": int(begun.timestamp() * 1000) + number})
