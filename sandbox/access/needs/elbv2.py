"""Elastic Load Balancing: load balancers, listeners, rules and target groups.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
"""

from __future__ import annotations

from collections.abc import Iterator

from moto.elbv2.models import elbv2_backends

from sandbox.access.model import Keys, Need
from sandbox.access.needs import needs
from sandbox.access.needs.arns import arn
from sandbox.access.needs.linked_roles import linked_role
from sandbox.access.needs.tags import given, without_values
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

_SERVICE = "elasticloadbalancing"
_TYPES = {"application": "app", "network": "net", "gateway": "gwy"}


@needs("elbv2", "CreateLoadBalancer")
def new_load_balancer(call: Call) -> Iterator[Need]:
    kind = _TYPES.get(call.params.get("Type", "application"), "app")
    resource = arn(call, _SERVICE, f"loadbalancer/{kind}/{call.params['Name']}/*")
    keys = {**_subnets(call), **_groups(call)}
    if call.params.get("Scheme"):
        keys["elasticloadbalancing:Scheme"] = (call.params["Scheme"],)
    yield from _made(call, resource, resource, keys)
    yield from _first()


@needs("elbv2", "CreateTargetGroup")
def new_target_group(call: Call) -> Iterator[Need]:
    resource = arn(call, _SERVICE, f"targetgroup/{call.params['Name']}/*")
    yield from _made(call, resource, resource)
    yield from _first()


@needs("elbv2", "CreateListener")
def new_listener(call: Call) -> Iterator[Need]:
    balancer = call.params["LoadBalancerArn"]
    yield from _made(call, balancer, balancer.replace(":loadbalancer/", ":listener/") + "/*", _listener(call))


@needs("elbv2", "CreateRule")
def new_rule(call: Call) -> Iterator[Need]:
    listener = call.params["ListenerArn"]
    yield from _made(call, listener, listener.replace(":listener/", ":listener-rule/") + "/*")


@needs("elbv2", "ModifyListener")
def changed_listener(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["ListenerArn"], _listener(call))


@needs("elbv2", "AddListenerCertificates", "DeleteListener", "ModifyListenerAttributes", "RemoveListenerCertificates")
def of_listener(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["ListenerArn"])


@needs("elbv2", "DeleteRule", "ModifyRule")
def of_rule(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["RuleArn"])


@needs("elbv2", "SetRulePriorities")
def of_rules(call: Call) -> Iterator[Need]:
    for priority in call.params["RulePriorities"] or [{}]:
        yield _on(call, priority.get("RuleArn", "*"))


@needs(
    "elbv2",
    *("DeleteTargetGroup", "DeregisterTargets", "ModifyTargetGroup", "ModifyTargetGroupAttributes", "RegisterTargets"),
)
def of_target_group(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["TargetGroupArn"])


@needs("elbv2", "DeleteLoadBalancer", "ModifyLoadBalancerAttributes", "SetIpAddressType")
def of_load_balancer(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["LoadBalancerArn"])


@needs("elbv2", "SetSubnets")
def of_its_subnets(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["LoadBalancerArn"], _subnets(call))


@needs("elbv2", "SetSecurityGroups")
def of_its_groups(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["LoadBalancerArn"], _groups(call))


@needs("elbv2", "AddTags")
def new_tags(call: Call) -> Iterator[Need]:
    for resource in call.params["ResourceArns"] or ["*"]:
        yield _on(call, resource, {"elasticloadbalancing:CreateAction": ()}, given(call.params.get("Tags")))


@needs("elbv2", "RemoveTags")
def old_tags(call: Call) -> Iterator[Need]:
    for resource in call.params["ResourceArns"] or ["*"]:
        yield _on(call, resource, request_tags=without_values(call.params["TagKeys"]))


def _made(call: Call, asked: str, made: str, keys: Keys | None = None) -> Iterator[Need]:
    """The operation's own action, and what tags from the beginning ask for.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/tagging-resources-during-creation.html
    """
    tags = given(call.params.get("Tags"))
    yield _on(call, asked, keys, tags)
    if tags:
        action = {"elasticloadbalancing:CreateAction": (call.operation.name,)}
        yield Need("elasticloadbalancing:AddTags", made, keys=action, request_tags=tags, resource_tags={})


def _on(call: Call, resource: str, keys: Keys | None = None, request_tags: dict[str, str] | None = None) -> Need:
    tags = elbv2_backends[ACCOUNT][call.region].tagging_service.get_tag_dict_for_resource(resource)
    action = f"elasticloadbalancing:{call.operation.name}"
    return Need(action, resource, keys=keys or {}, request_tags=request_tags or {}, resource_tags=tags)


def _listener(call: Call) -> Keys:
    """What the request says; a listener that is changed keeps the rest."""
    return {
        f"elasticloadbalancing:{key}": (call.params[name],) if call.params.get(name) else ()
        for key, name in (("ListenerProtocol", "Protocol"), ("SecurityPolicy", "SslPolicy"))
    }


def _subnets(call: Call) -> dict[str, tuple[str, ...]]:
    mapped = [one["SubnetId"] for one in call.params.get("SubnetMappings") or [] if one.get("SubnetId")]
    return {"elasticloadbalancing:Subnet": (*(call.params.get("Subnets") or []), *mapped)}


def _groups(call: Call) -> dict[str, tuple[str, ...]]:
    return {"elasticloadbalancing:SecurityGroup": tuple(call.params.get("SecurityGroups") or [])}


def _first() -> list[Need]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html: made "when you
    create a load balancer or a target group"."""
    return linked_role("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing")
