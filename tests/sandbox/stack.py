"""The smallest stack that an ECS service with CODE_DEPLOY needs, made with boto3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Client = Callable[[str], Any]


@dataclass(frozen=True)
class Stack:
    name: str
    subnet: str
    security_group: str
    load_balancer: str
    blue: str
    green: str
    prod: str
    task_definition: str

    @property
    def network(self) -> dict[str, Any]:
        return {"awsvpcConfiguration": {"subnets": [self.subnet], "securityGroups": [self.security_group]}}


def task_definition(client: Client, family: str) -> str:
    answer = client("ecs").register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[
            {"name": "api", "image": "nowhere/api:1", "essential": True, "portMappings": [{"containerPort": 3000}]}
        ],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def make(client: Client, name: str) -> Stack:
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for index, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    balancer = elb.create_load_balancer(Name=name, Subnets=subnets, SecurityGroups=[group], Scheme="internal")
    balancer_arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    arns = {}
    for color in ("blue", "green"):
        answer = elb.create_target_group(Name=f"{name}-{color}", Protocol="HTTP", Port=3000, VpcId=vpc, TargetType="ip")
        arns[color] = answer["TargetGroups"][0]["TargetGroupArn"]
    listener = elb.create_listener(
        LoadBalancerArn=balancer_arn,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arns["blue"]}],
    )
    client("ecs").create_cluster(clusterName=name)
    return Stack(
        name=name,
        subnet=subnets[0],
        security_group=group,
        load_balancer=balancer_arn,
        blue=arns["blue"],
        green=arns["green"],
        prod=listener["Listeners"][0]["ListenerArn"],
        task_definition=task_definition(client, name),
    )


def service(client: Client, stack: Stack, **changes: Any) -> dict[str, Any]:
    """CreateService with CODE_DEPLOY, no tasks wanted."""
    params: dict[str, Any] = {
        "cluster": stack.name,
        "serviceName": stack.name,
        "taskDefinition": stack.task_definition,
        "desiredCount": 0,
        "launchType": "FARGATE",
        "deploymentController": {"type": "CODE_DEPLOY"},
        "networkConfiguration": stack.network,
        "loadBalancers": [{"targetGroupArn": stack.blue, "containerName": "api", "containerPort": 3000}],
    }
    answer: dict[str, Any] = client("ecs").create_service(**{**params, **changes})["service"]
    return answer
