"""What moto has of a VPC, and how what was asked of it is kept: for as long as it is true, and to be judged again."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path as File
from typing import Any

import pytest
from moto.core.base_backend import backend_lock
from moto.ec2.models import ec2_backends

from sandbox.access import ledger
from sandbox.access.model import Place
from sandbox.network import addresses, ends, gate, moto_state
from sandbox.network.model import Blocked, NatGateway, Path, Route, Rule, Subnet, World
from sandbox.network.reach import way
from sandbox.network.replay import end_from_data, from_data, without
from sandbox.state import ACCOUNT

REGION = "eu-central-1"
OTHER = "eu-west-3"
"""Nobody else uses these two here."""

WORLD = World(
    vpcs={"vpc-1": "10.0.0.0/16"},
    subnets={"subnet-1": Subnet("subnet-1", "vpc-1", "10.0.0.0/24", "rtb-1")},
    routes=(Route("rtb-1", "10.0.0.0/16", "local"),),
    rules=(
        Rule("out", "sg-1", "egress", "tcp", 80, 80, other_group="sg-2"),
        Rule("in", "sg-2", "ingress", "tcp", 80, 80, cidr="10.0.0.7/32"),
    ),
)
HERE = Place("client", "vpc-1", "subnet-1", "10.0.0.7", ("sg-1",), OTHER)
THERE = Place("server", "vpc-1", "subnet-1", "10.0.0.8", ("sg-2",), OTHER)
OPEN = Path(("out", "rtb-1:10.0.0.0/16", "in"))


class Worlds:
    """What moto has is this world, and how often it was read."""

    def __init__(self) -> None:
        self.world, self.reads = WORLD, 0

    def __call__(self, region: str, vpc: str) -> World:
        assert (region, vpc) == (OTHER, "vpc-1")
        self.reads += 1
        return self.world


@pytest.fixture
def worlds(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worlds]:
    ledger.open_in(tmp_path)
    found = Worlds()
    monkeypatch.setattr(moto_state, "world", found)
    moto_state.changed()
    yield found
    moto_state.changed()


def test_what_was_found_is_kept_until_the_network_changes(worlds: Worlds) -> None:
    assert [gate.check(HERE, THERE, 80) for _ in range(3)] == [OPEN, OPEN, OPEN]
    assert worlds.reads == 1

    worlds.world = without(WORLD, "in")
    assert gate.check(HERE, THERE, 80) == OPEN
    moto_state.changed()

    assert isinstance(gate.check(HERE, THERE, 80), Blocked)
    assert worlds.reads == 2


@pytest.mark.usefixtures("worlds")
def test_all_interfaces_of_both_ends_have_to_be_open() -> None:
    elsewhere = replace(HERE, name="second client", address="10.0.0.9")

    assert gate.check((HERE,), (THERE, THERE), 80) == OPEN
    assert isinstance(gate.check((HERE, elsewhere), THERE, 80), Blocked)
    assert isinstance(gate.check((), THERE, 80), Blocked)


@pytest.mark.usefixtures("worlds")
def test_each_connection_can_be_judged_again_from_the_ledger(tmp_path: File) -> None:
    gate.check(HERE, THERE, 80)
    gate.check(HERE, THERE, 81)

    lines = [json.loads(line) for line in (tmp_path / ledger.FILE).read_text().splitlines()]
    networks = {line["id"]: from_data(line) for line in lines if line["kind"] == "network"}
    asked = [line for line in lines if line["kind"] == "connection"]
    again = []
    for line in asked:
        source = end_from_data(line["source"])
        assert isinstance(source, Place)
        again.append(way(networks[line["network"]], source, end_from_data(line["target"]), line["port"]))

    assert [(line["open"], line.get("by")) for line in asked] == [(True, list(OPEN.by)), (False, None)]
    assert again == [OPEN, Blocked(asked[1]["hop"], asked[1]["missing"])]


def test_the_log_has_a_line_for_each_way_that_is_newly_closed(
    worlds: Worlds, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("sandbox.network"), "propagate", True)
    for world in (without(WORLD, "in"), without(WORLD, "in"), WORLD, without(WORLD, "in")):
        worlds.world = world
        moto_state.changed()
        gate.check(HERE, THERE, 80)

    told = (
        "client -> server:80: no answer on AWS: security group sg-2 of server lacks an ingress rule for tcp 80 from "
        "10.0.0.7 (client) or sg-1"
    )
    assert [record.getMessage() for record in caplog.records] == [told, told]


# moto -----------------------------------------------------------------------------------------------------------------


def test_a_vpc_is_read_with_its_tables_gateways_endpoints_and_groups() -> None:
    ec2: Any = ec2_backends[ACCOUNT][REGION]
    vpc = ec2.create_vpc("10.7.0.0/16").id
    zones = [zone.name for zone in ec2.describe_availability_zones()[:2]]
    private, public = (
        ec2.create_subnet(vpc, f"10.7.{index}.0/24", availability_zone=zone).id for index, zone in enumerate(zones)
    )
    main = next(table for table in ec2.route_tables.values() if table.vpc_id == vpc).id
    table = ec2.create_route_table(vpc).id
    ec2.associate_route_table(table, subnet_id=public)
    internet = ec2.create_internet_gateway().id
    ec2.attach_internet_gateway(internet, vpc)
    ec2.create_route(table, "0.0.0.0/0", gateway_id=internet)
    nat = ec2.create_nat_gateway(public, ec2.allocate_address("vpc").allocation_id).id
    ec2.create_route(main, "0.0.0.0/0", nat_gateway_id=nat)
    gateway = ec2.create_vpc_endpoint(vpc, f"com.amazonaws.{REGION}.s3", "Gateway", None, [main]).id
    interface = ec2.create_vpc_endpoint(
        vpc, f"com.amazonaws.{REGION}.logs", "Interface", None, [], [private], private_dns_enabled=True
    ).id

    world = moto_state.world(REGION, vpc)

    default = moto_state.default_group(REGION, vpc)
    assert {name: subnet.route_table for name, subnet in world.subnets.items()} == {private: main, public: table}
    assert {(route.table, route.target) for route in world.routes} == {
        *((main, "local"), (main, nat), (main, gateway)),
        *((table, "local"), (table, internet)),
    }
    assert all(route.active for route in world.routes)
    assert world.internet_gateways == {internet: vpc}
    assert world.nat_gateways == {nat: NatGateway(nat, public, available=True, public=True)}
    found = {endpoint.id: endpoint for endpoint in world.endpoints}
    assert (found[gateway].kind, found[gateway].route_tables) == ("Gateway", (main,))
    assert (found[interface].private_dns, found[interface].groups) == (True, (default,))
    assert found[interface].addresses == (addresses.of(private, "10.7.0.0/24", interface),)
    assert [(rule.group, rule.direction, rule.protocol, rule.cidr) for rule in world.rules] == [
        (default, "egress", "-1", "0.0.0.0/0")
    ]
    assert (world.dns_support, world.dns_hostnames) == ((vpc,), ())

    ec2.delete_nat_gateway(nat)
    ec2.detach_internet_gateway(internet, vpc)
    ec2.delete_vpc_endpoints([gateway, interface])
    after = moto_state.world(REGION, vpc)

    assert {route.target for route in after.routes if not route.active} == {nat, internet}
    assert (after.nat_gateways, after.internet_gateways, after.endpoints) == ({}, {}, ())


def test_there_is_nothing_in_a_vpc_that_is_gone() -> None:
    assert moto_state.world(REGION, "vpc-gone") == World()
    assert ends.interface(REGION, "x", "subnet-gone", ("sg-1",)).vpc == ""


def test_each_owner_has_an_address_of_its_own_and_keeps_it() -> None:
    given = [addresses.of("subnet-x", "10.9.0.0/28", f"owner {number}") for number in range(10)]

    # AWS keeps the first four and the last one, and a VPC link has the eleventh.
    assert given == [f"10.9.0.{number}" for number in (4, 5, 6, 7, 8, 9, 11, 12, 13, 14)]
    assert addresses.of("subnet-x", "10.9.0.0/28", "owner 3") == "10.9.0.7"
    assert addresses.of("subnet-x", "10.9.0.0/28", "one more") == "10.9.0.4"
    assert addresses.of_link("10.9.0.0/28") == "10.9.0.10"


def test_a_request_finds_its_way_while_an_api_call_has_motos_lock() -> None:
    there = ec2_backends[ACCOUNT][REGION]
    with ThreadPoolExecutor(1) as threads, backend_lock:
        assert threads.submit(moto_state.unlocked, ec2_backends, REGION).result(30) is there
