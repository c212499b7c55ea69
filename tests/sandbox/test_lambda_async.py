"""Invocations that nobody waits for: accepted at once, tried again as configured."""

from __future__ import annotations

from pathlib import Path

from sandbox.launch import Sandbox, processes_of
from tests.sandbox.lambda_function import Function
from tests.sandbox.running_stack import Clients, clients_of, until


def requests(function: Function) -> list[str]:
    """The request id of each attempt."""
    return [line.split()[2] for line in function.lines() if line.startswith("START ")]


def test_an_asynchronous_invocation_is_accepted_at_once_and_runs(function: Function, tmp_path: Path) -> None:
    function.create(Timeout=30)
    gate = tmp_path / "gate"

    answer = function.submit("wait", **{"for": str(gate)})

    gate.touch()  # accepted before it could end
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    request_id = answer["ResponseMetadata"]["RequestId"]
    lines = until(function.lines, lambda lines: f"END RequestId: {request_id}\n" in lines)
    assert "doing wait\n" in lines
    assert requests(function) == [request_id]


def test_a_failed_asynchronous_invocation_is_tried_again_after_one_minute_and_then_two(
    unhurried: Sandbox, name: str, tmp_path: Path
) -> None:
    function, diary = Function(clients_of(unhurried), name), tmp_path / "diary"
    function.create()

    request_id = function.submit("fail", diary=str(diary))["ResponseMetadata"]["RequestId"]

    # The first step ends after the first attempt has; the second and the third attempt come within theirs.
    for attempts, seconds in ((1, 30), (2, 60), (2, 60), (3, 120), (3, 3600)):
        unhurried.forward(seconds)
        assert diary.read_text().split() == [request_id] * attempts


def test_the_event_configuration_says_how_often_it_is_tried_again(client: Clients, function: Function) -> None:
    function.create()
    put = client("lambda").put_function_event_invoke_config
    put(FunctionName=function.name, MaximumRetryAttempts=2)
    put(FunctionName=function.name, MaximumRetryAttempts=0)
    assert client("lambda").get_function_event_invoke_config(FunctionName=function.name)["MaximumRetryAttempts"] == 0
    once = function.submit("fail")["ResponseMetadata"]["RequestId"]
    until(lambda: requests(function), lambda found: found == [once])
    put(FunctionName=function.name, MaximumRetryAttempts=1)

    twice = function.submit("fail")["ResponseMetadata"]["RequestId"]

    until(lambda: requests(function), lambda found: found == [once, twice, twice])


def test_an_event_that_is_too_old_is_not_tried_again(unhurried: Sandbox, name: str, tmp_path: Path) -> None:
    client, diary = clients_of(unhurried), tmp_path / "diary"
    function = Function(client, name)
    function.create()
    client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=100)

    request_id = function.submit("fail", diary=str(diary))["ResponseMetadata"]["RequestId"]

    # A minute after the first comes the second; the third would come after 180 seconds.
    for attempts, seconds in ((1, 30), (2, 60), (2, 3600)):
        unhurried.forward(seconds)
        assert diary.read_text().split() == [request_id] * attempts
    said = f"{name} {request_id}: the event is too old to be tried again"
    assert said in (unhurried.state_dir / "log" / "runtime.log").read_text()


def test_a_throttled_event_waits_for_its_turn(client: Clients, function: Function) -> None:
    function.create(Timeout=30)
    client("lambda").put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)

    ids = {function.submit("sleep", seconds=1)["ResponseMetadata"]["RequestId"] for _ in range(2)}

    until(lambda: set(requests(function)), lambda found: found == ids)
    assert len(function.streams()) == 1


def test_a_function_is_found_among_what_the_sandbox_started(sandbox: Sandbox, function: Function) -> None:
    function.create()
    told = function.answer()

    found = [line for line in processes_of(sandbox.facts) if line.startswith(f"process {told['pid']}: ")]

    assert len(found) == 1
