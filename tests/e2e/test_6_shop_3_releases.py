"""Releases of two services: by numbers of their own, after an approval, at the same time and one after the other."""

import json
from typing import Any

import pytest

from tests.e2e import shop, shop_function
from tests.e2e.harness import Environment, poll
from tests.e2e.test_6_shop_1_deploy import answer

CANARY, LINEAR = "shop-orders-canary-20-percent-1-minutes", "shop-orders-linear-50-percent-1-minutes"


@pytest.fixture(scope="module")
def approving(shop_environment: Environment, ground: shop.Ground) -> list[dict[str, Any]]:
    """Releases of the orders wait for an approval, and begin with a fifth. What the plan changes for that."""
    shop_environment.synth(shop.approving(shop.settings(ground)))
    shop_environment.terraform("plan", "-input=false", "-out=approving").succeed()
    plan = json.loads(shop_environment.terraform("show", "-json", "approving").succeed())
    shop_environment.terraform("apply", "-input=false", "approving").succeed()
    return [one for one in plan["resource_changes"] if one["change"]["actions"] not in (["no-op"], ["read"])]


def test_a_change_of_one_services_releases_changes_nothing_of_the_other(
    shop_environment: Environment, approving: list[dict[str, Any]]
) -> None:
    changed = {one["type"]: (one["change"]["actions"], one["address"]) for one in approving}
    codedeploy = shop_environment.client("codedeploy")

    assert {kind: actions for kind, (actions, _) in changed.items()} == {
        "aws_codedeploy_deployment_config": ["create", "delete"],
        "aws_codedeploy_deployment_group": ["update"],
        "aws_ssm_parameter": ["update"],
    }
    assert [address for _, address in changed.values() if "service-orders" not in address] == []
    names = codedeploy.list_deployment_configs()["deploymentConfigsList"]
    assert (CANARY in names, LINEAR in names) == (True, False)
    assert shop_environment.manifest("orders")["codedeploy"] == {
        "application": "shop-orders",
        "group": "shop-orders",
        "config": CANARY,
        "approval_wait_minutes": 60,
        "bake_minutes": 1,
    }


def waiting(shop_environment: Environment) -> str:
    """The deployment of the orders that waits for an approval."""
    named = {"applicationName": "shop-orders", "deploymentGroupName": "shop-orders"}
    codedeploy = shop_environment.client("codedeploy")
    (found,) = poll(
        "it waits", lambda: codedeploy.list_deployments(**named, includeOnlyStatuses=["Ready"])["deployments"]
    )
    return str(found)


@pytest.mark.usefixtures("approving")
def test_both_services_are_released_at_the_same_time_one_of_them_after_an_approval(
    shop_environment: Environment,
) -> None:
    at_once = ("--config", "CodeDeployDefault.ECSAllAtOnce")
    api = shop_environment.greenlight("deploy", "shop/api", "--force", *at_once)
    orders = shop_environment.greenlight("deploy", "shop/orders", "--image", ":print-green", "--until", "ready")

    # It ends where somebody has to say yes, and says how.
    assert "waits for approval until " in orders.succeed()
    deployment = waiting(shop_environment)
    assert f"greenlight approve shop/orders {deployment} --region us-east-1; to refuse it: " in orders.output
    assert "waits for approval until " in shop_environment.greenlight("status", "shop/orders").succeed()
    assert answer(shop_environment, "orders", "/three") == {"key": "route_three from Blue"}
    # The function that is asked last, once all of production is with the candidate, was not yet.
    assert shop_function.announced(shop_environment, deployment) == [*shop_function.EVENTS[:-1]]

    approve = shop_environment.greenlight("approve", "shop/orders")
    assert "traffic: 20 % " in approve.succeed()
    assert answer(shop_environment, "orders", "/three") == {"key": "route_three from Green"}
    assert shop_function.announced(shop_environment, deployment) == [*shop_function.EVENTS]
    assert "traffic moves by CodeDeployDefault.ECSAllAtOnce this time" in api.succeed()
    assert "by CodeDeployDefault.ECSAllAtOnce" in shop_environment.greenlight("history", "shop/api").succeed()


@pytest.mark.usefixtures("approving")
def test_an_approval_of_what_does_not_wait_changes_nothing(shop_environment: Environment) -> None:
    approve = shop_environment.greenlight("approve", "shop/orders")

    assert approve.wait() == 1
    assert "shop/orders has nothing that waits for an approval: no deployment is in flight" in approve.output


@pytest.mark.usefixtures("approving")
def test_a_configuration_that_is_not_there_is_refused_with_those_that_are(shop_environment: Environment) -> None:
    deploy = shop_environment.greenlight("deploy", "shop/api", "--force", "--config", "typo")

    assert deploy.wait() == 1
    assert "no deployment configuration typo in account 123456789012, region us-east-1: there are " in deploy.output
    assert CANARY in deploy.output


@pytest.mark.usefixtures("approving")
def test_a_refused_release_leaves_production_where_it_was(shop_environment: Environment) -> None:
    deploy = shop_environment.greenlight("deploy", "shop/orders", "--force")
    deployment = waiting(shop_environment)
    stop = shop_environment.greenlight("stop", "shop/orders")

    stop.succeed()
    assert deploy.wait() == 3
    assert "FAILED: the old version has the traffic" in deploy.output
    assert shop_function.announced(shop_environment, deployment) == [*shop_function.EVENTS[:-1]]
    assert answer(shop_environment, "orders", "/three") == {"key": "route_three from Green"}


@pytest.mark.usefixtures("approving")
def test_the_way_back_is_a_release_that_is_approved_too(shop_environment: Environment) -> None:
    rollback = shop_environment.greenlight("rollback", "shop/orders", "--until", "traffic")
    deployment = waiting(shop_environment)
    shop_environment.greenlight("approve", "shop/orders", deployment, "--until", "traffic").succeed()

    rollback.succeed()
    assert answer(shop_environment, "orders", "/three") == {"key": "route_three from Blue"}


def test_the_plan_is_empty_after_the_change_and_all_releases(shop_environment: Environment) -> None:
    """As the role to plan sees it, which reads configurations too."""
    plan = shop_environment.terraform("plan", "-lock=false", "-detailed-exitcode", "-input=false", role="plan")

    assert plan.wait() == 0, plan.output
