import json
from pathlib import Path

from greenlight.deployment import Line
from greenlight.hook_log import render

CONTRACT = Path(__file__).parents[2] / "contracts" / "hook-log.jsonl"

RENDERED = [
    Line("hook: GET /one passed in 12 ms, answered by dev-api:7", "green"),
    Line("hook: GET /two passed in 9 ms", "green"),
    Line("hook: POST /orders?dry-run=1 FAILED: answered 500, expected 201 (9 attempts, answered by dev-api:7)", "red"),
    Line("hook: GET /three FAILED: no complete answer within 2000 ms (1 attempt)", "red"),
    Line("hook: 3 checks passed", "green"),
    Line("hook: 3 checks passed, identity proven by the test listener", "green"),
    Line("hook: 1 checks passed, identity not checked", "yellow"),
    Line("hook: verdict Failed: 1 of 3 checks failed: POST /orders?dry-run=1: answered 500, expected 201", "red"),
    Line("hook: verdict Failed: the hook's configuration is broken: CHECKS is not set", "red"),
    Line("hook: 3 checks passed, which CodeDeploy did not accept: AccessDeniedException: not authorized", "red"),
    Line(
        "hook: verdict Failed, which CodeDeploy did not accept: no answer in time: "
        "1 of 1 checks failed: GET /three: no complete answer within 2000 ms",
        "red",
    ),
    Line("hook: the event is not a CodeDeploy lifecycle event: missing field `DeploymentId`", "red"),
    None,
]


def test_each_line_that_the_hook_logs_is_shown() -> None:
    assert [render(json.loads(line)) for line in CONTRACT.read_text().splitlines()] == RENDERED


def test_lines_of_other_programs_are_not_shown() -> None:
    assert render({"message": "starting"}) is None
