"""What is not there, not named or not what it is to be: each was a failure inside once, or was let through."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox import stack
from tests.sandbox.lambda_function import Function
from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]

ROLE = "arn:aws:iam::123456789012:role/none"


# ECS


@pytest.mark.parametrize("reference", ["none:latest", "none:1:2", "arn:aws:sqs:us-east-1:123456789012:queue"])
def test_a_task_definition_that_cannot_be_one_is_not_described(client: Client, reference: str) -> None:
    answer = refused(client("ecs").describe_task_definition, taskDefinition=reference)

    assert answer == (400, "ClientException", "Unable to describe task definition.")


def test_a_task_definition_that_cannot_be_one_is_among_the_failures_of_a_deletion(client: Client, name: str) -> None:
    arn = stack.task_definition(client, name)
    client("ecs").deregister_task_definition(taskDefinition=arn)

    answer = client("ecs").delete_task_definitions(taskDefinitions=[arn, f"{name}:latest"])

    assert [item["taskDefinitionArn"] for item in answer["taskDefinitions"]] == [arn]
    assert [item["arn"] for item in answer["failures"]] == [f"{name}:latest"]


def test_services_are_listed_by_how_they_are_scheduled(client: Client, name: str) -> None:
    made = stack.make(client, name)
    arn = stack.service(client, made)["serviceArn"]

    list_services = client("ecs").list_services

    assert list_services(cluster=name, schedulingStrategy="REPLICA")["serviceArns"] == [arn]
    assert list_services(cluster=name, schedulingStrategy="DAEMON")["serviceArns"] == []


def test_a_cluster_without_container_instances_has_none_of_any_name(client: Client, name: str) -> None:
    ecs = client("ecs")
    ecs.create_cluster(clusterName=name)

    failures = ecs.describe_container_instances(cluster=name, containerInstances=["none"])["failures"]
    gone = refused(ecs.deregister_container_instance, cluster=name, containerInstance="none")

    assert [failure["reason"] for failure in failures] == ["MISSING"]
    assert gone == (400, "InvalidParameterException", "Referenced container instance none not found.")
    ecs.put_attributes(cluster=name, attributes=[{"name": "color", "value": "blue"}])
    document = refused(ecs.register_container_instance, cluster=name, instanceIdentityDocument="x")
    assert document[1] == "InvalidParameterException"
    assert refused(ecs.register_container_instance, cluster=f"{name}-none")[1] == "ClientException"


def test_a_capacity_provider_that_is_not_there_is_neither_changed_nor_deleted(client: Client) -> None:
    ecs = client("ecs")
    words = "The specified capacity provider was not found. Specify a valid capacity provider and try again."

    assert refused(ecs.delete_capacity_provider, capacityProvider="none") == (400, "ClientException", words)
    assert refused(ecs.update_capacity_provider, name="none") == (400, "ClientException", words)
    assert ecs.describe_capacity_providers()["capacityProviders"] == []
    assert refused(ecs.create_capacity_provider, name="none")[1] == "UnsupportedOperation"


# CodeDeploy


def test_an_application_alone_does_not_tell_whose_deployments_are_listed(client: Client) -> None:
    code = refused(client("codedeploy").list_deployments, applicationName="none")[1]

    assert code == "DeploymentGroupNameRequiredException"


# EC2


@pytest.fixture
def vpc(client: Client) -> str:
    return str(client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def test_ec2_refuses_what_is_not_there_or_not_named(client: Client, vpc: str) -> None:
    ec2 = client("ec2")
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]

    found = {
        "filter": refused(ec2.describe_security_groups, Filters=[{"Name": "color", "Values": ["blue"]}])[1:],
        "association": refused(ec2.replace_network_acl_association, AssociationId="aclassoc-1", NetworkAclId=acl)[1],
        "entry": refused(ec2.delete_network_acl_entry, NetworkAclId=acl, RuleNumber=7, Egress=True)[1],
        "address": refused(ec2.release_address)[1],
        "block of a VPC": refused(ec2.associate_vpc_cidr_block, VpcId=vpc)[1],
        "block of a subnet": refused(ec2.create_subnet, VpcId=vpc)[1],
        "empty": refused(ec2.delete_vpc, VpcId="")[1:],
    }

    assert found == {
        "filter": ("InvalidParameterValue", "The filter 'color' is invalid"),
        "association": "InvalidAssociationID.NotFound",
        "entry": "InvalidNetworkAclEntry.NotFound",
        "address": "MissingParameter",
        "block of a VPC": "MissingParameter",
        "block of a subnet": "MissingParameter",
        "empty": ("MissingParameter", "The request must contain the parameter VpcId"),
    }


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"CidrIpv4": "10.0.0.0/8"}, "InvalidParameterValue"),
        ({"IpProtocol": "tcp", "FromPort": 1, "CidrIpv4": "10.0.0.0/8"}, "InvalidParameterValue"),
        ({"IpProtocol": "-1"}, "MissingParameter"),
        ({"IpProtocol": "-1", "CidrIpv4": "10.0.0.0/8", "CidrIpv6": "::/0"}, "InvalidParameterCombination"),
    ],
    ids=["no protocol", "one port", "no source", "two sources"],
)
def test_a_security_group_rule_is_changed_into_a_whole_one(
    client: Client, name: str, vpc: str, change: dict[str, Any], refusal: str
) -> None:
    ec2 = client("ec2")
    group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"][0]
    rule = {"SecurityGroupRuleId": made["SecurityGroupRuleId"], "SecurityGroupRule": change}

    assert refused(ec2.modify_security_group_rules, GroupId=group, SecurityGroupRules=[rule])[1] == refusal


def test_an_endpoint_is_a_gateway_unless_it_is_said_and_can_be_deleted(client: Client, vpc: str) -> None:
    ec2 = client("ec2")
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")["VpcEndpoint"]

    assert made["VpcEndpointType"] == "Gateway"
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"] == []


def test_no_request_keeps_everybody_waiting_by_its_number(client: Client, vpc: str) -> None:
    ec2 = client("ec2")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/28")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    addresses = {"NetworkInterfaceId": interface, "SecondaryPrivateIpAddressCount": 20}

    many = refused(ec2.run_instances, ImageId="ami-12345678", MinCount=2**31 - 1, MaxCount=2**31 - 1)

    assert many[1] == "UnsupportedOperation"
    assert refused(ec2.assign_private_ip_addresses, **addresses)[1] == "InsufficientFreeAddressesInSubnet"


# Elastic Load Balancing


def test_a_function_is_no_target_here(client: Client, name: str) -> None:
    elb = client("elbv2")
    arn = elb.create_target_group(Name=name, TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    function = "arn:aws:lambda:us-east-1:123456789012:function:none"

    code, message = refused(elb.register_targets, TargetGroupArn=arn, Targets=[{"Id": function}])[1:]

    assert (code, message) == (
        "UnsupportedOperation",
        "The sandbox does not model functions as targets of a load balancer.",
    )


# Lambda


@pytest.mark.parametrize("context", ["x", base64.b64encode(b"[").decode(), "é"])
def test_a_client_context_that_cannot_be_read_is_refused(client: Client, function: Function, context: str) -> None:
    function.create()

    answer = refused(client("lambda").invoke, FunctionName=function.name, ClientContext=context)

    words = "Client context must be a valid Base64-encoded JSON object."
    assert answer == (400, "InvalidRequestContentException", words)


# ECR, CloudWatch, EventBridge, S3


def test_a_registry_may_have_no_rules_for_scanning(client: Client, name: str) -> None:
    client("ecr").put_registry_scanning_configuration()

    client("ecr").create_repository(repositoryName=name)

    scanning = client("ecr").get_registry_scanning_configuration()["scanningConfiguration"]
    assert scanning == {"scanType": "BASIC", "rules": []}


def test_a_metric_that_is_no_number_is_refused_as_a_value(client: Client) -> None:
    data = [{"MetricName": "m", "Value": float("nan")}]

    assert refused(client("cloudwatch").put_metric_data, Namespace="n", MetricData=data)[1] == "InvalidParameterValue"


def test_a_policy_of_a_bus_is_an_object(client: Client) -> None:
    assert refused(client("events").put_permission, Policy="1")[1] == "ValidationException"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Effect": "Maybe"}, "Invalid effect : Maybe"),
        ({"Principal": None}, "Missing required field Principal"),
        ({"Action": None}, "Missing required field Action"),
        ({"Condition": "always"}, "This policy contains invalid Json"),
    ],
)
def test_a_bucket_policy_that_s3_does_not_take_is_refused_and_shuts_nobody_out(
    client: Client, name: str, change: dict[str, Any], message: str
) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    whole = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{name}/*"} | change
    statement = {key: value for key, value in whole.items() if value is not None}

    answer = refused(s3.put_bucket_policy, Bucket=name, Policy=json.dumps({"Statement": [statement]}))

    assert answer == (400, "MalformedPolicy", message)
    s3.put_object(Bucket=name, Key="key", Body=b"1")


def test_a_denial_by_a_number_that_is_none_shuts_out(client: Client, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"NumericLessThan": {"s3:TlsVersion": "new"}},
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Statement": [statement]}))

    with pytest.raises(ClientError) as denied:
        s3.put_object(Bucket=name, Key="key", Body=b"1")

    assert denied.value.response["Error"]["Code"] == "AccessDenied"
