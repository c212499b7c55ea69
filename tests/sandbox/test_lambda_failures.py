"""A function that exits, hangs, fails or cannot start: Lambda's own errors, and never a hang."""

from __future__ import annotations

import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sandbox.clients import local_client
from sandbox.images import native_architecture
from sandbox.launch import Sandbox
from tests.sandbox.lambda_function import Function, archive
from tests.sandbox.roles import WRITE_LOGS, Statement, allow
from tests.sandbox.running_stack import REGION, Clients, alive, until

OTHER_ARCHITECTURE = "arm64" if native_architecture() == "x86_64" else "x86_64"
MACHINES = {"x86_64": 62, "arm64": 183}


def program(architecture: str) -> bytes:
    """The head of an ELF program, and no more of it."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00" + bytes([MACHINES[architecture], 0]) + bytes(44)


def failure(answer: dict[str, Any]) -> dict[str, str]:
    """The error's document, with the invocation's own id as ID."""
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    request_id = answer["ResponseMetadata"]["RequestId"]
    return {key: value.replace(request_id, "ID") for key, value in answer["Payload"].items()}


def masked(lines: list[str]) -> list[str]:
    """Lines without what is different each time."""
    text = "".join(lines)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME", text)
    text = re.sub(r"Duration: [\d.]+ ms", "Duration: N ms", text)
    return re.sub(r"Used: \d+ MB", "Used: N MB", text).splitlines()


INIT = (
    "INIT_START Runtime Version: provided:al2023.sandbox\t"
    "Runtime Version ARN: arn:aws:lambda:us-east-1::runtime:sandbox"
)
REPORT = (
    "REPORT RequestId: ID\tDuration: N ms\tBilled Duration: N ms\tMemory Size: 128 MB\tMax Memory Used: N MB\t"
    "Init Duration: N ms\t"
)
WARM = REPORT.replace("Init Duration: N ms\t", "")


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        ({"do": "exit", "code": 1}, "Runtime exited with error: exit status 1"),
        ({"do": "exit", "code": 0}, "Runtime exited without providing a reason"),
        ({"do": "kill"}, "Runtime exited with error: signal: killed"),
    ],
)
def test_a_function_that_exits_is_an_error_and_the_next_invocation_starts_anew(
    function: Function, do: dict[str, Any], reason: str
) -> None:
    function.create()

    answer = function.invoke(**do)

    assert failure(answer) == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: ID Error: {reason}"}
    assert function.answer()["count"] == 1
    lines = until(function.lines, lambda lines: sum(line.startswith("REPORT") for line in lines) == 2)
    assert masked(lines)[:8] == [
        INIT,
        "started",
        "START RequestId: ID Version: $LATEST",
        f"doing {do['do']}",
        f"RequestId: ID Error: {reason}",
        "Runtime.ExitError",
        "END RequestId: ID",
        REPORT + "Status: error\tError Type: Runtime.ExitError\t",
    ]


def test_a_function_that_hangs_is_killed_at_its_time_limit_in_real_time(function: Function) -> None:
    function.create(Timeout=1)
    pid = function.answer()["pid"]
    begun = time.monotonic()

    answer = function.invoke("sleep", seconds=600)

    assert time.monotonic() - begun >= 1
    error = {"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: ID Error: Task timed out after 1.00 seconds"}
    assert failure(answer) == error
    assert not alive(pid)
    lines = until(function.lines, lambda lines: sum(line.startswith("REPORT") for line in lines) == 2)
    assert masked(lines)[6:] == [
        "START RequestId: ID Version: $LATEST",
        "doing sleep",
        "TIME ID Task timed out after 1.00 seconds",
        "",
        "END RequestId: ID",
        WARM + "Status: timeout\t",
    ]


def test_an_error_that_the_function_reports_is_passed_on_and_it_stays_warm(function: Function) -> None:
    function.create()
    pid = function.answer()["pid"]

    answer = function.invoke("fail")

    assert failure(answer) == {"errorType": "Oh.No", "errorMessage": "it failed"}
    assert function.answer()["pid"] == pid
    lines = until(function.lines, lambda lines: sum(line.startswith("REPORT") for line in lines) == 3)
    assert masked(lines)[6:10] == [
        "START RequestId: ID Version: $LATEST",
        "doing fail",
        "END RequestId: ID",
        WARM + "Status: error\tError Type: Oh.No\t",
    ]


def test_an_answer_that_is_too_large_is_an_error(function: Function) -> None:
    function.create(Timeout=30)
    largest = 6291556 - 2

    assert len(function.invoke("large", bytes=largest)["Payload"]) == largest
    assert failure(function.invoke("large", bytes=largest + 1)) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert function.answer()["count"] == 3


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (archive(None), "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"),
        (archive(mode=0o644), "fork/exec /var/task/bootstrap: permission denied"),
        (archive("no program\n"), "fork/exec /var/task/bootstrap: exec format error"),
        (archive("#!/no/such/interpreter\n"), "fork/exec /var/task/bootstrap: no such file or directory"),
        (archive(program(OTHER_ARCHITECTURE)), "fork/exec /var/task/bootstrap: exec format error"),
    ],
    ids=["missing", "not executable", "no program", "no interpreter", "wrong architecture"],
)
def test_a_bootstrap_that_cannot_be_started_is_an_error(function: Function, code: bytes, reason: str) -> None:
    function.create(code, Architectures=[native_architecture()])

    answer = function.invoke()

    assert failure(answer) == {
        "errorType": "Runtime.InvalidEntrypoint",
        "errorMessage": f"RequestId: ID Error: {reason}",
    }
    lines = until(function.lines, lambda lines: any(line.startswith("REPORT") for line in lines))
    assert masked(lines) == [
        INIT,
        "INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: Runtime.InvalidEntrypoint",
        "START RequestId: ID Version: $LATEST",
        f"RequestId: ID Error: {reason}",
        "Runtime.InvalidEntrypoint",
        "END RequestId: ID",
        WARM + "Status: error\tError Type: Runtime.InvalidEntrypoint\t",
    ]


def test_a_function_for_another_machine_than_this_one_says_so(function: Function) -> None:
    function.create(archive(program(OTHER_ARCHITECTURE)), Architectures=[OTHER_ARCHITECTURE])

    message = failure(function.invoke())["errorMessage"]

    assert message == (
        "RequestId: ID Error: fork/exec /var/task/bootstrap: exec format error: the function asks for "
        f"{OTHER_ARCHITECTURE}, and this sandbox runs on {native_architecture()} "
        "(set `architecture: native` in the environment)"
    )


def test_a_function_that_exits_while_it_starts_is_started_twice_and_then_an_error(function: Function) -> None:
    function.create(Environment={"Variables": {"INIT": "exit"}})

    error = failure(function.invoke())

    reason = "Runtime exited with error: exit status 7"
    assert error == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: ID Error: {reason}"}
    lines = until(function.lines, lambda lines: any(line.startswith("REPORT") for line in lines))
    assert masked(lines)[:5] == [
        INIT,
        "cannot start",
        "INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError",
        "START RequestId: ID Version: $LATEST",
        "cannot start",
    ]


def test_an_error_that_the_function_reports_while_it_starts_is_passed_on(function: Function) -> None:
    function.create(Environment={"Variables": {"INIT": "error"}})

    assert failure(function.invoke()) == {"errorType": "Config.Bad", "errorMessage": "no ALB_URL"}


def test_a_function_that_hangs_while_it_starts_has_ten_seconds_and_then_its_time_limit(function: Function) -> None:
    function.create(Timeout=1, Environment={"Variables": {"INIT": "hang"}})
    begun = time.monotonic()

    error = failure(function.invoke())

    assert time.monotonic() - begun >= 11
    assert error["errorType"] == "Sandbox.Timedout"
    lines = until(function.lines, lambda lines: any(line.startswith("REPORT") for line in lines))
    assert masked(lines)[1] == "INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: timeout"


# Logs ----------------------------------------------------------------------------------------------------------------


def test_a_functions_lines_go_to_its_group(sandbox: Sandbox, function: Function) -> None:
    function.create()

    function.answer()

    lines = until(function.lines, lambda lines: any(line.startswith("REPORT") for line in lines))
    expected = [INIT, "started", "START RequestId: ID Version: $LATEST", "doing answer", "END RequestId: ID", REPORT]
    assert masked(lines) == expected
    # Lambda's events end with a newline.
    assert lines[3] == "doing answer\n"
    (stream,) = function.streams()
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
    copy = sandbox.state_dir / "log" / "lambda" / f"{function.name}.log"
    assert masked([copy.read_text()]) == expected


def test_another_group_can_be_named_and_its_streams_say_whose_they_are(client: Clients, function: Function) -> None:
    function.group = f"/hooks/{function.name}"
    function.create(LoggingConfig={"LogGroup": function.group})

    told = function.answer()

    (stream,) = until(function.streams)
    assert re.fullmatch(rf"\d{{4}}/\d\d/\d\d/{function.name}\[\$LATEST\][0-9a-f]{{32}}", stream)
    environment = told["environment"]
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == function.group
    assert environment["AWS_LAMBDA_LOG_STREAM_NAME"] == stream
    groups = client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function.name}")["logGroups"]
    assert groups == []


ALL_LOGS = allow("logs:*", on="arn:aws:logs:*:*:*")


@pytest.mark.parametrize(("allowed", "made"), [([ALL_LOGS], 1), ([WRITE_LOGS], 0), ([], 0)])
def test_a_missing_group_is_made_only_where_the_role_allows_it(
    client: Clients, function: Function, allowed: list[Statement], made: int
) -> None:
    function.create(group=False, allowed=allowed)

    # It runs, whatever becomes of its lines.
    assert function.answer()["count"] == 1
    groups = client("logs").describe_log_groups(logGroupNamePrefix=function.group)["logGroups"]
    assert len(groups) == made


# The sandbox's end ---------------------------------------------------------------------------------------------------


def deployed(sandbox: Sandbox) -> Function:
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        return made.setdefault(service, local_client(service, REGION, sandbox.facts["endpoint_url"], 1))

    function = Function(client, "ending")
    function.create(Timeout=600)
    return function


def test_functions_die_with_a_killed_sandbox(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "state", time_scale=60) as sandbox:
        function = deployed(sandbox)
        pid = function.answer()["pid"]
        # Asleep, it does not notice by itself that nobody listens to it any more.
        function.submit("sleep", seconds=600)
        until(lambda: "doing sleep\n" in function.lines())
        assert alive(pid)
        # A session of its own: Ctrl-C at the sandbox's terminal is not its affair.
        assert os.getsid(pid) == pid
        assert sandbox.process is not None

        sandbox.process.kill()
        sandbox.process.wait()

        until(lambda: not alive(pid), seconds=5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_functions_end_with_a_stopped_sandbox_even_while_they_run(tmp_path: Path, number: signal.Signals) -> None:
    with Sandbox(tmp_path / "state", time_scale=60) as sandbox:
        function = deployed(sandbox)
        idle = function.answer()
        assert sandbox.process is not None
        # One is waited for, one is running, and one is waiting to be tried again.
        function.submit("sleep", seconds=600)
        function.submit("fail")
        copy = sandbox.state_dir / "log" / "lambda" / "ending.log"
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(function.invoke, "sleep", seconds=600)
            until(lambda: copy.read_text().count("doing sleep") == 2 and "doing fail" in copy.read_text())

            sandbox.process.send_signal(number)

            assert sandbox.process.wait(15) == 0
            error = failure(waiting.result())
        reason = "Runtime exited with error: signal: killed"
        assert error == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: ID Error: {reason}"}
        assert not alive(idle["pid"])
        assert list((sandbox.state_dir / "run" / "lambda").iterdir()) == []
        assert "a bug" not in (sandbox.state_dir / "log" / "runtime.log").read_text()
