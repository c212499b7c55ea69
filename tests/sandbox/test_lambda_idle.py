"""A function in a VPC that is left idle goes Inactive; its next invocation fails, and wakes it."""

from __future__ import annotations

import json

import pytest

from sandbox.lambda_runtime.readiness import (
    ACTIVE,
    IDLE_SECONDS,
    INACTIVE,
    RESTORE_SECONDS,
    RESTORING,
    NotReadyError,
    Readiness,
)
from sandbox.launch import Sandbox
from tests.sandbox.lambda_function import Function, archive
from tests.sandbox.networks import network
from tests.sandbox.running_stack import Clients, clients_of, until
from tests.sandbox.test_aws_errors import refused
from tests.sandbox.test_lambda_async import requests

NOT_READY = (
    502,
    "ResourceNotReadyException",
    "The function is inactive and its VPC connection is no longer available. Wait for the VPC connection to "
    "reestablish and try again.",
)


@pytest.fixture
def client(unhurried: Sandbox) -> Clients:
    return clients_of(unhurried)


@pytest.fixture
def connected(client: Clients, function: Function) -> Function:
    """A function in a VPC."""
    place = network(client)
    function.create(VpcConfig={"SubnetIds": place.subnets, "SecurityGroupIds": [place.functions]}, Timeout=30)
    return function


def shown(function: Function, **version: str) -> tuple[str | None, ...]:
    found = function.client("lambda").get_function_configuration(FunctionName=function.name, **version)
    return tuple(found.get(key) for key in ("State", "StateReason", "StateReasonCode"))


IDLE = ("Inactive", "The function is currently idle.", "Idle")
PENDING = ("Pending", "The function is being restored.", "Restoring")
READY = ("Active", None, None)


# By itself ------------------------------------------------------------------------------------------------------------


def test_a_function_that_is_used_stays_active() -> None:
    readiness = Readiness(used=0)

    for day in range(13, 200, 13):
        readiness.use(day * 86400, in_vpc=True)

    assert readiness.state(195 * 86400 + IDLE_SECONDS - 1, in_vpc=True) is ACTIVE
    assert readiness.state(195 * 86400 + IDLE_SECONDS, in_vpc=True) is INACTIVE


def test_an_inactive_function_is_pending_from_the_failed_invocation_until_it_is_restored() -> None:
    readiness = Readiness(used=0)
    with pytest.raises(NotReadyError):
        readiness.use(IDLE_SECONDS, in_vpc=True)
    with pytest.raises(NotReadyError):
        readiness.use(IDLE_SECONDS + 30, in_vpc=True)

    states = [readiness.state(IDLE_SECONDS + after, in_vpc=True) for after in (0, RESTORE_SECONDS - 1, RESTORE_SECONDS)]

    assert states == [RESTORING, RESTORING, ACTIVE]
    readiness.use(IDLE_SECONDS + RESTORE_SECONDS, in_vpc=True)


def test_a_restored_function_that_nobody_uses_goes_inactive_again() -> None:
    readiness = Readiness(used=0)
    with pytest.raises(NotReadyError):
        readiness.use(IDLE_SECONDS, in_vpc=True)

    restored = IDLE_SECONDS + RESTORE_SECONDS

    assert readiness.state(restored + IDLE_SECONDS - 1, in_vpc=True) is ACTIVE
    assert readiness.state(restored + IDLE_SECONDS, in_vpc=True) is INACTIVE


def test_a_function_outside_a_vpc_has_nothing_to_lose() -> None:
    assert Readiness(used=0).state(10 * IDLE_SECONDS, in_vpc=False) is ACTIVE


# As clients see it ----------------------------------------------------------------------------------------------------


def test_an_idle_function_goes_inactive_fails_once_and_comes_back(unhurried: Sandbox, connected: Function) -> None:
    assert (shown(connected), connected.answer()["count"]) == (READY, 1)
    unhurried.forward(IDLE_SECONDS + 60)
    assert shown(connected) == IDLE

    invoke = connected.client("lambda").invoke
    assert refused(invoke, FunctionName=connected.name) == NOT_READY
    assert (shown(connected), refused(invoke, FunctionName=connected.name)) == (PENDING, NOT_READY)

    unhurried.forward(RESTORE_SECONDS)
    assert (shown(connected), connected.answer()["count"]) == (READY, 1)
    until(lambda: requests(connected), lambda found: len(found) == 2)


def test_get_function_and_the_lists_show_the_state_too(unhurried: Sandbox, connected: Function) -> None:
    unhurried.forward(IDLE_SECONDS + 60)

    found = connected.client("lambda").get_function(FunctionName=connected.name)["Configuration"]

    assert (found["State"], found["StateReasonCode"], found["LastUpdateStatus"]) == ("Inactive", "Idle", "Successful")
    listed = {item["FunctionName"]: item["State"] for item in connected.client("lambda").list_functions()["Functions"]}
    assert listed[connected.name] == "Inactive"


def test_a_function_outside_a_vpc_never_goes_inactive(unhurried: Sandbox, function: Function) -> None:
    function.create(Timeout=30)

    unhurried.forward(10 * IDLE_SECONDS)

    assert (shown(function), function.answer()["count"]) == (READY, 1)


def test_a_dry_run_wakes_nothing(unhurried: Sandbox, connected: Function) -> None:
    unhurried.forward(IDLE_SECONDS + 60)

    connected.client("lambda").invoke(FunctionName=connected.name, InvocationType="DryRun")

    assert shown(connected) == IDLE


def test_each_version_is_idle_by_itself(unhurried: Sandbox, connected: Function) -> None:
    unhurried.forward(IDLE_SECONDS / 2)
    version = connected.client("lambda").publish_version(FunctionName=connected.name)["Version"]

    unhurried.forward(IDLE_SECONDS / 2 + 60)

    assert shown(connected) == IDLE
    assert shown(connected, Qualifier=version) == READY


def test_an_inactive_function_can_be_changed_and_a_pending_one_cannot(unhurried: Sandbox, connected: Function) -> None:
    aws = connected.client("lambda")
    unhurried.forward(IDLE_SECONDS + 60)
    aws.update_function_configuration(FunctionName=connected.name, Description="changed")
    assert shown(connected) == IDLE
    refused(aws.invoke, FunctionName=connected.name)

    answers = {
        refused(aws.update_function_configuration, FunctionName=connected.name, Description="again"),
        refused(aws.update_function_code, FunctionName=connected.name, ZipFile=archive()),
        refused(aws.publish_version, FunctionName=connected.name),
    }

    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{connected.name}"
    assert answers == {
        (
            409,
            "ResourceConflictException",
            f"The operation cannot be performed at this time. The resource {arn} is currently in the following state: "
            "'Pending'. StateReasonCode: 'Restoring'",
        )
    }
    unhurried.forward(RESTORE_SECONDS)
    aws.update_function_configuration(FunctionName=connected.name, Description="again")


def test_an_asynchronous_invocation_is_accepted_and_runs_once_the_function_is_back(
    unhurried: Sandbox, connected: Function
) -> None:
    unhurried.forward(IDLE_SECONDS + 60)

    answer = connected.submit()

    assert answer["StatusCode"] == 202
    unhurried.forward(600)
    until(lambda: requests(connected), lambda found: found == [answer["ResponseMetadata"]["RequestId"]])


def test_an_event_that_may_not_wait_as_long_is_dropped(unhurried: Sandbox, connected: Function) -> None:
    connected.client("lambda").put_function_event_invoke_config(
        FunctionName=connected.name, MaximumEventAgeInSeconds=60
    )
    unhurried.forward(IDLE_SECONDS + 60)
    request_id = connected.submit()["ResponseMetadata"]["RequestId"]

    unhurried.forward(600)

    assert (shown(connected), requests(connected)) == (READY, [])
    said = f"{connected.name} {request_id}: the event is too old to be tried again"
    assert said in (unhurried.state_dir / "log" / "runtime.log").read_text()


def test_an_environment_that_is_not_used_ends_in_a_jump(unhurried: Sandbox, function: Function) -> None:
    function.create(Timeout=30)
    first = function.answer()
    second = function.answer()

    unhurried.forward(3600)

    third = function.answer()
    assert (second["pid"], [first["count"], second["count"], third["count"]]) == (first["pid"], [1, 2, 1])


def test_a_waiter_waits_until_it_is_back(unhurried: Sandbox, connected: Function) -> None:
    unhurried.forward(IDLE_SECONDS + 60)
    refused(connected.client("lambda").invoke, FunctionName=connected.name, Payload=json.dumps({}))
    unhurried.forward(RESTORE_SECONDS)

    waiter = connected.client("lambda").get_waiter("function_active_v2")

    waiter.wait(FunctionName=connected.name, WaiterConfig={"MaxAttempts": 1})
