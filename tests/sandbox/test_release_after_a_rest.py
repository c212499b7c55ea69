"""A release after thirty days in which nobody released: with the hook's wake-up schedule, and without it.

The hook's function is in a VPC, so that Lambda takes its network interfaces back when it is idle.
"""

from __future__ import annotations

import json

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.own_sandbox import client, sandbox
from tests.sandbox.released_service import Service, Stream, answer, deploy
from tests.sandbox.running_stack import Clients, Stack, stack, until

__all__ = ["client", "sandbox", "stack"]
DAY = 86400


@pytest.fixture
def service(client: Clients, stack: Stack) -> Service:
    made = Service(client, stack)
    stack.push("two")
    made.hooked(VERDICT="Succeeded")
    made.publish()
    return made


def state(service: Service) -> str:
    found = service.client("lambda").get_function_configuration(FunctionName=service.stack.name)
    return str(found["State"])


def asked(service: Service) -> list[bool]:
    """Whether each invocation that ran was a question of CodeDeploy's."""
    lines = [line for line in service.hook.lines() if line.startswith("asked ")]
    return ["DeploymentId" in json.loads(line.removeprefix("asked ")) for line in lines]


def failed_invocations(sandbox: Sandbox, since: int) -> int:
    return (sandbox.state_dir / "log" / "aws.log").read_text()[since:].count("lambda Invoke 502 ")


def logged(sandbox: Sandbox) -> int:
    return len((sandbox.state_dir / "log" / "aws.log").read_text())


def test_without_the_wake_up_deploy_wakes_the_hook_and_releases(sandbox: Sandbox, service: Service) -> None:
    name, before = service.stack.name, logged(sandbox)
    sandbox.forward(30 * DAY)
    assert state(service) == "Inactive"

    with Stream(service.url) as stream:
        released = deploy(sandbox, name, ":two")

    assert released.returncode == 0, released.stderr
    told = [line.partition("  ")[2] for line in released.stderr.splitlines()]
    waiting = f"hook {name} is Inactive (Idle: The function is currently idle.): waiting until it is Active"
    assert [line for line in told if line.startswith(f"hook {name} is ")] == [waiting, f"hook {name} is Active"]
    assert failed_invocations(sandbox, before) == 1
    until(lambda: asked(service), lambda found: found == [True])
    assert set(stream.seen) == {"one", "two"}
    assert answer(service.url) == "two"


def test_with_the_wake_up_the_hook_never_goes_inactive(sandbox: Sandbox, service: Service) -> None:
    name, before = service.stack.name, logged(sandbox)
    events = service.client("events")
    arn = events.put_rule(Name=name, ScheduleExpression="rate(3 days)")["RuleArn"]
    service.client("lambda").add_permission(
        FunctionName=name,
        StatementId="awake",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=arn,
    )
    function = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    events.put_targets(Rule=name, Targets=[{"Id": "hook", "Arn": function, "Input": '{"greenlight": "wake"}'}])

    sandbox.forward(30 * DAY)
    assert state(service) == "Active"
    released = deploy(sandbox, name, ":two")
    events.disable_rule(Name=name)

    assert released.returncode == 0, released.stderr
    assert f"hook {name} is " not in released.stderr
    assert failed_invocations(sandbox, before) == 0
    until(lambda: asked(service), lambda found: found == [False] * 10 + [True])
    assert answer(service.url) == "two"


def test_a_hook_that_nobody_woke_answers_once_its_event_has_waited_for_it(sandbox: Sandbox, service: Service) -> None:
    """CodeDeploy's invocation is asynchronous here: Lambda keeps the event while the function comes back."""
    sandbox.forward(30 * DAY)

    deployment = service.release("two", {"BeforeAllowTraffic": service.stack.name})

    service.releases.reaches(deployment, "Succeeded")
    assert asked(service) == [True]


def test_a_hook_whose_events_may_not_wait_costs_the_hour_and_the_release(sandbox: Sandbox, service: Service) -> None:
    service.client("lambda").put_function_event_invoke_config(
        FunctionName=service.stack.name, MaximumEventAgeInSeconds=60
    )
    sandbox.forward(30 * DAY)

    deployment = service.release("two", {"BeforeAllowTraffic": service.stack.name})
    until(lambda: service.releases.events(deployment)["BeforeAllowTraffic"], lambda status: status == "InProgress")
    sandbox.forward(3600)

    service.releases.reaches(deployment, "Failed")
    event = next(
        item
        for item in service.releases.target(deployment)["lifecycleEvents"]
        if item["lifecycleEventName"] == "BeforeAllowTraffic"
    )
    assert (event["diagnostics"]["errorCode"], asked(service)) == ("ScriptTimedOut", [])
    assert answer(service.url) == "one"


def test_a_jump_takes_a_release_through_all_that_it_waits_for(sandbox: Sandbox, service: Service) -> None:
    """The steps of a linear release and its bake, in their order: each at its own time, with the checks between."""
    codedeploy = service.client("codedeploy")
    codedeploy.update_deployment_group(
        applicationName=service.stack.name,
        currentDeploymentGroupName=service.stack.name,
        deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
    )
    deployment = service.release("two")
    until(lambda: service.releases.events(deployment)["AllowTraffic"], lambda status: status == "InProgress")

    sandbox.forward(DAY)

    assert answer(service.url) == "two"
    service.releases.reaches(deployment, "Succeeded")
