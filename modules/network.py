"""The VPC: public, private and isolated subnets in every zone, and the ways out of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable, Precondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from modules import leaving, zones
from modules.deployed import Deployed
from modules.inputs import Egress
from modules.leaving import Places
from modules.subnets import KINDS, block, letter


@dataclass(frozen=True, kw_only=True)
class NetworkProps:
    name: str
    """The VPC's Name tag, and the prefix of its parts' Name tags."""

    cidr: str
    """The VPC's block, /16 to /19, divided into /24 subnets. A change replaces the VPC and everything in it."""

    availability_zones: Sequence[str]
    """Such as us-east-1a. Each zone has one subnet of each kind; adding a zone does not move existing subnets."""

    egress: Egress
    """How private subnets reach AWS: see `Network`."""

    leaving: Sequence[str] = ()
    """Those of the zones that releases no longer place tasks in. All else stays there, so that live tasks serve on."""

    deployed: Deployed | None = None
    """Used to reject a plan that changes `cidr`, or takes out a zone with tasks in it; None: no such check."""


@dataclass(frozen=True, kw_only=True)
class PrivateNetwork:
    """The subnets of hooks, load balancer and VPC link, and in `places` those of tasks. The internet cannot reach
    them."""

    vpc_id: str
    vpc_cidr: str
    subnet_ids: Sequence[str]
    """One per zone, also of zones that tasks are leaving."""

    places: Places
    """Where releases place tasks."""

    route_table_ids: Sequence[str]
    """Route tables of the private and isolated subnets."""

    ways_out: Sequence[ITerraformDependable]
    """For depends_on: what runs in a private subnet needs these from its creation until its deletion."""


class Network(Construct):
    """Three kinds of subnet: public (to the internet gateway), private (out through NAT), isolated (no way out).

    With `nat-per-az` each zone leaves through its own NAT gateway and survives the loss of another; with `nat-single`
    all private subnets lose their way out together with one zone; with `endpoints` there is none, and private subnets
    reach only the AWS services that have an endpoint. Nothing here lets traffic in from the internet.
    """

    def __init__(self, scope: Construct, id: str, props: NetworkProps) -> None:
        super().__init__(scope, id)
        vpc = Vpc(
            self,
            "vpc",
            cidr_block=props.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": props.name},
            lifecycle=TerraformResourceLifecycle(
                precondition=[
                    *zones.rules(self, props.availability_zones),
                    *(self._changes(props, props.deployed) if props.deployed else []),
                ]
            ),
        )
        # Resources that name no security group get the default one: without rules, they reach nothing.
        DefaultSecurityGroup(
            self, "default-security-group", vpc_id=vpc.id, ingress=[], egress=[], tags={"Name": f"{props.name}-locked"}
        )

        self._name = props.name
        self._vpc_id = vpc.id
        subnets = {
            kind: [
                Subnet(
                    self,
                    f"{kind}-{letter(zone)}",
                    vpc_id=vpc.id,
                    availability_zone=zone,
                    cidr_block=block(props.cidr, kind, zone),
                    map_public_ip_on_launch=False,
                    tags={"Name": f"{props.name}-{kind}-{letter(zone)}"},
                )
                for zone in props.availability_zones
            ]
            for kind in KINDS
        }

        self._routing: list[ITerraformDependable] = []
        gateway = InternetGateway(self, "internet-gateway", vpc_id=vpc.id, tags={"Name": props.name})
        public = self._route_table("public", subnets["public"])
        self._routing.append(
            Route(
                self,
                "public-internet",
                route_table_id=public.id,
                destination_cidr_block="0.0.0.0/0",
                gateway_id=gateway.id,
            )
        )

        letters = [letter(zone) for zone in props.availability_zones]
        with_nat = {"nat-per-az": letters, "nat-single": letters[:1], "endpoints": []}[props.egress]
        nats = {
            zone: NatGateway(
                self,
                f"nat-{zone}",
                subnet_id=subnet.id,
                allocation_id=Eip(
                    self, f"nat-{zone}-address", domain="vpc", tags={"Name": f"{props.name}-nat-{zone}"}
                ).id,
                tags={"Name": f"{props.name}-{zone}"},
                depends_on=[gateway],  # AWS: a NAT gateway needs the internet gateway first, and its address after it
            )
            for zone, subnet in zip(letters, subnets["public"], strict=True)
            if zone in with_nat
        }
        private = []
        for zone, subnet in zip(letters, subnets["private"], strict=True):
            table = self._route_table(f"private-{zone}", [subnet])
            private.append(table)
            if not nats:
                continue
            nat = nats.get(zone) or nats[with_nat[0]]
            self._routing.append(
                Route(
                    self,
                    f"private-{zone}-nat",
                    route_table_id=table.id,
                    destination_cidr_block="0.0.0.0/0",
                    nat_gateway_id=nat.id,
                )
            )
        isolated = self._route_table("isolated", subnets["isolated"])

        of_zones = {zone: subnet.id for zone, subnet in zip(props.availability_zones, subnets["private"], strict=True)}
        stay = [zone for zone in props.availability_zones if zone not in props.leaving]
        self.private = PrivateNetwork(
            vpc_id=vpc.id,
            vpc_cidr=props.cidr,
            subnet_ids=list(of_zones.values()),
            places=Places(subnet_ids=[of_zones[zone] for zone in stay], zones=stay, leaving=props.leaving),
            route_table_ids=[table.id for table in [*private, isolated]],
            ways_out=self._routing,
        )

    def _changes(self, props: NetworkProps, deployed: Deployed) -> list[Precondition]:
        kept = props.availability_zones
        return [
            *deployed.network_rules(props.cidr),
            *leaving.rules(self, deployed, key="availability_zones", kept=kept),
        ]

    def _route_table(self, name: str, subnets: Sequence[Subnet]) -> RouteTable:
        table = RouteTable(self, f"{name}-routes", vpc_id=self._vpc_id, tags={"Name": f"{self._name}-{name}"})
        for subnet in subnets:
            self._routing.append(
                RouteTableAssociation(self, f"{subnet.node.id}-routing", route_table_id=table.id, subnet_id=subnet.id)
            )
        return table
