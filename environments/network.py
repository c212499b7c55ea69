"""The network of an environment."""

import re
from collections import Counter
from ipaddress import IPv4Network
from typing import Annotated, Self

from pydantic import Field, model_validator

from environments.shown import shown
from environments.values import Settings, Text, all_of
from modules.inputs import Egress
from modules.subnets import SUBNET_PREFIX, SUBNETS, VPC_PREFIXES, ZONE_LETTERS

# Without NAT: the image's manifest and layers (with S3's gateway), the tasks' logs, and the hook's answer.
ENDPOINTS_INSTEAD_OF_NAT = ("ecr.api", "ecr.dkr", "logs", "codedeploy")
_NO_SERVICES = ("ecr", "security-group", "https-from-vpc")  # the last two stand beside the endpoints in their module
_PRIVATE = [IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")]

# EC2's ids have 17 digits, older ones 8: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
_ID = "(?:[0-9a-f]{17}|[0-9a-f]{8})"
VpcId = Annotated[str, Text(f"vpc-{_ID}", "the id of a VPC, such as vpc-0123456789abcdef0")]
SubnetId = Annotated[str, Text(f"subnet-{_ID}", "the id of a subnet, such as subnet-0123456789abcdef0")]
# What says how a VPC is made, and why it is nothing to say of one that is there.
_OF_A_NEW_VPC = {
    "name": "the VPC has its name",
    "cidr": "the VPC has its block",
    "availability_zones": "the zones are those of subnets",
    "endpoints": "the VPC's endpoints are its owner's, and it can have one a service with a private name",
}


class Network(Settings):
    """A VPC of the environment's own, with public, private and isolated subnets in every zone; or the team's VPC."""

    name: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="The VPC's Name tag, and the beginning of others; default: <name>",
    )
    cidr: str = Field(
        "10.0.0.0/16",
        description="A private block of /16 to /19; a change means a new VPC, which the plan refuses once deployed",
    )
    availability_zones: list[str] = Field(
        [], description="2 to 6 zones such as us-east-1a; default: two that every account of the region has"
    )
    egress: Egress = Field(
        "nat-per-az", description="How tasks and hooks reach AWS; endpoints: without NAT, so AWS is all they reach"
    )
    endpoints: list[str] = Field([], description='Further interface endpoints by service, such as "ecr.api"')
    vpc_id: VpcId | None = Field(
        None, description="The team's own VPC, which nothing is changed in; default: the environment makes one"
    )
    subnets: list[SubnetId] = Field(
        [], description="Private subnets of vpc_id, one a zone, two or more: for tasks, hooks, load balancer, VPC link"
    )
    leaving: list[str] = Field(
        [],
        description="Of availability_zones or subnets, those that releases no longer place tasks in: the step before "
        "they are taken out",
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        mistakes = [_wrong_block(self.cidr), *map(_wrong_endpoint, self.endpoints)]
        if self.name and self.name.casefold().startswith("aws:"):
            mistakes.append(f"name must not begin with aws:, which AWS keeps for itself, got {shown(self.name)}")
        given = [*ENDPOINTS_INSTEAD_OF_NAT, *self.endpoints] if self.egress == "endpoints" else self.endpoints
        spelled: dict[str, str] = {service.replace(".", "-"): service for service in given}
        if twice := sorted(
            service
            for service, times in Counter(self.endpoints).items()
            if times > 1 or spelled[service.replace(".", "-")] != service
        ):
            mistakes.append(f"endpoints has one service more than once: {shown(twice)}")
        mistakes += self._wrong_vpc()
        all_of([mistake for mistake in mistakes if mistake])
        return self

    def _wrong_vpc(self) -> list[str]:
        if self.vpc_id is None:
            return ["subnets are those of vpc_id, which is missing"] if self.subnets else []
        given = self.model_fields_set
        mistakes = [f"{key} cannot be given with vpc_id: {why}" for key, why in _OF_A_NEW_VPC.items() if key in given]
        if "egress" in given and self.egress != "endpoints":
            mistakes.append(
                "egress with vpc_id must be endpoints, where the VPC has endpoints instead of a way out, or left out, "
                f"where each subnet has a default route; got {self.egress}"
            )
        if len(set(self.subnets)) != len(self.subnets) or not 2 <= len(self.subnets) <= len(ZONE_LETTERS):
            mistakes.append(
                f"subnets must be 2 to {len(ZONE_LETTERS)} different subnets of vpc_id, one a zone (a load balancer "
                f"needs two), got {shown(self.subnets)}"
            )
        return mistakes

    def wrong_leaving(self, zones: list[str]) -> list[str]:
        """What is wrong with `leaving`, where `zones` are those in use."""
        key, places = ("subnets", self.subnets) if self.vpc_id else ("availability_zones", zones)
        mistakes = []
        if unknown := [place for place in self.leaving if place not in places]:
            mistakes.append(
                f"network.leaving must be some of network.{key}, which keeps them until no task is left in them, "
                f"got {shown(unknown)}"
            )
        if self.leaving and len(set(places) - set(self.leaving)) < 2:
            mistakes.append(
                f"network.leaving must leave two of network.{key} (a load balancer needs two): add another first, "
                f"got {shown(self.leaving)} of {shown(places)}"
            )
        return mistakes


def _wrong_block(cidr: str) -> str | None:
    try:
        block = IPv4Network(cidr)
    except ValueError as error:
        why = f": {error}" if len(cidr) <= 40 else ""
        return f"cidr must be an IPv4 block such as 10.0.0.0/16, got {shown(cidr)}{why}"
    if str(block) != cidr:
        return f"cidr must be written as {block}, got {shown(cidr)}"
    largest, smallest = VPC_PREFIXES
    if not largest <= block.prefixlen <= smallest:
        cut = f"{SUBNETS} subnets of /{SUBNET_PREFIX}"
        return f"cidr must be from /{largest} to /{smallest}: it is cut into {cut}, got {cidr}"
    if not any(block.subnet_of(private) for private in _PRIVATE):
        return f"cidr must be in one of the private blocks {', '.join(map(str, _PRIVATE))}, got {cidr}"
    return None


def _wrong_endpoint(service: str) -> str | None:
    if service == "s3":
        return "endpoints: s3 is there already, as a gateway endpoint, which costs nothing"
    if service == "s3express":
        return "endpoints: s3express has gateway endpoints only, and interface endpoints are what is made here"
    if service in ("dynamodb", "dynamodb-streams"):
        return f"endpoints: {service} has no private DNS name for interface endpoints, which they are made with here"
    if service.startswith(("com.amazonaws.", "aws.", "cn.com.")):
        return f"endpoints: leave out what stands before the service, as in ecr.api; got {shown(service)}"
    if service in _NO_SERVICES or not re.fullmatch(r"[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*", service):
        return (
            "endpoints: must be a service as in com.amazonaws.<region>.<service>, such as ecr.api or secretsmanager, "
            f"got {shown(service)}"
        )
    return None
