"""What `deploy` refuses beforehand, on real parts; and that CodeDeploy would have failed it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.images import ARCHITECTURES, native_architecture, push
from sandbox.launch import Sandbox
from tests.sandbox.codedeploy_stack import appspec
from tests.sandbox.released_service import Service, answer, deploy
from tests.sandbox.running_stack import Clients, Stack, stack

__all__ = ["stack"]


@pytest.fixture
def service(client: Clients, stack: Stack) -> Service:
    made = Service(client, stack)
    stack.push("two")
    made.hooked(VERDICT="Succeeded")
    made.publish()
    return made


def refusal(sandbox: Sandbox, service: Service) -> str:
    """What `deploy` says on stderr; production has what it had, and there is no deployment and no new revision."""
    before = counts(service)
    released = deploy(sandbox, service.stack.name, ":two")

    assert released.returncode == 1, released.stderr
    assert counts(service) == before
    assert answer(service.url) == "one"
    return released.stderr


def counts(service: Service) -> tuple[int, int]:
    revisions = service.client("ecs").list_task_definitions(familyPrefix=service.stack.name)["taskDefinitionArns"]
    deployments = service.releases.codedeploy.list_deployments(**service.releases.named)["deployments"]
    return len(revisions), len(deployments)


def changed(service: Service, **network: Any) -> None:
    """Another network in the release manifest."""
    name = f"/greenlight/{service.stack.name}/app"
    ssm = service.client("ssm")
    manifest = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    manifest["network"] |= network
    ssm.put_parameter(Name=name, Type="String", Overwrite=True, Value=json.dumps(manifest))


def test_a_listener_that_has_left_the_live_version_is_refused_as_codedeploy_would(
    sandbox: Sandbox, service: Service
) -> None:
    stack = service.stack
    other = stack.target_group("other")
    rule = service.client("elbv2").create_rule(
        ListenerArn=stack.prod,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": stack.blue}],
    )["Rules"][0]["RuleArn"]
    service.client("elbv2").modify_listener(
        ListenerArn=stack.prod, DefaultActions=[{"Type": "forward", "TargetGroupArn": other}]
    )
    assert deploy(sandbox, stack.name, ":two").returncode == 0, "a rule of the listener has it"

    service.client("elbv2").modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "TargetGroupArn": stack.blue}])
    released = deploy(sandbox, stack.name, ":one")

    assert released.returncode == 1
    assert (
        f"production's listener, {stack.prod}, sends to {stack.name}-blue, and the live version, {stack.name}:2, is in "
        f"{stack.name}-green: CodeDeploy would refuse (Primary taskset target group must be behind listener)"
    ) in released.stderr
    begun = service.releases.deploy(appspec(stack.described()["taskDefinition"], "app"))
    assert service.releases.reaches(begun, "Failed")["errorInformation"]["code"] == "ELASTIC_LOAD_BALANCING_INVALID"


def test_a_log_group_that_is_gone_is_refused(sandbox: Sandbox, service: Service) -> None:
    name = service.stack.name
    service.client("logs").delete_log_group(logGroupName=f"/{name}")

    assert refusal(sandbox, service) == (
        f"greenlight: log group /{name} of container app is gone, and ECS starts no task without it "
        "(ResourceInitializationError): deploy the stack again, which makes it\n"
    )


def test_subnets_and_security_groups_that_are_gone_are_refused_together(sandbox: Sandbox, service: Service) -> None:
    changed(service, subnets=["subnet-0123456789abcdef0"], security_groups=["sg-0123456789abcdef0"])

    assert refusal(sandbox, service) == (
        f"greenlight: {service.stack.name}/app cannot be released now, and nothing was changed:\n"
        "  subnet subnet-0123456789abcdef0 of the release manifest is gone, and no task of the candidate could start: "
        "deploy the stack again with subnets that are there\n"
        "  security group sg-0123456789abcdef0 of the release manifest is gone, and no task of the candidate could "
        "start: deploy the stack again, which makes it\n"
    )


def test_subnets_without_a_free_address_are_refused(sandbox: Sandbox, service: Service) -> None:
    ec2, place = service.client("ec2"), service.stack.place
    small = ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.32.0/28")["Subnet"]["SubnetId"]
    ec2.create_network_interface(SubnetId=small, SecondaryPrivateIpAddressCount=10)
    changed(service, subnets=[small])

    assert f"subnets {small} have 0 free addresses together" in refusal(sandbox, service)


def test_a_test_listener_that_shows_something_else_is_refused(sandbox: Sandbox, service: Service) -> None:
    stack = service.stack
    service.client("elbv2").modify_listener(
        ListenerArn=stack.test, DefaultActions=[{"Type": "forward", "TargetGroupArn": stack.target_group("other")}]
    )

    assert f"the test listener, {stack.test}, forwards to neither" in refusal(sandbox, service)


def test_a_service_at_zero_is_refused_and_released_once_it_is_scaled_as_it_says(
    sandbox: Sandbox, service: Service
) -> None:
    ecs, named = service.client("ecs"), {"cluster": service.stack.name, "service": service.stack.name}
    ecs.update_service(**named, desiredCount=0)

    refused = deploy(sandbox, service.stack.name, ":two")

    assert refused.returncode == 1
    assert f"aws ecs update-service --cluster {service.stack.name}" in refused.stderr
    ecs.update_service(**named, desiredCount=1)
    assert deploy(sandbox, service.stack.name, ":two").returncode == 0
    assert answer(service.url) == "two"


def test_an_image_for_another_processor_is_refused(sandbox: Sandbox, service: Service) -> None:
    other = "x86_64" if native_architecture() == "arm64" else "arm64"
    wanted, built = (ARCHITECTURES[one] for one in (native_architecture(), other))
    push(
        f"{service.stack.name}:two",
        service.stack.binary,
        environment={},
        architecture=other,
        endpoint_url=sandbox.facts["endpoint_url"],
        region=sandbox.facts["region"],
    )

    assert f" is for {built}, and the task definition asks for {wanted}: build it with --platform linux/{wanted}" in (
        refusal(sandbox, service)
    )
