"""The command line: what goes to stdout, and exit codes."""

import json
import os
import sys
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from greenlight import __main__ as cli
from greenlight.commands import command_line


@pytest.fixture
def greenlight(aws: Any, context: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setattr(command_line, "Session", lambda **_: aws)
    monkeypatch.setattr(command_line, "Clock", lambda: context.clock)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["greenlight", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run


def test_progress_is_plain_lines_on_stderr_and_stdout_stays_empty(greenlight: Any) -> None:
    code, out, err = greenlight("deploy", "dev/api", "--image", ":blue")

    assert (code, out) == (0, "")
    assert "\x1b" not in err
    assert " 0:00  deployment d-NEW0 Created\n" in err
    assert err.endswith("api:2 has the traffic, and the old tasks are gone\n")


def test_json_has_a_version_the_exit_code_and_the_deployment(greenlight: Any) -> None:
    code, out, _ = greenlight("deploy", "dev/api", "--image", ":blue", "-o", "json")

    result = json.loads(out)
    assert code == 0
    assert {key: result[key] for key in ("version", "command", "exit_code", "target", "outcome")} == {
        "version": 1,
        "command": "deploy",
        "exit_code": 0,
        "target": "dev/api",
        "outcome": "succeeded",
    }
    assert list(result["deployment"]) == [
        *("id", "status", "baking", "created", "completed", "creator", "error", "events", "traffic")
    ]


def test_an_error_is_json_too_where_that_was_asked_for(greenlight: Any) -> None:
    code, out, err = greenlight("deploy", "dev/api", "--image", ":purple", "-o", "json")

    assert code == 1
    assert json.loads(out) == {
        "version": 1,
        "command": "deploy",
        "exit_code": 1,
        "target": "dev/api",
        "error": err.removeprefix("greenlight: ").rstrip("\n"),
    }


def test_not_knowing_whether_it_began_is_exit_code_4_in_json_too(greenlight: Any, aws: Any, play: Any) -> None:
    lost = EndpointConnectionError(endpoint_url="https://codedeploy")
    aws.errors["codedeploy:CreateDeployment"] = [lost, play.failure("ExpiredTokenException")]

    code, out, _ = greenlight("deploy", "dev/api", "--image", ":blue", "-o", "json")

    result = json.loads(out)
    assert code == 4
    assert (result["outcome"], result["deployment"]) == ("lost-sight", None)
    assert "greenlight watch dev/api" in result["error"]


def test_ctrl_c_before_anything_began_is_json_too(greenlight: Any, aws: Any) -> None:
    def interrupted(**_: Any) -> Any:
        raise KeyboardInterrupt

    aws.ecs_DescribeServices = interrupted

    code, out, _ = greenlight("deploy", "dev/api", "-o", "json")

    assert (code, json.loads(out)["outcome"], json.loads(out)["deployment"]) == (130, "detached", None)


def test_what_a_log_says_is_told_as_it_is(greenlight: Any, aws: Any, play: Any) -> None:
    said = {"errorCode": "ScriptFailed", "message": "[red]key:id:3 :x:[/red]"}
    aws.play("d-1", [play.step("Failed", failed="Install", diagnostics=said, autoRollbackConfiguration={})])

    assert "ScriptFailed: [red]key:id:3 :x:[/red]\n" in greenlight("watch", "dev/api")[2]


def test_a_stderr_that_nobody_reads_costs_neither_the_result_nor_the_exit_code(
    context: Any, aws: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert unread("stderr", aws, context, monkeypatch) == 0
    assert json.loads(capfd.readouterr().out)["outcome"] == "succeeded"


def test_a_stdout_that_nobody_reads_does_not_cost_the_exit_code(
    context: Any, aws: Any, play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.next_script = [play.step("Failed", failed="Install", autoRollbackConfiguration={})]

    assert unread("stdout", aws, context, monkeypatch) == 3


def unread(stream: str, aws: Any, context: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of a release whose stdout or stderr is a closed pipe."""
    monkeypatch.setattr(command_line, "Session", lambda **_: aws)
    monkeypatch.setattr(command_line, "Clock", lambda: context.clock)
    monkeypatch.setattr(sys, "argv", ["greenlight", "deploy", "dev/api", "--image", ":blue", "-o", "json"])
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", buffering=1) as closed:
        monkeypatch.setattr(sys, stream, closed)
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code or 0)


def test_differences_are_exit_code_2(greenlight: Any) -> None:
    assert greenlight("diff", "dev/api", "--image", ":blue")[0] == 2
    assert greenlight("diff", "dev/api")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("deploy",),
        ("deploy", "dev/api", "--nope"),
        ("deploy", "dev/api", "--until", "never"),
        ("deploy", "dev/api", "--queue", "--replace"),
        ("deploy", "dev/api", "--image", "nonsense"),
        ("watch", "dev/api", "d-9"),
        ("status", "prod"),
        ("nope",),
    ],
)
def test_an_error_before_anything_changed_is_exit_code_1_without_a_traceback(
    greenlight: Any, arguments: tuple[str, ...], aws: Any
) -> None:
    code, out, err = greenlight(*arguments)

    assert (code, out) == (1, "")
    assert err
    assert "Traceback" not in err
    assert aws.made("codedeploy:CreateDeployment") == []


def test_every_verb_answers_in_both_formats(greenlight: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", play.good[-1:])

    for verb in ("watch", "status", "history", "stop", "diff", "appspec"):
        code, out, _ = greenlight(verb, "dev", "-o", "json")
        shown = json.loads(out)
        assert (code, shown["command"], shown["target"]) == (0, verb, "dev/api")
        assert greenlight(verb, "dev")[0] == 0


def test_an_error_of_awss_is_told_with_its_code(greenlight: Any, aws: Any, play: Any) -> None:
    aws.errors["ecs:DescribeServices"] = [play.failure("AccessDeniedException")]

    assert greenlight("status", "dev")[::2] == (1, "greenlight: AccessDeniedException: said AWS\n")
