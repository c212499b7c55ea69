"""The environment of a production team: what a real service needs, switched on together."""

from dataclasses import dataclass

from tests.e2e import shop_function, shop_needs, shop_network
from tests.e2e.harness import Environment


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the team has already: Greenlight is told of it, and neither makes nor removes it."""

    function: shop_function.OwnFunction
    needs: shop_needs.Needs
    network: shop_network.TeamNetwork


def prepare(account: Environment) -> Ground:
    """Makes it, as the account's administrator."""
    return Ground(
        function=shop_function.make(account), needs=shop_needs.make(account), network=shop_network.make(account)
    )


def remove(account: Environment, ground: Ground) -> None:
    """Takes it away again, once the environment is gone."""
    shop_function.remove(account)
    shop_needs.remove(account, ground.needs)
    shop_network.remove(account, ground.network)


def settings(ground: Ground) -> str:
    network = ground.network
    return (
        SETTINGS.replace("    NEEDS\n", ground.needs.settings)
        .replace("FUNCTION", ground.function.arn)
        .replace("VPC", network.vpc)
        .replace("SUBNETS", ", ".join(network.private[:2]))
    )


REGISTRY = """\
kind: registry
account: "123456789012"
region: us-east-1
repositories: [shop/orders]
pull_accounts: ["222222222222"]
"""

SETTINGS = """\
account: "123456789012"
region: us-east-1
architecture: native
network: {vpc_id: VPC, subnets: [SUBNETS]}
services:
  api:
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/api:print-green
    routes: [GET /one, GET /two]
    container: {stop_timeout_seconds: 15}
    request_timeout_seconds: 5
    target_groups: {deregistration_delay_seconds: 5}
    environment: {DRAIN_SECONDS: "5"}
    deployment: {canary: {percent: 10, interval_minutes: 5}, bake_minutes: 1}
  orders:
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/orders:print-orders
    routes: ["ANY /orders/{proxy+}", GET /three]
    checks: [{path: /three}]
    prod_port: 81
    test_port: 8081
    container: {stop_timeout_seconds: 15}
    request_timeout_seconds: 5
    desired_count: 1
    target_groups: {deregistration_delay_seconds: 5}
    environment: {DRAIN_SECONDS: "5", BUCKET: shop-orders-objects}
    NEEDS
    deployment:
      linear: {percent: 50, interval_minutes: 1}
      bake_minutes: 1
      hooks: {AfterAllowTraffic: FUNCTION}
"""
