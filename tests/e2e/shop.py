"""The environment of a production team: what a real service needs, switched on together."""

import json
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
        .replace("HOOKS", json.dumps(ground.function.versions))
        .replace("VPC", network.vpc)
        .replace("SUBNETS", ", ".join(network.private[:2]))
    )


def approving(settings: str) -> str:
    """As they are changed: releases of the orders wait for an approval, and begin with a fifth."""
    before, after = "linear: {percent: 50, interval_minutes: 1}", "canary: {percent: 20, interval_minutes: 1}"
    return settings.replace(before, f"{after}\n      approval_wait_minutes: 60")


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
untagged_days: 30
aws_provider: "5.100.0"
"""

REGISTRY_TO_GO = REGISTRY + "force_delete: true\n"
"""From then on a destroy deletes images too."""

SETTINGS = """\
kind: environment
account: "123456789012"
region: us-east-1
architecture: native
state_bucket: greenlight-state-123456789012-us-east-1
aws_provider: "5.100.0"
deletion_protection: true
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
    scaling:
      min: 2
      max: 3
      requests_per_target: 10
      cpu_percent: 100
      memory_percent: 90
      scale_in_cooldown_seconds: 600
      scale_out_cooldown_seconds: 30
    writable_paths: [/tmp, /var/cache/api]
    ephemeral_storage_gib: 30
    log_mode: blocking
    sidecars:
      collector:
        image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/collector:one
        command: [--verbosity=basic]
        user: "65532:65532"
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
    checks:
      - {path: /three, method: GET, status: 200, max_ms: 2000}
      - path: /orders/welcome
        headers: {Authorization: Bearer smoke-test}
        json: {welcome: smoke-test}
    hook: {identity: header, identity_header: x-orders-version, warmup_seconds: 4}
    family: orders-of-shop
    live: blue
    prod_port: 81
    test_port: 8081
    container: {name: program, stop_timeout_seconds: 15}
    request_timeout_seconds: 5
    desired_count: 1
    target_groups: {blue: orders-of-shop-1, green: orders-of-shop-2, deregistration_delay_seconds: 5}
    environment: {DRAIN_SECONDS: "5", BUCKET: shop-orders-objects}
    NEEDS
    deployment:
      linear: {percent: 50, interval_minutes: 1}
      bake_minutes: 1
      hooks: HOOKS
"""
