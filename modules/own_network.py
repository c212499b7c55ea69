"""The team's own VPC: what is needed of it is looked up and checked by each plan, and nothing of it is changed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import Postcondition, Precondition, TerraformDataSource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_route_table import DataAwsRouteTable
from cdktf_cdktf_provider_aws.data_aws_route_tables import DataAwsRouteTables, DataAwsRouteTablesFilter
from cdktf_cdktf_provider_aws.data_aws_subnet import DataAwsSubnet
from cdktf_cdktf_provider_aws.data_aws_subnets import DataAwsSubnets, DataAwsSubnetsFilter
from cdktf_cdktf_provider_aws.data_aws_vpc import DataAwsVpc
from cdktf_cdktf_provider_aws.data_aws_vpc_endpoint import DataAwsVpcEndpoint, DataAwsVpcEndpointFilter
from cdktf_cdktf_provider_aws.data_aws_vpcs import DataAwsVpcs
from constructs import Construct

from modules import leaving
from modules.deployed import Deployed
from modules.network import PrivateNetwork
from modules.zones import SUPPORTED_IDS

# ELB: "a CIDR block with at least a /27 bitmask (for example, 10.0.0.0/27) and at least eight free IP addresses per
# subnet". https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
LONGEST_PREFIX = 27
FREE_ADDRESSES = 8


@dataclass(frozen=True, kw_only=True)
class OwnNetworkProps:
    vpc_id: str
    """The team's VPC. Moving an environment from one VPC to another is refused by the plan."""

    subnet_ids: Sequence[str]
    """Private subnets of it, each in another zone: of tasks, hooks, load balancer and VPC link."""

    leaving: Sequence[str] = ()
    """Those of them that releases no longer place tasks in."""

    endpoints: Sequence[str] = ()
    """Interface endpoints that the VPC must have, such as "ecr.api", with a gateway endpoint of S3 beside them; none:
    each subnet must have a default route instead."""

    region: str
    """Where the VPC is: endpoints are looked for by their names there."""

    deployed: Deployed
    """Used to reject a plan that moves the environment to another VPC, or leaves tasks behind in a subnet."""


class OwnNetwork(Construct):
    """A VPC and subnets that somebody else makes: no endpoint, flow log, route or default group of it is touched.

    A hook without a way to CodeDeploy costs each release an hour, and AWS accepts it without a word. So a plan is
    refused unless each subnet has a default route that does not lead to an internet gateway, or the VPC has the
    endpoints. Whether the other end of the route leads on, and whether network ACLs and the endpoints' security groups
    let the traffic through, it cannot see.
    """

    def __init__(self, scope: Construct, id: str, props: OwnNetworkProps) -> None:
        super().__init__(scope, id)
        self._props = props
        vpc = self._vpc()
        subnets = self._subnets()
        self._ways_out(subnets)
        self.private = PrivateNetwork(
            vpc_id=props.vpc_id,
            vpc_cidr=vpc.cidr_block,
            subnet_ids=props.subnet_ids,
            route_table_ids=[],
            ways_out=[],
            places=leaving.Places(
                subnet_ids=[subnet for subnet in props.subnet_ids if subnet not in props.leaving],
                vpc_id=props.vpc_id,
                zones=[],
                leaving=props.leaving,
            ),
        )

    def _vpc(self) -> DataAwsVpc:
        props, known = self._props, _ref(DataAwsVpcs(self, "vpcs"))
        resolves = [
            Postcondition(
                condition="${self.enable_dns_support}",
                error_message=(
                    f"network.vpc_id: {props.vpc_id} has DNS support off, without which no name of AWS resolves; turn "
                    "on enableDnsSupport"
                ),
            )
        ]
        if props.endpoints:
            resolves.append(
                Postcondition(
                    condition="${self.enable_dns_hostnames}",
                    error_message=(
                        f"network.vpc_id: {props.vpc_id} has DNS hostnames off, without which endpoints have no "
                        "private names; turn on enableDnsHostnames"
                    ),
                )
            )
        there = Precondition(
            condition=f'${{contains({known}.ids, "{props.vpc_id}")}}',
            error_message=(
                f"network.vpc_id: there is no {props.vpc_id} in this account and region; it has "
                f'${{join(", ", {known}.ids)}}'
            ),
        )
        rules = [
            there,
            *props.deployed.own_network_rules(props.vpc_id),
            *leaving.rules(self, props.deployed, key="subnets", kept=props.subnet_ids),
        ]
        return DataAwsVpc(
            self,
            "vpc",
            id=props.vpc_id,
            lifecycle=TerraformResourceLifecycle(precondition=rules, postcondition=resolves),
        )

    def _subnets(self) -> list[DataAwsSubnet]:
        props = self._props
        in_vpc = DataAwsSubnets(self, "subnets", filter=[DataAwsSubnetsFilter(name="vpc-id", values=[props.vpc_id])])
        return [
            DataAwsSubnet(
                self,
                subnet,
                id=subnet,
                lifecycle=TerraformResourceLifecycle(
                    precondition=[
                        Precondition(
                            condition=f'${{contains({_ref(in_vpc)}.ids, "{subnet}")}}',
                            error_message=(
                                f"network.subnets: {subnet} is not in {props.vpc_id}, whose subnets are "
                                f'${{join(", ", {_ref(in_vpc)}.ids)}}'
                            ),
                        )
                    ],
                    postcondition=self._fitting(subnet),
                ),
            )
            for subnet in props.subnet_ids
        ]

    def _fitting(self, subnet: str) -> list[Postcondition]:
        """Room for a load balancer, in a zone that has all that is placed there."""
        key = f"network.subnets: {subnet}"
        used = f'contains({self._props.deployed.subnets}, "{subnet}")'
        rules = [
            Postcondition(
                condition=f'${{try(tonumber(split("/", self.cidr_block)[1]) <= {LONGEST_PREFIX}, false)}}',
                error_message=(
                    f"{key} has the block ${{self.cidr_block}}, and a load balancer needs a /{LONGEST_PREFIX} or larger"
                ),
            ),
            Postcondition(
                # Where the environment is there already, a subnet that fills up must not keep it from being changed.
                condition=f"${{{used} || self.available_ip_address_count >= {FREE_ADDRESSES}}}",
                error_message=(
                    f"{key} has ${{self.available_ip_address_count}} free addresses, and a load balancer needs "
                    f"{FREE_ADDRESSES}; tasks and hooks need more"
                ),
            ),
        ]
        if supported := SUPPORTED_IDS.get(self._props.region):
            rules.append(
                Postcondition(
                    condition=f"${{contains({json.dumps(supported)}, self.availability_zone_id)}}",
                    error_message=(
                        f"{key} is in ${{self.availability_zone}}, which is ${{self.availability_zone_id}}, where API "
                        f"Gateway has no VPC links or ECS no Fargate; choose one in {', '.join(supported)}"
                    ),
                )
            )
        return rules

    def _ways_out(self, subnets: Sequence[DataAwsSubnet]) -> None:
        props = self._props
        main = self._tables("main-routes", "association.main", "true", self._in_different_zones(subnets))
        tables = []
        for subnet in props.subnet_ids:
            own = self._tables(f"{subnet}-routes", "association.subnet-id", subnet)
            # Without a table of its own a subnet has the VPC's main one.
            tables.append((subnet, f"try({_ref(own)}.ids[0], {_ref(main)}.ids[0])"))
        if props.endpoints:
            self._endpoints([table for _, table in tables])
            return
        leading_out = self._tables("default-routes", "route.destination-cidr-block", "0.0.0.0/0")
        for subnet, table in tables:
            to_internet = (
                '[for one in self.routes : one.gateway_id if one.cidr_block == "0.0.0.0/0" && '
                'startswith(one.gateway_id, "igw-")]'
            )
            DataAwsRouteTable(
                self,
                f"{subnet}-table",
                route_table_id=f"${{{table}}}",
                lifecycle=TerraformResourceLifecycle(
                    postcondition=[
                        Postcondition(
                            condition=f"${{contains({_ref(leading_out)}.ids, self.id)}}",
                            error_message=(
                                f"network.subnets: {subnet} has no route to 0.0.0.0/0 in ${{self.id}}: its tasks get "
                                "no image, and its hook cannot answer CodeDeploy, so that each release fails after an "
                                "hour. Add a route to a NAT gateway, a transit gateway or the like, or say "
                                "network.egress: endpoints where the VPC has endpoints instead"
                            ),
                        ),
                        Postcondition(
                            condition=f"${{length({to_internet}) == 0}}",
                            error_message=(
                                f"network.subnets: {subnet} is public: ${{self.id}} leads 0.0.0.0/0 to "
                                f'${{join(", ", {to_internet})}}, where tasks and hooks get no answer, for they have '
                                "no public address. Name a private subnet"
                            ),
                        ),
                    ]
                ),
            )

    def _in_different_zones(self, subnets: Sequence[DataAwsSubnet]) -> list[Precondition]:
        zones = f"[{', '.join(f'{_ref(subnet)}.availability_zone' for subnet in subnets)}]"
        found = ", ".join(
            f"{given} in ${{{_ref(subnet)}.availability_zone}}"
            for given, subnet in zip(self._props.subnet_ids, subnets, strict=True)
        )
        return [
            Precondition(
                condition=f"${{length(distinct({zones})) == {len(subnets)}}}",
                error_message=f"network.subnets: each must be in another zone, got {found}",
            )
        ]

    def _tables(
        self, id: str, name: str, value: str, rules: Sequence[Precondition] | None = None
    ) -> DataAwsRouteTables:
        return DataAwsRouteTables(
            self,
            id,
            vpc_id=self._props.vpc_id,
            filter=[DataAwsRouteTablesFilter(name=name, values=[value])],
            lifecycle=TerraformResourceLifecycle(precondition=rules) if rules else None,
        )

    def _endpoints(self, tables: Sequence[str]) -> None:
        """One that is missing ends the plan with the provider's own error, which names the endpoint by its address."""
        missing = f"setsubtract([{', '.join(tables)}], self.route_table_ids)"
        self._endpoint(
            "s3",
            "Gateway",
            Postcondition(
                condition=f"${{length({missing}) == 0}}",
                error_message=(
                    'network.egress: the endpoint of s3, ${self.id}, is not in ${join(", ", '
                    f"{missing})}}: image layers come from S3. Associate it with the subnets' route tables"
                ),
            ),
        )
        for service in self._props.endpoints:
            self._endpoint(
                service,
                "Interface",
                Postcondition(
                    condition="${self.private_dns_enabled}",
                    error_message=(
                        f"network.egress: the endpoint of {service}, ${{self.id}}, has private names off, so that "
                        "nothing finds it; turn them on"
                    ),
                ),
            )

    def _endpoint(self, service: str, kind: str, rule: Postcondition) -> None:
        DataAwsVpcEndpoint(
            self,
            f"endpoint-{service.replace('.', '-')}",
            vpc_id=self._props.vpc_id,
            service_name=f"com.amazonaws.{self._props.region}.{service}",
            state="available",
            filter=[DataAwsVpcEndpointFilter(name="vpc-endpoint-type", values=[kind])],
            lifecycle=TerraformResourceLifecycle(postcondition=[rule]),
        )


def _ref(data: TerraformDataSource) -> str:
    """How other expressions refer to it."""
    return f"data.{data.terraform_resource_type}.{data.friendly_unique_id}"
