"""The command line: what goes to stdout, and exit codes."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from greenlight import __main__ as cli
from greenlight.commands import command_line


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
        *(
            "id",
            "status",
            "baking",
            "config",
            "approval",
            "created",
            "completed",
            "creator",
            "error",
            "events",
            "traffic",
        )
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


@pytest.fixture
def foreground() -> Iterator[None]:
    """As in a terminal: a shell's background, in which the tests may run, ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("foreground")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_cancelled_job_and_a_closed_terminal_detach_as_ctrl_c_does(
    greenlight: Any, aws: Any, context: Any, number: signal.Signals
) -> None:
    scaled = json.loads(aws.parameters["/greenlight/dev/api"]) | {"scalable_target": "service/dev/dev-api"}
    aws.parameters["/greenlight/dev/api"] = json.dumps(scaled)
    context.clock.each_sleep = lambda: signal.raise_signal(number)

    code, out, err = greenlight("deploy", "dev/api", "--image", ":blue", "-o", "json")

    result = json.loads(out)
    assert (code, result["exit_code"], result["outcome"], result["deployment"]["id"]) == (
        130,
        130,
        "detached",
        "d-NEW0",
    )
    assert result["causes"] == [
        "detached; deployment d-NEW0 goes on",
        "autoscaling may stay suspended until greenlight watch dev/api --region us-east-1 has seen the traffic moved",
    ]
    assert err.endswith("watch it again: greenlight watch dev/api d-NEW0 --region us-east-1\n")
    assert aws.made("codedeploy:StopDeployment") == []


def test_under_nohup_a_closed_terminal_ends_nothing(greenlight: Any, context: Any) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    context.clock.each_sleep = lambda: signal.raise_signal(signal.SIGHUP)

    try:
        assert greenlight("deploy", "dev/api", "--image", ":blue")[0] == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_a_log_says_is_told_as_it_is(greenlight: Any, aws: Any, play: Any) -> None:
    said = {"errorCode": "ScriptFailed", "message": "[red]key:id:3 :x:[/red]"}
    aws.play("d-1", [play.step("Failed", failed="Install", diagnostics=said, autoRollbackConfiguration={})])

    assert "ScriptFailed: [red]key:id:3 :x:[/red]\n" in greenlight("watch", "dev/api")[2]


UNWRITABLE = {"nobody reads": None, "full": "/dev/full"}


@pytest.mark.parametrize("why", UNWRITABLE)
def test_a_stderr_that_takes_nothing_costs_neither_the_result_nor_the_exit_code(
    context: Any, aws: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], why: str
) -> None:
    assert unwritable("stderr", why, aws, context, monkeypatch) == 0
    assert json.loads(capfd.readouterr().out)["outcome"] == "succeeded"


@pytest.mark.parametrize("why", UNWRITABLE)
@pytest.mark.parametrize("code", [0, 3])
def test_a_stdout_that_takes_nothing_does_not_cost_the_exit_code(
    context: Any, aws: Any, play: Any, monkeypatch: pytest.MonkeyPatch, why: str, code: int
) -> None:
    failed = [play.step("Failed", failed="Install", autoRollbackConfiguration={})]
    aws.next_script = failed if code else play.good

    assert unwritable("stdout", why, aws, context, monkeypatch) == code


def test_a_result_that_is_lost_is_told_on_stderr(
    context: Any, aws: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    unwritable("stdout", "full", aws, context, monkeypatch)

    assert capfd.readouterr().err.endswith("\ngreenlight: cannot write to stdout: No space left on device\n")


def unwritable(stream: str, why: str, aws: Any, context: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of a release whose stdout or stderr is a closed pipe, or a full disk."""
    monkeypatch.setattr(command_line, "Session", lambda **_: aws)
    monkeypatch.setattr(command_line, "Clock", lambda: context.clock)
    monkeypatch.setattr(sys, "argv", ["greenlight", "deploy", "dev/api", "--image", ":blue", "-o", "json"])
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", buffering=1) as pipe, open(UNWRITABLE[why] or os.devnull, "w", buffering=1) as file:
        monkeypatch.setattr(sys, stream, file if UNWRITABLE[why] else pipe)
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code or 0)


def test_a_stderr_that_is_closed_leaves_stdout_to_the_result(greenlight: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)

    assert greenlight("status", "prod")[:2] == (1, "")


def test_help_and_results_are_readable_on_a_terminal_that_knows_ascii_only(
    greenlight: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for verb in ("deploy", "-h"), ("diff", "dev/api", "--image", ":blue"):
        with (tmp_path / "stdout").open("w", encoding="ascii", errors="strict") as file:
            monkeypatch.setattr(sys, "stdout", file)
            assert greenlight(*verb)[::2] in ((0, ""), (2, ""))
        assert (tmp_path / "stdout").read_text(encoding="ascii")


def longest_silence(err: str) -> int:
    """In seconds, between two lines."""
    times = [60 * int(line[:2]) + int(line[3:5]) for line in err.splitlines()]
    return max(later - earlier for earlier, later in pairwise(times))


def test_where_stderr_is_no_terminal_a_line_a_minute_says_what_is_waited_for(
    greenlight: Any, aws: Any, play: Any
) -> None:
    aws.next_script = [*play.good[:2], *[play.good[2]] * 40, *play.good[3:]]

    err = greenlight("deploy", "dev/api", "--image", ":blue")[2]

    assert "  still waiting: d-NEW0 BeforeAllowTraffic\n" in err
    assert longest_silence(err) <= 75


def test_the_line_a_minute_comes_also_while_codedeploy_cannot_be_asked(greenlight: Any, aws: Any, play: Any) -> None:
    aws.errors["codedeploy:GetDeploymentTarget"] = [play.failure("InternalFailure", status=500)] * 40

    assert longest_silence(greenlight("deploy", "dev/api", "--image", ":blue")[2]) <= 75


def test_the_line_a_minute_comes_also_during_a_rollback(greenlight: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", [play.step("Failed", failed="Install", rollbackInfo={"rollbackDeploymentId": "d-BACK"})])
    rolling = [*[play.step(at="AllowTraffic")] * 40, play.step("Succeeded")]
    aws.play("d-BACK", rolling, rollbackInfo={"rollbackTriggeringDeploymentId": "d-1"})

    assert longest_silence(greenlight("watch", "dev/api", "d-1")[2]) <= 75


def test_the_line_a_minute_comes_also_while_a_hook_wakes_up(greenlight: Any, aws: Any) -> None:
    aws.hook_states = [*[{"State": "Pending"}] * 14, {"State": "Active"}]

    assert longest_silence(greenlight("deploy", "dev/api", "--image", ":blue")[2]) <= 75


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
        ("deploy", "dev/api", "--image", ":blue", "--image", ":green"),
        ("diff", "dev/api", "--image=:blue", "--image", ":green"),
        ("status", "dev/api", "--region", "us-east-1", "--region", "eu-west-1"),
        ("history", "dev/api", "--limit", "0"),
        ("watch", "dev/api", "d-9"),
        ("approve", "dev/api"),
        ("approve", "dev/api", "d-9"),
        ("deploy", "dev/api", "--config", "typo"),
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
    on_a_service = ["watch", "status", "history", "stop", "diff", "appspec", "policy"]
    # These need more than a release, or another place.
    others = ["deploy", "approve", "rollback", "list", "bootstrap", "review", "guard", "doctor", "imports"]
    assert sorted(str(verb.name) for verb in cli.app.registered_commands) == sorted(on_a_service + others)

    for verb in on_a_service:
        code, out, _ = greenlight(verb, "dev", "-o", "json")
        shown = json.loads(out)
        assert (code, shown["command"], shown["target"]) == (0, verb, "dev/api")
        assert greenlight(verb, "dev")[0] == 0


def test_an_option_that_is_given_twice_is_named(greenlight: Any) -> None:
    assert "--image given twice" in greenlight("deploy", "dev/api", "--image", ":blue", "--image", ":green")[2]


def test_list_names_what_can_be_released_here(greenlight: Any, aws: Any) -> None:
    aws.parameters |= {"/greenlight/dev/api/suspended": "{}", "/greenlight/dev/a": "not even a manifest"}

    assert greenlight("list")[:2] == (0, "dev/a\ndev/api\n")
    assert json.loads(greenlight("list", "-o", "json")[1]) == {
        "version": 1,
        "command": "list",
        "exit_code": 0,
        "target": None,
        "account": "123456789012",
        "region": "us-east-1",
        "services": ["dev/a", "dev/api"],
    }


def test_list_says_where_it_found_none(greenlight: Any, aws: Any) -> None:
    aws.parameters.clear()

    assert greenlight("list")[:2] == (
        0,
        "no service in account 123456789012, region us-east-1: other ones with --profile, --region\n",
    )


def test_an_error_of_awss_is_told_with_its_code(greenlight: Any, aws: Any, play: Any) -> None:
    aws.errors["ecs:DescribeServices"] = [play.failure("AccessDeniedException")]

    assert greenlight("status", "dev")[::2] == (1, "greenlight: AccessDeniedException: said AWS\n")
