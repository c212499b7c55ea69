from dataclasses import replace

import pytest

from modules.inputs import HealthCheck, ListenerPorts, TargetGroups
from modules.load_balancer import LoadBalancer, LoadBalancerProps
from modules.traffic import Traffic, TrafficProps
from tests.modules.example import LOAD_BALANCER, SERVICE, TARGET_GROUPS
from tests.synthesis import Config, address, reference, resource, resources, synth

PROPS = TrafficProps(service=SERVICE, vpc_id="vpc-1", load_balancer=LOAD_BALANCER, target_groups=TARGET_GROUPS)


def traffic(props: TrafficProps = PROPS) -> Config:
    return synth(lambda stack: Traffic(stack, "traffic", props))


def test_the_load_balancer_is_internal_and_drops_what_could_smuggle_requests() -> None:
    props = LoadBalancerProps(name="dev", subnet_ids=["subnet-1", "subnet-2"], security_group_id="sg-1")

    assert resources(synth(lambda stack: LoadBalancer(stack, "load-balancer", props)), "aws_lb") == [
        {
            "name": "dev",
            "load_balancer_type": "application",
            "internal": True,
            "subnets": ["subnet-1", "subnet-2"],
            "security_groups": ["sg-1"],
            "drop_invalid_header_fields": True,
            "desync_mitigation_mode": "defensive",
            "enable_deletion_protection": False,
            "idle_timeout": 60,
        }
    ]


def test_a_protected_load_balancer_is_destroyed_by_no_plan() -> None:
    props = LoadBalancerProps(name="dev", subnet_ids=["subnet-1"], security_group_id="sg-1", deletion_protection=True)
    balancer = resource(synth(lambda stack: LoadBalancer(stack, "load-balancer", props)), "aws_lb")

    assert balancer["enable_deletion_protection"] is True
    assert balancer["lifecycle"] == {"prevent_destroy": True}


def forwards(config: Config) -> dict[int, list[Config]]:
    return {listener["port"]: listener["default_action"] for listener in resources(config, "aws_lb_listener")}


def test_production_starts_on_blue_and_the_test_listener_on_green() -> None:
    config = traffic()
    blue = reference(config, "aws_lb_target_group", "arn", name="dev-api-blue")
    green = reference(config, "aws_lb_target_group", "arn", name="dev-api-green")

    assert forwards(config) == {
        80: [{"type": "forward", "target_group_arn": blue}],
        8080: [{"type": "forward", "target_group_arn": green}],
    }


def test_listeners_recreated_while_green_is_live_start_swapped() -> None:
    config = traffic(replace(PROPS, target_groups=replace(TARGET_GROUPS, live="green")))
    blue = reference(config, "aws_lb_target_group", "arn", name="dev-api-blue")
    green = reference(config, "aws_lb_target_group", "arn", name="dev-api-green")

    assert forwards(config) == {
        80: [{"type": "forward", "target_group_arn": green}],
        8080: [{"type": "forward", "target_group_arn": blue}],
    }


def test_an_apply_never_moves_traffic_on_either_listener() -> None:
    lifecycles = [listener["lifecycle"] for listener in resources(traffic(), "aws_lb_listener")]

    assert lifecycles == [{"ignore_changes": ["default_action"]}] * 2


def test_both_listeners_are_destroyed_before_either_group() -> None:
    config = traffic()
    groups = [
        address(config, "aws_lb_target_group", name="dev-api-blue"),
        address(config, "aws_lb_target_group", name="dev-api-green"),
    ]

    assert [listener["depends_on"] for listener in resources(config, "aws_lb_listener")] == [groups, groups]


def test_both_groups_check_health_alike() -> None:
    check = HealthCheck(path="/ready", interval_seconds=60, timeout_seconds=30, matcher="200-204")
    config = traffic(replace(PROPS, target_groups=replace(TARGET_GROUPS, health_check=check)))

    assert [group["health_check"] for group in resources(config, "aws_lb_target_group")] == [
        {
            "protocol": "HTTP",
            "path": "/ready",
            "interval": 60,
            "timeout": 30,
            "healthy_threshold": 2,
            "unhealthy_threshold": 3,
            "matcher": "200-204",
        }
    ] * 2


def test_targets_are_addresses_and_leave_with_time_for_their_requests() -> None:
    group = resource(traffic(), "aws_lb_target_group", name="dev-api-blue")

    assert (group["target_type"], group["protocol"], group["port"]) == ("ip", "HTTP", 80)
    assert group["deregistration_delay"] == "15"


def test_rejects_equal_prod_and_test_ports() -> None:
    with pytest.raises(ValueError, match="test must differ from prod, got 80 for both"):
        ListenerPorts(test=80)


def test_rejects_one_name_for_both_groups() -> None:
    with pytest.raises(ValueError, match="green must differ from blue, got x for both"):
        TargetGroups(blue="x", green="x")
