"""What probes and scenarios stand on: each part is made when it is first asked for, and kept for the run.

All of it is small and short-lived; what costs anything on an account are load balancers, a NAT gateway, and a
scenario's tasks.
"""

from __future__ import annotations

import io
import json
import zipfile
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.conformance.account import Account, until
from sandbox.conformance.parts.balancing import PORT
from sandbox.conformance.parts.gateway import Gateway

_NOT_YET_THERE = (
    "InvalidECSServiceException",
    "InvalidParameterException",
    "InvalidParameterValueException",
    "InvalidRoleException",
)
"""A new role takes some seconds to be known everywhere, and a new service to be known to CodeDeploy."""


class World(Gateway):
    """The parts, by name. `renew` forgets them, so that the next ones are made anew under other names."""

    def __init__(self, account: Account, label: str = "w"):
        self.account = account
        self._label = label
        self._generation = 1

    def renew(self) -> None:
        """After something was accepted that should not have been: the old parts stay until the run's end."""
        self._generation += 1
        for name in [name for name in self.__dict__ if name not in ("account", "_label", "_generation")]:
            del self.__dict__[name]

    @property
    def name(self) -> str:
        """Fits where names are shortest, with a suffix of 8: a load balancer's, a target group's."""
        return f"{self.account.run}-{self._label}{self._generation}"

    # Roles and functions ----------------------------------------------------------------------------------------------

    def _role(self, purpose: str, principal: str, policy: str) -> str:
        name = f"{self.name}-{purpose}"
        answer = self._call("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps(trust(principal)))
        arn = f"arn:aws:iam::aws:policy/{policy}"
        self._call("iam", "AttachRolePolicy", RoleName=name, PolicyArn=arn)
        return str(answer["Role"]["Arn"])

    @cached_property
    def policy(self) -> str:
        """A managed policy that nobody has. Its name."""
        self._call("iam", "CreatePolicy", PolicyName=self.name, PolicyDocument=json.dumps(policy()))
        return self.name

    @cached_property
    def stranger(self) -> Account:
        """The account as a user sees it who has no permission."""
        name = f"{self.name}-stranger"
        self._call("iam", "CreateUser", UserName=name)
        return self.account.seen_by(self._call("iam", "CreateAccessKey", UserName=name)["AccessKey"])

    @cached_property
    def execution_role(self) -> str:
        return self._role("tasks", "ecs-tasks.amazonaws.com", "service-role/AmazonECSTaskExecutionRolePolicy")

    @cached_property
    def codedeploy_role(self) -> str:
        return self._role("codedeploy", "codedeploy.amazonaws.com", "AWSCodeDeployRoleForECS")

    @cached_property
    def function_role(self) -> str:
        """May write logs, and be in a VPC."""
        return self._role("function", "lambda.amazonaws.com", "service-role/AWSLambdaVPCAccessExecutionRole")

    @cached_property
    def function_role_without_vpc(self) -> str:
        """May write logs, and no more."""
        return self._role("outside", "lambda.amazonaws.com", "service-role/AWSLambdaBasicExecutionRole")

    @cached_property
    def function(self) -> str:
        """Writes down how it is invoked (``function.sh``). Its name."""
        name = f"{self.name}-hook"
        self._call("logs", "CreateLogGroup", logGroupName=f"/aws/lambda/{name}")
        settings = self.function_settings(name)
        self.account.call("lambda", "CreateFunction", patient_with=_NOT_YET_THERE, **settings)
        look = lambda: self.account.read("lambda", "GetFunctionConfiguration", FunctionName=name)["State"]  # noqa: E731
        until(look, "Active".__eq__)
        return name

    def function_settings(self, name: str) -> dict[str, Any]:
        return {
            "FunctionName": name,
            "Role": self.function_role,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Architectures": ["x86_64"],
            "Timeout": 10,
            "Code": {"ZipFile": _archive()},
        }

    # ECS --------------------------------------------------------------------------------------------------------------

    @cached_property
    def cluster(self) -> str:
        self._call("ecs", "CreateCluster", clusterName=self.name)
        return self.name

    def task_definition_settings(self, **changes: Any) -> dict[str, Any]:
        container = {
            "name": "app",
            "image": "public.ecr.aws/docker/library/busybox:stable",
            "essential": True,
            "portMappings": [{"containerPort": PORT}],
        }
        return {
            "family": self.name,
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": self.execution_role,
            "containerDefinitions": [container],
        } | changes

    @cached_property
    def task_definition(self) -> str:
        answer = self._call("ecs", "RegisterTaskDefinition", **self.task_definition_settings())
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    @property
    def network(self) -> dict[str, Any]:
        groups = [self.security_group]
        return {"awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": groups, "assignPublicIp": "ENABLED"}}

    def service_settings(self, name: str, **changes: Any) -> dict[str, Any]:
        """Of a service that CodeDeploy releases, without tasks."""
        assert self.production_listener, "a target group must be behind a listener first"
        return {
            "cluster": self.cluster,
            "serviceName": name,
            "taskDefinition": self.task_definition,
            "desiredCount": 0,
            "launchType": "FARGATE",
            "deploymentController": {"type": "CODE_DEPLOY"},
            "networkConfiguration": self.network,
            "loadBalancers": [{"targetGroupArn": self.blue, "containerName": "app", "containerPort": PORT}],
        } | changes

    @cached_property
    def service(self) -> str:
        self._call("ecs", "CreateService", **self.service_settings(self.name))
        return self.name

    @cached_property
    def spare_target_groups(self) -> list[str]:
        """A pair for a listener of its own."""
        return [self._target_group(f"{self.name}-spare-1"), self._target_group(f"{self.name}-spare-2")]

    @cached_property
    def spare_listener(self) -> str:
        return self._listener(8081, self.spare_target_groups[0])

    @cached_property
    def spare_service(self) -> str:
        """In no deployment group, and with a listener of its own."""
        assert self.spare_listener, "a target group must be behind a listener first"
        balanced = [{"targetGroupArn": self.spare_target_groups[0], "containerName": "app", "containerPort": PORT}]
        name = f"{self.name}-spare"
        self._call("ecs", "CreateService", **self.service_settings(name, loadBalancers=balanced))
        return name

    def rolling_service_settings(self, name: str) -> dict[str, Any]:
        """Of a service that ECS releases, without tasks and load balancers."""
        return self.service_settings(name, deploymentController={"type": "ECS"}, loadBalancers=[])

    @cached_property
    def rolling_service(self) -> str:
        name = f"{self.name}-rolling"
        self._call("ecs", "CreateService", **self.rolling_service_settings(name))
        return name

    # CodeDeploy -------------------------------------------------------------------------------------------------------

    @cached_property
    def application(self) -> str:
        self._call("codedeploy", "CreateApplication", applicationName=self.name, computePlatform="ECS")
        return self.name

    def deployment_group_settings(self, name: str, **changes: Any) -> dict[str, Any]:
        return {
            "applicationName": self.application,
            "deploymentGroupName": name,
            "serviceRoleArn": self.codedeploy_role,
            "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            "blueGreenDeploymentConfiguration": {
                "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
                "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE"},
            },
            "ecsServices": [{"clusterName": self.cluster, "serviceName": self.service}],
            "loadBalancerInfo": _pair([self.blue, self.green], self.production_listener, self.test_listener),
            "autoRollbackConfiguration": {
                "enabled": True,
                "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"],
            },
        } | changes

    @cached_property
    def deployment_group(self) -> str:
        return self._deployment_group(self.deployment_group_settings(self.name))

    def spare_deployment_group_settings(self, name: str, **changes: Any) -> dict[str, Any]:
        services = [{"clusterName": self.cluster, "serviceName": self.spare_service}]
        pair = _pair(self.spare_target_groups, self.spare_listener)
        return self.deployment_group_settings(name, ecsServices=services, loadBalancerInfo=pair) | changes

    @cached_property
    def spare_deployment_group(self) -> str:
        """Takes the spare service, which is free no more. What is deployed there shifts nobody else's traffic."""
        return self._deployment_group(self.spare_deployment_group_settings(f"{self.name}-spare"))

    def _deployment_group(self, settings: dict[str, Any]) -> str:
        self.account.call("codedeploy", "CreateDeploymentGroup", patient_with=_NOT_YET_THERE, **settings)
        return str(settings["deploymentGroupName"])

    # The rest ---------------------------------------------------------------------------------------------------------

    @cached_property
    def log_group(self) -> str:
        self._call("logs", "CreateLogGroup", logGroupName=f"/{self.name}")
        return f"/{self.name}"

    @cached_property
    def log_stream(self) -> str:
        self._call("logs", "CreateLogStream", logGroupName=self.log_group, logStreamName="stream")
        return "stream"

    @cached_property
    def parameter(self) -> str:
        self._call("ssm", "PutParameter", Name=f"/{self.name}/text", Type="String", Value="text")
        return f"/{self.name}/text"

    @cached_property
    def repository(self) -> str:
        self._call("ecr", "CreateRepository", repositoryName=self.name)
        return self.name

    @cached_property
    def bucket(self) -> str:
        name = f"{self.name}-{self.account.number}"
        self._call("s3", "CreateBucket", **self.bucket_settings(name))
        return name

    def bucket_settings(self, name: str) -> dict[str, Any]:
        place = {"CreateBucketConfiguration": {"LocationConstraint": self.account.region}}
        return {"Bucket": name} | ({} if self.account.region == "us-east-1" else place)

    @cached_property
    def topic(self) -> str:
        return str(self._call("sns", "CreateTopic", Name=self.name)["TopicArn"])

    @cached_property
    def events_rule(self) -> str:
        self._call("events", "PutRule", Name=self.name, ScheduleExpression="rate(3 days)", State="DISABLED")
        return self.name

    def alarm_settings(self, name: str, **changes: Any) -> dict[str, Any]:
        """Of an alarm that never has any data."""
        return {
            "AlarmName": name,
            "Namespace": "GreenlightConformance",
            "MetricName": "nothing",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
        } | changes

    @cached_property
    def alarm(self) -> str:
        self._call("cloudwatch", "PutMetricAlarm", **self.alarm_settings(self.name))
        return self.name

    def scalable_target_settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{self.cluster}/{self.service}",
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": 0,
            "MaxCapacity": 1,
        } | changes

    @cached_property
    def scalable_target(self) -> str:
        settings = self.scalable_target_settings()
        # https://github.com/spinnaker/spinnaker/issues/4371: a new service is not known to it at once.
        self.account.call(
            "application-autoscaling", "RegisterScalableTarget", patient_with=["ValidationException"], **settings
        )
        return str(settings["ResourceId"])

    @property
    def missing(self) -> str:
        """A name that nothing has."""
        return f"{self.name}-none"

    def arn(self, service: str, rest: str) -> str:
        """Of something that may not exist."""
        return f"arn:aws:{service}:{self.account.region}:{self.account.number}:{rest}"


def trust(principal: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def policy(**changes: Any) -> dict[str, Any]:
    """Lets whoever has it do next to nothing."""
    statement = {"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"} | changes
    return {"Version": "2012-10-17", "Statement": [statement]}


def _pair(target_groups: list[str], production: str, test: str | None = None) -> dict[str, Any]:
    """What a deployment group is told of a load balancer, by ARNs."""
    # arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID
    pair: dict[str, Any] = {
        "targetGroups": [{"name": arn.split("/")[1]} for arn in target_groups],
        "prodTrafficRoute": {"listenerArns": [production]},
    }
    if test is not None:
        pair["testTrafficRoute"] = {"listenerArns": [test]}
    return {"targetGroupPairInfoList": [pair]}


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        item = zipfile.ZipInfo("bootstrap")
        item.external_attr = 0o100755 << 16
        file.writestr(item, (Path(__file__).parent / "function.sh").read_bytes())
    return buffer.getvalue()
