"""EC2's security groups: their texts and names, what they let through by default, and when they stay."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, Request, answered, breaks, refused, worded
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
_CODES = f"{_API}/errors-overview.html"
_MOTO = "https://github.com/getmoto/moto/blob/master/tests/test_ec2/test_security_groups.py"
"""Its tests marked aws_verified have passed against AWS."""
_RECORDED = "https://github.com/localstack/localstack/blob/main/tests/aws/services/ec2/test_ec2.snapshot.json"
"""Recorded from AWS."""

_APOSTROPHE = "it's"


def _new(**changes: Any) -> Request:
    """CreateSecurityGroup."""
    return lambda world: {"GroupName": f"{world.name}-x", "Description": "x", "VpcId": world.vpc} | changes


def _permission(group: str, port: int, block: str, **more: str) -> dict[str, Any]:
    return _range(group, "tcp", (port, port), block, **more)


def _range(group: str, protocol: str, ends: tuple[int, int], block: str, **more: str) -> dict[str, Any]:
    """``ends``: the first and the last port; ICMP's type and code."""
    permission = {
        "IpProtocol": protocol,
        "FromPort": ends[0],
        "ToPort": ends[1],
        "IpRanges": [{"CidrIp": block, **more}],
    }
    return {"GroupId": group, "IpPermissions": [permission]}


def _described(world: World) -> dict[str, Any]:
    return _permission(world.empty_security_group, 443, "10.0.0.0/8", Description=_APOSTROPHE)


def _changed_rule(world: World) -> dict[str, Any]:
    group = world.security_group
    rule = {"IpProtocol": "-1", "ReferencedGroupId": group, "Description": _APOSTROPHE}
    changed = {"SecurityGroupRuleId": world.security_group_rule, "SecurityGroupRule": rule}
    return {"GroupId": group, "SecurityGroupRules": [changed]}


def _members(world: World, **more: str) -> dict[str, Any]:
    """The rule that the group of the world has."""
    pair = {"GroupId": world.security_group, **more}
    return {"GroupId": world.security_group, "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [pair]}]}


def _egress_description(world: World) -> dict[str, Any]:
    everywhere = {"CidrIp": "0.0.0.0/0", "Description": _APOSTROPHE}
    return {"GroupId": world.security_group, "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [everywhere]}]}


def _taken(world: World) -> str:
    """The name of a group that is there."""
    assert world.empty_security_group
    return f"{world.name}-empty"


PROBES: list[Probe] = [
    # Texts and names
    breaks(
        "group_description_is_not_ascii",
        "CreateSecurityGroup",
        _new(Description="Größe"),
        message="Character sets beyond ASCII are not supported",
    ),
    breaks(
        "group_description_has_other_characters",
        "CreateSecurityGroup",
        _new(Description=_APOSTROPHE),
        message="Invalid security group description",
    ),
    breaks("rule_description_has_other_characters", "AuthorizeSecurityGroupIngress", _described, "a new rule"),
    breaks("rule_description_has_other_characters", "AuthorizeSecurityGroupEgress", _described, "a new way out"),
    breaks("rule_description_has_other_characters", "ModifySecurityGroupRules", _changed_rule, "a changed rule"),
    breaks(
        "rule_description_has_other_characters",
        "UpdateSecurityGroupRuleDescriptionsIngress",
        lambda world: _members(world, Description=_APOSTROPHE),
        "a new description",
    ),
    breaks(
        "rule_description_has_other_characters",
        "UpdateSecurityGroupRuleDescriptionsEgress",
        _egress_description,
        "a new description of a way out",
    ),
    breaks(
        "group_name_looks_like_an_id",
        "CreateSecurityGroup",
        lambda world: _new(GroupName=f"sg-{world.name}")(world),
        message="may not be in the format sg-*",
    ),
    refused(
        "ec2",
        "CreateSecurityGroup",
        "a security group's name is had once in its VPC",
        lambda world: _new(GroupName=_taken(world))(world),
        "InvalidGroup.Duplicate",
        _CODES,
    ),
    breaks("group_name_is_taken", "CreateSecurityGroup", lambda world: _new(GroupName=_taken(world).upper())(world)),
    refused(
        "ec2",
        "CreateSecurityGroup",
        "a security group has a description",
        lambda world: {"GroupName": f"{world.name}-x", "VpcId": world.vpc},
        "MissingParameter",
        "https://github.com/getmoto/moto/issues/112",
    ),
    worded("group_name_is_reserved", "CreateSecurityGroup", _new(GroupName="default")),
    breaks("groups_vpc_is_gone", "CreateSecurityGroup", _new(VpcId="vpc-0123456789abcdef0")),
    # What they let through
    worded(
        "rule_ports_are_out_of_range",
        "AuthorizeSecurityGroupIngress",
        lambda world: _range(world.empty_security_group, "tcp", (65536, 65536), "10.0.0.0/8"),
    ),
    worded(
        "rule_icmp_type_is_out_of_range",
        "AuthorizeSecurityGroupIngress",
        lambda world: _range(world.empty_security_group, "icmp", (256, -1), "10.0.0.0/8"),
    ),
    worded(
        "rule_range_is_malformed",
        "AuthorizeSecurityGroupIngress",
        lambda world: _permission(world.empty_security_group, 443, "10.0.0.0/33"),
    ),
    answered(
        "ec2",
        "DescribeSecurityGroups",
        "a new security group lets everything out and nothing in",
        lambda world: {"GroupIds": [world.empty_security_group]},
        {
            "SecurityGroups[0].IpPermissions": [],
            "SecurityGroups[0].IpPermissionsEgress[].[IpProtocol, IpRanges[].CidrIp]": [["-1", ["0.0.0.0/0"]]],
        },
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    ),
    answered(
        "ec2",
        "DescribeSecurityGroups",
        "a VPC comes with a default security group",
        lambda world: {"GroupIds": [world.default_security_group]},
        {"SecurityGroups[0].[GroupName, Description]": ["default", "default VPC security group"]},
        _RECORDED,
    ),
    answered(
        "ec2",
        "AuthorizeSecurityGroupIngress",
        "a rule's block is canonical, and it has no description unless it is given one",
        lambda world: _permission(world.named_security_group, 80, "10.0.0.18/24"),
        {
            "SecurityGroupRules[].[IsEgress, IpProtocol, FromPort, ToPort, CidrIpv4, Description]": [
                [False, "tcp", 80, 80, "10.0.0.0/24", None]
            ]
        },
        f"{_API}/API_AuthorizeSecurityGroupIngress.html",
    ),
    refused(
        "ec2",
        "AuthorizeSecurityGroupIngress",
        "a security group has a rule once",
        _members,
        "InvalidPermission.Duplicate",
        _CODES,
    ),
    refused(
        "ec2",
        "RevokeSecurityGroupIngress",
        "a rule that is not there is not taken away",
        lambda world: _permission(world.empty_security_group, 443, "10.0.0.0/8"),
        "InvalidPermission.NotFound",
        f"{_API}/API_RevokeSecurityGroupIngress.html",
    ),
    # When they stay
    breaks(
        "group_is_in_use",
        "DeleteSecurityGroup",
        lambda world: (world.load_balancer, {"GroupId": world.security_group})[1],
        "a load balancer has it",
    ),
    breaks(
        "group_is_in_use",
        "DeleteSecurityGroup",
        lambda world: {"GroupId": world.named_security_group},
        "a rule of another group names it",
    ),
    breaks("default_group_stays", "DeleteSecurityGroup", lambda world: {"GroupId": world.default_security_group}),
    # What is not there
    refused(
        "ec2",
        "DescribeSecurityGroupRules",
        "a security group rule that is not there",
        lambda _: {"SecurityGroupRuleIds": ["sgr-0123456789abcdef0"]},
        "InvalidSecurityGroupRuleId.NotFound",
        _MOTO,
    ),
    refused(
        "ec2",
        "DescribeSecurityGroupRules",
        "a security group's id of another form",
        lambda _: {"Filters": [{"Name": "group-id", "Values": ["foobar"]}]},
        "InvalidGroupId.Malformed",
        _MOTO,
    ),
]
