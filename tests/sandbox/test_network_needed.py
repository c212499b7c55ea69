"""Recorded connections are asked for again without a rule, a route or an endpoint: what nothing needed shows."""

import json
from dataclasses import replace
from typing import Any

from sandbox.access.model import Place
from sandbox.network import replay
from sandbox.network.model import AwsApi, Endpoint, NatGateway, Route, Rule, Subnet, World
from sandbox.network.needed import Piece, needed

WORLD = World(
    vpcs={"vpc-1": "10.0.0.0/16"},
    dns_support=("vpc-1",),
    dns_hostnames=("vpc-1",),
    subnets={
        "private": Subnet("private", "vpc-1", "10.0.1.0/24", "rtb-private"),
        "public": Subnet("public", "vpc-1", "10.0.2.0/24", "rtb-public"),
    },
    routes=(
        Route("rtb-private", "10.0.0.0/16", "local"),
        Route("rtb-private", "0.0.0.0/0", "nat-1"),
        Route("rtb-public", "10.0.0.0/16", "local"),
        Route("rtb-public", "0.0.0.0/0", "igw-1"),
    ),
    internet_gateways={"igw-1": "vpc-1"},
    nat_gateways={"nat-1": NatGateway("nat-1", "public", available=True)},
    rules=(
        Rule("sgr-1", "sg-hook", "egress", "tcp", 443, 443, cidr="0.0.0.0/0"),
        Rule("sgr-2", "sg-hook", "egress", "tcp", 8080, 8080, other_group="sg-balancer"),
        Rule("sgr-3", "sg-balancer", "ingress", "tcp", 8080, 8081, other_group="sg-hook"),
        Rule("sgr-4", "sg-default", "ingress", "-1", 0, 65535, other_group="sg-default"),
    ),
    groups={"sg-hook": "vpc-1", "sg-balancer": "vpc-1", "sg-default": "vpc-1"},
    names={
        "vpc-1": "sandbox",
        "rtb-private": "sandbox-private",
        "rtb-public": "sandbox-public",
        "sg-hook": "sandbox-api-hook",
        "sg-balancer": "sandbox-load-balancer",
    },
)
HOOK = Place("hook", "vpc-1", "private", "10.0.1.9", ("sg-hook",), "us-east-1")
BALANCER = Place("load balancer", "vpc-1", "private", "10.0.1.8", ("sg-balancer",), "us-east-1")
CODEDEPLOY = AwsApi("codedeploy", "us-east-1")


def connection(target: Place | AwsApi, port: int, *by: str) -> dict[str, Any]:
    ends = {"source": replay.end_as_data(HOOK), "target": replay.end_as_data(target)}
    return {**ends, "port": port, "network": "1", "open": True, "by": list(by)}


TO_AWS = connection(CODEDEPLOY, 443, "sgr-1", "rtb-private:0.0.0.0/0", "nat-1", "rtb-public:0.0.0.0/0", "igw-1")
TO_BALANCER = connection(BALANCER, 8080, "sgr-2", "rtb-private:10.0.0.0/16", "sgr-3")


def judged(world: World, *connections: dict[str, Any]) -> dict[Piece, bool]:
    networks = {"1": json.loads(json.dumps(replay.as_data(world)))}
    return needed(networks, json.loads(json.dumps(connections)), "sandbox")


def test_each_rule_and_route_of_a_connection_is_needed_and_no_other() -> None:
    assert judged(WORLD, TO_AWS) == {
        Piece("rule", "sandbox-api-hook", "tcp 443 to 0.0.0.0/0"): True,
        Piece("rule", "sandbox-api-hook", "tcp 8080 to sandbox-load-balancer"): False,
        Piece("rule", "sandbox-load-balancer", "tcp 8080-8081 from sandbox-api-hook"): False,
        Piece("route", "sandbox-private", "0.0.0.0/0 to nat"): True,
        Piece("route", "sandbox-public", "0.0.0.0/0 to igw"): True,
    }


def test_a_connection_inside_the_vpc_needs_a_rule_at_each_end() -> None:
    found = judged(WORLD, TO_BALANCER)

    assert [piece.text for piece, good in found.items() if good] == [
        "tcp 8080 to sandbox-load-balancer",
        "tcp 8080-8081 from sandbox-api-hook",
    ]


def test_of_two_ways_neither_is_needed() -> None:
    endpoint = Endpoint("vpce-1", "vpc-1", "com.amazonaws.us-east-1.s3", "Gateway", False, (), route_tables=("rtb-1",))
    to_endpoint = Route("rtb-private", "pl-1", "vpce-1")
    world = replace(
        WORLD,
        endpoints=(endpoint,),
        routes=(*WORLD.routes, to_endpoint),
        prefix_lists={"pl-1": ("52.0.0.0/8",), "com.amazonaws.us-east-1.s3": ("52.0.0.0/8",)},
    )
    to_s3 = connection(AwsApi("s3", "us-east-1"), 443, "sgr-1", "rtb-private:pl-1", "vpce-1")

    found = judged(world, to_s3)

    assert found[Piece("endpoint", "sandbox", "gateway s3")] is False
    assert found[Piece("rule", "sandbox-api-hook", "tcp 443 to 0.0.0.0/0")] is True


def test_another_vpc_is_not_judged() -> None:
    assert judged(replace(WORLD, names={"vpc-1": "other"}), TO_AWS) == {}
