"""A deployment group on a stack of the tests, and what is asked of it again and again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.roles import codedeploy_role
from tests.sandbox.running_stack import until
from tests.sandbox.stack import Stack, make, service

Client = Callable[[str], Any]
AFTER_INSTALL = (
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)
AT_ONCE = {"actionOnTimeout": "CONTINUE_DEPLOYMENT"}
APPROVAL = {
    "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60},
    "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE"},
}
ENDED = ("Succeeded", "Failed", "Stopped")


def appspec(task_definition: str, container: str = "api", hooks: dict[str, str] | None = None) -> str:
    service = {
        "TaskDefinition": task_definition,
        "LoadBalancerInfo": {"ContainerName": container, "ContainerPort": 3000},
    }
    document: dict[str, Any] = {
        "version": 0.0,
        "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": service}}],
        "Hooks": [{event: function} for event, function in (hooks or {}).items()],
    }
    return json.dumps(document)


class Releases:
    """The application and the group of a service, each called like it."""

    def __init__(self, client: Client, name: str, prod: str, test: str | None = None, **changes: Any):
        self.name = name
        self.codedeploy = client("codedeploy")
        pair: dict[str, Any] = {
            "targetGroups": [{"name": f"{name}-blue"}, {"name": f"{name}-green"}],
            "prodTrafficRoute": {"listenerArns": [prod]},
        }
        if test is not None:
            pair["testTrafficRoute"] = {"listenerArns": [test]}
        self.codedeploy.create_application(applicationName=name, computePlatform="ECS")
        settings: dict[str, Any] = {
            "serviceRoleArn": codedeploy_role(client),
            "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            "ecsServices": [{"clusterName": name, "serviceName": name}],
            "loadBalancerInfo": {"targetGroupPairInfoList": [pair]},
            "autoRollbackConfiguration": {
                "enabled": True,
                "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"],
            },
        }
        self.codedeploy.create_deployment_group(**self.named, **{**settings, **changes})

    @property
    def named(self) -> dict[str, str]:
        return {"applicationName": self.name, "deploymentGroupName": self.name}

    @property
    def target_id(self) -> str:
        return f"{self.name}:{self.name}"

    def deploy(self, content: str, **params: Any) -> str:
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
        answer = self.codedeploy.create_deployment(**{**self.named, "revision": revision, **params})
        return str(answer["deploymentId"])

    def info(self, deployment: str) -> dict[str, Any]:
        return dict(self.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"])

    def target(self, deployment: str) -> dict[str, Any]:
        answer = self.codedeploy.get_deployment_target(deploymentId=deployment, targetId=self.target_id)
        return dict(answer["deploymentTarget"]["ecsTarget"])

    def events(self, deployment: str) -> dict[str, str]:
        return {event["lifecycleEventName"]: event["status"] for event in self.target(deployment)["lifecycleEvents"]}

    def reaches(self, deployment: str, *statuses: str, seconds: float = 60) -> dict[str, Any]:
        found = until(lambda: self.info(deployment), lambda info: info["status"] in (*statuses, *ENDED), seconds)
        assert found["status"] in statuses, found
        return found


@pytest.fixture
def stack(client: Client, name: str) -> Stack:
    made = make(client, name)
    service(client, made)
    return made


@pytest.fixture
def releases(client: Client, stack: Stack) -> Releases:
    return Releases(client, stack.name, stack.prod)


@pytest.fixture
def approved(client: Client, stack: Stack) -> Releases:
    """A group whose deployments wait before production moves."""
    return Releases(client, stack.name, stack.prod, blueGreenDeploymentConfiguration=APPROVAL)


def refusal(call: Callable[..., Any], *args: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(*args, **params)
    return str(caught.value.response["Error"]["Code"])
