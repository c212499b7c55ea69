"""A destroy is refused while the environment is protected; then it takes it away, and leaves what the team had."""

import re

import pytest

from sandbox import leftovers
from tests.e2e import shop
from tests.e2e.harness import Environment
from tests.e2e.test_6_shop_1_deploy import answer


def test_a_destroy_of_a_protected_environment_takes_nothing_away(shop_environment: Environment) -> None:
    before = shop_environment.terraform("state", "list").succeed()
    destroy = shop_environment.terraform("destroy", "-auto-approve", "-input=false")

    assert destroy.wait() == 1
    assert "Resource aws_lb.load-balancer_30A23327 has lifecycle.prevent_destroy set" in " ".join(
        destroy.output.split()
    )
    assert shop_environment.terraform("state", "list").succeed() == before
    assert answer(shop_environment, "api", "/one")


def test_aws_does_not_delete_its_load_balancer_either(shop_environment: Environment) -> None:
    elbv2 = shop_environment.client("elbv2")
    (balancer,) = elbv2.describe_load_balancers(Names=["shop"])["LoadBalancers"]

    with pytest.raises(elbv2.exceptions.OperationNotPermittedException):
        elbv2.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])


def test_once_it_is_protected_no_more_nothing_is_left_of_it_with_production_where_terraform_made_it(
    account: Environment, ground: shop.Ground, shop_environment: Environment
) -> None:
    """`test_9_destroy.py` destroys with it on the other target group."""
    if not shop_environment.prod_weights().get("shop-api-blue"):  # after an odd number of releases
        shop_environment.greenlight("deploy", "shop/api", "--force").succeed()
    assert shop_environment.prod_weights() == {"shop-api-blue": 100, "shop-api-green": 0}

    settings = shop.settings(ground)
    unprotected = settings.replace("deletion_protection: true", "deletion_protection: false")
    assert unprotected != settings
    shop_environment.apply(unprotected).succeed()
    shop_environment.destroy()

    endpoint_url = account.sandbox.facts["endpoint_url"]
    assert [line for line in leftovers.find(endpoint_url) if re.search(r"\bshop\b", line)] == []
    shop.remove(account, ground)
