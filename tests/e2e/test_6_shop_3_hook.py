"""What the hook asks the orders' candidates: with a header, for a content, and who they are, by another header."""

import json
import re
import urllib.request
from typing import Any

import pytest

from tests.e2e.harness import Command, Environment, poll
from tests.e2e.test_6_shop_1_deploy import answer


def live(environment: Environment) -> str:
    """`family:revision` of the orders that have the traffic."""
    (service,) = environment.client("ecs").describe_services(cluster="shop", services=["shop-orders"])["services"]
    (found,) = (one["taskDefinition"] for one in service["taskSets"] if one["status"] == "PRIMARY")
    return str(found).rpartition("/")[2]


@pytest.fixture(scope="module")
def before(shop_environment: Environment) -> str:
    return live(shop_environment)


@pytest.fixture(scope="module")
def refused(shop_environment: Environment, before: str) -> Command:
    """A release of orders that answer the check's token with something else."""
    assert before
    deploy = shop_environment.greenlight("deploy", "shop/orders", "--image", ":print-rude", "--queue")
    deploy.wait()
    return deploy


def checks(environment: Environment, deployment: str) -> dict[str, dict[str, Any]]:
    """What the hook's log says of each check of a deployment, by its path."""
    group = environment.manifest("orders")["log_groups"]["hooks"]["BeforeAllowTraffic"]

    def found() -> dict[str, dict[str, Any]]:
        events = environment.client("logs").filter_log_events(logGroupName=group, filterPattern=f'"{deployment}"')
        lines = [json.loads(event["message"]) for event in events["events"] if '"greenlight"' in event["message"]]
        return {line["path"]: line for line in lines if line["greenlight"] == "check"}

    return dict(poll("its checks are in the log", lambda: said if len(said := found()) == 2 else None))


def test_a_candidate_that_answers_the_checks_header_with_something_else_is_refused(
    shop_environment: Environment, refused: Command, before: str
) -> None:
    assert refused.process.returncode == 3, refused.output
    # Without the header it would have been a 401.
    assert (
        'hook: GET /orders/welcome FAILED: json /welcome: expected "smoke-test", but the key is absent'
        in refused.output
    )
    assert live(shop_environment) == before
    assert answer(shop_environment, "orders", "/three") == {"key": "route_three from Blue"}


def test_a_candidate_is_known_by_the_header_that_the_settings_name(
    shop_environment: Environment, refused: Command, before: str
) -> None:
    (deployment,) = set(re.findall(r"deployment (d-\w+) of shop/orders", refused.output))
    three = checks(shop_environment, deployment)["/three"]
    with urllib.request.urlopen(f"{shop_environment.manifest('orders')['urls']['api']}/three", timeout=10) as response:
        headers = {name.lower(): value for name, value in response.headers.items()}

    assert (headers["x-orders-version"], headers.get("x-task-definition")) == (before, None)
    assert (three["passed"], three["identity"]) == (True, three["expected_identity"])
    assert three["identity"].startswith("orders-of-shop:")
    assert three["identity"] != before
