"""An AWS with one service that plays a script: each look at a deployment shows its next step."""

import json
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from botocore.session import get_session
from botocore.validate import ParamValidator

from greenlight.aws import CLIENTS, OPERATIONS
from tests.greenlight.fake_surroundings import Surroundings
from tests.greenlight.script import BEGAN, BLUE, FAMILY, GOOD, GREEN, REPOSITORY, failure, forward

MANIFEST: dict[str, Any] = json.loads((Path(__file__).parents[2] / "contracts" / "release-manifest.json").read_text())


class FakeAws(Surroundings):
    region = "us-east-1"
    account = "123456789012"
    partition = "aws"
    console = None

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.errors: dict[str, list[BaseException]] = {}
        self.parameters = {"/greenlight/dev/api": json.dumps(MANIFEST)}
        self.revisions: dict[str, dict[str, Any]] = {}
        self.images = {":green": GREEN, ":blue": BLUE, GREEN: GREEN, BLUE: BLUE}
        self.running = 2  # tasks of the live revision
        self.tasks: list[dict[str, Any]] = []
        self.unhealthy: list[dict[str, Any]] = []
        self.logs: list[str | dict[str, Any]] = []  # a line of the hook's, or more of its event
        self.streams: dict[str, list[str]] = {}  # of the tasks
        self.alarms: dict[str, dict[str, Any]] = {}  # what is otherwise than of one that fires
        self.configs: dict[str, dict[str, Any]] = {
            "CodeDeployDefault.ECSAllAtOnce": {"computePlatform": "ECS", "trafficRoutingConfig": {"type": "AllAtOnce"}}
        }
        self.hook_retries: int | None = 0
        self.hook_states: list[dict[str, str]] = [{"State": "Active"}]  # the last one stays
        self.suspended = dict.fromkeys(
            ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
        )
        self.deployments: dict[str, list[dict[str, Any]]] = {}  # oldest first; the last step stays
        self.not_yet: set[str] = set()  # deployments that are not listed: they come up in the course of the play
        self.appspecs: dict[str, str] = {}
        self.next_script: list[dict[str, Any]] = GOOD
        self.stop_script: list[dict[str, Any]] = []
        self.register(image=f"{REPOSITORY}@{GREEN}")
        self.live = f"{FAMILY}:1"
        both = [{"TargetGroupArn": "arn:blue", "Weight": 0}, {"TargetGroupArn": "arn:green", "Weight": 100}]
        self.rules = {
            "arn:prod": [forward("default", ForwardConfig={"TargetGroups": both})],
            "arn:test": [forward("default", TargetGroupArn="arn:green")],
        }
        self.placement: dict[str, Any] = {"platformVersion": "1.4.0"}
        self.other_sets: list[dict[str, Any]] = []  # task sets next to the live one
        self.balancers: list[dict[str, Any]] = []  # of the live task set

    # The world ------------------------------------------------------------------------------------------------------

    def register(self, image: str, tags: dict[str, str] | None = None, **changes: Any) -> str:
        arn = f"{FAMILY}:{len(self.revisions) + 1}"
        container = {"name": "api", "image": image, "essential": True, "environment": [], "mountPoints": []}
        container["portMappings"] = [{"containerPort": 3000, "hostPort": 3000, "protocol": "tcp"}]
        container |= changes.pop("container", {})
        definition = {
            "taskDefinitionArn": arn,
            "family": "api",
            "cpu": "256",
            "memory": "512",
            "status": "ACTIVE",
            "requiresAttributes": [{"name": "x"}],
            "containerDefinitions": [container],
        }
        self.revisions[arn] = {"definition": definition | changes, "tags": tags or {}}
        return arn

    def play(self, deployment_id: str, script: list[dict[str, Any]], **info: Any) -> str:
        """Adds a deployment that shows `script`, one step a look."""
        named = {"applicationName": "dev-api", "deploymentGroupName": "dev-api"}
        made = named | {"deploymentId": deployment_id, "createTime": BEGAN, "creator": "user"} | info
        self.deployments[deployment_id] = [
            {"info": made | found["info"], "target": found["target"]} for found in deepcopy(script)
        ]
        return deployment_id

    def past(self, deployment_id: str, arn: str, status: str = "Succeeded", **info: Any) -> str:
        """A deployment of `arn` that is over."""
        sha256 = f"sha-of-{arn}"
        self.appspecs[sha256] = json.dumps({"Resources": [{"TargetService": {"Properties": {"TaskDefinition": arn}}}]})
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": sha256}}
        return self.play(deployment_id, [{"info": {"status": status}, "target": None}], revision=revision, **info)

    def made(self, action: str) -> list[dict[str, Any]]:
        """The requests of this action so far."""
        return [request for name, request in self.calls if name == action]

    # AWS ------------------------------------------------------------------------------------------------------------

    def in_region(self, region: str) -> "FakeAws":
        assert region == self.region
        return self

    def call(self, action: str, **request: Any) -> dict[str, Any]:
        _validate(action, request)
        self.calls.append((action, deepcopy(request)))
        if self.errors.get(action):
            error = self.errors[action].pop(0)
            if isinstance(error, ClientError):
                error.operation_name = OPERATIONS.get(action, action.split(":")[1])
            raise error
        name = action.replace(":", "_").replace("-", "_")
        answer: dict[str, Any] = getattr(self, name)(**request)
        return deepcopy(answer)

    call_once = call

    def ssm_GetParameter(self, Name: str) -> Any:  # noqa: N802, N803
        if Name not in self.parameters:
            raise failure("ParameterNotFound")
        return {"Parameter": {"Name": Name, "Value": self.parameters[Name]}}

    def ssm_GetParametersByPath(self, Path: str, Recursive: bool) -> Any:  # noqa: N802, N803
        def is_below(name: str) -> bool:
            return name.startswith(f"{Path}/") and (Recursive or "/" not in name.removeprefix(f"{Path}/"))

        return {"Parameters": [{"Name": n, "Value": v} for n, v in self.parameters.items() if is_below(n)]}

    def ssm_PutParameter(self, Name: str, Value: str, Overwrite: bool, **_: Any) -> Any:  # noqa: N802, N803
        if Name in self.parameters and not Overwrite:
            raise failure("ParameterAlreadyExists")
        self.parameters[Name] = Value
        return {}

    def ssm_DeleteParameter(self, Name: str) -> Any:  # noqa: N802, N803
        del self.parameters[Name]
        return {}

    def application_autoscaling_DescribeScalableTargets(self, **_: Any) -> Any:  # noqa: N802
        return {"ScalableTargets": [{"SuspendedState": self.suspended}]}

    def application_autoscaling_RegisterScalableTarget(self, SuspendedState: Any, **_: Any) -> Any:  # noqa: N802, N803
        self.suspended = SuspendedState
        return {}

    def ecr_DescribeImages(self, imageIds: list[dict[str, str]], **_: Any) -> Any:  # noqa: N802, N803
        (wanted,) = imageIds
        digest = self.images.get(wanted.get("imageDigest") or f":{wanted.get('imageTag')}")
        if digest is None:
            raise failure("ImageNotFoundException")
        return {"imageDetails": [{"imageDigest": digest}]}

    def ecs_DescribeServices(self, **_: Any) -> Any:  # noqa: N802
        network = {
            "awsvpcConfiguration": {
                "subnets": ["subnet-2", "subnet-1"],
                "securityGroups": ["sg-1"],
                "assignPublicIp": "DISABLED",
            }
        }
        primary: dict[str, Any] = {
            "status": "PRIMARY",
            "taskDefinition": self.live,
            "networkConfiguration": network,
            "loadBalancers": self.balancers,
            "computedDesiredCount": 2,
            "runningCount": self.running,
            **self.placement,
        }
        service = {
            "status": "ACTIVE",
            "deploymentController": {"type": "CODE_DEPLOY"},
            "taskDefinition": self.live,
            "taskSets": [*self.other_sets, primary],
            "desiredCount": self.desired,
            "runningCount": self.running + sum(one["runningCount"] for one in self.other_sets),
        }
        return {"services": [service]}

    def ecs_DescribeTaskDefinition(self, taskDefinition: str, **_: Any) -> Any:  # noqa: N802, N803
        if taskDefinition not in self.revisions:
            raise failure("ClientException")
        found = self.revisions[taskDefinition]
        tags = [{"key": key, "value": value} for key, value in found["tags"].items()]
        return {"taskDefinition": found["definition"], "tags": tags}

    def ecs_RegisterTaskDefinition(self, tags: Any, **content: Any) -> Any:  # noqa: N802
        arn = self.register("", {tag["key"]: tag["value"] for tag in tags})
        self.revisions[arn]["definition"] = content | {"taskDefinitionArn": arn, "status": "ACTIVE"}
        return {"taskDefinition": {"taskDefinitionArn": arn}}

    def ecs_ListTasks(self, desiredStatus: str, maxResults: int, nextToken: str = "0", **_: Any) -> Any:  # noqa: N802, N803
        start, end = int(nextToken), int(nextToken) + maxResults
        arns = [task["taskArn"] for task in self.tasks if task["desiredStatus"] == desiredStatus]
        return {"taskArns": arns[start:end]} | ({"nextToken": str(end)} if arns[end:] else {})

    def ecs_DescribeTasks(self, tasks: list[str], **_: Any) -> Any:  # noqa: N802
        assert len(tasks) <= 100, "as many as AWS takes"
        return {"tasks": [task for task in self.tasks if task["taskArn"] in tasks]}

    def elasticloadbalancing_DescribeTargetHealth(self, **_: Any) -> Any:  # noqa: N802
        return {"TargetHealthDescriptions": self.unhealthy}

    def elasticloadbalancing_DescribeRules(self, ListenerArn: str, Marker: str = "0") -> Any:  # noqa: N802, N803
        """One rule a page."""
        if ListenerArn not in self.rules:
            raise failure("ListenerNotFound")
        rules, place = self.rules[ListenerArn], int(Marker)
        more = {"NextMarker": str(place + 1)} if rules[place + 1 :] else {}
        return {"Rules": rules[place : place + 1]} | more

    def cloudwatch_DescribeAlarms(self, AlarmTypes: list[str], **_: Any) -> Any:  # noqa: N802, N803
        assert AlarmTypes == ["MetricAlarm", "CompositeAlarm"], "AWS tells of metric alarms only otherwise"
        found = {"StateValue": "ALARM", "StateReason": "too many 5xx", "AlarmDescription": "It is bad."}
        return {"MetricAlarms": [{"AlarmName": name, **found, **more} for name, more in self.alarms.items()]}

    def lambda_GetFunctionConfiguration(self, **_: Any) -> Any:  # noqa: N802
        return self.hook_states.pop(0) if len(self.hook_states) > 1 else self.hook_states[0]

    def lambda_GetFunctionEventInvokeConfig(self, **_: Any) -> Any:  # noqa: N802
        if self.hook_retries is None:
            raise failure("ResourceNotFoundException", status=404)
        return {"MaximumRetryAttempts": self.hook_retries}

    def lambda_InvokeFunction(self, **_: Any) -> Any:  # noqa: N802
        raise failure("ResourceNotReadyException", status=502)

    def logs_FilterLogEvents(self, startTime: int, **_: Any) -> Any:  # noqa: N802, N803
        plain = [{"message": line} if isinstance(line, str) else line for line in self.logs]
        known: dict[str, Any] = {"timestamp": int(BEGAN.timestamp() * 1000), "logStreamName": "one"}
        events = [known | line | {"eventId": str(line), "message": f"{line['message']}\n"} for line in plain]
        return {"events": [event for event in events if event["timestamp"] >= startTime]}

    def logs_GetLogEvents(self, logStreamName: str, limit: int, startFromHead: bool, **_: Any) -> Any:  # noqa: N802, N803
        if logStreamName not in self.streams:
            raise failure("ResourceNotFoundException")
        assert not startFromHead
        return {"events": [{"message": f"{line}\n"} for line in self.streams[logStreamName][-limit:]]}

    def codedeploy_GetDeployment(self, deploymentId: str) -> Any:  # noqa: N802, N803
        steps = self.deployments.get(deploymentId)
        if steps is None:
            raise failure("DeploymentDoesNotExistException")
        return {"deploymentInfo": steps[0]["info"]}

    def codedeploy_GetDeploymentTarget(self, deploymentId: str, targetId: str) -> Any:  # noqa: N802, N803
        assert targetId == "dev:dev-api"
        steps = self.deployments[deploymentId]
        now = steps.pop(0) if len(steps) > 1 else steps[0]
        if now["info"]["status"] == "Succeeded" and now["info"].get("releases"):
            self.live = now["info"]["releases"]
        if now["target"] is None:
            raise failure("DeploymentNotStartedException")
        return {"deploymentTarget": {"ecsTarget": now["target"]}}

    def codedeploy_BatchGetDeployments(self, deploymentIds: list[str]) -> Any:  # noqa: N802, N803
        assert len(deploymentIds) <= 25, "as many as AWS takes"
        return {"deploymentsInfo": [self.deployments[found][0]["info"] for found in deploymentIds]}

    def codedeploy_ListDeployments(  # noqa: N802
        self,
        includeOnlyStatuses: Iterable[str] = (),  # noqa: N803
        nextToken: str = "0",  # noqa: N803
        **_: Any,
    ) -> Any:
        """Page by page."""
        wanted, start, end = set(includeOnlyStatuses), int(nextToken), int(nextToken) + 100
        newest = [pair for pair in reversed(self.deployments.items()) if pair[0] not in self.not_yet]
        names = [name for name, steps in newest if not wanted or steps[0]["info"]["status"] in wanted]
        return {"deployments": names[start:end]} | ({"nextToken": str(end)} if names[end:] else {})

    def codedeploy_CreateDeployment(self, revision: Any, description: str, **more: Any) -> Any:  # noqa: N802
        spec = revision["appSpecContent"]
        self.appspecs[spec["sha256"]] = spec["content"]
        released = json.loads(spec["content"])["Resources"][0]["TargetService"]["Properties"]["TaskDefinition"]
        hashed = {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": spec["sha256"]}}
        name = f"d-NEW{len(self.deployments)}"
        config = {"deploymentConfigName": more.get("deploymentConfigName", "CodeDeployDefault.ECSAllAtOnce")}
        self.play(name, self.next_script, revision=hashed, description=description, releases=released, **config)
        return {"deploymentId": name}

    def codedeploy_StopDeployment(self, deploymentId: str, **_: Any) -> Any:  # noqa: N802, N803
        steps = self.deployments[deploymentId]
        if steps[0]["info"]["status"] in ("Succeeded", "Failed", "Stopped"):
            raise failure("DeploymentAlreadyCompletedException")
        if self.stop_script:
            kept = {k: v for k, v in steps[0]["info"].items() if k != "instanceTerminationWaitTimeStarted"}
            self.play(deploymentId, [one | {"info": kept | one["info"]} for one in self.stop_script])
        return {"status": "Pending"}

    def codedeploy_ContinueDeployment(self, deploymentId: str, **kinds: Any) -> Any:  # noqa: N802, N803
        if kinds["deploymentWaitType"] == "READY_WAIT":
            if self.deployments[deploymentId][0]["info"]["status"] != "Ready":
                raise failure("DeploymentIsNotInReadyStateException")
            self.deployments[deploymentId] = self.deployments[deploymentId][1:]
        else:
            self.deployments[deploymentId] = self.deployments[deploymentId][-1:]
        return {}

    def codedeploy_GetDeploymentGroup(self, **_: Any) -> Any:  # noqa: N802
        waits = {
            "deploymentReadyOption": {"waitTimeInMinutes": 0},
            "terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": 5},
        }
        self.group_is_there()
        return {
            "deploymentGroupInfo": {
                "loadBalancerInfo": {"targetGroupPairInfoList": [self.pair]},
                "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
                "blueGreenDeploymentConfiguration": waits,
            }
        }

    def codedeploy_GetDeploymentConfig(self, deploymentConfigName: str) -> Any:  # noqa: N802, N803
        if deploymentConfigName not in self.configs:
            raise failure("DeploymentConfigDoesNotExistException")
        return {"deploymentConfigInfo": self.configs[deploymentConfigName]}

    def codedeploy_ListDeploymentConfigs(self, nextToken: str = "0") -> Any:  # noqa: N802, N803
        """One a page."""
        names, place = list(self.configs), int(nextToken)
        return {"deploymentConfigsList": names[place : place + 1]} | (
            {"nextToken": str(place + 1)} if names[place + 1 :] else {}
        )

    def codedeploy_GetApplicationRevision(self, revision: Any, **_: Any) -> Any:  # noqa: N802
        sha256 = revision["appSpecContent"]["sha256"]
        if sha256 not in self.appspecs:
            raise failure("RevisionDoesNotExistException")
        return {"revision": {"appSpecContent": {"sha256": sha256, "content": self.appspecs[sha256]}}}


_SESSION = get_session()
_MODELS: dict[str, Any] = {}


def _validate(action: str, request: dict[str, Any]) -> None:
    """AWS's own model has to know every field that we send."""
    service, operation = action.split(":")
    if service not in _MODELS:
        _MODELS[service] = _SESSION.get_service_model(CLIENTS.get(service, service))
    report = ParamValidator().validate(
        request, _MODELS[service].operation_model(OPERATIONS.get(action, operation)).input_shape
    )
    assert not report.has_errors(), report.generate_report()
