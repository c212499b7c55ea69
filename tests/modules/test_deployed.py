"""Where a plan looks at what is deployed. What it then says is tested on real Terraform, in tests/e2e."""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modules.api import Routes, RoutesProps, Target
from modules.deployed import Deployed, DeployedProps
from modules.network import Network, NetworkProps
from modules.traffic import Traffic, TrafficProps
from synthesis import Config, resource, resources, synth

MANIFEST = json.loads((Path(__file__).parents[2] / "contracts" / "release-manifest.json").read_text())

NETWORK = NetworkProps(
    name="dev", cidr="10.0.0.0/16", availability_zones=["eu-west-1a", "eu-west-1b"], egress="endpoints"
)


def guarded(build: Callable[[Any, Deployed], object]) -> Config:
    return synth(lambda stack: build(stack, Deployed(stack, "deployed", DeployedProps(environment="dev"))))


def keys(guarded_resource: Config) -> list[str]:
    """The settings' keys that its preconditions are about."""
    return [rule["error_message"].partition(":")[0] for rule in guarded_resource["lifecycle"]["precondition"]]


def traffic(stack: Any, deployed: Deployed) -> Traffic:
    props = TrafficProps(
        service="api", deployed=deployed, vpc_id="vpc-1", load_balancer_arn="arn:lb", blue_name="b", green_name="g"
    )
    return Traffic(stack, "traffic", props)


def test_the_manifests_of_the_environment_are_read_without_its_services_records() -> None:
    config = guarded(lambda _stack, _deployed: None)

    assert list(config["data"]["aws_ssm_parameters_by_path"].values()) == [{"path": "/greenlight/dev"}]


def seen(folder: Path, values: list[str]) -> dict[str, Any]:
    """What real Terraform makes of parameters with these values, by the names of the locals."""
    config = json.dumps(guarded(lambda _stack, _deployed: None)["locals"])
    found = json.loads(re.sub(r"data\.aws_ssm_parameters_by_path\.\w+\.values", "local.given", config))
    outputs = {name.split("_")[1]: {"value": f"${{local.{name}}}"} for name in found}
    (folder / "main.tf.json").write_text(json.dumps({"locals": {"given": values, **found}, "output": outputs}))
    for command in ("init", "apply -auto-approve"):
        subprocess.run(["terraform", *command.split(), "-no-color"], cwd=folder, check=True, capture_output=True)
    shown = subprocess.run(["terraform", "output", "-json"], cwd=folder, check=True, capture_output=True)
    return {name: output["value"] for name, output in json.loads(shown.stdout).items()}


@pytest.mark.parametrize(
    "other",
    [
        "no JSON",
        "",
        "[]",
        '{"a": 1}',
        '{"service": "older"}',
        '{"service": "odd", "load_balancer": {"blue": {}}, "urls": {}, "network": {}}',
    ],
)
def test_what_is_no_manifest_is_passed_over(tmp_path: Path, other: str) -> None:
    found = seen(tmp_path, [json.dumps(MANIFEST), other])
    service, balancer = f"services.{MANIFEST['service']}", MANIFEST["load_balancer"]

    assert found["ports"] == {
        f"{service}.prod_port": balancer["prod_port"],
        f"{service}.test_port": balancer["test_port"],
    }
    assert found["groups"] == {f"{service}.target_groups.{c}": balancer[c]["name"] for c in ("blue", "green")}
    assert found["routes"] == dict.fromkeys(MANIFEST["urls"]["routes"], MANIFEST["service"])
    assert found["blocks"] == [MANIFEST["network"]["cidr"]]


def test_a_listener_that_takes_anothers_port_is_refused_by_the_plan() -> None:
    config = guarded(traffic)

    assert keys(resource(config, "aws_lb_listener", port=80)) == ["services.api.prod_port"]
    assert keys(resource(config, "aws_lb_listener", port=8080)) == ["services.api.test_port"]


def test_a_target_group_that_is_renamed_or_has_anothers_name_is_refused_by_the_plan() -> None:
    config = guarded(traffic)

    assert keys(resource(config, "aws_lb_target_group", name="b")) == ["services.api.target_groups.blue"] * 2
    assert keys(resource(config, "aws_lb_target_group", name="g")) == ["services.api.target_groups.green"] * 2


def test_a_route_that_moves_to_a_service_without_tasks_is_refused_by_the_plan() -> None:
    targets = {"GET /one": Target(service="api", integration="integrations/1")}
    config = guarded(
        lambda stack, deployed: Routes(stack, "routes", RoutesProps(api_id="1", routes=targets, deployed=deployed))
    )

    assert keys(resource(config, "aws_apigatewayv2_route")) == ["services.api.routes"]


def test_a_vpc_that_gets_another_block_is_refused_by_the_plan() -> None:
    config = guarded(lambda stack, deployed: Network(stack, "network", replace(NETWORK, deployed=deployed)))

    assert keys(resource(config, "aws_vpc"))[-1] == "network.cidr"


def test_zones_that_are_not_there_or_cannot_hold_the_stack_are_refused_by_the_plan() -> None:
    config = synth(lambda stack: Network(stack, "network", NETWORK))
    (zones,) = config["data"]["aws_availability_zones"].values()
    rules = resource(config, "aws_vpc")["lifecycle"]["precondition"]

    assert zones == {"state": "available"}
    assert [rule["condition"].split("local.")[0] for rule in rules] == [
        "${contains(keys(",
        "${contains(keys(",
        '${contains(["euw1-az1", "euw1-az2", "euw1-az3"], lookup(',
        '${contains(["euw1-az1", "euw1-az2", "euw1-az3"], lookup(',
    ]


def test_without_a_look_at_what_is_deployed_nothing_is_refused() -> None:
    config = synth(
        lambda stack: Traffic(
            stack,
            "traffic",
            TrafficProps(service="api", vpc_id="vpc-1", load_balancer_arn="arn:lb", blue_name="b", green_name="g"),
        )
    )

    assert [listener["lifecycle"] for listener in resources(config, "aws_lb_listener")] == [
        {"ignore_changes": ["default_action"]},
        {"ignore_changes": ["default_action"]},
    ]
