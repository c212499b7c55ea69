"""GitHub's step summary: exact, and never what a release fails by."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

REGION = "--region us-east-1"


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


def moved(play: Any, script: list[dict[str, Any]], seconds: float) -> list[dict[str, Any]]:
    """The script, in which production has wholly moved so long after the beginning."""
    for step in script:
        for event in (step["target"] or {}).get("lifecycleEvents", ()):
            if event["lifecycleEventName"] == "AllowTraffic" and event["status"] == "Succeeded":
                event["endTime"] = play.began + timedelta(seconds=seconds)
    return script


def test_a_release_says_what_was_released_how_long_it_took_and_the_way_back(
    greenlight: Any, aws: Any, play: Any, summary: Path
) -> None:
    aws.next_script = moved(play, [play.step(at="AllowTraffic"), play.step("Succeeded", weight=100.0)], 83)

    assert greenlight("deploy", "dev/api", "--image", ":blue")[0] == 0
    assert summary.read_text() == (
        "### dev/api: api:2 has the traffic\n\n"
        "| | |\n|---|---|\n"
        "| released | `api:2` |\n"
        "| instead of | `api:1` |\n"
        "| tag | `blue` |\n"
        "| commit | `c0ffee` |\n"
        f"| image | `{play.repository}@{play.blue}` |\n"
        "| deployment | `d-NEW0` Succeeded |\n"
        "| all of the traffic after | 1 min 23 s |\n"
        f"| way back | `greenlight rollback dev/api {REGION}` |\n\n"
    )


def test_a_release_that_failed_says_why_in_words_that_cannot_become_markdown(
    greenlight: Any, aws: Any, play: Any, summary: Path
) -> None:
    aws.play("d-BACK", [play.step("Succeeded", rollbackInfo={"rollbackTriggeringDeploymentId": "d-NEW1"})])
    aws.not_yet = {"d-BACK"}
    message = "The hook said </td> | `no`\n# not a heading"
    failed = {"code": "HOOK_EXECUTION_FAILURE", "message": message}
    aws.next_script = [
        play.step(at="Install"),
        play.step(
            "Failed",
            failed="BeforeAllowTraffic",
            errorInformation=failed,
            rollbackInfo={"rollbackDeploymentId": "d-BACK"},
        ),
    ]

    assert greenlight("deploy", "dev/api", "--image", ":blue")[0] == 3
    assert summary.read_text() == (
        "### dev/api: api:2 FAILED, and the version before has the traffic\n\n"
        "| | |\n|---|---|\n"
        "| released | `api:2` |\n"
        "| instead of | `api:1` |\n"
        "| tag | `blue` |\n"
        "| commit | `c0ffee` |\n"
        f"| image | `{play.repository}@{play.blue}` |\n"
        "| deployment | `d-NEW1` Failed |\n"
        "| rolled back by | `d-BACK` Succeeded |\n\n"
        "Cause:\n\n"
        "    d-NEW1 Failed: HOOK_EXECUTION_FAILURE: The hook said </td> | `no`\n"
        "    # not a heading\n"
        "    BeforeAllowTraffic Failed: no reason given\n"
        "    hook: wrote nothing to its log: was it invoked at all?\n\n"
    )


def test_a_refusal_says_that_nothing_was_changed_and_why(greenlight: Any, aws: Any, summary: Path) -> None:
    aws.group_is_gone = True

    assert greenlight("deploy", "dev/api", "--image", ":blue")[0] == 1
    assert summary.read_text() == (
        "### dev/api: refused, and nothing was changed\n\n"
        "Cause:\n\n"
        "    deployment group dev-api/dev-api is gone, by which CodeDeploy releases: deploy the stack again, which "
        "makes it\n\n"
    )


def test_watch_links_to_the_console_and_adds_to_what_is_there(
    greenlight: Any, aws: Any, play: Any, summary: Path
) -> None:
    aws.console = "https://console"
    aws.play("d-1", [play.step("Succeeded", weight=100.0)])
    summary.write_text("before\n")

    assert greenlight("watch", "dev/api")[0] == 0
    url = "https://console/codesuite/codedeploy/deployments/d-1?region=us-east-1"
    assert summary.read_text() == (
        "before\n"
        "### dev/api: the version of d-1 has the traffic\n\n"
        "| | |\n|---|---|\n"
        f"| deployment | [`d-1`]({url}) Succeeded |\n"
        f"| way back | `greenlight rollback dev/api {REGION}` |\n\n"
    )


def test_a_rollback_is_told_as_what_it_released(greenlight: Any, aws: Any, play: Any, summary: Path) -> None:
    aws.live = aws.register(f"{play.repository}@{play.blue}", {"greenlight:replaces": aws.live})

    assert greenlight("rollback", "dev/api")[0] == 0
    assert summary.read_text().splitlines()[:6] == [
        "### dev/api: api:1 has the traffic",
        "",
        "| | |",
        "|---|---|",
        "| released | `api:1` |",
        "| instead of | `api:2` |",
    ]


def test_what_goes_on_names_the_commands_that_watch_and_stop_it(
    greenlight: Any, aws: Any, play: Any, summary: Path
) -> None:
    aws.play("d-1", play.good[2:])

    assert greenlight("watch", "dev/api", "--until", "AfterInstall")[0] == 0
    assert summary.read_text().splitlines()[0] == (
        "### dev/api: the version of d-1 is under way, and the live version has the traffic"
    )
    assert f"| way back | `greenlight stop dev/api {REGION}` |" in summary.read_text().splitlines()


def test_nothing_to_do_is_told_and_a_dry_run_tells_nothing(greenlight: Any, summary: Path) -> None:
    assert greenlight("deploy", "dev/api", "--image", ":blue", "--dry-run")[0] == 0
    assert not summary.exists()

    assert greenlight("deploy", "dev/api")[0] == 0
    assert summary.read_text().splitlines()[0] == "### dev/api: nothing to do, api:1 is live already"


@pytest.mark.parametrize("verb", ["status", "history", "diff"])
def test_verbs_that_release_nothing_write_no_summary(greenlight: Any, summary: Path, verb: str) -> None:
    greenlight(verb, "dev/api")

    assert not summary.exists()


def test_a_summary_that_cannot_be_written_costs_a_line_and_not_the_exit_code(
    greenlight: Any, summary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary / "no-such-folder" / "file"))

    code, _, told = greenlight("deploy", "dev/api", "--image", ":blue")

    assert code == 0
    assert "greenlight: cannot write the step summary, " in told


def test_without_github_nothing_is_written(greenlight: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)

    code, _, told = greenlight("deploy", "dev/api", "--image", ":blue")

    assert (code, "summary" in told) == (0, False)
