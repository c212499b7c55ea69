"""EC2: texts of security groups, names and tags that are AWS's own, sizes of subnets, and what is still in use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from moto.apigatewayv2.models import apigatewayv2_backends
from moto.awslambda.models import lambda_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from sandbox.aws.model.request import Call
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
    "CreateTags",
    code="InvalidParameterValue",
    source="https://github.com/kubernetes-sigs/cluster-api-provider-aws/pull/5461",
    says="Tags that begin with aws: are AWS's own.",
    quote="for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
)
def tag_key_is_reserved(call: Call) -> str | None:
    for tag in call.params.get("Tags") or []:
        if tag.get("Key", "").lower().startswith("aws:"):
            return (
                f"Value ( {tag['Key']} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for "
                "internal use"
            )
    return None


@rule(
    "ec2",
    *("CreateVpc", "CreateSubnet", "CreateSecurityGroup", "CreateRouteTable", "CreateInternetGateway"),
    *("CreateNatGateway", "CreateVpcEndpoint", "CreateFlowLogs", "AllocateAddress"),
    code="InvalidParameterValue",
    source="https://github.com/jcjorel/ec2-spot-converter/issues/13",
    says="Tags that begin with aws: are AWS's own, also where they are given with what is made. (Seen of RunInstances; "
    "for these operations code and words are a guess.)",
    quote="Tag keys starting with 'aws:' are reserved for internal use",
    worded=False,
)
def tag_key_of_something_new_is_reserved(call: Call) -> str | None:
    given = [tag for entry in call.params.get("TagSpecifications") or [] for tag in entry.get("Tags") or []]
    reserved = any(tag.get("Key", "").lower().startswith("aws:") for tag in given)
    return "Tag keys starting with 'aws:' are reserved for internal use" if reserved else None


@rule(
    "ec2",
    "CreateSubnet",
    code="InvalidSubnet.Range",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
    says="A subnet has from 16 to 65,536 addresses.",
    quote="The allowed block size is between a /28 netmask and /16 netmask.",
    worded=False,
)
def subnet_has_another_size(call: Call) -> str | None:
    block = call.params.get("CidrBlock")
    if block is None:
        return None
    try:
        length = IPv4Network(block, strict=False).prefixlen
    except ValueError:
        return None
    return None if 16 <= length <= 28 else f"The CIDR '{block}' is invalid."


# In use --------------------------------------------------------------------------------------------------------------


def _places(call: Call) -> Iterator[tuple[set[str], set[str]]]:
    """The subnets and the security groups of everything that has network interfaces. Tasks are not among it."""
    for balancer in elbv2_backends[ACCOUNT][call.region].load_balancers.values():
        yield {subnet.id for subnet in balancer.subnets}, set(balancer.security_groups or ())
    for link in apigatewayv2_backends[ACCOUNT][call.region].vpc_links.values():
        yield set(link.subnet_ids or ()), set(link.sg_ids or ())
    for function in lambda_backends[ACCOUNT][call.region].list_functions():
        # Not `vpc_config`, which looks a subnet up that can be gone.
        config = function._vpc_config or {}
        yield set(config.get("SubnetIds") or ()), set(config.get("SecurityGroupIds") or ())
    ec2 = ec2_backends[ACCOUNT][call.region]
    for endpoint in ec2.vpc_end_points.values():
        if endpoint.state != "deleted":
            yield set(endpoint.subnet_ids or ()), set(endpoint.security_group_ids or ())
    for gateway in ec2.nat_gateways.values():
        if gateway.state != "deleted":
            yield {gateway.subnet_id}, set()


@rule(
    "ec2",
    "DeleteSubnet",
    code="DependencyViolation",
    source="https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/1081",
    says="A subnet stays as long as something has a network interface in it.",
    quote="has dependencies and cannot be deleted",
)
def subnet_is_in_use(call: Call) -> str | None:
    subnet = call.params["SubnetId"]
    used = any(subnet in subnets for subnets, _ in _places(call))
    return f"The subnet '{subnet}' has dependencies and cannot be deleted." if used else None


@rule(
    "ec2",
    "DeleteSecurityGroup",
    code="DependencyViolation",
    source="https://github.com/terraform-aws-modules/terraform-aws-security-group/issues/190",
    says="A security group stays as long as a network interface has it, or a rule of another group names it.",
    quote="has a dependent object",
)
def group_is_in_use(call: Call) -> str | None:
    group = call.params.get("GroupId")
    used = any(group in groups for _, groups in _places(call)) or any(
        (rule.source_group or {}).get("GroupId") == group
        for groups in ec2_backends[ACCOUNT][call.region].groups.values()
        for other in groups.values()
        if other.id != group
        for rule in (*other.ingress_rules, *other.egress_rules)
    )
    return f"resource {group} has a dependent object" if group and used else None


@rule(
    "ec2",
    "DeleteSecurityGroup",
    code="CannotDelete",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
    says="The default security group stays as long as its VPC.",
    quote="You cannot delete the 'default' security group in your VPC",
    worded=False,
)
def default_group_stays(call: Call) -> str | None:
    named = call.params.get("GroupId")
    for groups in ec2_backends[ACCOUNT][call.region].groups.values():
        if named in groups and groups[named].name == "default":
            return f'the specified group: "{named}" name: "default" cannot be deleted by a user'
    return None
