"""What of the team's VPC is looked at. What a plan then refuses is in tests/e2e/test_6_shop_2_network.py."""

from dataclasses import replace
from typing import Any

from modules.deployed import Deployed, DeployedProps
from modules.network import PrivateNetwork
from modules.own_network import OwnNetwork, OwnNetworkProps
from tests.synthesis import Config, synth

FIRST, SECOND, THIRD = (f"subnet-0000000{number}" for number in (1, 2, 3))
SERVICES = ["codedeploy", "ecr.api", "ecr.dkr", "elasticloadbalancing", "logs"]


def made(**changes: Any) -> tuple[Config, PrivateNetwork]:
    found: list[PrivateNetwork] = []

    def build(stack: Any) -> None:
        deployed = Deployed(stack, "deployed", DeployedProps(environment="dev"))
        props = OwnNetworkProps(
            vpc_id="vpc-01234567", subnet_ids=[FIRST, SECOND], region="eu-west-1", deployed=deployed
        )
        found.append(OwnNetwork(stack, "network", replace(props, **changes)).private)

    return synth(build), found[0]


def test_nothing_of_the_teams_vpc_is_made_or_changed() -> None:
    for endpoints in ([], SERVICES):
        config, _ = made(endpoints=endpoints)

        assert "resource" not in config


def test_tasks_are_placed_in_the_subnets_that_stay_and_all_else_in_every_one() -> None:
    _, network = made(subnet_ids=[FIRST, SECOND, THIRD], leaving=[SECOND])

    assert (network.vpc_id, network.subnet_ids) == ("vpc-01234567", [FIRST, SECOND, THIRD])
    assert network.places.subnet_ids == [FIRST, THIRD]
    assert (network.places.vpc_id, network.places.leaving) == ("vpc-01234567", [SECOND])


def test_each_subnets_default_route_is_looked_for_in_its_own_table_or_the_main_one() -> None:
    config, _ = made()
    tables = config["data"]["aws_route_tables"].values()

    assert sorted((table["filter"][0]["name"], *table["filter"][0]["values"]) for table in tables) == [
        ("association.main", "true"),
        ("association.subnet-id", FIRST),
        ("association.subnet-id", SECOND),
        ("route.destination-cidr-block", "0.0.0.0/0"),
    ]
    assert {table["vpc_id"] for table in tables} == {"vpc-01234567"}
    assert len(config["data"]["aws_route_table"]) == 2
    assert "aws_vpc_endpoint" not in config["data"]


def test_with_endpoints_these_are_looked_for_and_no_default_route() -> None:
    config, _ = made(endpoints=SERVICES)
    endpoints = config["data"]["aws_vpc_endpoint"].values()

    assert sorted((one["filter"][0]["values"][0], one["service_name"]) for one in endpoints) == [
        ("Gateway", "com.amazonaws.eu-west-1.s3"),
        *(("Interface", f"com.amazonaws.eu-west-1.{service}") for service in SERVICES),
    ]
    assert "aws_route_table" not in config["data"]


def test_zones_are_looked_at_only_where_it_is_known_what_they_have() -> None:
    for region, rules in (("eu-west-1", 3), ("af-south-1", 2)):
        config, _ = made(region=region)

        lookups = config["data"]["aws_subnet"].values()
        assert [len(one["lifecycle"]["postcondition"]) for one in lookups] == [rules, rules]
