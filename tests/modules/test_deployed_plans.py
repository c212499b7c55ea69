"""What the rules about deployed services refuse, as Terraform itself evaluates them for what SSM may hold."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from modules.api import Routes, RoutesProps, Target
from modules.deployed import Deployed, DeployedProps
from modules.inputs import ListenerPorts, TargetGroups
from modules.network import Network, NetworkProps
from modules.traffic import Traffic, TrafficProps
from tests.modules.example import LOAD_BALANCER, SERVICE
from tests.synthesis import Config, resources, synth


def manifest(environment: str = "dev", service: str = "api", **parts: Any) -> dict[str, Any]:
    """What of a manifest the rules look at."""
    name = f"{environment}-{service}"
    balancer = {
        "prod_port": 80,
        "test_port": 8080,
        "blue": {"name": f"{name}-blue"},
        "green": {"name": f"{name}-green"},
    }
    return {
        "environment": environment,
        "service": service,
        "load_balancer": balancer | parts.get("load_balancer", {}),
        "network": {"cidr": parts.get("cidr", "10.0.0.0/16"), "vpc_id": None} | parts.get("network", {}),
        "urls": {"routes": parts.get("routes", ["GET /one"])},
    }


def stored(*manifests: dict[str, Any]) -> dict[str, str]:
    """As SSM has them: by their names, in no particular order."""
    return {f"/greenlight/{one['environment']}/{one['service']}": json.dumps(one) for one in manifests}


def guarded(
    stack: Any, *, blue: str, prod_port: int, routes: dict[str, str], cidr: str, zones: list[str], leaving: list[str]
) -> None:
    """Service `api` of environment `dev`, and all its routes, as the settings would have them: route -> service."""
    deployed = Deployed(stack, "deployed", DeployedProps(environment="dev"))
    network = NetworkProps(
        name="dev", cidr=cidr, availability_zones=zones, leaving=leaving, egress="endpoints", deployed=deployed
    )
    Network(stack, "network", network)
    Traffic(
        stack,
        "traffic",
        TrafficProps(
            service=SERVICE,
            deployed=deployed,
            vpc_id="vpc-1",
            load_balancer=LOAD_BALANCER,
            target_groups=TargetGroups(blue=blue, green="dev-api-green"),
            ports=ListenerPorts(prod=prod_port),
        ),
    )
    targets = {route: Target(service=service, integration="integrations/1") for route, service in routes.items()}
    Routes(stack, "routes", RoutesProps(api_id="1", routes=targets, deployed=deployed))


def refusals(folder: Path, parameters: dict[str, str], *, interfaces: Sequence[str] = (), **settings: Any) -> list[str]:
    """The messages of the rules that a plan would end with, each up to its first comma.

    `interfaces` are the network interfaces that are found where tasks are leaving.
    """
    planned: dict[str, Any] = {
        "blue": "dev-api-blue",
        "prod_port": 80,
        "routes": {"GET /one": "api"},
        "cidr": "10.0.0.0/16",
        "zones": ["af-south-1a", "af-south-1b"],
        "leaving": [],
    }
    config = synth(lambda stack: guarded(stack, **planned | settings))
    rules = [
        rule
        for kind in ("aws_lb_target_group", "aws_lb_listener", "aws_apigatewayv2_route", "aws_vpc")
        for one in resources(config, kind)
        for rule in one["lifecycle"]["precondition"]
        if "aws_availability_zones" not in rule["condition"] and "zone-ids" not in rule["condition"]
    ]
    asked = [f'{rule["condition"][2:-1]} ? "" : "{rule["error_message"]}"' for rule in rules]
    behind = json.dumps([list(interfaces)])
    asked = [re.sub(r"data\.aws_network_interfaces\.[\w-]+\[\*\]\.ids", behind, one) for one in asked]
    found = console(folder, config, parameters, asked)
    return [message.partition(",")[0] for message in found if message]


def console(folder: Path, config: Config, parameters: dict[str, str], expressions: list[str]) -> list[str]:
    """What Terraform makes of the expressions where the data source has found the parameters."""
    ((data, _),) = config["data"]["aws_ssm_parameters_by_path"].items()
    known = {name: text for name, text in config["locals"].items() if "availability_zones" not in text}
    text = json.dumps(
        {
            "variable": {"names": {"type": "list(string)"}, "values": {"type": "list(string)", "sensitive": True}},
            "locals": known,
        }
    ).replace(f"data.aws_ssm_parameters_by_path.{data}", "var")
    (folder / "main.tf.json").write_text(text)
    (folder / "terraform.tfvars.json").write_text(
        json.dumps({"names": list(parameters), "values": list(parameters.values())})
    )
    asked = f"jsonencode([{', '.join(expressions)}])"
    ran = subprocess.run(["terraform", "console"], cwd=folder, input=asked, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    found: list[str] = json.loads(json.loads(ran.stdout))
    return found


def test_where_nothing_is_deployed_nothing_is_refused(tmp_path: Path) -> None:
    assert refusals(tmp_path, {}) == []


def test_what_is_deployed_as_the_settings_say_is_not_refused(tmp_path: Path) -> None:
    assert refusals(tmp_path, stored(manifest())) == []


def test_every_change_that_aws_refuses_half_way_is_refused_by_its_key(tmp_path: Path) -> None:
    web = manifest(service="web", load_balancer={"prod_port": 81, "test_port": 8081}, routes=["GET /web"])
    settings: dict[str, Any] = {
        "blue": "other",
        "prod_port": 81,
        "routes": {"GET /one": "api", "GET /web": "web"},
        "cidr": "10.1.0.0/16",
    }

    assert refusals(tmp_path, stored(manifest(), web), **settings) == [
        "services.api.target_groups.blue: the group is deployed as dev-api-blue and cannot be renamed to other",
        "services.api.prod_port: 81 is deployed as services.web.prod_port",
        "network.cidr: the VPC is deployed with 10.0.0.0/16 and cannot become 10.1.0.0/16. Take the change back. Two "
        "steps to another network: deploy a second environment with it and move your clients there; then destroy this "
        "one",
    ]


def test_a_route_moves_to_a_service_only_once_that_is_deployed(tmp_path: Path) -> None:
    web = manifest(service="web", load_balancer={"prod_port": 81, "test_port": 8081}, routes=["GET /web"])

    moved = {"GET /web": "api", "GET /new": "api", "GET /other": "web"}

    assert refusals(tmp_path, stored(web), routes=moved) == [
        "services.api.routes: GET /web is served by services.web now"
    ]
    assert refusals(tmp_path, stored(manifest(), web), routes=moved | {"GET /one": "api"}) == []


OTHERS = {
    "a record below a service": {"/greenlight/dev/api/suspended": '{"DynamicScalingInSuspended": true}'},
    "a text": {"/greenlight/dev/note": "not JSON"},
    "a list": {"/greenlight/dev/list": '[{"service": "api"}]'},
    "another team's document": {"/greenlight/dev/config": '{"environment": "dev", "service": "config"}'},
    "nothing": {"/greenlight/dev/empty": ""},
    "a manifest with holes": {
        "/greenlight/dev/odd": '{"environment": "dev", "service": "odd", "load_balancer": {"blue": {}}, "urls": {}}'
    },
    "a copy of a manifest": {"/greenlight/dev/api-before": json.dumps(manifest(load_balancer={"prod_port": 1}))},
    "a copy of a manifest below it": {"/greenlight/dev/api/old": json.dumps(manifest())},
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_else_lies_among_the_manifests_is_passed_over(tmp_path: Path, other: str) -> None:
    assert refusals(tmp_path, OTHERS[other] | stored(manifest())) == []
    assert refusals(tmp_path, stored(manifest()) | OTHERS[other]) == []


def test_a_manifest_of_older_modules_refuses_nothing_that_it_does_not_know(tmp_path: Path) -> None:
    groups = {"blue": {"name": "dev-api-blue"}, "green": {"name": "dev-api-green"}}
    older = {"environment": "dev", "service": "api", "load_balancer": groups, "network": {"subnets": []}}

    assert refusals(tmp_path, stored(older), prod_port=81, cidr="10.1.0.0/16") == []


@pytest.mark.parametrize("other", ["de", "dev2", "dev-2", "prod"])
def test_another_environment_has_ports_routes_and_a_network_of_its_own(tmp_path: Path, other: str) -> None:
    parts = {"load_balancer": {"prod_port": 80, "test_port": 8080}, "cidr": "10.9.0.0/16"}

    assert refusals(tmp_path, stored(manifest(other, "web", **parts), manifest(other, "api", **parts))) == []


def test_a_target_group_of_another_environment_is_refused(tmp_path: Path) -> None:
    """So is another `name` for this one that keeps the groups: they cannot be behind two load balancers."""
    before = manifest("old", load_balancer={"blue": {"name": "shop-blue"}})

    assert refusals(tmp_path, stored(before), blue="shop-blue") == [
        "services.api.target_groups.blue: shop-blue is deployed as old: services.api.target_groups.blue"
    ]


def test_more_services_than_a_page_of_ssm_are_all_known(tmp_path: Path) -> None:
    many = [
        manifest(service=f"s{n}", load_balancer={"prod_port": 100 + n, "test_port": 200 + n}, routes=[f"GET /{n}"])
        for n in range(25)
    ]

    assert refusals(tmp_path, stored(*many), prod_port=124, routes={"GET /24": "api", "GET /": "s24"}) == [
        "services.api.prod_port: 124 is deployed as services.s24.prod_port",
        "services.api.routes: GET /24 is served by services.s24 now",
    ]


THREE = ["af-south-1a", "af-south-1b", "af-south-1c"]


def in_zones(*zones: str, leaving: Sequence[str] = (), service: str = "api") -> dict[str, Any]:
    return manifest(service=service, network={"zones": list(zones), "leaving": list(leaving)})


def test_a_zone_that_releases_use_is_not_taken_out_at_once(tmp_path: Path) -> None:
    others: dict[str, Any] = {"load_balancer": {"prod_port": 81, "test_port": 8081}, "routes": ["GET /web"]}
    web = manifest(service="web", network={"zones": THREE}, **others)

    assert refusals(tmp_path, stored(in_zones(*THREE), web)) == [
        "network.availability_zones: af-south-1c cannot be taken out yet"
    ]


def test_a_zone_that_tasks_are_leaving_is_kept_while_one_is_left_in_it(tmp_path: Path) -> None:
    leaving = stored(in_zones(*THREE[:2], leaving=THREE[2:]))

    assert refusals(tmp_path, leaving, interfaces=["eni-1"]) == [
        "network.availability_zones: af-south-1c cannot be taken out yet"
    ]
    assert refusals(tmp_path, leaving) == []


def test_a_zone_may_begin_to_leave_stay_and_come_back(tmp_path: Path) -> None:
    leaving = stored(in_zones(*THREE[:2], leaving=THREE[2:]))

    assert refusals(tmp_path, stored(in_zones(*THREE)), zones=THREE, leaving=THREE[2:]) == []
    assert refusals(tmp_path, leaving, zones=THREE, leaving=THREE[2:]) == []
    assert refusals(tmp_path, leaving, zones=THREE) == []


def test_an_environment_in_the_teams_vpc_does_not_move_to_one_of_its_own(tmp_path: Path) -> None:
    """Whatever the blocks are."""
    team = manifest(network={"vpc_id": "vpc-0123456789abcdef0"})

    assert refusals(tmp_path, stored(team)) == [
        "network.vpc_id: the environment is deployed in vpc-0123456789abcdef0 and cannot move to a VPC of its own. "
        "Take the change back. Two steps to another network: deploy a second environment with it and move your clients "
        "there; then destroy this one"
    ]
