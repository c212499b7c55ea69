"""Load balancers: their names, zones and security groups."""

from __future__ import annotations

import re

from moto.ec2.models import ec2_backends
from moto.ec2.models.subnets import Subnet
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

from sandbox.aws.model.request import Call
from sandbox.aws.rules.elbv2.found import backend_of
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

FREE_ADDRESSES = 8
"""What a load balancer needs in each of its subnets when it comes there."""


@rule(
    "elbv2",
    "CreateLoadBalancer",
    code="ValidationError",
    source="https://github.com/aws-cloudformation/cfn-lint/issues/3259",
    says="A load balancer's name has 32 characters at most.",
    quote="The load balancer name 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' cannot be longer than '32' characters",
)
def load_balancer_name_is_too_long(call: Call) -> str | None:
    name = call.params["Name"]
    return f"The load balancer name '{name}' cannot be longer than '32' characters" if len(name) > 32 else None


@rule(
    "elbv2",
    "CreateLoadBalancer",
    code="ValidationError",
    source=tried("elbv2/pf-elbv2-lb-name"),
    says="A load balancer's name is of letters, digits and inner hyphens, and some beginnings are AWS's own.",
    quote="The load balancer name '",
    coded=False,
)
def load_balancer_name_is_invalid(call: Call) -> str | None:
    name = call.params["Name"]
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        wrong = "can only contain characters that are alphanumeric characters and hyphens(-)"
    elif name.startswith("-"):
        wrong = "cannot begin with a hyphen(-)"
    elif name.endswith("-"):
        wrong = "cannot end with a hyphen(-)"
    elif name.startswith("internal-"):
        wrong = "cannot begin with 'internal-'"
    else:
        return None
    return f"The load balancer name '{name}' {wrong}"


def load_balancer_named(backend: ELBv2Backend, name: str) -> FakeLoadBalancer | None:
    for balancer in backend.load_balancers.values():
        if balancer.name == name:
            return balancer
    return None


@rule(
    "elbv2",
    "CreateLoadBalancer",
    code="DuplicateLoadBalancerName",
    source="https://github.com/fortinet/fortigate-terraform-deploy/issues/21",
    says="A name is used once a region. (With the same settings the one that is there is returned: the API reference.)",
    quote="A load balancer with the same name 'gatewaylb' exists, but with different settings",
)
def load_balancer_name_is_taken(call: Call) -> str | None:
    name = call.params["Name"]
    balancer = load_balancer_named(backend_of(call), name)
    if balancer is None:
        return None
    there = (
        balancer.scheme or "internet-facing",
        {subnet.id for subnet in balancer.subnets},
        set(balancer.security_groups or ()),
    )
    asked = (
        call.params.get("Scheme", "internet-facing"),
        set(_subnets(call)),
        set(call.params.get("SecurityGroups") or ()),
    )
    if there == asked:
        return None
    return f"A load balancer with the same name '{name}' exists, but with different settings"


def _subnets(call: Call) -> list[str]:
    mapped = [mapping.get("SubnetId", "") for mapping in call.params.get("SubnetMappings") or []]
    return [*(call.params.get("Subnets") or []), *mapped]


@rule(
    "elbv2",
    *("CreateLoadBalancer", "SetSubnets"),
    code="SubnetNotFound",
    source="https://github.com/mozilla/fxa-dev/issues/449",
    says="A load balancer's subnets exist.",
    quote="InvalidSubnetID.NotFound",
)
def load_balancers_subnet_is_gone(call: Call) -> bool:
    return len(_found(call)) < len(_subnets(call))


def _found(call: Call) -> list[Subnet]:
    """The subnets asked for that exist."""
    zones = ec2_backends[ACCOUNT][call.region].subnets.values()
    known = {subnet.id: subnet for subnets in zones for subnet in subnets.values()}
    return [known[name] for name in _subnets(call) if name in known]


def _kind(call: Call) -> str:
    """The type of the load balancer that is asked for, or of the one that is there."""
    there = backend_of(call).load_balancers.get(call.params.get("LoadBalancerArn"))
    return str(there.type if there else call.params.get("Type", "application"))


@rule(
    "elbv2",
    *("CreateLoadBalancer", "SetSubnets"),
    code="ValidationError",
    source="https://github.com/kasmtech/terraform/issues/5",
    says="An application load balancer is in two zones at least.",
    quote="At least two subnets in two different Availability Zones must be specified",
)
def load_balancer_is_in_one_zone(call: Call) -> str | None:
    zones = {subnet.availability_zone for subnet in _found(call)}
    if len(zones) != 1 or _kind(call) != "application":
        return None
    return "At least two subnets in two different Availability Zones must be specified"


@rule(
    "elbv2",
    *("CreateLoadBalancer", "SetSubnets"),
    code="InvalidConfigurationRequest",
    source="https://github.com/robertdebock/terraform-aws-vault/issues/5",
    says="A load balancer has one subnet a zone.",
    quote="A load balancer cannot be attached to multiple subnets in the same Availability Zone",
)
def load_balancer_has_two_subnets_in_a_zone(call: Call) -> str | None:
    zones = [subnet.availability_zone for subnet in _found(call)]
    if len(set(zones)) == len(zones):
        return None
    return "A load balancer cannot be attached to multiple subnets in the same Availability Zone"


@rule(
    "elbv2",
    *("CreateLoadBalancer", "SetSubnets"),
    code="InvalidSubnet",
    source="https://github.com/aws/aws-rfdk/pull/621",
    says="A load balancer's subnet has eight free addresses. (How small it may be is advice: a /28 has room for some.)",
    quote="Not enough IP space available in subnet-08885c5805228af7a. ELB requires at least 8 free IP addresses in "
    "each subnet.",
)
def load_balancers_subnet_is_full(call: Call) -> str | None:
    there = backend_of(call).load_balancers.get(call.params.get("LoadBalancerArn"))
    its_own = {subnet.id for subnet in there.subnets} if there else set()
    for subnet in _found(call):
        if subnet.id not in its_own and subnet.available_ip_address_count < FREE_ADDRESSES:
            return (
                f"Not enough IP space available in {subnet.id}. ELB requires at least {FREE_ADDRESSES} free IP "
                "addresses in each subnet."
            )
    return None


@rule(
    "elbv2",
    *("CreateLoadBalancer", "SetSubnets"),
    code="InvalidConfigurationRequest",
    source="https://github.com/floci-io/floci/pull/1244",
    says="A load balancer's subnets are in one VPC.",
    quote="reject cross-VPC combinations with `InvalidConfigurationRequest`",
    worded=False,
    coded=False,
)
def load_balancer_is_in_two_vpcs(call: Call) -> str | None:
    there = backend_of(call).load_balancers.get(call.params.get("LoadBalancerArn"))
    vpcs = {subnet.vpc_id for subnet in _found(call)} | ({there.vpc_id} if there and _found(call) else set())
    return "All subnets must belong to the same VPC" if len(vpcs) > 1 else None


# What it is in -------------------------------------------------------------------------------------------------------


def _vpc(call: Call) -> str | None:
    """The VPC of the subnets, or of the load balancer that is there."""
    if "LoadBalancerArn" in call.params:
        balancer = backend_of(call).load_balancers.get(call.params["LoadBalancerArn"])
        return balancer.vpc_id if balancer else None
    return next((str(subnet.vpc_id) for subnet in _found(call)), None)


@rule(
    "elbv2",
    "CreateLoadBalancer",
    code="InvalidSubnet",
    source="https://github.com/giantswarm/aws-operator/pull/1231",
    says="A load balancer with public addresses is in a VPC with an internet gateway.",
    quote="has no internet gateway",
)
def public_load_balancer_has_no_gateway(call: Call) -> str | None:
    vpc = _vpc(call)
    # A Gateway Load Balancer has no scheme, and no public addresses.
    if vpc is None or _kind(call) == "gateway" or call.params.get("Scheme", "internet-facing") != "internet-facing":
        return None
    gateways = ec2_backends[ACCOUNT][call.region].internet_gateways.values()
    attached = any(gateway.vpc and gateway.vpc.id == vpc for gateway in gateways)
    return None if attached else f"VPC {vpc} has no internet gateway"


def _groups(call: Call) -> dict[str, str | None]:
    """Every security group asked for, with its VPC, or None where it is gone."""
    known = {
        group.id: group.vpc_id
        for groups in ec2_backends[ACCOUNT][call.region].groups.values()
        for group in groups.values()
    }
    return {name: known.get(name) for name in call.params.get("SecurityGroups") or []}


@rule(
    "elbv2",
    *("CreateLoadBalancer", "SetSecurityGroups"),
    code="InvalidSecurityGroup",
    source="https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/2371",
    says="A load balancer's security groups exist.",
    quote="The security group 'sg-005646f2913a5dbe4' does not exist",
)
def load_balancers_group_is_gone(call: Call) -> str | None:
    gone = [group for group, vpc in _groups(call).items() if vpc is None]
    return f"The security group '{gone[0]}' does not exist" if gone else None


@rule(
    "elbv2",
    *("CreateLoadBalancer", "SetSecurityGroups"),
    code="InvalidConfigurationRequest",
    source=tried("elbv2/pf-elbv2-lb-sg-vpc-match"),
    says="A load balancer's security groups are of its VPC.",
    quote="One or more security groups are invalid",
    coded=False,
)
def load_balancers_group_is_of_another_vpc(call: Call) -> bool:
    vpc = _vpc(call)
    return vpc is not None and any(other != vpc for other in _groups(call).values())


@rule(
    "elbv2",
    "DeleteLoadBalancer",
    code="OperationNotPermitted",
    source="https://github.com/aws-cloudformation/rain/issues/187",
    says="A load balancer that is protected stays.",
    quote="cannot be deleted because deletion protection is enabled",
)
def load_balancer_is_protected(call: Call) -> str | None:
    arn = call.params["LoadBalancerArn"]
    balancer = backend_of(call).load_balancers.get(arn)
    if balancer is None or balancer.attrs.get("deletion_protection.enabled") != "true":
        return None
    return f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
