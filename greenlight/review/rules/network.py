"""The network: VPC, subnets, ways out, security groups. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from greenlight.review.plan import Action, Change
from greenlight.review.rules import places
from greenlight.review.rules.row import SAFE, Case, Judge, Kind, Row, at, blocked, each, safe, traffic
from greenlight.review.world import World

_ANYWHERE = ("0.0.0.0/0", "::/0")
_NO_WAY_OUT = (
    "Running tasks serve on; new ones get no image, so that nothing can be released, nor replaced when it fails"
)
_BESIDE = "Take the change back, or make a new one beside it and move what uses the old one."

# What makes two rules of security groups the same opening.
_OPENING = ("from_port", "to_port", "ip_protocol", "protocol", "type", "security_group_id")
_PEERS = (
    *("referenced_security_group_id", "source_security_group_id", "cidr_ipv4", "cidr_ipv6", "cidr_blocks", "self"),
    *("ipv6_cidr_blocks", "prefix_list_id", "prefix_list_ids"),
)


def _attached(world: World) -> Iterator[str]:
    """Ids of the security groups that traffic passes now: those of load balancers, VPC links, tasks and functions."""
    places = {
        "aws_lb": "security_groups",
        "aws_alb": "security_groups",
        "aws_apigatewayv2_vpc_link": "security_group_ids",
        "aws_ecs_service": "network_configuration.security_groups",
        "aws_lambda_function": "vpc_config.security_group_ids",
        "aws_vpc_endpoint": "security_group_ids",
    }
    for kind, place in places.items():
        for change in world.plan.of_type(kind):
            yield from at(change.before, place) or ()


def _rule_goes(case: Case) -> Row:
    change, world = case.change, case.world
    same = [
        one
        for one in world.plan.of_type(change.type)
        if one is not change
        and one.action in (Action.CREATE, Action.NO_OP, Action.UPDATE)
        and all(_value(one.after, key) == _value(change.before, key) for key in (*_OPENING, *_PEERS))
    ]
    if any(one.action is not Action.CREATE for one in same):
        return safe("Another rule lets the same traffic through.")
    if same or change.action is Action.REPLACE:
        return traffic(
            "The rule is closed and then opened again: for some seconds new connections time out.",
            "Add the new rule in an apply of its own, and take the old one away in the next.",
        )
    if _is_way_of_tasks(change, world):
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
        return blocked(
            "The tasks that run lose this way out at once, not with a release: new connections to a database or the "
            "like that only this rule lets through time out. Those that are open stay until they end.",
            "Release a version first that does without it, then take it away.",
        )
    if change.before and change.before.get("security_group_id") in set(_attached(world)):
        return blocked(
            "Connections that only this rule lets through time out at once; between load balancer and tasks that is "
            "health checks too, so that every task turns unhealthy, and towards 443 it is images and logs"
            + (", and the hook's answer." if world.has_codedeploy else "."),
            "Take it away only when flow logs show that nothing uses it.",
        )
    return traffic("Connections that only this rule lets through time out at once.")


def _is_way_of_tasks(change: Change, world: World) -> bool:
    """Out of the security group of an ECS service's tasks, other than HTTPS, which images and logs come by too."""
    before = change.before or {}
    if not (change.type.endswith("_egress_rule") or before.get("type") == "egress") or _covers_https(before):
        return False
    services = world.plan.of_type("aws_ecs_service")
    return any(
        before.get("security_group_id") in (at(one.before, "network_configuration.security_groups") or ())
        for one in services
    )


def _covers_https(rule: Mapping[str, Any]) -> bool:
    first, last = rule.get("from_port"), rule.get("to_port")
    return first is None or last is None or int(first) <= 443 <= int(last)


def _value(side: Any, key: str) -> Any:
    return (side or {}).get(key) or None


def _rule_made(case: Case) -> Row:
    group = case.change.after.get("security_group_id") if case.change.after else None
    exists = group in {one.before.get("id") for one in case.world.plan.of_type("aws_security_group") if one.before}
    if exists and _is_ingress(case.change) and _is_open(case.change.after):
        return traffic(
            "Everybody on the internet may reach this port from now on: an exposure, not an outage.",
            "Name the group or block that needs it.",
        )
    return safe("A path opens; none is closed.")


def _is_ingress(change: Change) -> bool:
    return change.type.endswith("_ingress_rule") or (change.after or {}).get("type") == "ingress"


def _is_open(side: Any) -> bool:
    blocks = [_value(side, "cidr_ipv4"), _value(side, "cidr_ipv6"), *(_value(side, "cidr_blocks") or ())]
    return any(block in _ANYWHERE for block in [*blocks, *(_value(side, "ipv6_cidr_blocks") or ())])


def _inline(direction: str) -> Judge:
    def judge(case: Case) -> Row:
        before, after = (
            [_plain(one) for one in (side or {}).get(direction) or ()]
            for side in (case.change.before, case.change.after)
        )
        opened = [one for one in after if one not in before]
        if direction == "ingress" and any(_is_open(one) and not _was_open(one, before) for one in opened):
            return traffic(
                "Everybody on the internet may reach a port from now on: an exposure, not an outage.",
                "Name the group or block that needs it.",
            )
        if all(one in after for one in before):
            return safe("A path opens; none is closed.")
        return traffic(
            "A path is closed or opened at once: what came through it times out.",
            "Take a path away only when flow logs show that nothing uses it.",
        )

    return judge


def _was_open(rule: Any, before: list[Any]) -> bool:
    """Whether everybody could reach these ports already."""
    return any(_is_open(one) and _spans(one, rule) for one in before)


def _spans(wide: Any, narrow: Any) -> bool:
    if str(wide.get("protocol")) in ("-1", "all"):
        return True
    first, last = (int(wide.get(key) or 0) for key in ("from_port", "to_port"))
    inside = first <= int(narrow.get("from_port") or 0) and int(narrow.get("to_port") or 0) <= last
    return wide.get("protocol") == narrow.get("protocol") and inside


def _plain(rule: Any) -> Any:
    return {key: value for key, value in rule.items() if value and key != "description"}


_PORTS = traffic(
    "Ports or peers that no longer match time out at once, without a gap for those that still do.",
    "Let the new ones in first, in a rule of their own.",
)
_RULE = Kind(
    what="the security group's rule",
    replaced=_rule_goes,
    deleted=_rule_goes,
    created=_rule_made,
    arguments={
        **each(
            "from_port to_port ip_protocol protocol cidr_ipv4 cidr_ipv6 referenced_security_group_id prefix_list_id "
            "cidr_blocks ipv6_cidr_blocks source_security_group_id prefix_list_ids self",
            _PORTS,
        ),
        "description": SAFE,
    },
)
_ROUTE = Kind(
    what="the route",
    replaced=traffic(f"There is no way out until it is there again. {_NO_WAY_OUT}.", "Not during a release."),
    deleted=traffic(f"The way out is closed. {_NO_WAY_OUT}."),
    arguments=each(
        "gateway_id nat_gateway_id egress_only_gateway_id network_interface_id transit_gateway_id vpc_endpoint_id "
        "vpc_peering_connection_id carrier_gateway_id core_network_arn local_gateway_id",
        traffic(
            "Open connections out are cut; tasks without a public address lose their way out where it leads to an "
            "internet gateway.",
            "Not during a release.",
        ),
    ),
)

KINDS: dict[str, Kind] = {
    "aws_vpc": Kind(
        what="the VPC",
        replaced=blocked(
            "The whole environment is torn down and built anew: nothing that runs can move to another VPC.",
            "Take the change back. To another network: deploy a second environment with it, move the clients there, "
            "then destroy this one.",
        ),
        deleted=blocked("Everything in it goes down.", "Move the traffic elsewhere first."),
        arguments={
            **each(
                "enable_dns_support enable_dns_hostnames",
                lambda case: (
                    traffic("Names of private endpoints resolve no more: no new task starts.")
                    if False
                    in (at(case.change.after, "enable_dns_support"), at(case.change.after, "enable_dns_hostnames"))
                    else safe("Names resolve from now on.")
                ),
            ),
            **each(
                "assign_generated_ipv6_cidr_block ipv6_cidr_block ipv6_netmask_length ipv6_ipam_pool_id "
                "ipv6_cidr_block_network_border_group",
                traffic("Addresses of version 6 come or go: what uses them is cut."),
            ),
            "enable_network_address_usage_metrics": SAFE,
            "instance_tenancy": SAFE,
        },
    ),
    "aws_subnet": Kind(
        what="the subnet",
        replaced=blocked(f"{places.IN_USE}. Load balancer, VPC link and hook follow it.", _BESIDE),
        deleted=places.subnet_goes,
        arguments={
            "map_public_ip_on_launch": traffic("Tasks that start from now on have a public address, or none."),
            **each(
                "assign_ipv6_address_on_creation ipv6_cidr_block enable_dns64 private_dns_hostname_type_on_launch "
                "enable_resource_name_dns_a_record_on_launch enable_resource_name_dns_aaaa_record_on_launch "
                "map_customer_owned_ip_on_launch customer_owned_ipv4_pool enable_lni_at_device_index",
                traffic("Tasks that start from now on get other addresses or names."),
            ),
        },
    ),
    "aws_route": _ROUTE,
    "aws_route_table": Kind(
        what="the route table",
        replaced=traffic(f"Its subnets have the main table until it is there again. {_NO_WAY_OUT}."),
        deleted=traffic(f"Its subnets have the main table. {_NO_WAY_OUT}."),
        arguments=each("route propagating_vgws", traffic(f"Ways out change at once. {_NO_WAY_OUT} if one is missing.")),
    ),
    "aws_route_table_association": Kind(
        what="the subnet's route table",
        replaced=traffic(f"The subnet has the main table in between. {_NO_WAY_OUT}.", "Not during a release."),
        deleted=traffic(f"The subnet has the main table. {_NO_WAY_OUT}."),
        arguments=each("route_table_id", traffic("Open connections out are cut.", "Not during a release.")),
    ),
    "aws_main_route_table_association": Kind(
        what="the VPC's main route table",
        replaced=traffic("Subnets without a table of their own lose their ways for a moment."),
        deleted=traffic("Subnets without a table of their own go back to the first main table."),
        arguments=each("route_table_id", traffic("Open connections out are cut.")),
    ),
    "aws_nat_gateway": Kind(
        what="the NAT gateway",
        replaced=traffic(
            f"For minutes there is no way out of its zones. {_NO_WAY_OUT}. Partners see another source address.",
            "Make a second one, move the routes, then take this one away; tell partners the new address first.",
        ),
        deleted=traffic(f"Its zones lose their way out. {_NO_WAY_OUT}.", "Move the routes first."),
        arguments=each(
            "secondary_allocation_ids secondary_private_ip_addresses secondary_private_ip_address_count",
            traffic("Some connections out come from other addresses."),
        ),
    ),
    "aws_eip": Kind(
        what="the Elastic IP address",
        replaced=traffic(
            f"The address is lost for good; until the gateway has the new one there is no way out. {_NO_WAY_OUT}. "
            "Partners see another source address.",
            "Tell partners the new address first.",
        ),
        deleted=traffic("The address is lost for good.", "Check that no partner's allow list has it."),
        arguments=each(
            "instance network_interface associate_with_private_ip",
            traffic("The address moves: what it belonged to loses it at once."),
        ),
    ),
    "aws_internet_gateway": Kind(
        what="the internet gateway",
        replaced=blocked(f"All zones lose their way out and in. {_NO_WAY_OUT}."),
        deleted=blocked(f"All zones lose their way out and in. {_NO_WAY_OUT}."),
        arguments=each("vpc_id", blocked(f"All zones of the old VPC lose their way out and in. {_NO_WAY_OUT}.")),
    ),
    "aws_vpc_endpoint": Kind(
        what="the VPC endpoint",
        replaced=traffic(
            "For minutes its service is reached by NAT only; without NAT there is no image, no log and no answer "
            "of the hook.",
            "Not during a release.",
        ),
        deleted=traffic("Its service is reached by NAT only; without NAT not at all.", "Check that there is NAT."),
        arguments={
            **each(
                "subnet_ids subnet_configuration security_group_ids private_dns_enabled route_table_ids policy "
                "dns_options ip_address_type",
                traffic(
                    "From some subnets its service is no longer reached, or only by NAT: images, logs, the hook.",
                    "Not during a release.",
                ),
            ),
            "auto_accept": SAFE,
        },
    ),
    "aws_security_group": Kind(
        what="the security group",
        replaced=blocked(
            "What it is attached to holds it: the deletion hangs for many minutes and fails (DependencyViolation). Its "
            "rules are gone meanwhile, so that connections time out, and whatever names its id is changed or replaced "
            "with it.",
            "Take the change back: a description or name cannot be changed in place. If it has to be, make a second "
            "group, let it in everywhere, move what uses the old one, then delete that.",
        ),
        deleted=blocked(
            "What it is attached to holds it: the deletion hangs and fails (DependencyViolation), after its rules are "
            "gone.",
            "Detach it first.",
        ),
        arguments={"ingress": _inline("ingress"), "egress": _inline("egress"), "revoke_rules_on_delete": SAFE},
    ),
    "aws_default_security_group": Kind(
        what="the VPC's default security group",
        replaced=traffic("What uses the default group is cut until its rules are there again."),
        deleted=safe("AWS keeps the group; Terraform lets go of it."),
        arguments={"ingress": _inline("ingress"), "egress": _inline("egress"), "revoke_rules_on_delete": SAFE},
    ),
    "aws_security_group_rule": _RULE,
    "aws_vpc_security_group_ingress_rule": _RULE,
    "aws_vpc_security_group_egress_rule": _RULE,
    "aws_flow_log": Kind(what="the flow log", replaced=SAFE, deleted=safe("Connections are no longer recorded.")),
}
