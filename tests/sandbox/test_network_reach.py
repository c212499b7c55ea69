"""Who may reach whom, by rules, routes and endpoints alone: open, and closed without each of the pieces."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

import pytest

from sandbox.access.model import Place
from sandbox.network.model import AwsApi, Blocked, Endpoint, Internet, NatGateway, Path, Route, Rule, Subnet, World
from sandbox.network.reach import way
from sandbox.network.replay import Target, as_data, end_as_data, end_from_data, from_data, without

REGION = "us-east-1"


def rule(
    id: str,
    group: str,
    direction: Literal["ingress", "egress"],
    ports: tuple[int, int] = (0, 65535),
    protocol: str = "tcp",
    *,
    cidr: str | None = None,
    other_group: str | None = None,
    prefix_list: str | None = None,
) -> Rule:
    return Rule(id, group, direction, protocol, *ports, cidr, other_group, prefix_list)


def place(name: str, subnet: str, address: str, *groups: str, vpc: str = "vpc-1", public: bool = False) -> Place:
    return Place(name, vpc, subnet, address, groups, REGION, public)


LINK = place("vpc link", "subnet-a", "10.0.0.11", "sg-link")
BALANCER = place("load balancer", "subnet-b", "10.0.1.20", "sg-alb")
TASK = place("task", "subnet-a", "10.0.0.77", "sg-task")
PUBLIC_TASK = place("public task", "subnet-public", "10.0.9.5", "sg-task", public=True)
HOOK = place("hook", "subnet-b", "10.0.1.99", "sg-hook")
CODEDEPLOY, S3 = AwsApi("codedeploy", REGION), AwsApi("s3", REGION)

WORLD = World(
    vpcs={"vpc-1": "10.0.0.0/16", "vpc-2": "10.2.0.0/16"},
    dns_support=("vpc-1",),
    dns_hostnames=("vpc-1",),
    subnets={
        "subnet-a": Subnet("subnet-a", "vpc-1", "10.0.0.0/24", "rtb-private"),
        "subnet-b": Subnet("subnet-b", "vpc-1", "10.0.1.0/24", "rtb-private"),
        "subnet-public": Subnet("subnet-public", "vpc-1", "10.0.9.0/24", "rtb-public"),
    },
    routes=(
        Route("rtb-private", "10.0.0.0/16", "local"),
        Route("rtb-private", "0.0.0.0/0", "nat-1"),
        Route("rtb-private", "pl-s3", "vpce-s3"),
        Route("rtb-public", "10.0.0.0/16", "local"),
        Route("rtb-public", "0.0.0.0/0", "igw-1"),
    ),
    internet_gateways={"igw-1": "vpc-1"},
    nat_gateways={"nat-1": NatGateway("nat-1", "subnet-public", available=True)},
    endpoints=(
        Endpoint(
            "vpce-logs",
            "vpc-1",
            "com.amazonaws.us-east-1.logs",
            "Interface",
            True,
            ("subnet-a", "subnet-b"),
            ("10.0.0.50", "10.0.1.50"),
            ("sg-endpoint",),
        ),
        Endpoint("vpce-s3", "vpc-1", "com.amazonaws.us-east-1.s3", "Gateway", False, (), route_tables=("rtb-private",)),
    ),
    rules=(
        rule("link-out", "sg-link", "egress", (80, 80), other_group="sg-alb"),
        rule("alb-in", "sg-alb", "ingress", (80, 80), other_group="sg-link"),
        rule("alb-out", "sg-alb", "egress", (3000, 3999), cidr="10.0.0.0/24"),
        rule("task-in", "sg-task", "ingress", (0, 65535), protocol="-1", cidr="10.0.1.20/32"),
        rule("task-out", "sg-task", "egress", (443, 443), cidr="0.0.0.0/0"),
        rule("endpoint-in", "sg-endpoint", "ingress", (443, 443), cidr="10.0.0.0/16"),
        rule("hook-out", "sg-hook", "egress", (443, 443), prefix_list="pl-s3"),
        rule("front-in", "sg-front", "ingress", (443, 443), cidr="0.0.0.0/0"),
        rule("mesh-in", "sg-mesh", "ingress", other_group="sg-mesh"),
        rule("mesh-out", "sg-mesh", "egress", other_group="sg-mesh"),
    ),
    groups=dict.fromkeys(("sg-link", "sg-alb", "sg-task", "sg-endpoint", "sg-hook", "sg-mesh"), "vpc-1"),
    prefix_lists={"pl-s3": ("54.231.0.0/16",), "com.amazonaws.us-east-1.s3": ("54.231.0.0/16",)},
)

LOCAL = "rtb-private:10.0.0.0/16"
NAT = ("rtb-private:0.0.0.0/0", "nat-1", "rtb-public:0.0.0.0/0", "igw-1")

FRONT = place("public load balancer", "subnet-public", "10.0.9.9", "sg-front", public=True)

OPEN: dict[str, tuple[Place | Internet, Target, int, tuple[str, ...], str | None]] = {
    "by rules that name groups": (LINK, BALANCER, 80, ("link-out", LOCAL, "alb-in"), None),
    "by rules that name blocks": (BALANCER, TASK, 3000, ("alb-out", LOCAL, "task-in"), None),
    "among members of a group that names itself": (
        replace(LINK, security_groups=("sg-mesh",)),
        replace(TASK, security_groups=("sg-mesh",)),
        65535,
        ("mesh-out", LOCAL, "mesh-in"),
        None,
    ),
    "to the internet through a NAT gateway": (TASK, Internet("example.org"), 443, ("task-out", *NAT), None),
    "to an address through a NAT gateway": (TASK, Internet("192.0.2.7"), 443, ("task-out", *NAT), None),
    "to the internet with a public address": (
        PUBLIC_TASK,
        Internet("example.org"),
        443,
        ("task-out", "rtb-public:0.0.0.0/0", "igw-1"),
        None,
    ),
    "to an API through a NAT gateway": (TASK, CODEDEPLOY, 443, ("task-out", *NAT), None),
    "to S3 through its gateway endpoint": (HOOK, S3, 443, ("hook-out", "rtb-private:pl-s3", "vpce-s3"), "vpce-s3"),
    "from the internet to a public address": (
        Internet("clients"),
        FRONT,
        443,
        ("igw-1", "rtb-public:0.0.0.0/0", "front-in"),
        None,
    ),
    "to S3 without a gateway endpoint in the route table": (
        PUBLIC_TASK,
        S3,
        443,
        ("task-out", "rtb-public:0.0.0.0/0", "igw-1"),
        None,
    ),
}


@pytest.mark.parametrize("case", OPEN)
def test_a_path_names_what_it_goes_by(case: str) -> None:
    source, target, port, by, endpoint = OPEN[case]

    assert way(WORLD, source, target, port) == Path(by, endpoint)


@pytest.mark.parametrize(("case", "piece"), [(case, piece) for case, found in OPEN.items() for piece in found[3]])
def test_a_path_is_closed_without_each_of_its_pieces(case: str, piece: str) -> None:
    source, target, port, _, _ = OPEN[case]
    world = without(WORLD, piece)
    if target == S3 and piece in ("rtb-private:pl-s3", "vpce-s3"):
        # What is left is the NAT gateway.
        assert way(world, source, target, port) == Path(("hook-out", *NAT))
        world = without(world, "nat-1")

    assert isinstance(way(world, source, target, port), Blocked)


def test_an_interface_endpoint_takes_all_calls_of_its_api() -> None:
    by = ("task-out", LOCAL, "endpoint-in", "vpce-logs")

    assert way(WORLD, TASK, AwsApi("logs", REGION), 443) == Path(by, endpoint="vpce-logs")


def test_an_interface_endpoint_that_lets_nobody_in_is_not_passed_by() -> None:
    """Its private DNS leads there, although there is a NAT gateway."""
    found = way(without(WORLD, "endpoint-in"), TASK, AwsApi("logs", REGION), 443)

    assert found == Blocked(
        "security group sg-endpoint of endpoint vpce-logs for com.amazonaws.us-east-1.logs",
        "an ingress rule for tcp 443 from 10.0.0.77 (task) or sg-task",
    )


def test_all_interfaces_of_an_endpoint_must_answer() -> None:
    one = rule("endpoint-in", "sg-endpoint", "ingress", cidr="10.0.0.77/32")
    out = rule("task-out", "sg-task", "egress", cidr="10.0.0.0/24")
    world = replace(WORLD, rules=(one, out))

    assert way(world, TASK, AwsApi("logs", REGION), 443) == Blocked(
        "security group sg-task of task",
        "an egress rule for tcp 443 to 10.0.1.50 (endpoint vpce-logs for com.amazonaws.us-east-1.logs) or sg-endpoint",
    )


@pytest.mark.parametrize(
    "world",
    [
        replace(WORLD, dns_hostnames=()),
        replace(WORLD, endpoints=(replace(WORLD.endpoints[0], private_dns=False),)),
        replace(WORLD, endpoints=(replace(WORLD.endpoints[0], vpc="vpc-2"),)),
        replace(WORLD, endpoints=(replace(WORLD.endpoints[0], service="com.amazonaws.eu-west-1.logs"),)),
    ],
)
def test_an_interface_endpoint_without_private_dns_here_is_passed_by(world: World) -> None:
    assert way(world, TASK, AwsApi("logs", REGION), 443) == Path(("task-out", *NAT))


def test_no_api_is_reached_where_no_name_resolves() -> None:
    found = way(replace(WORLD, dns_support=()), TASK, CODEDEPLOY, 443)

    assert isinstance(found, Blocked)
    assert found.missing.startswith("enableDnsSupport")


def test_an_endpoint_that_is_not_available_yet_answers_nobody() -> None:
    world = replace(WORLD, endpoints=(replace(WORLD.endpoints[0], available=False),))

    assert way(world, TASK, AwsApi("logs", REGION), 443) == Blocked(
        "endpoint vpce-logs for com.amazonaws.us-east-1.logs", "the state available"
    )


@pytest.mark.parametrize(
    ("changed", "port"),
    [
        (rule("alb-out", "sg-alb", "egress", (3001, 3999), cidr="10.0.0.0/24"), 3000),
        (rule("alb-out", "sg-alb", "egress", (3000, 3999), cidr="10.0.0.0/24"), 4000),
        (rule("alb-out", "sg-alb", "egress", (3000, 3000), protocol="udp", cidr="10.0.0.0/24"), 3000),
        (rule("alb-out", "sg-alb", "egress", cidr="10.0.0.76/32"), 3000),
        (rule("alb-out", "sg-alb", "egress", cidr="::/0"), 3000),
        (rule("alb-out", "sg-alb", "egress", other_group="sg-alb"), 3000),
        (rule("alb-out", "sg-alb", "egress", prefix_list="pl-s3"), 3000),
        (rule("alb-out", "sg-alb", "egress", prefix_list="pl-gone"), 3000),
        (rule("alb-out", "sg-alb", "ingress", cidr="10.0.0.0/24"), 3000),
        (rule("alb-out", "sg-task", "egress", cidr="10.0.0.0/24"), 3000),
    ],
)
def test_a_rule_lets_out_only_what_it_names(changed: Rule, port: int) -> None:
    world = replace(WORLD, rules=tuple(changed if item.id == changed.id else item for item in WORLD.rules))

    found = way(world, BALANCER, TASK, port)

    assert found == Blocked(
        "security group sg-alb of load balancer", f"an egress rule for tcp {port} to 10.0.0.77 (task) or sg-task"
    )


@pytest.mark.parametrize("port", [3000, 3999])
def test_a_rule_takes_both_ends_of_its_port_range(port: int) -> None:
    assert isinstance(way(WORLD, BALANCER, TASK, port), Path)


def test_any_group_of_several_may_let_in() -> None:
    task = replace(TASK, security_groups=("sg-hook", "sg-task"))

    assert way(WORLD, BALANCER, task, 3000) == Path(("alb-out", LOCAL, "task-in"))


def test_a_place_without_security_groups_reaches_nothing() -> None:
    found = way(WORLD, replace(BALANCER, security_groups=()), TASK, 3000)

    assert found == Blocked(
        "security group (none) of load balancer", "an egress rule for tcp 3000 to 10.0.0.77 (task) or sg-task"
    )


def test_there_is_no_way_between_vpcs() -> None:
    elsewhere = replace(TASK, vpc="vpc-2", name="other task")

    assert way(WORLD, BALANCER, elsewhere, 3000) == Blocked(
        "vpc-1 of load balancer", "a way to vpc-2 of other task (the sandbox has no peering)"
    )


@pytest.mark.parametrize(
    "target", [replace(FRONT, public=False), replace(FRONT, subnet="subnet-a"), replace(FRONT, security_groups=())]
)
def test_the_internet_reaches_only_what_is_public_in_all_respects(target: Place) -> None:
    assert isinstance(way(WORLD, Internet("clients"), FRONT, 443), Path)

    assert isinstance(way(WORLD, Internet("clients"), target, 443), Blocked)


def test_the_longest_prefix_wins_also_where_it_is_a_black_hole() -> None:
    hole = Route("rtb-private", "192.0.2.0/24", "nat-gone", active=False)
    world = replace(WORLD, routes=(*WORLD.routes, hole))

    assert isinstance(way(world, TASK, Internet("192.0.3.7"), 443), Path)
    assert way(world, TASK, Internet("192.0.2.7"), 443) == Blocked(
        "route table rtb-private of subnet subnet-a", "the target of its route to 192.0.2.0/24, which is a black hole"
    )


def test_a_route_to_part_of_the_internet_is_none_to_a_name() -> None:
    part = tuple(replace(item, destination="192.0.0.0/8") if item.target == "nat-1" else item for item in WORLD.routes)

    found = way(replace(WORLD, routes=part), TASK, Internet("example.org"), 443)

    assert found == Blocked("route table rtb-private of subnet subnet-a", "a route to example.org")


def test_an_internet_gateway_lets_nobody_out_who_has_no_public_address() -> None:
    task = replace(PUBLIC_TASK, public=False)

    assert way(WORLD, task, Internet("example.org"), 443) == Blocked(
        "public task", "a public address, with which alone igw-1 lets it out"
    )


@pytest.mark.parametrize(
    "world",
    [
        replace(WORLD, nat_gateways={"nat-1": NatGateway("nat-1", "subnet-public", available=False)}),
        replace(WORLD, nat_gateways={"nat-1": NatGateway("nat-1", "subnet-public", available=True, public=False)}),
        replace(WORLD, nat_gateways={"nat-1": NatGateway("nat-1", "subnet-a", available=True)}),
        replace(WORLD, internet_gateways={"igw-1": "vpc-2"}),
        replace(WORLD, routes=(*WORLD.routes[:1], Route("rtb-private", "0.0.0.0/0", ""), *WORLD.routes[2:])),
    ],
)
def test_a_nat_gateway_needs_its_own_way_out(world: World) -> None:
    assert isinstance(way(WORLD, TASK, Internet("example.org"), 443), Path)

    assert isinstance(way(world, TASK, Internet("example.org"), 443), Blocked)


def test_a_closed_way_to_an_api_says_which_endpoint_would_open_it() -> None:
    world = replace(without(WORLD, "nat-1"), routes=WORLD.routes[:1])

    assert way(world, TASK, CODEDEPLOY, 443) == Blocked(
        "route table rtb-private of subnet subnet-a",
        "a route to codedeploy in us-east-1; "
        "and vpc-1 lacks an interface endpoint with private DNS for com.amazonaws.us-east-1.codedeploy",
    )


@pytest.mark.parametrize("case", OPEN)
def test_a_connection_is_judged_the_same_after_it_was_written_down(case: str) -> None:
    source, target, port, by, endpoint = OPEN[case]
    kept = json.loads(json.dumps({"world": as_data(WORLD), "from": end_as_data(source), "to": end_as_data(target)}))

    again = from_data(kept["world"]), end_from_data(kept["from"]), end_from_data(kept["to"])

    assert again == (WORLD, source, target)
    assert not isinstance(again[1], AwsApi)
    assert way(again[0], again[1], again[2], port) == Path(by, endpoint)
