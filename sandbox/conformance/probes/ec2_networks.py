"""EC2's networks: ways that lead nowhere, endpoints that a service does not have, and what is gone or still in use."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, Request, breaks, worded
from sandbox.conformance.world import World

_NOBODY = "0123456789abcdef0"
"""Of an id that has the right form, and is nobody's."""


def _endpoint(service: str, kind: str, **changes: Any) -> Request:
    """CreateVpcEndpoint. Not by the service's own name: that would ask something of the VPC."""
    own = {} if kind == "Gateway" else {"PrivateDnsEnabled": False}
    return lambda world: world.endpoint_settings(service, kind, **own) | changes


def _away(world: World) -> dict[str, Any]:
    """CreateVpcEndpoint, of a service of another region."""
    region = "eu-west-1" if world.account.region != "eu-west-1" else "us-east-1"
    return _endpoint("logs", "Interface", ServiceName=f"com.amazonaws.{region}.logs")(world)


def _second_gateway(world: World) -> dict[str, Any]:
    """AttachInternetGateway, to a VPC that has one."""
    assert world.internet
    made = world.account.call("ec2", "CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    return {"InternetGatewayId": made, "VpcId": world.vpc}


def _tagged(rule: str, prefix: str) -> Probe:
    tags = [{"Key": "color", "Value": "blue"}]
    return breaks(rule, "CreateTags", lambda _: {"Resources": [f"{prefix}-{_NOBODY}"], "Tags": tags})


PROBES: list[Probe] = [
    # VPCs and the ways out of them
    worded("vpc_range_is_reserved", "CreateVpc", lambda _: {"CidrBlock": "224.0.0.0/16"}),
    # Before anything else is in this VPC, which would keep it too.
    breaks("vpc_is_in_use", "DeleteVpc", lambda world: (world.endpoint, {"VpcId": world.other_vpc})[1]),
    worded("vpc_has_a_gateway", "AttachInternetGateway", _second_gateway),
    worded(
        "gateway_route_is_of_another_network",
        "CreateRoute",
        lambda world: {
            "RouteTableId": world.other_route_table,
            "DestinationCidrBlock": "0.0.0.0/0",
            "GatewayId": world.internet,
        },
    ),
    breaks(
        "nat_route_leads_nowhere",
        "CreateRoute",
        lambda world: {
            "RouteTableId": world.main_route_table,
            "DestinationCidrBlock": "10.9.0.0/16",
            "NatGatewayId": f"nat-{_NOBODY}",
        },
    ),
    breaks(
        "subnet_has_a_route_table",
        "AssociateRouteTable",
        lambda world: {"RouteTableId": world.main_route_table, "SubnetId": world.routed_subnet},
        message="conflicts with an existing association",
    ),
    worded("nat_gateway_has_no_address", "CreateNatGateway", lambda world: {"SubnetId": world.empty_subnet}),
    worded(
        "gateway_has_public_addresses",
        "DetachInternetGateway",
        lambda world: (world.address, {"InternetGatewayId": world.internet, "VpcId": world.vpc})[1],
    ),
    breaks("address_is_in_use", "ReleaseAddress", lambda world: {"AllocationId": world.address}),
    # Endpoints
    worded("endpoint_is_in_another_region", "CreateVpcEndpoint", _away),
    worded("endpoint_is_no_gateway", "CreateVpcEndpoint", _endpoint("logs", "Gateway")),
    worded(
        "endpoint_is_elsewhere",
        "CreateVpcEndpoint",
        lambda world: _endpoint("logs", "Interface", RouteTableIds=[world.main_route_table])(world),
        "in a route table",
    ),
    worded(
        "endpoint_is_elsewhere",
        "CreateVpcEndpoint",
        lambda world: _endpoint("s3", "Gateway", SubnetIds=[world.empty_subnet])(world),
        "in a subnet",
    ),
    worded(
        "endpoint_has_two_subnets_in_a_zone",
        "CreateVpcEndpoint",
        lambda world: _endpoint("logs", "Interface", SubnetIds=[world.empty_subnet, world.routed_subnet])(world),
    ),
    worded(
        "endpoints_name_is_taken",
        "CreateVpcEndpoint",
        lambda world: (world.endpoint, world.endpoint_settings("logs", "Interface", VpcId=world.other_vpc))[1],
    ),
    # Tags of what is gone
    _tagged("tagged_network_interface_is_gone", "eni"),
    _tagged("tagged_nat_gateway_is_gone", "nat"),
    _tagged("tagged_endpoint_is_gone", "vpce"),
    _tagged("tagged_address_is_gone", "eipalloc"),
    _tagged("tagged_flow_log_is_gone", "fl"),
    _tagged("tagged_security_group_rule_is_gone", "sgr"),
    _tagged("tagged_network_acl_is_gone", "acl"),
]
