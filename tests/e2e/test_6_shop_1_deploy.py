"""What a real service needs comes up together: two services in one environment, each of which answers."""

import json
import urllib.request

from tests.e2e.harness import Environment


def answer(environment: Environment, service: str, path: str) -> object:
    with urllib.request.urlopen(f"{environment.manifest(service)['urls']['api']}{path}", timeout=10) as response:
        return json.load(response)


def test_both_services_answer(shop_environment: Environment) -> None:
    assert answer(shop_environment, "api", "/one") == {"key": "route_one from Green"}
    assert answer(shop_environment, "orders", "/three") == {"key": "route_three from Blue"}


def test_the_second_plan_is_empty(shop_environment: Environment) -> None:
    shop_environment.assert_plan_is_empty()
