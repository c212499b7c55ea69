"""EC2 refuses texts, names, tags and sizes that AWS's network refuses, and keeps what is in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.stack import Stack, make
from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]

SET = "strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
LONGEST = "a" * 255


@pytest.fixture
def vpc(client: Client) -> str:
    return str(client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def group(client: Client, vpc: str, name: str) -> str:
    return str(client("ec2").create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])


def permission(description: str) -> list[dict[str, Any]]:
    ranges = [{"CidrIp": "10.0.0.0/8", "Description": description}]
    return [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": ranges}]


@pytest.mark.parametrize("text", ["it's", 'a "b"', "a -> b", LONGEST + "a"])
def test_a_description_is_of_ec2s_characters(client: Client, vpc: str, group: str, name: str, text: str) -> None:
    ec2 = client("ec2")

    made = refused(ec2.create_security_group, GroupName=f"{name}-x", Description=text, VpcId=vpc)
    ruled = refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=permission(text))

    assert made == (400, "InvalidParameterValue", f"Invalid security group description. Valid descriptions are {SET}")
    assert ruled == (400, "InvalidParameterValue", f"Invalid rule description. Valid descriptions are {SET}")


@pytest.mark.parametrize("text", ["a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*", LONGEST])
def test_a_description_may_have_all_of_them_and_255(client: Client, vpc: str, group: str, name: str, text: str) -> None:
    ec2 = client("ec2")

    assert ec2.create_security_group(GroupName=f"{name}-x", Description=text, VpcId=vpc)["GroupId"]
    answer = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission(text))
    assert answer["SecurityGroupRules"][0]["Description"] == text


def test_a_groups_description_is_ascii(client: Client, vpc: str, name: str) -> None:
    answer = refused(client("ec2").create_security_group, GroupName=name, Description="Größe", VpcId=vpc)

    message = "Value (Größe) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported."
    assert answer == (400, "InvalidParameterValue", message)


def test_a_groups_name_does_not_look_like_an_id(client: Client, vpc: str, name: str) -> None:
    ec2 = client("ec2")

    answer = refused(ec2.create_security_group, GroupName="sg-api", Description="d", VpcId=vpc)

    message = "Value (sg-api) for parameter GroupName is invalid. Group names may not be in the format sg-*."
    assert answer == (400, "InvalidParameterValue", message)
    assert ec2.create_security_group(GroupName=f"{name}-sg-api", Description="d", VpcId=vpc)["GroupId"]


def test_group_names_that_differ_in_case_only_are_one_name_in_a_vpc(client: Client, group: str, name: str) -> None:
    ec2 = client("ec2")
    vpc = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["VpcId"]
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]

    code = refused(ec2.create_security_group, GroupName=name.upper(), Description="d", VpcId=vpc)[1]

    assert code == "InvalidGroup.Duplicate"
    assert ec2.create_security_group(GroupName=name.upper(), Description="d", VpcId=other)["GroupId"]


def test_the_default_group_of_a_vpc_stays_as_long_as_the_vpc(client: Client, vpc: str) -> None:
    ec2 = client("ec2")
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    group = ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]

    assert refused(ec2.delete_security_group, GroupId=group)[:2] == (400, "CannotDelete")
    ec2.delete_vpc(VpcId=vpc)
    assert ec2.describe_security_groups(Filters=filters)["SecurityGroups"] == []


def test_a_group_name_and_a_rule_are_had_once(client: Client, vpc: str, group: str, name: str) -> None:
    ec2 = client("ec2")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission("one"))

    assert refused(ec2.create_security_group, GroupName=name, Description="d", VpcId=vpc)[1] == "InvalidGroup.Duplicate"
    again = refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=permission("two"))
    assert again[1] == "InvalidPermission.Duplicate"


def test_tags_that_begin_with_aws_are_refused(client: Client, vpc: str) -> None:
    ec2, tags = client("ec2"), [{"Key": "aws:color", "Value": "blue"}]

    tagged = refused(ec2.create_tags, Resources=[vpc], Tags=tags)
    specification = [{"ResourceType": "subnet", "Tags": tags}]
    made = refused(ec2.create_subnet, VpcId=vpc, CidrBlock="10.0.1.0/24", TagSpecifications=specification)

    reserved = "Tag keys starting with 'aws:' are reserved for internal use"
    assert tagged == (400, "InvalidParameterValue", f"Value ( aws:color ) for parameter key is invalid. {reserved}")
    assert made == (400, "InvalidParameterValue", reserved)
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "awscolor", "Value": "blue"}])


def test_a_subnet_has_16_to_65536_addresses_of_its_vpc_and_shares_none(client: Client, vpc: str) -> None:
    ec2 = client("ec2")
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/28")

    small = refused(ec2.create_subnet, VpcId=vpc, CidrBlock="10.0.1.0/29")
    outside = refused(ec2.create_subnet, VpcId=vpc, CidrBlock="10.1.0.0/24")
    shared = refused(ec2.create_subnet, VpcId=vpc, CidrBlock="10.0.0.0/24")

    assert small == (400, "InvalidSubnet.Range", "The CIDR '10.0.1.0/29' is invalid.")
    assert outside == (400, "InvalidSubnet.Range", "The CIDR '10.1.0.0/24' is invalid.")
    assert shared == (400, "InvalidSubnet.Conflict", "The CIDR '10.0.0.0/24' conflicts with another subnet")


def test_a_subnet_and_a_group_stay_while_a_load_balancer_is_in_them(client: Client, name: str) -> None:
    stack: Stack = make(client, name)
    ec2 = client("ec2")

    subnet = refused(ec2.delete_subnet, SubnetId=stack.subnet)
    group = refused(ec2.delete_security_group, GroupId=stack.security_group)

    message = f"The subnet '{stack.subnet}' has dependencies and cannot be deleted."
    assert subnet == (400, "DependencyViolation", message)
    assert group == (400, "DependencyViolation", f"resource {stack.security_group} has a dependent object")
    client("elbv2").delete_load_balancer(LoadBalancerArn=stack.load_balancer)
    ec2.delete_subnet(SubnetId=stack.subnet)
    ec2.delete_security_group(GroupId=stack.security_group)


def test_a_subnet_stays_while_a_vpc_link_without_groups_is_in_it(client: Client, vpc: str, name: str) -> None:
    ec2, gateway = client("ec2"), client("apigatewayv2")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    link = gateway.create_vpc_link(Name=name, SubnetIds=[subnet])["VpcLinkId"]

    answer = refused(ec2.delete_subnet, SubnetId=subnet)

    message = f"The subnet '{subnet}' has dependencies and cannot be deleted."
    assert answer == (400, "DependencyViolation", message)
    gateway.delete_vpc_link(VpcLinkId=link)
    ec2.delete_subnet(SubnetId=subnet)


def test_a_group_stays_while_a_rule_of_another_names_it(client: Client, vpc: str, group: str, name: str) -> None:
    ec2 = client("ec2")
    other = ec2.create_security_group(GroupName=f"{name}-x", Description="d", VpcId=vpc)["GroupId"]
    pair = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group}]}]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=pair)
    # A rule of its own is no reason to stay.
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=pair)

    answer = refused(ec2.delete_security_group, GroupId=group)

    assert answer == (400, "DependencyViolation", f"resource {group} has a dependent object")
    ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=pair)
    ec2.delete_security_group(GroupId=group)
