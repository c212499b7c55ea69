"""Between a plan's review and its apply: only the reviewed plan, and only while nothing has been released since."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import Stack, poll


class Planned:
    """The stack with a setting changed, its plan, and the plan's review. Nothing of it is applied."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._stack = stack
        self._synthesized = stack.stack_folder / "cdk.tf.json"
        self._before = self._synthesized.read_text()
        self._file, self._json, self._review = (str(folder / name) for name in ("tfplan", "plan.json", "review.json"))

    def plan(self, grace_seconds: int) -> None:
        config = json.loads(self._before)
        (service,) = config["resource"]["aws_ecs_service"].values()
        service["health_check_grace_period_seconds"] = grace_seconds
        self._synthesized.write_text(json.dumps(config))
        self._stack.terraform("plan", "-input=false", f"-out={self._file}").succeed()
        Path(self._json).write_text(self._stack.terraform("show", "-json", self._file).succeed())

    def review(self) -> None:
        printed = self._printed("review", self._json, "--plan-file", self._file)
        Path(self._review).write_text(json.dumps(printed))

    def guard(self) -> tuple[int, str]:
        """Its exit code, and why it refuses."""
        printed = self._printed("guard", self._json, "--plan-file", self._file, "--reviewed", self._review)
        return printed["exit_code"], "\n".join(printed["refusals"])

    def restore(self) -> None:
        self._synthesized.write_text(self._before)

    def _printed(self, *arguments: str) -> dict[str, Any]:
        command = self._stack.greenlight(*arguments, "-o", "json")
        code = command.wait()
        printed: dict[str, Any] = json.loads(command.output)
        assert printed["exit_code"] == code
        return printed


@pytest.fixture(scope="module")
def planned(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    planned = Planned(stack, tmp_path_factory.mktemp("guard"))
    planned.plan(grace_seconds=61)
    planned.review()
    yield planned
    planned.restore()


def test_the_reviewed_plan_may_be_applied(planned: Planned) -> None:
    assert planned.guard() == (0, "")


def test_a_changed_plan_may_not(planned: Planned) -> None:
    planned.plan(grace_seconds=62)

    code, why = planned.guard()
    assert code == 2
    assert "is not among the reviewed ones: plan " in why
    planned.review()
    assert planned.guard() == (0, "")


def test_neither_while_a_deployment_is_in_flight_nor_after_it_may_a_plan_from_before_it_be_applied(
    stack: Stack, planned: Planned
) -> None:
    deploy = stack.greenlight("deploy", "sandbox", "--force")
    poll("the release is under way", lambda: "Install" in deploy.output)
    (deployment,) = stack.in_flight()

    code, why = planned.guard()
    assert code == 2
    assert why.startswith(f"deployment {deployment} of sandbox/sandbox-api is InProgress: ")

    deploy.succeed()
    code, why = planned.guard()
    assert code == 2
    # The same revision in the other colour, which no listener in the plan tells.
    assert why.endswith(f" since deployment {deployment}: plan again, and have that reviewed")
    planned.plan(grace_seconds=62)
    planned.review()
    assert planned.guard() == (0, "")
