"""VPC endpoints: what kind a service has, and where an endpoint is."""

from __future__ import annotations

from functools import partial

from moto.ec2.models import ec2_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_create = partial(rule, "ec2", "CreateVpcEndpoint")


def _kind(call: Call) -> str:
    return str(call.params.get("VpcEndpointType") or "Gateway")


def _aws_service(call: Call) -> tuple[str, str] | None:
    """Region and name of AWS's own service: ``com.amazonaws.REGION.NAME``."""
    parts = (call.params.get("ServiceName") or "").split(".", 3)
    return (parts[2], parts[3]) if parts[:2] == ["com", "amazonaws"] and len(parts) == 4 else None


@_create(
    code="InvalidServiceName",
    source=tried("ec2/pf-ec2-vpce-service-region"),
    says="A service is reached in the endpoint's own region, unless another is named.",
    quote="does not exist",
    coded=False,
)
def endpoint_is_in_another_region(call: Call) -> str | None:
    service = _aws_service(call)
    # These are not a region's: com.amazonaws.s3-global.accesspoint, com.amazonaws.vpce.REGION.ID.
    away = service is not None and service[0].count("-") > 1 and service[0] != call.region
    if not away or call.params.get("ServiceRegion"):
        return None
    return f"The Vpc Endpoint Service '{call.params['ServiceName']}' does not exist"


@_create(
    code="InvalidParameter",
    source=tried("ec2/pf-ec2-vpce-gateway-service"),
    says="Few services have endpoints that are routes.",
    quote="Endpoint type (Gateway) does not match available service types ([Interface]).",
    coded=False,
)
def endpoint_is_no_gateway(call: Call) -> bool:
    service = _aws_service(call)
    return _kind(call) == "Gateway" and service is not None and service[1] not in ("s3", "dynamodb", "s3express")


@_create(
    code="InvalidParameter",
    source=tried("ec2/pf-ec2-vpce-type-config"),
    says="An endpoint is in subnets or in route tables, depending on its kind.",
    quote="type VPC Endpoint",
    coded=False,
)
def endpoint_is_elsewhere(call: Call) -> str | None:
    if _kind(call) == "Gateway" and call.params.get("SubnetIds"):
        return "Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints."
    if _kind(call) == "Interface" and call.params.get("RouteTableIds"):
        return "Route table IDs are only supported for Gateway type VPC Endpoint."
    return None


@_create(
    code="DuplicateSubnetsInSameZone",
    source=tried("ec2/pf-ec2-vpce-subnet-az-unique"),
    says="An endpoint has one subnet a zone.",
    quote="Found another VPC endpoint subnet in the availability zone of",
)
def endpoint_has_two_subnets_in_a_zone(call: Call) -> str | None:
    zones = {
        subnet.id: subnet.availability_zone
        for subnets in ec2_backends[ACCOUNT][call.region].subnets.values()
        for subnet in subnets.values()
    }
    seen: set[str] = set()
    for subnet in call.params.get("SubnetIds") or []:
        if subnet in zones and zones[subnet] in seen:
            return f"Found another VPC endpoint subnet in the availability zone of {subnet}"
        seen |= {zones[subnet]} if subnet in zones else set()
    return None


@_create(
    code="InvalidParameter",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/17535",
    says="A name is a VPC's own once.",
    quote="private-dns-enabled cannot be set because there is already a conflicting DNS domain for",
)
def endpoints_name_is_taken(call: Call) -> str | None:
    service, vpc = _aws_service(call), call.params["VpcId"]
    # Interface endpoints answer to the service's own name, unless told otherwise.
    if service is None or _kind(call) != "Interface" or call.params.get("PrivateDnsEnabled") is False:
        return None
    for other in ec2_backends[ACCOUNT][call.region].vpc_end_points.values():
        same = (other.vpc_id, other.service_name) == (vpc, call.params["ServiceName"])
        named = other.vpc_endpoint_type == "Interface" and other.private_dns_enabled and other.state != "deleted"
        if same and named:
            name = ".".join([*reversed(service[1].split(".")), service[0], "amazonaws.com"])
            return (
                f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {name} in "
                f"the VPC {vpc}"
            )
    return None
