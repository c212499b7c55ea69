"""Where a plan looks at what is deployed. What it then says is in test_deployed_plans.py, and in tests/e2e."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from modules.api import Routes, RoutesProps, Target
from modules.deployed import Deployed, DeployedProps
from modules.inputs import TargetGroups
from modules.network import Network, NetworkProps
from modules.traffic import Traffic, TrafficProps
from tests.modules.example import LOAD_BALANCER, SERVICE
from tests.synthesis import Config, resource, resources, synth

NETWORK = NetworkProps(
    name="dev", cidr="10.0.0.0/16", availability_zones=["eu-west-1a", "eu-west-1b"], egress="endpoints"
)
TRAFFIC = TrafficProps(
    service=SERVICE, vpc_id="vpc-1", load_balancer=LOAD_BALANCER, target_groups=TargetGroups(blue="b", green="g")
)


def guarded(build: Callable[[Any, Deployed], object]) -> Config:
    return synth(lambda stack: build(stack, Deployed(stack, "deployed", DeployedProps(environment="dev"))))


def keys(guarded_resource: Config) -> list[str]:
    """The settings' keys that its preconditions are about."""
    return [rule["error_message"].partition(":")[0] for rule in guarded_resource["lifecycle"]["precondition"]]


def traffic(stack: Any, deployed: Deployed) -> Traffic:
    return Traffic(stack, "traffic", replace(TRAFFIC, deployed=deployed))


def test_the_manifests_of_all_environments_are_read_and_no_secret_is() -> None:
    config = guarded(lambda _stack, _deployed: None)

    assert list(config["data"]["aws_ssm_parameters_by_path"].values()) == [
        {"path": "/greenlight", "recursive": True, "with_decryption": False}
    ]


def test_a_listener_that_takes_anothers_port_is_refused_by_the_plan() -> None:
    config = guarded(traffic)

    assert keys(resource(config, "aws_lb_listener", port=80)) == ["services.api.prod_port"]
    assert keys(resource(config, "aws_lb_listener", port=8080)) == ["services.api.test_port"]


def test_a_target_group_that_is_renamed_or_has_anothers_name_is_refused_by_the_plan() -> None:
    config = guarded(traffic)

    assert keys(resource(config, "aws_lb_target_group", name="b")) == ["services.api.target_groups.blue"] * 2
    assert keys(resource(config, "aws_lb_target_group", name="g")) == ["services.api.target_groups.green"] * 2


def test_the_plan_refuses_to_move_a_route_to_a_new_service_or_from_a_deleted_one() -> None:
    targets = {"GET /one": Target(service="api", integration="integrations/1")}
    config = guarded(
        lambda stack, deployed: Routes(stack, "routes", RoutesProps(api_id="1", routes=targets, deployed=deployed))
    )

    assert keys(resource(config, "aws_apigatewayv2_route")) == ["services.api.routes"] * 2


def test_a_vpc_that_gets_another_block_is_refused_by_the_plan() -> None:
    config = guarded(lambda stack, deployed: Network(stack, "network", replace(NETWORK, deployed=deployed)))

    assert "network.cidr" in keys(resource(config, "aws_vpc"))


def test_a_zone_that_tasks_are_placed_or_left_in_is_taken_out_by_no_plan() -> None:
    config = guarded(lambda stack, deployed: Network(stack, "network", replace(NETWORK, deployed=deployed)))

    assert keys(resource(config, "aws_vpc"))[-2:] == ["network.availability_zones"] * 2


def test_zones_that_are_not_there_or_cannot_hold_the_stack_are_refused_by_the_plan() -> None:
    config = synth(lambda stack: Network(stack, "network", NETWORK))
    (zones,) = config["data"]["aws_availability_zones"].values()
    rules = resource(config, "aws_vpc")["lifecycle"]["precondition"]

    assert zones == {}  # in any state: a zone with troubles is still the account's, and refuses no plan
    assert [rule["condition"].split("local.")[0] for rule in rules] == [
        "${contains(keys(",
        "${contains(keys(",
        '${contains(["euw1-az1", "euw1-az2", "euw1-az3"], lookup(',
        '${contains(["euw1-az1", "euw1-az2", "euw1-az3"], lookup(',
    ]


def test_without_a_look_at_what_is_deployed_nothing_is_refused() -> None:
    config = synth(lambda stack: Traffic(stack, "traffic", TRAFFIC))

    assert [listener["lifecycle"] for listener in resources(config, "aws_lb_listener")] == [
        {"ignore_changes": ["default_action"]},
        {"ignore_changes": ["default_action"]},
    ]
