"""What the settings allow at their very ends becomes a stack: no bound of theirs is wider than one further in."""

import json
from pathlib import Path

import pytest

import environments
from main import EnvironmentStack
from tests.synthesis import Config, resource, synth_stack

# isort: split
from cdktf import Testing

NEEDED = """\
account: "123456789012"
region: us-east-1
services:
  {service}:
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v1
    routes: [GET /one]
"""

LEAST = (
    NEEDED.format(service="s")
    + """\
    container: {name: c, port: 1, memory_reservation: 6, stop_timeout_seconds: 2}
    ephemeral_storage_gib: 21
    writable_paths: [/a]
    sidecars: {s: {image: i, memory: 6, memory_reservation: 6, user: u}}
    family: f
    target_groups:
      blue: b
      green: g
      deregistration_delay_seconds: 1
      health_check: {path: /, interval_seconds: 5, timeout_seconds: 2, healthy_threshold: 2, unhealthy_threshold: 2}
    prod_port: 1
    test_port: 2
    request_timeout_seconds: 1
    health_check_grace_period_seconds: 0
    desired_count: 1
    scaling: {min: 1, max: 1, cpu_percent: 1, scale_in_cooldown_seconds: 0, scale_out_cooldown_seconds: 0}
    deployment: {config: c, approval_wait_minutes: 0, bake_minutes: 0}
    alarms: {error_percent: 0, latency_p99_seconds: 0.001, minimum_requests: 1}
    hook: {memory: 128, timeout_seconds: 30, warmup_seconds: 0, request_timeout_ms: 1, identity: off}
    checks: [{path: /, status: 200, max_ms: 1}]
name: e
notify: {emails: [a@b.c], api_error_percent: 0}
throttling: {rate: 1, burst: 1}
log_retention_days: 1
"""
)

MOST = (
    NEEDED.format(service="s" * 20)
    + f"""\
    container: {{name: {"c" * 239}, port: 65535, memory_reservation: 122874, stop_timeout_seconds: 120}}
    ephemeral_storage_gib: 200
    writable_paths: [/{"a" * 250}/{"b" * 250}]
    sidecars:
      {"s" * 239}:
        {{image: {"i" * 255}, memory: 122880, memory_reservation: 6, start: HEALTHY, health_command: [CMD, a]}}
      {chr(10).join(f"      s{number}: {{image: i}}" for number in range(8)).strip()}
    family: {"f" * 255}
    target_groups:
      blue: {"b" * 32}
      green: {"g" * 32}
      deregistration_delay_seconds: 119
      health_check:
        path: /{"p" * 1023}
        interval_seconds: 300
        timeout_seconds: 120
        healthy_threshold: 10
        unhealthy_threshold: 10
        matcher: 200-499
    prod_port: 65535
    test_port: 65534
    request_timeout_seconds: 30
    health_check_grace_period_seconds: 2147483647
    desired_count: 5000
    scaling:
      min: 5000
      max: 5000
      cpu_percent: 100
      memory_percent: 100
      requests_per_target: 1000000000
      scale_in_cooldown_seconds: 2147483647
      scale_out_cooldown_seconds: 2147483647
    cpu: 16384
    memory: 122880
    deployment: {{config: {"d" * 100}, approval_wait_minutes: 7200, bake_minutes: 2880}}
    alarms:
      error_percent: 99.99
      latency_p99_seconds: 29.99
      minimum_requests: 1000000
      more: [{"a" * 255}, b, c, d, e, f]
    hook: {{memory: 10240, timeout_seconds: 900, warmup_seconds: 863, request_timeout_ms: 1000}}
    checks: [{{path: /, status: 599, max_ms: 900000}}]
name: {"e" * 32}
network: {{name: {"n" * 200}}}
notify: {{topic: "arn:aws:sns:us-east-1:123456789012:{"t" * 256}", api_error_percent: 99.99}}
throttling: {{rate: 10000, burst: 2147483647}}
log_retention_days: 3653
state_bucket: {"b" * 63}
tags: {{{"k" * 127}: {"v" * 256}}}
"""
)


def stack(folder: Path, text: str) -> Config:
    (folder / "dev.yaml").write_text(text)
    built = EnvironmentStack(Testing.app(), "dev", environments.load("dev", folder))
    assert built.mistakes == []
    return synth_stack(built)


@pytest.mark.parametrize("text", [LEAST, MOST], ids=["least", "most"])
def test_the_least_and_the_most_of_everything_become_a_stack(tmp_path: Path, text: str) -> None:
    assert stack(tmp_path, text)["output"]["api_url"]


def test_a_sign_at_the_end_of_a_text_begins_no_template(tmp_path: Path) -> None:
    """Next to Terraform's references and to what JSON adds."""
    text = (
        NEEDED.format(service="api")
        + """\
    environment: {A: $, B: "%", C$: "{x}"}
    container: {health_command: [CMD, a$, "{b}", "%", "{c}"]}
    checks: [{path: /a$, json: {$: {"{x}": "%"}, "%": ["{y}"]}}, {path: /b$}]
network: {name: "n$"}
"""
    )
    config = stack(tmp_path, text)
    (container,) = json.loads(resource(config, "aws_ecs_task_definition")["container_definitions"])
    variables = resource(config, "aws_lambda_function")["environment"]["variables"]

    assert container["environment"] == [
        {"name": "A", "value": "$"},
        {"name": "B", "value": "%"},
        {"name": "C$", "value": "{x}"},
    ]
    assert container["healthCheck"]["command"] == ["CMD", "a$", "{b}", "%", "{c}"]
    assert json.loads(variables["CHECKS"]) == [
        {"path": "/a$", "json": {"$": {"{x}": "%"}, "%": ["{y}"]}},
        {"path": "/b$"},
    ]
    for written in (json.dumps([container]), variables["CHECKS"]):
        assert "%{" not in written
        assert [part for part in written.split("${")[1:] if not part.startswith("aws_")] == []
