"""Security groups: their texts, and what a rule may say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from moto.ec2.models import ec2_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_CHARACTERS = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_SET = "strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"


@rule(
    "ec2",
    "CreateSecurityGroup",
    code="InvalidParameterValue",
    source="https://github.com/hashicorp/terraform-provider-aws/pull/43854",
    says="A security group's description is ASCII.",
    quote="for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.",
)
def group_description_is_not_ascii(call: Call) -> str | None:
    text = call.params["Description"]
    if text.isascii():
        return None
    return f"Value ({text}) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported."


@rule(
    "ec2",
    "CreateSecurityGroup",
    code="InvalidParameterValue",
    source="https://github.com/cds-snc/notification-terraform/pull/561",
    says="A security group's description has 255 characters at most, of a set without quotes and angle brackets.",
    quote="Invalid security group description. Valid descriptions are strings less than 256 characters",
)
def group_description_has_other_characters(call: Call) -> str | None:
    valid = _CHARACTERS.fullmatch(call.params["Description"])
    return None if valid else f"Invalid security group description. Valid descriptions are {_SET}"


@rule(
    "ec2",
    *("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "ModifySecurityGroupRules"),
    *("UpdateSecurityGroupRuleDescriptionsIngress", "UpdateSecurityGroupRuleDescriptionsEgress"),
    code="InvalidParameterValue",
    source="https://github.com/agentic-community/mcp-gateway-registry/pull/1728",
    says="A rule's description has 255 characters at most, of a set without quotes and angle brackets.",
    quote="Invalid rule description. Valid descriptions are strings less than 256 characters",
)
def rule_description_has_other_characters(call: Call) -> str | None:
    valid = all(_CHARACTERS.fullmatch(text) for text in _descriptions(call.params))
    return None if valid else f"Invalid rule description. Valid descriptions are {_SET}"


def _descriptions(value: Any) -> list[str]:
    """Every description in the parameters, wherever it is."""
    if isinstance(value, list):
        return [text for item in value for text in _descriptions(item)]
    if not isinstance(value, dict):
        return []
    own = [value["Description"]] if isinstance(value.get("Description"), str) else []
    return own + [text for item in value.values() for text in _descriptions(item)]


@rule(
    "ec2",
    "CreateSecurityGroup",
    code="InvalidParameterValue",
    source="https://github.com/pulumi/pulumi-awsx/issues/328",
    says="A security group's name cannot look like an id.",
    quote="Value (sg-86c8964) for parameter GroupName is invalid. Group names may not be in the format sg-*.",
)
def group_name_looks_like_an_id(call: Call) -> str | None:
    name = call.params["GroupName"]
    if not name.startswith("sg-"):
        return None
    return f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."


@rule(
    "ec2",
    "CreateSecurityGroup",
    code="InvalidParameterValue",
    source=tried("ec2/pf-ec2-sg-group-name-default"),
    says="Every VPC's own group has this name.",
    quote="Cannot use reserved security group name: default",
    coded=False,
)
def group_name_is_reserved(call: Call) -> bool:
    return bool(call.params["GroupName"] == "default")


@rule(
    "ec2",
    "CreateSecurityGroup",
    code="InvalidGroup.Duplicate",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",
    says="Two security groups of a VPC have names that differ in more than their case.",
    quote="Names are case-insensitive and must be unique within the VPC.",
    worded=False,
)
def group_name_is_taken(call: Call) -> str | None:
    name = call.params["GroupName"]
    known = ec2_backends[ACCOUNT][call.region].groups.get(call.params.get("VpcId"), {}).values()
    taken = name.lower() in [group.name.lower() for group in known]
    return f"The security group '{name}' already exists for VPC '{call.params['VpcId']}'" if taken else None


@rule(
    "ec2",
    "CreateSecurityGroup",
    code="InvalidVpcID.NotFound",
    source=tried("ec2/pf-ec2-sg-cidr-valid"),
    says="A group is of a VPC that exists.",
    quote="The vpc ID 'vpc-0123456789abcdef0' does not exist",
    worded=False,
    coded=False,
)
def groups_vpc_is_gone(call: Call) -> str | None:
    vpc = call.params.get("VpcId")
    known = ec2_backends[ACCOUNT][call.region].vpcs
    return f"The vpc ID '{vpc}' does not exist" if vpc and vpc not in known else None


@rule(
    "ec2",
    "DeleteSecurityGroup",
    code="CannotDelete",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
    says="A VPC's own group stays as long as the VPC.",
    quote='the specified group: "sg-id" name: "default" cannot be deleted by a user',
)
def default_group_stays(call: Call) -> str | None:
    group = call.params.get("GroupId")
    for groups in ec2_backends[ACCOUNT][call.region].groups.values():
        if group in groups and groups[group].name == "default":
            return f'the specified group: "{group}" name: "default" cannot be deleted by a user'
    return None


# What a rule lets through --------------------------------------------------------------------------------------------

_RULES = ("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "ModifySecurityGroupRules")


def _rules(value: Any) -> Iterator[dict[str, Any]]:
    """Everything in the parameters that has a protocol, wherever it is."""
    if isinstance(value, list):
        for item in value:
            yield from _rules(item)
    elif isinstance(value, dict):
        if value.get("IpProtocol") is not None:
            yield value
        for item in value.values():
            yield from _rules(item)


@rule(
    "ec2",
    *_RULES,
    code="InvalidParameterValue",
    source=tried("ec2/pf-ec2-sg-port-range"),
    says="Ports are from 0 to 65,535, the first of a range before its last.",
    quote="out of range",
    coded=False,
)
def rule_ports_are_out_of_range(call: Call) -> str | None:
    for given in _rules(call.params):
        if given["IpProtocol"].lower() not in ("tcp", "udp", "6", "17"):
            continue
        first, last = given.get("FromPort"), given.get("ToPort")
        for end, port in (("from", first), ("to", last)):
            # Whether -1 stands for all of them here is not said.
            if port is not None and not -1 <= port <= 65535:
                return f"TCP/UDP ({end}) port ({port}) out of range"
        if first is not None and last is not None and first > last >= 0:
            return f"Invalid TCP/UDP port range({first}:{last})"
    return None


@rule(
    "ec2",
    *_RULES,
    code="InvalidParameterValue",
    source=tried("ec2/pf-ec2-sg-icmp-type-code"),
    says="Types and codes of ICMP are from 0 to 255, or -1 for all.",
    quote="out of range",
    coded=False,
)
def rule_icmp_type_is_out_of_range(call: Call) -> str | None:
    for given in _rules(call.params):
        if given["IpProtocol"].lower() in ("icmp", "1"):
            for kind, value in (("type", given.get("FromPort")), ("code", given.get("ToPort"))):
                if value is not None and not -1 <= value <= 255:
                    return f"ICMP {kind} ({value}) out of range"
    return None


def _ranges(call: Call) -> Iterator[str]:
    for given in _rules(call.params):
        single = given.get("CidrIp") or given.get("CidrIpv4")
        yield from [single] if single else []
        yield from (entry["CidrIp"] for entry in given.get("IpRanges") or [] if entry.get("CidrIp"))


@rule(
    "ec2",
    *_RULES,
    code="InvalidParameterValue",
    source=tried("ec2/pf-ec2-sg-cidr-valid"),
    says="A rule's range of addresses is one.",
    quote="is malformed",
    coded=False,
)
def rule_range_is_malformed(call: Call) -> str | None:
    for block in _ranges(call):
        try:
            IPv4Network(block, strict=False)
        except ValueError:
            return f"CIDR block {block} is malformed"
    return None
