from collections.abc import Sequence

from constructs import Construct

from modules.needs import Destination
from modules.security_groups import (
    ServiceSecurityGroups,
    ServiceSecurityGroupsProps,
    SharedSecurityGroups,
    SharedSecurityGroupsProps,
)
from tests.modules.example import NETWORK, SERVICE
from tests.synthesis import Config, reference, resource, resources, synth


def groups(egress: Sequence[Destination] = ()) -> Config:
    def build(stack: Construct) -> None:
        shared = SharedSecurityGroups(stack, "shared", SharedSecurityGroupsProps(name="dev", vpc_id="vpc-1")).groups
        props = ServiceSecurityGroupsProps(service=SERVICE, network=NETWORK, shared=shared, egress=egress)
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


def test_tasks_may_connect_to_what_the_settings_name_and_the_hook_may_not() -> None:
    egress = [
        Destination(security_group="sg-db", first_port=5432, last_port=5432),
        Destination(prefix_list="pl-1", first_port=8000, last_port=8010),
        Destination(cidr="10.2.0.0/16", first_port=53, last_port=53, protocol="udp"),
    ]
    config = groups(egress)
    tasks = reference(config, "aws_security_group", "id", name="dev-api-tasks")
    opened = [
        rule
        for rule in resources(config, "aws_vpc_security_group_egress_rule")
        if rule not in resources(groups(), "aws_vpc_security_group_egress_rule")
    ]

    assert sorted(opened, key=lambda rule: rule["from_port"], reverse=True) == [
        {
            "security_group_id": tasks,
            "prefix_list_id": "pl-1",
            "description": "dev-api: tcp 8000-8010 of pl-1",
            "ip_protocol": "tcp",
            "from_port": 8000,
            "to_port": 8010,
        },
        {
            "security_group_id": tasks,
            "referenced_security_group_id": "sg-db",
            "description": "dev-api: tcp 5432 of sg-db",
            "ip_protocol": "tcp",
            "from_port": 5432,
            "to_port": 5432,
        },
        {
            "security_group_id": tasks,
            "cidr_ipv4": "10.2.0.0/16",
            "description": "dev-api: udp 53 of 10.2.0.0/16",
            "ip_protocol": "udp",
            "from_port": 53,
            "to_port": 53,
        },
    ]


def test_another_destination_leaves_the_others_as_they_are() -> None:
    first, second = (Destination(cidr="10.2.0.0/16", first_port=port, last_port=port) for port in (1, 2))
    kind = "aws_vpc_security_group_egress_rule"

    before, after = (groups(egress)["resource"][kind] for egress in ([second], [first, second]))

    assert {name: after[name] for name in before} == before
