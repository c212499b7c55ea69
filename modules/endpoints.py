"""Private ways to AWS services that do not leave the VPC."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from modules.location import Location


@dataclass(frozen=True, kw_only=True)
class EndpointsProps:
    name: str
    location: Location
    vpc_id: str
    vpc_cidr: str
    subnet_ids: Sequence[str]
    route_table_ids: Sequence[str]
    services: Sequence[str]  # interface endpoints, such as "ecr.api"


class Endpoints(Construct):
    """The S3 gateway endpoint, always (free, and image layers come from S3), and the interface endpoints asked for.

    With private DNS the VPC's calls to these services take the endpoint by themselves. The endpoints have a security
    group of their own, which lets the VPC's addresses in on 443 and nothing else.
    """

    def __init__(self, scope: Construct, id: str, props: EndpointsProps) -> None:
        super().__init__(scope, id)
        prefix = f"com.amazonaws.{props.location.region}"
        gateway = VpcEndpoint(
            self,
            "s3",
            vpc_id=props.vpc_id,
            service_name=f"{prefix}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(props.route_table_ids),
            tags={"Name": f"{props.name}-s3"},
        )
        # For depends_on: tasks pull and log, and the hook answers, through them from the first moment to the last.
        self.ways_out: list[ITerraformDependable] = [gateway]
        if not props.services:
            return
        group = SecurityGroup(
            self,
            "security-group",
            name=f"{props.name}-endpoints",
            description="Interface endpoints: HTTPS from the VPC",
            vpc_id=props.vpc_id,
            tags={"Name": f"{props.name}-endpoints"},
        )
        rule = VpcSecurityGroupIngressRule(
            self,
            "https-from-vpc",
            security_group_id=group.id,
            description="AWS API calls from the VPC",
            cidr_ipv4=props.vpc_cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
        )
        endpoints = [
            VpcEndpoint(
                self,
                service.replace(".", "-"),
                vpc_id=props.vpc_id,
                service_name=f"{prefix}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=list(props.subnet_ids),
                security_group_ids=[group.id],
                tags={"Name": f"{props.name}-{service}"},
            )
            for service in props.services
        ]
        self.ways_out += [rule, *endpoints]
