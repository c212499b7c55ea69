"""Parts of a VPC, by their names in it, or by what they connect."""

from collections.abc import Iterator
from typing import Any

from greenlight.existing.search import Finder, Object, Search, UnclearError, pages, tags_of
from greenlight.review.plan import Change

_GOING = ("deleting", "deleted", "failed", "rejected", "expired")


def _found(search: Search, operation: str, key: str, id: str, filters: list[dict[str, Any]]) -> Iterator[Object]:
    for one in pages(search.client("ec2"), operation, key, Filters=filters):
        if str(one.get("State")).lower() not in _GOING:
            yield Object(id=one[id], tags=tags_of(one.get("Tags", ())))


def _vpc(search: Search, change: Change) -> Iterator[Object]:
    yield from _found(search, "describe_vpcs", "Vpcs", "VpcId", search.filters(change))


def _subnet(search: Search, change: Change) -> Iterator[Object]:
    vpc, block = search.value(change, "vpc_id"), search.value(change, "cidr_block")
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "cidr-block", "Values": [block]}]
    yield from _found(search, "describe_subnets", "Subnets", "SubnetId", filters)


def _internet_gateway(search: Search, change: Change) -> Iterator[Object]:
    filters = search.filters(change)
    yield from _found(search, "describe_internet_gateways", "InternetGateways", "InternetGatewayId", filters)


def _address(search: Search, change: Change) -> Iterator[Object]:
    for one in search.client("ec2").describe_addresses(Filters=search.filters(change))["Addresses"]:
        yield Object(id=one["AllocationId"], tags=tags_of(one.get("Tags", ())))


def _nat_gateway(search: Search, change: Change) -> Iterator[Object]:
    filters = search.filters(change, subnet_id=search.value(change, "subnet_id"))
    yield from _found(search, "describe_nat_gateways", "NatGateways", "NatGatewayId", filters)


def _route_table(search: Search, change: Change) -> Iterator[Object]:
    filters = search.filters(change, vpc_id=search.value(change, "vpc_id"))
    yield from _found(search, "describe_route_tables", "RouteTables", "RouteTableId", filters)


def _of_table(search: Search, change: Change) -> tuple[str, dict[str, Any]]:
    table = search.value(change, "route_table_id")
    (found,) = search.client("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return table, found


def _route(search: Search, change: Change) -> Iterator[Object]:
    block = search.value(change, "destination_cidr_block")
    table, found = _of_table(search, change)
    if any(one.get("DestinationCidrBlock") == block for one in found["Routes"]):
        yield Object(id=f"{table}_{block}")


def _association(search: Search, change: Change) -> Iterator[Object]:
    subnet = search.value(change, "subnet_id")
    table, found = _of_table(search, change)
    if any(one.get("SubnetId") == subnet for one in found["Associations"]):
        yield Object(id=f"{subnet}/{table}")


def _security_group(search: Search, change: Change) -> Iterator[Object]:
    """By its Name tag, which every group has here: what Terraform made of a prefix is not known.

    EC2 makes each group with a rule that lets everything out. Terraform takes it back directly after it has made the
    group, and never again: of a deploy that was killed in between it would stay, and no plan would show it.
    https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/ec2/vpc_security_group.go
    """
    filters = search.filters(change, vpc_id=search.value(change, "vpc_id"))
    for group in _found(search, "describe_security_groups", "SecurityGroups", "GroupId", filters):
        for rule in _rules(search, group.id):
            if rule["IsEgress"] and rule["IpProtocol"] == "-1" and rule.get("CidrIpv4") == "0.0.0.0/0":
                raise UnclearError(
                    f"{group.id} lets everything out still, as EC2 has made it. Take that rule out, then look again: "
                    f"aws ec2 revoke-security-group-egress --region {search.aws.region} --group-id {group.id} "
                    f"--security-group-rule-ids {rule['SecurityGroupRuleId']}"
                )
        yield group


def _rules(search: Search, group: str) -> Iterator[dict[str, Any]]:
    filters = [{"Name": "group-id", "Values": [group]}]
    yield from pages(search.client("ec2"), "describe_security_group_rules", "SecurityGroupRules", Filters=filters)


def _rule(search: Search, change: Change) -> Iterator[Object]:
    group = search.value(change, "security_group_id")
    ends = ("cidr_ipv4", "prefix_list_id", "referenced_security_group_id")
    wanted = (
        change.type.endswith("_egress_rule"),
        *(change.value(change.after, key) for key in ("ip_protocol", "from_port", "to_port")),
        *(search.optional(change, key) for key in ends),
    )
    for one in _rules(search, group):
        there = (
            one["IsEgress"],
            *(one.get(key) for key in ("IpProtocol", "FromPort", "ToPort", "CidrIpv4", "PrefixListId")),
            one.get("ReferencedGroupInfo", {}).get("GroupId"),
        )
        if there == wanted:
            yield Object(id=one["SecurityGroupRuleId"], tags=tags_of(one.get("Tags", ())))


def _endpoint(search: Search, change: Change) -> Iterator[Object]:
    vpc, service = search.value(change, "vpc_id"), search.value(change, "service_name")
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "service-name", "Values": [service]}]
    yield from _found(search, "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", filters)


def _flow_log(search: Search, change: Change) -> Iterator[Object]:
    filters = [{"Name": "resource-id", "Values": [search.value(change, "vpc_id")]}]
    for one in pages(search.client("ec2"), "describe_flow_logs", "FlowLogs", Filter=filters):
        yield Object(id=one["FlowLogId"], tags=tags_of(one.get("Tags", ())))


FINDERS: dict[str, Finder] = {
    "aws_eip": _address,
    "aws_flow_log": _flow_log,
    "aws_internet_gateway": _internet_gateway,
    "aws_nat_gateway": _nat_gateway,
    "aws_route": _route,
    "aws_route_table": _route_table,
    "aws_route_table_association": _association,
    "aws_security_group": _security_group,
    "aws_subnet": _subnet,
    "aws_vpc": _vpc,
    "aws_vpc_endpoint": _endpoint,
    "aws_vpc_security_group_egress_rule": _rule,
    "aws_vpc_security_group_ingress_rule": _rule,
}
