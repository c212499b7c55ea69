from constructs import Construct

from modules.security_groups import (
    ServiceSecurityGroups,
    ServiceSecurityGroupsProps,
    SharedSecurityGroups,
    SharedSecurityGroupsProps,
)
from tests.modules.example import NETWORK, SERVICE
from tests.synthesis import Config, reference, resource, resources, synth


def groups() -> Config:
    def build(stack: Construct) -> None:
        shared = SharedSecurityGroups(stack, "shared", SharedSecurityGroupsProps(name="dev", vpc_id="vpc-1")).groups
        props = ServiceSecurityGroupsProps(service=SERVICE, network=NETWORK, shared=shared)
        ServiceSecurityGroups(stack, "service", props)

    return synth(build)


def paths(config: Config, rules: str) -> set[tuple[str, str, int, int]]:
    """(this group, the other end, first port, last port) of every rule."""
    names = {
        reference(config, "aws_security_group", "id", tags=group["tags"]): group["tags"]["Name"]
        for group in resources(config, "aws_security_group")
    }
    return {
        (
            names[rule["security_group_id"]],
            rule.get("cidr_ipv4") or names[rule["referenced_security_group_id"]],
            rule["from_port"],
            rule["to_port"],
        )
        for rule in resources(config, rules)
    }


def test_only_these_paths_are_open_inwards() -> None:
    assert paths(groups(), "aws_vpc_security_group_ingress_rule") == {
        ("dev-load-balancer", "dev-vpc-link", 80, 80),
        ("dev-load-balancer", "dev-api-hook", 8080, 8080),
        ("dev-api-tasks", "dev-load-balancer", 0, 65535),
    }


def test_only_these_paths_are_open_outwards() -> None:
    assert paths(groups(), "aws_vpc_security_group_egress_rule") == {
        ("dev-vpc-link", "dev-load-balancer", 80, 80),
        ("dev-api-hook", "dev-load-balancer", 8080, 8080),
        ("dev-load-balancer", "dev-api-tasks", 0, 65535),
        ("dev-api-tasks", "0.0.0.0/0", 443, 443),
        ("dev-api-hook", "0.0.0.0/0", 443, 443),
    }


def test_every_rule_is_tcp_and_says_what_it_is_for() -> None:
    config = groups()
    rules = [
        *resources(config, "aws_vpc_security_group_ingress_rule"),
        *resources(config, "aws_vpc_security_group_egress_rule"),
    ]

    assert {rule["ip_protocol"] for rule in rules} == {"tcp"}
    assert {rule["description"] for rule in rules} == {
        "dev-api: production requests",
        "dev-api: checks of the hook",
        "dev-api: requests and health checks",
        "dev-api: images, logs and AWS calls",
        "dev-api: answer of the hook to CodeDeploy",
    }


def test_the_group_of_the_vpc_link_can_be_replaced_while_the_old_one_is_in_use() -> None:
    link = resource(groups(), "aws_security_group", tags={"Name": "dev-vpc-link"})

    assert (link.get("name"), link["name_prefix"]) == (None, "dev-vpc-link-")
