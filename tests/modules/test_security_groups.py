from modules.security_groups import (
    ServiceSecurityGroups,
    ServiceSecurityGroupsProps,
    SharedSecurityGroups,
    SharedSecurityGroupsProps,
)
from synthesis import Config, reference, resources, synth


def groups() -> Config:
    def build(stack: object) -> None:
        shared = SharedSecurityGroups(stack, "shared", SharedSecurityGroupsProps(name="dev", vpc_id="vpc-1"))
        ServiceSecurityGroups(
            stack,
            "service",
            ServiceSecurityGroupsProps(
                name="dev-api", vpc_id="vpc-1", shared=shared, prod_port=80, test_port=8080, container_port=3000
            ),
        )

    return synth(build)


def paths(config: Config, rules: str) -> set[tuple[str, str, int]]:
    """(this group, the other end, port) of every rule."""
    names = {
        reference(config, "aws_security_group", "id", name=group["name"]): group["name"]
        for group in resources(config, "aws_security_group")
    }
    return {
        (
            names[rule["security_group_id"]],
            rule.get("cidr_ipv4") or names[rule["referenced_security_group_id"]],
            rule["from_port"] if rule["from_port"] == rule["to_port"] else -1,
        )
        for rule in resources(config, rules)
    }


def test_only_these_paths_are_open_inwards() -> None:
    assert paths(groups(), "aws_vpc_security_group_ingress_rule") == {
        ("dev-load-balancer", "dev-vpc-link", 80),
        ("dev-load-balancer", "dev-api-hook", 8080),
        ("dev-api-tasks", "dev-load-balancer", 3000),
    }


def test_only_these_paths_are_open_outwards() -> None:
    assert paths(groups(), "aws_vpc_security_group_egress_rule") == {
        ("dev-vpc-link", "dev-load-balancer", 80),
        ("dev-api-hook", "dev-load-balancer", 8080),
        ("dev-load-balancer", "dev-api-tasks", 3000),
        ("dev-api-tasks", "0.0.0.0/0", 443),
        ("dev-api-hook", "0.0.0.0/0", 443),
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
        "dev-api: the hook's checks",
        "dev-api: requests and health checks",
        "dev-api: images, logs and AWS calls",
        "dev-api: the hook's answer to CodeDeploy",
    }
