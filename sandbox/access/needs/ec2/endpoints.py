"""VPC endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.access.model import Need
from sandbox.access.needs import needs
from sandbox.access.needs.ec2.resources import made, named, on
from sandbox.aws.model.request import Call

_AMAZON = "com.amazonaws."
"""How the names of Amazon's own services begin.

https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""


@needs("ec2", "CreateVpcEndpoint")
def new_endpoint(call: Call) -> Iterator[Need]:
    """An interface endpoint's private names are a hosted zone of Amazon's, which is associated with the VPC: the
    reference has that as an action on which this one depends."""
    given = call.params
    yield from named(call, "VpcId", "SubnetIds", "SecurityGroupIds", "RouteTableIds")
    keys: dict[str, tuple[str, ...]] = {"ec2:VpceServiceRegion": (given.get("ServiceRegion") or call.region,)}
    if given.get("ServiceName"):
        keys["ec2:VpceServiceName"] = (given["ServiceName"],)
        if given["ServiceName"].startswith(_AMAZON) and ".vpce." not in given["ServiceName"]:
            keys["ec2:VpceServiceOwner"] = ("amazon",)
    yield from made(call, "vpc-endpoint", keys)
    if given.get("VpcEndpointType") == "Interface":
        yield from (_about(call, action) for action in ("DescribeVpcs", "DescribeSubnets", "DescribeSecurityGroups"))
        if given.get("PrivateDnsEnabled", True):
            # Amazon's zone is none of the account's: it has no ARN that a policy could name beforehand.
            yield Need("route53:AssociateVPCWithHostedZone", request_tags={}, resource_tags={})


def _about(call: Call, action: str) -> Need:
    return Need(f"ec2:{action}", keys={"ec2:Region": (call.region,)}, request_tags={}, resource_tags={})


@needs("ec2", "ModifyVpcEndpoint")
def changed_endpoint(call: Call) -> Iterator[Need]:
    yield from named(call, "VpcEndpointId")
    for prefix in ("Add", "Remove"):
        for kind, parameter in (
            ("route-table", "RouteTableIds"),
            ("subnet", "SubnetIds"),
            ("security-group", "SecurityGroupIds"),
        ):
            for one in call.params.get(f"{prefix}{parameter}") or []:
                yield on(call, kind, one)
