"""Security groups and their rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sandbox.access.model import Need
from sandbox.access.needs import needs
from sandbox.access.needs.ec2.resources import backend, made, named, on, or_any, tag_specifications
from sandbox.aws.model.request import Call


@needs(
    "ec2",
    *("DeleteSecurityGroup", "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress"),
    *("UpdateSecurityGroupRuleDescriptionsEgress", "UpdateSecurityGroupRuleDescriptionsIngress"),
)
def of_group(call: Call) -> Iterable[Need]:
    return _group(call)


@needs("ec2", "AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress")
def new_rules(call: Call) -> Iterator[Need]:
    """The rules are asked for where they have tags: otherwise the reference calls them optional."""
    yield from _group(call)
    if "security-group-rule" in tag_specifications(call):
        yield from made(call, "security-group-rule")


@needs("ec2", "ModifySecurityGroupRules")
def changed_rules(call: Call) -> Iterator[Need]:
    yield from _group(call)
    for change in call.params["SecurityGroupRules"]:
        yield on(call, "security-group-rule", change["SecurityGroupRuleId"])
        listed = (change.get("SecurityGroupRule") or {}).get("PrefixListId")
        if listed:
            yield on(call, "prefix-list", listed)


def _group(call: Call) -> list[Need]:
    """The group by its id; by its name it is one of the default VPC."""
    by_id = named(call, "GroupId")
    if by_id:
        return by_id
    defaults = {vpc.id for vpc in backend(call).vpcs.values() if vpc.is_default}
    found = [
        on(call, "security-group", group.id)
        for vpc, groups in backend(call).groups.items()
        for group in groups.values()
        if vpc in defaults and group.name == call.params.get("GroupName")
    ]
    return or_any(call, "security-group", found)
