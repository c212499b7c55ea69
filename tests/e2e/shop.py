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
    account.client("cloudwatch").put_metric_alarm(
        AlarmName=ORDERS_LOST,
        AlarmDescription="Orders are lost",
        Namespace="Orders",
        MetricName="Lost",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",  # it stays as it is set
    )
    network = shop_network.make(account)
    return Ground(function=shop_function.make(account), needs=shop_needs.make(account, network.vpc), network=network)


def remove(account: Environment, ground: Ground) -> None:
    """Takes it away again, once the environment is gone."""
    account.client("cloudwatch").delete_alarms(AlarmNames=[ORDERS_LOST])
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


ORDERS_LOST = "orders-lost"
"""An alarm of the team's own."""

REGISTRY = """\
kind: registry
account: "123456789012"
region: us-east-1
state_bucket: greenlight-state-123456789012-us-east-1
tags: {team: shop}
repositories: [shop/orders]
pull_accounts: ["222222222222"]
"""

SETTINGS = """\
account: "123456789012"
region: us-east-1
architecture: native
state_bucket: greenlight-state-123456789012-us-east-1
log_retention_days: 400
throttling: {rate: 2000, burst: 1000}
network: {vpc_id: VPC, subnets: [SUBNETS]}
notify: {emails: [on-call@example.com], api_error_percent: 5}
services:
  api:
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/api:print-green
    routes: [GET /one, GET /two]
    alarms: {error_percent: 1, latency_p99_seconds: 4, minimum_requests: 5, more: [orders-lost]}
    cpu: 512
    memory: 1024
    container: {port: 3000, memory_reservation: 256, stop_timeout_seconds: 15}
    request_timeout_seconds: 5
    health_check_grace_period_seconds: 30
    target_groups:
      deregistration_delay_seconds: 5
      health_check:
        path: /health
        interval_seconds: 6
        timeout_seconds: 5
        healthy_threshold: 3
        unhealthy_threshold: 4
        matcher: "200"
    hook: {identity: auto, memory: 512, timeout_seconds: 90, request_timeout_ms: 3000}
    environment: {DRAIN_SECONDS: "5"}
    scaling: {min: 2, max: 3, requests_per_target: 10}
    writable_paths: [/tmp, /var/cache/api]
    ephemeral_storage_gib: 30
    log_mode: blocking
    sidecars:
      collector:
        image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/collector:one
        environment: {PIPELINE: traces}
        essential: true
        memory: 128
        memory_reservation: 64
        writable_paths: [/tmp]
        health_command: [CMD, /collector, health]
        start: HEALTHY
    deployment: {canary: {percent: 10, interval_minutes: 5}, bake_minutes: 1}
  orders:
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/orders:print-orders
    routes: ["ANY /orders/{proxy+}", GET /three]
    checks: [{path: /three, method: GET, status: 200, max_ms: 2000}]
    live: blue
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
