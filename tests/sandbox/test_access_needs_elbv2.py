"""What calls of Elastic Load Balancing and Application Auto Scaling ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.access import needs
from sandbox.access.model import Need
from tests.sandbox.access_calls import ACCOUNT, call
from tests.sandbox.access_samples import REGION

ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:"
BALANCER = f"{ELB}loadbalancer/app/one/1"
LISTENER = f"{ELB}listener/app/one/1/2"
SCALING = f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/"
SERVICE = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/one/two"
TAGS = [{"Key": "team", "Value": "a"}]
TARGET = {"ServiceNamespace": "ecs", "ResourceId": "service/one/two", "ScalableDimension": "ecs:service:DesiredCount"}


@pytest.fixture(autouse=True)
def _moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def need(action: str, resource: str, **more: Any) -> Need:
    tags: dict[str, Any] = {"request_tags": {}, "resource_tags": {}}
    return Need(action, resource, **{**tags, **more})


def linked(service: str, name: str) -> Need:
    resource = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/{name}"
    return Need("iam:CreateServiceLinkedRole", resource, keys={"iam:AWSServiceName": (service,)}, resource_tags={})


OF_ELB = linked("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing")


def test_a_load_balancer_says_what_it_is_made_of_and_its_tags_ask_for_add_tags() -> None:
    found = needs.of(
        call(
            "elbv2",
            "CreateLoadBalancer",
            Name="one",
            Scheme="internal",
            Subnets=["subnet-1"],
            SubnetMappings=[{"SubnetId": "subnet-2"}],
            SecurityGroups=["sg-1"],
            Tags=TAGS,
        )
    )

    keys = {
        "elasticloadbalancing:Scheme": ("internal",),
        "elasticloadbalancing:Subnet": ("subnet-1", "subnet-2"),
        "elasticloadbalancing:SecurityGroup": ("sg-1",),
    }
    made = {"elasticloadbalancing:CreateAction": ("CreateLoadBalancer",)}
    new = {"request_tags": {"team": "a"}}
    assert found == [
        need("elasticloadbalancing:CreateLoadBalancer", f"{ELB}loadbalancer/app/one/*", keys=keys, **new),
        need("elasticloadbalancing:AddTags", f"{ELB}loadbalancer/app/one/*", keys=made, **new),
        OF_ELB,
    ]


def test_the_service_linked_role_is_asked_for_until_it_is_there() -> None:
    new = call("elbv2", "CreateTargetGroup", Name="one")
    wanted = need("elasticloadbalancing:CreateTargetGroup", f"{ELB}targetgroup/one/*")
    assert needs.of(new) == [wanted, OF_ELB]

    boto3.client("iam", region_name=REGION).create_service_linked_role(
        AWSServiceName="elasticloadbalancing.amazonaws.com"
    )

    assert needs.of(new) == [wanted]


def test_a_listener_is_asked_for_on_its_load_balancer_and_its_tags_on_itself() -> None:
    found = needs.of(call("elbv2", "CreateListener", LoadBalancerArn=BALANCER, Protocol="HTTP", Tags=TAGS))

    keys = {"elasticloadbalancing:ListenerProtocol": ("HTTP",), "elasticloadbalancing:SecurityPolicy": ()}
    made = {"elasticloadbalancing:CreateAction": ("CreateListener",)}
    new = {"request_tags": {"team": "a"}}
    assert found == [
        need("elasticloadbalancing:CreateListener", BALANCER, keys=keys, **new),
        need("elasticloadbalancing:AddTags", f"{ELB}listener/app/one/1/*", keys=made, **new),
    ]


def test_a_rule_is_asked_for_on_its_listener() -> None:
    found = needs.of(call("elbv2", "CreateRule", ListenerArn=LISTENER, Conditions=[], Priority=1, Actions=[]))

    assert found == [need("elasticloadbalancing:CreateRule", LISTENER)]


def test_a_listener_that_is_changed_has_its_tags() -> None:
    elb: Any = boto3.client("elbv2", region_name=REGION)
    ec2 = boto3.client("ec2", region_name=REGION)
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    balancer = elb.create_load_balancer(Name="one", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    made = elb.create_listener(LoadBalancerArn=balancer, Port=80, Protocol="HTTP", DefaultActions=fixed, Tags=TAGS)
    listener = made["Listeners"][0]["ListenerArn"]

    keys = {"elasticloadbalancing:ListenerProtocol": (), "elasticloadbalancing:SecurityPolicy": ()}
    assert needs.of(call("elbv2", "ModifyListener", ListenerArn=listener)) == [
        need("elasticloadbalancing:ModifyListener", listener, keys=keys, resource_tags={"team": "a"})
    ]


def test_tags_by_themselves_have_no_create_action() -> None:
    found = needs.of(call("elbv2", "AddTags", ResourceArns=[BALANCER], Tags=TAGS))

    none = {"elasticloadbalancing:CreateAction": ()}
    assert found == [need("elasticloadbalancing:AddTags", BALANCER, keys=none, request_tags={"team": "a"})]


def test_tags_that_go_are_known_by_their_keys() -> None:
    found = needs.of(call("elbv2", "RemoveTags", ResourceArns=[BALANCER], TagKeys=["team"]))

    assert found == [need("elasticloadbalancing:RemoveTags", BALANCER, request_tags={"team": ""})]


KEYS = {
    "application-autoscaling:service-namespace": ("ecs",),
    "application-autoscaling:scalable-dimension": ("ecs:service:DesiredCount",),
}
VALIDATED = [
    Need("ecs:DescribeServices", SERVICE, keys={"ecs:cluster": (f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/one",)}),
    Need("ecs:UpdateService", SERVICE),
]
"""Application Auto Scaling looks whether its caller may do these itself."""


def test_a_first_scalable_target_asks_for_the_service_and_the_linked_role() -> None:
    found = needs.of(call("application-autoscaling", "RegisterScalableTarget", **TARGET, Tags={"team": "a"}))

    new = {"request_tags": {"team": "a"}}
    assert found == [
        need("application-autoscaling:RegisterScalableTarget", f"{SCALING}*", keys=KEYS, **new),
        need("application-autoscaling:TagResource", f"{SCALING}*", **new),
        linked("ecs.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_ECSService"),
        *VALIDATED,
    ]


def test_a_scalable_target_that_is_there_has_its_arn() -> None:
    ecs = boto3.client("ecs", region_name=REGION)
    ecs.create_cluster(clusterName="one")
    ecs.register_task_definition(family="two", containerDefinitions=[{"name": "two", "image": "two", "memory": 1}])
    ecs.create_service(cluster="one", serviceName="two", taskDefinition="two", desiredCount=0)
    scaling = boto3.client("application-autoscaling", region_name=REGION)
    made = scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)["ScalableTargetARN"]

    found = needs.of(call("application-autoscaling", "RegisterScalableTarget", **TARGET))

    assert found == [need("application-autoscaling:RegisterScalableTarget", made, keys=KEYS), *VALIDATED]
