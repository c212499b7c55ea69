"""Of the network: security groups, and every way in and out."""

from tests.plans.case import Case, settings
from tests.plans.edits import added, put, unguarded, without

_EGRESS = "egress: nat-single"
_WITHIN = "service-api/security-groups"
_ASSOCIATION = "network/private-a-routing"

SECURITY_GROUPS = (
    Case(
        name="security-group-description",
        edits=(put("security-groups/vpc-link", {"description": "The way of API Gateway into the VPC"}),),
    ),
    Case(name="tasks-group-description", edits=(put(f"{_WITHIN}/tasks", {"description": "Tasks of the shop"}),)),
    Case(name="balancer-group-name", edits=(put("security-groups/load-balancer", {"name": "dev-lb"}),)),
    Case(name="rule-to-tasks-deleted", edits=(without(f"{_WITHIN}/requests-in"),)),
    Case(name="rule-of-hook-deleted", edits=(without(f"{_WITHIN}/hook-to-aws"),)),
    Case(name="rule-ports", edits=(put(f"{_WITHIN}/requests-in", {"from_port": 8000, "to_port": 9000}),)),
    Case(
        name="rule-to-cidr",
        edits=(put(f"{_WITHIN}/prod-in", {"referenced_security_group_id": None, "cidr_ipv4": "10.0.0.0/16"}),),
    ),
    Case(name="rule-description", edits=(put(f"{_WITHIN}/prod-in", {"description": "Requests of the API"}),)),
    Case(
        name="rule-open-to-the-world",
        edits=(
            added(
                "aws_vpc_security_group_ingress_rule",
                "debugging",
                {
                    "security_group_id": f"${{@{{{_WITHIN}/tasks}}.id}}",
                    "cidr_ipv4": "0.0.0.0/0",
                    "ip_protocol": "tcp",
                    "from_port": 3000,
                    "to_port": 3000,
                },
            ),
        ),
    ),
)

VPC = (
    Case(name="vpc-cidr", settings=settings((_EGRESS, f"{_EGRESS}, cidr: 10.1.0.0/16")), edits=(unguarded,)),
    Case(name="vpc-dns-off", edits=(put("network/vpc", {"enable_dns_hostnames": False, "enable_dns_support": False}),)),
    Case(
        name="zone-added",
        settings=settings((_EGRESS, f"{_EGRESS}, availability_zones: [us-east-1a, us-east-1b, us-east-1c]")),
    ),
    Case(name="subnet-cidr", edits=(put("network/private-a", {"cidr_block": "10.0.100.0/24"}),)),
    Case(name="route-destination", edits=(put("network/private-a-nat", {"destination_cidr_block": "10.9.0.0/16"}),)),
    Case(
        name="route-without-nat",
        edits=(
            put("network/private-a-nat", {"nat_gateway_id": None, "gateway_id": "${@{network/internet-gateway}.id}"}),
        ),
    ),
    Case(name="routing-of-subnet", edits=(put(_ASSOCIATION, {"route_table_id": "${@{network/isolated-routes}.id}"}),)),
    Case(
        name="routing-of-other-subnet",
        edits=(put(_ASSOCIATION, {"subnet_id": "${@{network/isolated-a}.id}"}), without("network/isolated-a-routing")),
    ),
    Case(name="nat-moved", edits=(put("network/nat-a", {"subnet_id": "${@{network/public-b}.id}"}),)),
    Case(name="nat-address-recreated", options=("-replace=@{network/nat-a-address}",)),
    Case(name="nat-per-zone", settings=settings((_EGRESS, "egress: nat-per-az"))),
    Case(name="endpoints-for-nat", settings=settings((_EGRESS, "egress: endpoints"))),
    Case(name="internet-gateway-recreated", options=("-replace=@{network/internet-gateway}",)),
    Case(name="endpoint-recreated", options=("-replace=@{endpoints/s3}",)),
    Case(name="endpoint-deleted", edits=(without("endpoints/s3"),)),
)

NETWORK = (*SECURITY_GROUPS, *VPC)
