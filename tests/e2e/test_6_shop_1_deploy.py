"""What a real service needs comes up together: two services in one environment, each of which answers."""

import json
import re
import urllib.request

from tests.e2e.harness import Environment


def answer(environment: Environment, service: str, path: str) -> object:
    with urllib.request.urlopen(f"{environment.manifest(service)['urls']['api']}{path}", timeout=10) as response:
        return json.load(response)


def test_both_services_answer(shop_environment: Environment) -> None:
    assert answer(shop_environment, "api", "/one") == {"key": "route_one from Green"}
    assert answer(shop_environment, "orders", "/three") == {"key": "route_three from Blue"}


def test_each_stack_takes_the_version_of_the_provider_that_its_settings_name(
    shop_environment: Environment, registry: Environment, account: Environment
) -> None:
    for stack in (shop_environment, registry, account):
        lock = (stack.stack_folder / ".terraform.lock.hcl").read_text()
        assert re.findall(r'^ +(version|constraints) += "(.+)"$', lock, re.MULTILINE) == [
            ("version", "5.100.0"),
            ("constraints", "5.100.0"),
        ]


def test_names_of_the_teams_own_are_the_resources_names(shop_environment: Environment) -> None:
    manifest = shop_environment.manifest("orders")
    arn = manifest["task_definition"]
    definition = shop_environment.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
    groups = shop_environment.client("elbv2").describe_target_groups(
        TargetGroupArns=[manifest["load_balancer"][color]["arn"] for color in ("blue", "green")]
    )["TargetGroups"]

    assert definition["family"] == "orders-of-shop"
    assert [container["name"] for container in definition["containerDefinitions"]] == ["program"]
    assert {group["TargetGroupName"] for group in groups} == {"orders-of-shop-1", "orders-of-shop-2"}


def test_the_second_plan_is_empty(shop_environment: Environment) -> None:
    shop_environment.assert_plan_is_empty()
