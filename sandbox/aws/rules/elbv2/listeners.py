"""Listeners: their ports and protocols, and the target groups that they lead to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeListener, FakeLoadBalancer, FakeTargetGroup

from sandbox.aws.model.request import Call
from sandbox.aws.rules.elbv2.found import actions_of, backend_of, targets_of, texts
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule


def _balancer_of(backend: ELBv2Backend, listener_arn: str) -> FakeLoadBalancer | None:
    for balancer in backend.load_balancers.values():
        if listener_arn in balancer.listeners:
            return balancer
    return None


def _balancer(call: Call) -> FakeLoadBalancer | None:
    """The load balancer that a call about a listener or a rule is about."""
    backend = backend_of(call)
    if "LoadBalancerArn" in call.params:
        return backend.load_balancers.get(call.params["LoadBalancerArn"])
    # A rule's ARN is its listener's with one part more.
    named = call.params.get("ListenerArn") or call.params.get("RuleArn", "")
    named = named.replace(":listener-rule/", ":listener/")
    return _balancer_of(backend, named) or _balancer_of(backend, named.rpartition("/")[0])


def listener_on(balancer: FakeLoadBalancer, port: Any) -> FakeListener | None:
    """The load balancer's listener on this port."""
    for listener in balancer.listeners.values():
        if str(listener.port) == str(port):
            return listener
    return None


def same_listener(listener: FakeListener, protocol: str, actions: Iterable[dict[str, Any]]) -> bool:
    """Whether CreateListener with these settings asks for the listener that is there."""
    there = [_meaning(action.data) for action in listener.default_actions]
    return bool(listener.protocol == protocol) and there == [_meaning(action) for action in actions]


def _meaning(action: dict[str, Any]) -> Any:
    """An action in one form: as it was sent, or as moto keeps it."""
    if action.get("Type") == "forward":
        return frozenset(targets_of(action).items())
    return texts(action)


def _groups(call: Call) -> list[FakeTargetGroup]:
    """The target groups that are led to. One that does not exist is moto's to refuse."""
    known = backend_of(call).target_groups
    return [known[name] for action in actions_of(call) for name in targets_of(action) if name in known]


@rule(
    "elbv2",
    "CreateListener",
    code="DuplicateListener",
    source="https://github.com/hashicorp/terraform/issues/26407",
    says="A port has one listener. (With the same settings the one that is there is returned: the API reference.)",
    quote="A listener already exists on this port for this load balancer",
)
def port_has_a_listener(call: Call) -> str | None:
    arn, port = call.params["LoadBalancerArn"], call.params.get("Port")
    balancer = backend_of(call).load_balancers.get(arn)
    if balancer is None or port is None or balancer.type not in (None, "application"):
        return None
    listener = listener_on(balancer, port)
    asked = call.params.get("DefaultActions") or []
    if listener is None or same_listener(listener, call.params.get("Protocol", ""), asked):
        return None
    return f"A listener already exists on this port for this load balancer '{arn}'"


@rule(
    "elbv2",
    "ModifyListener",
    code="ValidationError",
    source="https://github.com/hashicorp/terraform/issues/26407",
    says="A listener cannot be moved to a port that another listener of the load balancer has.",
    quote="Listener port '7328' is already in use",
)
def port_is_in_use(call: Call) -> str | None:
    arn, port = call.params["ListenerArn"], call.params.get("Port")
    balancer = _balancer_of(backend_of(call), arn)
    if balancer is None or port is None or balancer.type not in (None, "application"):
        return None
    other = listener_on(balancer, port)
    return None if other is None or other.arn == arn else f"Listener port '{port}' is already in use"


@rule(
    "elbv2",
    *("CreateListener", "ModifyListener", "CreateRule", "ModifyRule"),
    code="TargetGroupAssociationLimit",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/22005",
    says="The targets of one group get requests from one load balancer only.",
    quote="The following target groups cannot be associated with more than one load balancer",
)
def target_group_has_a_load_balancer(call: Call) -> str | None:
    balancer = _balancer(call)
    if balancer is None:
        return None
    taken = [group.arn for group in _groups(call) if set(group.load_balancer_arns) - {balancer.arn}]
    if not taken:
        return None
    return f"The following target groups cannot be associated with more than one load balancer: {', '.join(taken)}"


@rule(
    "elbv2",
    *("CreateListener", "ModifyListener", "CreateRule", "ModifyRule"),
    code="ValidationError",
    source=tried("elbv2/pf-elbv2-listener-tg-vpc-match"),
    says="A load balancer leads to target groups of its own VPC.",
    quote="The following target groups are in a different VPC than load balancer",
    coded=False,
)
def target_group_is_in_another_vpc(call: Call) -> str | None:
    balancer = _balancer(call)
    if balancer is None:
        return None
    away = [group.arn for group in _groups(call) if group.vpc_id and group.vpc_id != balancer.vpc_id]
    if not away:
        return None
    return f"The following target groups are in a different VPC than load balancer '{balancer.arn}': {', '.join(away)}"


@rule(
    "elbv2",
    *("CreateListener", "ModifyListener", "CreateRule", "ModifyRule"),
    code="ValidationError",
    source=tried("elbv2/pf-elbv2-listener-tg-protocol-match"),
    says="An application load balancer leads to target groups for HTTP.",
    quote="The listener and the following target groups have incompatible protocols",
    coded=False,
)
def target_group_has_another_protocol(call: Call) -> str | None:
    balancer = _balancer(call)
    if balancer is None or balancer.type not in (None, "application"):
        return None
    away = [group.arn for group in _groups(call) if group.protocol not in (None, "HTTP", "HTTPS")]
    if not away:
        return None
    return f"The listener and the following target groups have incompatible protocols: {', '.join(away)}"


# What a listener itself is -------------------------------------------------------------------------------------------

_set = partial(rule, "elbv2", "CreateListener", "ModifyListener")


def _protocol(call: Call) -> str | None:
    given: str | None = call.params.get("Protocol")
    if given or "ListenerArn" not in call.params:
        return given
    balancer = _balancer(call)
    return balancer.listeners[call.params["ListenerArn"]].protocol if balancer else None


@rule(
    "elbv2",
    "CreateListener",
    code="ValidationError",
    source="https://github.com/cn-terraform/terraform-aws-nexus/issues/42",
    says="A listener for HTTPS has a certificate.",
    quote="A certificate must be specified for HTTPS listeners",
)
def https_listener_has_no_certificate(call: Call) -> bool:
    return call.params.get("Protocol") == "HTTPS" and not call.params.get("Certificates")


@_set(
    code="ValidationError",
    source="https://github.com/awslabs/fargatecli/issues/104",
    says="A listener for HTTP has no certificate.",
    quote="A certificate cannot be specified for HTTP listeners",
)
def http_listener_has_a_certificate(call: Call) -> bool:
    return _protocol(call) == "HTTP" and bool(call.params.get("Certificates"))


@_set(
    code="ValidationError",
    source=tried("elbv2/pf-elbv2-listener-sslpolicy-secure-only"),
    says="A listener for HTTP has no policy for TLS.",
    # With AWS's spelling.
    quote="An SSL policy cannot be specifed for HTTP listeners",
    coded=False,
)
def http_listener_has_a_policy(call: Call) -> bool:
    return _protocol(call) == "HTTP" and bool(call.params.get("SslPolicy"))


@_set(
    code="SSLPolicyNotFound",
    source=tried("elbv2/pf-elbv2-listener-sslpolicy-known"),
    says="Policies for TLS are AWS's own, and all their names begin alike.",
    quote="SSL policy '",
    coded=False,
)
def listeners_policy_is_missing(call: Call) -> str | None:
    policy = call.params.get("SslPolicy")
    return f"SSL policy '{policy}' not found" if policy and not policy.startswith("ELBSecurityPolicy-") else None


@_set(
    code="ValidationError",
    source=tried("elbv2/pf-elbv2-listener-cert-exactly-one"),
    says="A listener is given one certificate; others are added.",
    quote="Up to '1' certificate ARNs can be specified, but '",
    coded=False,
)
def listener_has_two_certificates(call: Call) -> str | None:
    count = len(call.params.get("Certificates") or [])
    return f"Up to '1' certificate ARNs can be specified, but '{count}' were specified" if count > 1 else None
