"""After releases, of which Terraform's state knows nothing, and after what people have done by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.e2e.harness import Environment
from tests.plans.case import Case, State, settings
from tests.plans.cases.service import of_api
from tests.plans.cases.traffic import PROD, ROUTES, TEST
from tests.plans.edits import not_ignored

_SERVICE = "service-api/service/service"
_RECREATED = (f"-replace=@{{{PROD}}}",)


@contextmanager
def _third_group(dev: Environment) -> Iterator[None]:
    """Production goes to another service's group."""
    balancer, client = dev.manifest()["load_balancer"], dev.client("elbv2")
    (listener,) = client.describe_listeners(ListenerArns=[balancer["prod_listener"]])["Listeners"]
    third: list[Any] = [{"Type": "forward", "TargetGroupArn": dev.manifest("web")["load_balancer"]["blue"]["arn"]}]
    client.modify_listener(ListenerArn=balancer["prod_listener"], DefaultActions=third)
    try:
        yield
    finally:
        client.modify_listener(ListenerArn=balancer["prod_listener"], DefaultActions=listener["DefaultActions"])


@contextmanager
def _opened(dev: Environment) -> Iterator[None]:
    """The tasks' security group lets everybody in, by a rule that Terraform has made for the load balancer."""
    client = dev.client("ec2")
    (group,) = dev.manifest()["network"]["security_groups"]
    found = client.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    (rule,) = [one for one in found["SecurityGroupRules"] if not one["IsEgress"]]
    shared = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort", "Description")}
    before = shared | {"ReferencedGroupId": rule["ReferencedGroupInfo"]["GroupId"]}

    def set_to(content: dict[str, Any]) -> None:
        rules = [{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": content}]
        client.modify_security_group_rules(GroupId=group, SecurityGroupRules=rules)

    set_to(before | {"FromPort": 1, "ToPort": 1024})
    try:
        yield
    finally:
        set_to(before)


@contextmanager
def _scaled(dev: Environment) -> Iterator[None]:
    client = dev.client("ecs")
    client.update_service(cluster="dev", service="dev-api", desiredCount=3)
    try:
        yield
    finally:
        client.update_service(cluster="dev", service="dev-api", desiredCount=2)


GREEN = (
    Case(name="released-green"),
    Case(name="released-green-refresh-only", options=("-refresh-only",)),
    Case(name="memory-green-live", settings=of_api("memory: 1024")),
    Case(name="prod-listener-recreated-green-live", options=_RECREATED),
    Case(name="prod-listener-not-ignored-green-live", edits=(not_ignored(PROD),)),
    Case(name="test-listener-not-ignored-green-live", edits=(not_ignored(TEST),)),
    Case(name="service-not-ignored-green-live", edits=(not_ignored(_SERVICE),)),
    Case(name="prod-port-green-live", settings=settings((f"routes: {ROUTES}", f"routes: {ROUTES}\n    prod_port: 90"))),
    Case(name="third-group-by-hand", by_hand=_third_group),
    Case(name="rule-by-hand", by_hand=_opened),
    Case(name="count-by-hand", by_hand=_scaled),
)
BLUE = (
    Case(name="released-blue"),
    Case(name="prod-listener-recreated-blue-live", options=_RECREATED),
    Case(name="prod-listener-not-ignored-blue-live", edits=(not_ignored(PROD),)),
)
SHIFT = (
    Case(name="no-change-in-shift"),
    Case(name="prod-listener-not-ignored-in-shift", edits=(not_ignored(PROD),)),
    Case(
        name="count-not-ignored-in-shift",
        settings=of_api("desired_count: 6"),
        edits=(not_ignored(_SERVICE, "desired_count"),),
    ),
)


def _in(state: State, cases: tuple[Case, ...]) -> tuple[Case, ...]:
    return tuple(replace(case, state=state) for case in cases)


RELEASED = (*_in(State.GREEN_LIVE, GREEN), *_in(State.BLUE_LIVE, BLUE), *_in(State.IN_SHIFT, SHIFT))
