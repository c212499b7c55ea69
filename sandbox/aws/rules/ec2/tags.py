"""Tags: keys that are AWS's own, and things that are gone."""

from __future__ import annotations

from collections.abc import Callable, Collection

from moto.ec2.models import EC2Backend, ec2_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT


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
    says="Tags that begin with aws: are AWS's own, also where they are given with what is made.",
    quote="Tag keys starting with 'aws:' are reserved for internal use",
)
def tag_key_of_something_new_is_reserved(call: Call) -> str | None:
    given = [tag for entry in call.params.get("TagSpecifications") or [] for tag in entry.get("Tags") or []]
    reserved = any(tag.get("Key", "").lower().startswith("aws:") for tag in given)
    return "Tag keys starting with 'aws:' are reserved for internal use" if reserved else None


# Things that are gone ------------------------------------------------------------------------------------------------

_Known = Callable[[EC2Backend], Collection[str]]

_KINDS: dict[str, tuple[str, str, str, _Known]] = {
    # Rule -> an id's prefix, AWS's code, what it is called, those that there are. moto knows the other kinds.
    "tagged_network_interface_is_gone": (
        *("eni", "InvalidNetworkInterfaceID.NotFound", "networkInterface"),
        lambda ec2: ec2.enis,
    ),
    "tagged_nat_gateway_is_gone": (
        *("nat", "InvalidNatGatewayID.NotFound", "natGateway"),
        lambda ec2: ec2.nat_gateways,
    ),
    "tagged_endpoint_is_gone": (
        *("vpce", "InvalidVpcEndpointId.NotFound", "vpcEndpoint"),
        lambda ec2: ec2.vpc_end_points,
    ),
    "tagged_address_is_gone": (
        *("eipalloc", "InvalidAllocationID.NotFound", "allocation"),
        lambda ec2: [address.allocation_id for address in ec2.addresses],
    ),
    "tagged_flow_log_is_gone": (*("fl", "InvalidFlowLogId.NotFound", "flowLog"), lambda ec2: ec2.flow_logs),
    "tagged_security_group_rule_is_gone": (
        *("sgr", "InvalidSecurityGroupRuleId.NotFound", "securityGroupRule"),
        lambda ec2: [
            rule.id
            for groups in ec2.groups.values()
            for group in groups.values()
            for rule in (*group.ingress_rules, *group.egress_rules)
        ],
    ),
    "tagged_network_acl_is_gone": (
        *("acl", "InvalidNetworkAclID.NotFound", "networkAcl"),
        lambda ec2: ec2.network_acls,
    ),
}


def _gone(name: str, prefix: str, code: str, kind: str, known: _Known) -> None:
    @rule(
        "ec2",
        "CreateTags",
        name=name,
        code=code,
        source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
        says="What is gone has no tags.",
        quote=code,
        worded=False,
        coded=False,
    )
    def check(call: Call) -> str | None:
        there = known(ec2_backends[ACCOUNT][call.region])
        for resource in call.params["Resources"]:
            if resource.startswith(f"{prefix}-") and resource not in there:
                return f"The {kind} ID '{resource}' does not exist"
        return None


for _name, _entry in _KINDS.items():
    _gone(_name, *_entry)
