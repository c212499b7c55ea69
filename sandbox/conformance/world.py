"""What probes and scenarios stand on: each part is made when it is first asked for, and kept for the run.

All of it is small and short-lived; what costs anything on an account is the load balancer, and a scenario's tasks.
"""

from __future__ import annotations

import io
import json
import zipfile
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.conformance.account import Account, until

PORT = 3000
"""Where the image's container listens, and answers 200 to ``GET /health``."""

_NOT_YET_A_ROLE = ("InvalidParameterValueException", "InvalidRoleException", "InvalidParameterException")
"""A new role takes some seconds to be known everywhere."""


class World:
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

    def _call(self, service: str, operation: str, /, **request: Any) -> dict[str, Any]:
        return self.account.call(service, operation, **request)

    # Network ----------------------------------------------------------------------------------------------------------

    @cached_property
    def vpc(self) -> str:
        made = str(self._call("ec2", "CreateVpc", CidrBlock="10.255.0.0/16")["Vpc"]["VpcId"])
        # CreateSubnet right after CreateVpc may be told that there is none.
        until(lambda: self.account.read("ec2", "DescribeVpcs", VpcIds=[made])["Vpcs"][0]["State"], "available".__eq__)
        return made

    @cached_property
    def zones(self) -> list[str]:
        filters = [{"Name": "opt-in-status", "Values": ["opt-in-not-required"]}]
        found = self.account.read("ec2", "DescribeAvailabilityZones", Filters=filters)["AvailabilityZones"]
        return [zone["ZoneName"] for zone in found[:2]]

    @cached_property
    def subnets(self) -> list[str]:
        return [self._subnet(zone, f"10.255.{number}.0/24") for number, zone in enumerate(self.zones)]

    @cached_property
    def second_subnet_of_a_zone(self) -> str:
        return self._subnet(self.zones[0], "10.255.8.0/24")

    @cached_property
    def empty_subnet(self) -> str:
        return self._subnet(self.zones[0], "10.255.9.0/24")

    def _subnet(self, zone: str, block: str) -> str:
        answer = self._call("ec2", "CreateSubnet", VpcId=self.vpc, CidrBlock=block, AvailabilityZone=zone)
        return str(answer["Subnet"]["SubnetId"])

    @cached_property
    def internet(self) -> str:
        """The internet gateway, with the route to it: tasks of scenarios pull their image through it."""
        made = str(self._call("ec2", "CreateInternetGateway")["InternetGateway"]["InternetGatewayId"])
        self._call("ec2", "AttachInternetGateway", InternetGatewayId=made, VpcId=self.vpc)
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "association.main", "Values": ["true"]}]
        tables = self.account.read("ec2", "DescribeRouteTables", Filters=filters)["RouteTables"]
        main = tables[0]["RouteTableId"]
        self._call("ec2", "CreateRoute", RouteTableId=main, DestinationCidrBlock="0.0.0.0/0", GatewayId=made)
        return made

    @cached_property
    def security_group(self) -> str:
        """Lets its members reach each other."""
        made = self.security_group_called(f"{self.name}-members")
        permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": made}]}
        self._call("ec2", "AuthorizeSecurityGroupIngress", GroupId=made, IpPermissions=[permission])
        return made

    @cached_property
    def empty_security_group(self) -> str:
        return self.security_group_called(f"{self.name}-empty")

    def security_group_called(self, name: str) -> str:
        answer = self._call("ec2", "CreateSecurityGroup", GroupName=name, Description=name, VpcId=self.vpc)
        return str(answer["GroupId"])

    # Load balancing ---------------------------------------------------------------------------------------------------

    @cached_property
    def load_balancer(self) -> str:
        return self._load_balancer(f"{self.name}-a")

    @cached_property
    def other_load_balancer(self) -> str:
        return self._load_balancer(f"{self.name}-b")

    def _load_balancer(self, name: str) -> str:
        answer = self._call("elbv2", "CreateLoadBalancer", **self.load_balancer_settings(name))
        return str(answer["LoadBalancers"][0]["LoadBalancerArn"])

    def load_balancer_settings(self, name: str) -> dict[str, Any]:
        groups = [self.security_group]
        return {"Name": name, "Subnets": self.subnets, "SecurityGroups": groups, "Scheme": "internal"}

    @cached_property
    def blue(self) -> str:
        return self._target_group(f"{self.name}-blue")

    @cached_property
    def green(self) -> str:
        return self._target_group(f"{self.name}-green")

    @cached_property
    def unused_target_group(self) -> str:
        return self._target_group(f"{self.name}-unused")

    def _target_group(self, name: str) -> str:
        answer = self._call("elbv2", "CreateTargetGroup", **self.target_group_settings(name))
        arn = str(answer["TargetGroups"][0]["TargetGroupArn"])
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "5"}
        self._call("elbv2", "ModifyTargetGroupAttributes", TargetGroupArn=arn, Attributes=[delay])
        return arn

    def target_group_settings(self, name: str) -> dict[str, Any]:
        return {
            "Name": name,
            "Protocol": "HTTP",
            "Port": PORT,
            "VpcId": self.vpc,
            "TargetType": "ip",
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 5,
            "HealthCheckTimeoutSeconds": 2,
            "HealthyThresholdCount": 2,
        }

    @cached_property
    def production_listener(self) -> str:
        return self._listener(80, self.blue)

    @cached_property
    def test_listener(self) -> str:
        return self._listener(8080, self.blue)

    def _listener(self, port: int, group: str) -> str:
        answer = self._call("elbv2", "CreateListener", **self.listener_settings(port, group))
        return str(answer["Listeners"][0]["ListenerArn"])

    def listener_settings(self, port: int, group: str) -> dict[str, Any]:
        actions = [{"Type": "forward", "TargetGroupArn": group}]
        return {"LoadBalancerArn": self.load_balancer, "Protocol": "HTTP", "Port": port, "DefaultActions": actions}

    @cached_property
    def rule(self) -> str:
        answer = self._call("elbv2", "CreateRule", **self.rule_settings(10))
        return str(answer["Rules"][0]["RuleArn"])

    def rule_settings(self, priority: int) -> dict[str, Any]:
        return {
            "ListenerArn": self.production_listener,
            "Priority": priority,
            "Conditions": [{"Field": "path-pattern", "Values": [f"/{priority}"]}],
            "Actions": [{"Type": "forward", "TargetGroupArn": self.blue}],
        }

    # Roles and functions ----------------------------------------------------------------------------------------------

    def _role(self, purpose: str, principal: str, policy: str) -> str:
        name = f"{self.name}-{purpose}"
        answer = self._call("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps(trust(principal)))
        arn = f"arn:aws:iam::aws:policy/{policy}"
        self._call("iam", "AttachRolePolicy", RoleName=name, PolicyArn=arn)
        return str(answer["Role"]["Arn"])

    @cached_property
    def execution_role(self) -> str:
        return self._role("tasks", "ecs-tasks.amazonaws.com", "service-role/AmazonECSTaskExecutionRolePolicy")

    @cached_property
    def codedeploy_role(self) -> str:
        return self._role("codedeploy", "codedeploy.amazonaws.com", "AWSCodeDeployRoleForECS")

    @cached_property
    def function_role(self) -> str:
        return self._role("function", "lambda.amazonaws.com", "service-role/AWSLambdaBasicExecutionRole")

    @cached_property
    def function(self) -> str:
        """Writes down how it is invoked (``function.sh``). Its name."""
        name = f"{self.name}-hook"
        self._call("logs", "CreateLogGroup", logGroupName=f"/aws/lambda/{name}")
        settings = self.function_settings(name)
        self.account.call("lambda", "CreateFunction", patient_with=_NOT_YET_A_ROLE, **settings)
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
            "loadBalancerInfo": {
                "targetGroupPairInfoList": [
                    {
                        "targetGroups": [{"name": f"{self.name}-blue"}, {"name": self._named(self.green, "green")}],
                        "prodTrafficRoute": {"listenerArns": [self.production_listener]},
                        "testTrafficRoute": {"listenerArns": [self.test_listener]},
                    }
                ]
            },
            "autoRollbackConfiguration": {
                "enabled": True,
                "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"],
            },
        } | changes

    def _named(self, _made: str, suffix: str) -> str:
        return f"{self.name}-{suffix}"

    @cached_property
    def deployment_group(self) -> str:
        settings = self.deployment_group_settings(self.name)
        self.account.call("codedeploy", "CreateDeploymentGroup", patient_with=_NOT_YET_A_ROLE, **settings)
        return self.name

    # API Gateway ------------------------------------------------------------------------------------------------------

    @cached_property
    def api(self) -> str:
        return str(self._call("apigatewayv2", "CreateApi", Name=self.name, ProtocolType="HTTP")["ApiId"])

    @cached_property
    def vpc_link(self) -> str:
        groups = [self.security_group]
        request = {"Name": self.name, "SubnetIds": self.subnets, "SecurityGroupIds": groups}
        made = str(self._call("apigatewayv2", "CreateVpcLink", **request)["VpcLinkId"])
        look = lambda: self.account.read("apigatewayv2", "GetVpcLink", VpcLinkId=made)["VpcLinkStatus"]  # noqa: E731
        until(look, "AVAILABLE".__eq__)
        return made

    def integration_settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "ApiId": self.api,
            "IntegrationType": "HTTP_PROXY",
            "IntegrationMethod": "ANY",
            "ConnectionType": "VPC_LINK",
            "ConnectionId": self.vpc_link,
            "IntegrationUri": self.production_listener,
            "PayloadFormatVersion": "1.0",
        } | changes

    @cached_property
    def integration(self) -> str:
        return str(self._call("apigatewayv2", "CreateIntegration", **self.integration_settings())["IntegrationId"])

    @cached_property
    def route(self) -> str:
        """``GET /items/{id}``, to the integration."""
        target = f"integrations/{self.integration}"
        answer = self._call("apigatewayv2", "CreateRoute", ApiId=self.api, RouteKey="GET /items/{id}", Target=target)
        return str(answer["RouteId"])

    # The rest ---------------------------------------------------------------------------------------------------------

    @cached_property
    def log_group(self) -> str:
        self._call("logs", "CreateLogGroup", logGroupName=f"/{self.name}")
        return f"/{self.name}"

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
        place = {"CreateBucketConfiguration": {"LocationConstraint": self.account.region}}
        self._call("s3", "CreateBucket", Bucket=name, **({} if self.account.region == "us-east-1" else place))
        return name

    @cached_property
    def topic(self) -> str:
        return str(self._call("sns", "CreateTopic", Name=self.name)["TopicArn"])

    @cached_property
    def events_rule(self) -> str:
        self._call("events", "PutRule", Name=self.name, ScheduleExpression="rate(3 days)", State="DISABLED")
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
        self._call("application-autoscaling", "RegisterScalableTarget", **settings)
        return str(settings["ResourceId"])

    def arn(self, service: str, rest: str) -> str:
        """Of something that may not exist."""
        return f"arn:aws:{service}:{self.account.region}:{self.account.number}:{rest}"


def trust(principal: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        item = zipfile.ZipInfo("bootstrap")
        item.external_attr = 0o100755 << 16
        file.writestr(item, (Path(__file__).parent / "function.sh").read_bytes())
    return buffer.getvalue()
