"""Calls made from AWS's models, for tests that hold for every operation."""

from __future__ import annotations

from typing import Any

from moto.core.utils import get_service_model

from sandbox.aws.model.request import Call
from tests.sandbox.access_calls import ACCOUNT

REGION = "us-east-1"

_BALANCING = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:"
_SAMPLES: dict[tuple[str, str] | str, str] = {
    "AllocationId": "eipalloc-1",
    "AssociationId": "rtbassoc-1",
    "AttachmentId": "eni-attach-1",
    "ConnectionArn": f"arn:aws:events:{REGION}:{ACCOUNT}:connection/one",
    "DestinationArn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
    "DhcpOptionsId": "dopt-1",
    "EgressOnlyInternetGatewayId": "eigw-1",
    "EventPattern": "{}",
    "EventSourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
    "FlowLogIds": "fl-1",
    "GatewayId": "igw-1",
    "GroupId": "sg-1",
    "Groups": "sg-1",
    "InstanceId": "i-1",
    "InternetGatewayId": "igw-1",
    "ListenerArn": f"{_BALANCING}listener/app/one/1/2",
    "LoadBalancerArn": f"{_BALANCING}loadbalancer/app/one/1",
    "NatGatewayId": "nat-1",
    "NetworkAclId": "acl-1",
    "NetworkInterfaceId": "eni-1",
    "PrefixListId": "pl-1",
    "ResourceArns": f"{_BALANCING}targetgroup/one/1",
    "ResourceIds": "vpc-1",
    "ResourceType": "vpc",
    "Resources": "subnet-1",
    "RouteTableId": "rtb-1",
    "RouteTableIds": "rtb-1",
    "RuleArn": f"{_BALANCING}listener-rule/app/one/1/2/3",
    "SecondaryAllocationIds": "eipalloc-2",
    "SecurityGroupIds": "sg-1",
    "SecurityGroupRuleId": "sgr-1",
    "SubnetId": "subnet-1",
    "SubnetIds": "subnet-1",
    "TargetArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:one",
    "TargetGroupArn": f"{_BALANCING}targetgroup/one/1",
    "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:one",
    "VpcEndpointId": "vpce-1",
    "VpcEndpointIds": "vpce-1",
    "VpcId": "vpc-1",
    ("application-autoscaling", "ResourceARN"): (
        f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/1"
    ),
    ("application-autoscaling", "ResourceId"): "service/one/two",
    ("application-autoscaling", "ServiceNamespace"): "ecs",
    ("cloudwatch", "ResourceARN"): f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:one",
    ("events", "Arn"): f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
    ("events", "ResourceARN"): f"arn:aws:events:{REGION}:{ACCOUNT}:rule/one",
    ("events", "RoleArn"): f"arn:aws:iam::{ACCOUNT}:role/one",
    ("logs", "destinationArn"): f"arn:aws:logs:{REGION}:{ACCOUNT}:destination:one",
    ("logs", "resourceArn"): f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:one",
    ("logs", "roleArn"): f"arn:aws:iam::{ACCOUNT}:role/one",
    ("sns", "ResourceArn"): f"arn:aws:sns:{REGION}:{ACCOUNT}:one",
}
"""What parameters name, where ``one`` is not enough."""


def sample(service: str, operation: str, *, whole: bool, items: int = 1) -> Call:
    """With all parameters that the model has, or with those alone that it requires; lists have so many items."""
    model = get_service_model(service).operation_model(operation)
    shape = model.input_shape
    params = {} if shape is None else _value(service, "", shape, whole, items)
    return Call(service, model, params, REGION)


def _value(service: str, name: str, shape: Any, whole: bool, items: int, depth: int = 0) -> Any:
    if shape.type_name == "structure":
        wanted = shape.members if whole and depth < 4 else shape.required_members
        return {one: _value(service, one, shape.members[one], whole, items, depth + 1) for one in wanted}
    if shape.type_name == "list":
        return [_value(service, name, shape.member, whole, items, depth + 1)] * items
    if shape.type_name == "map":
        return {"one": _value(service, name, shape.value, whole, items, depth + 1)}
    if shape.type_name == "string":
        return _SAMPLES.get((service, name)) or _SAMPLES.get(name) or "one"
    return {"boolean": True, "blob": b"one", "timestamp": 0}.get(shape.type_name, 1)
