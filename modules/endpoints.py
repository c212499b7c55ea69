"""Private ways to AWS services that do not leave the VPC."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from modules.location import Location
from modules.network import PrivateNetwork


@dataclass(frozen=True, kw_only=True)
class EndpointsProps:
    name: str
    """Prefix of the endpoints' Name tags."""

    location: Location
    """The region whose services are reached."""

    network: PrivateNetwork
    """The network that gets the endpoints."""

    services: Sequence[str] = ()
    """Interface endpoints, such as "ecr.api"; AWS bills each per zone and hour. By default only S3's free gateway."""


class Endpoints(Construct):
    """The S3 gateway endpoint, always (free, and image layers come from S3), and the interface endpoints asked for.

    With private DNS the VPC's calls to these services take the endpoint by themselves. The endpoints have a security
    group of their own, which lets the VPC's addresses in on 443 and nothing else.
    """

    def __init__(self, scope: Construct, id: str, props: EndpointsProps) -> None:
        super().__init__(scope, id)
        network = props.network
        prefix = f"com.amazonaws.{props.location.region}"
        gateway = VpcEndpoint(
            self,
            "s3",
            vpc_id=network.vpc_id,
            service_name=f"{prefix}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(network.route_table_ids),
            tags={"Name": f"{props.name}-s3"},
        )
        # Tasks pull and log, and the hook answers, through them from the first moment to the last.
        ways_out = [*network.ways_out, gateway, *(self._interfaces(props, prefix) if props.services else [])]
        self.network = replace(network, ways_out=ways_out)

    def _interfaces(self, props: EndpointsProps, prefix: str) -> list[ITerraformDependable]:
        network = props.network
        group = SecurityGroup(
            self,
            "security-group",
            name=f"{props.name}-endpoints",
            description="Interface endpoints: HTTPS from the VPC",
            vpc_id=network.vpc_id,
            tags={"Name": f"{props.name}-endpoints"},
        )
        rule = VpcSecurityGroupIngressRule(
            self,
            "https-from-vpc",
            security_group_id=group.id,
            description="AWS API calls from the VPC",
            cidr_ipv4=network.vpc_cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
        )
        endpoints = [
            VpcEndpoint(
                self,
                service.replace(".", "-"),
                vpc_id=network.vpc_id,
                service_name=f"{prefix}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=list(network.subnet_ids),
                security_group_ids=[group.id],
                tags={"Name": f"{props.name}-{service}"},
            )
            for service in props.services
        ]
        return [rule, *endpoints]
