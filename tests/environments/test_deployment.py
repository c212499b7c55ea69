"""What may be said of a service's releases."""

import pytest

from modules.inputs import ReleaseSettings, Shift

from .conftest import MINIMAL, Loaded, Mistakes

FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:check"


def test_a_release_moves_all_at_once_and_waits_for_nobody_unless_told_otherwise(loaded: Loaded) -> None:
    assert loaded(MINIMAL).services["api"].release == ReleaseSettings(
        config="CodeDeployDefault.ECSAllAtOnce", approval_wait_minutes=0, bake_minutes=5, hooks={}
    )


def test_all_that_can_be_said_of_a_release_reaches_it(loaded: Loaded) -> None:
    text = (
        f"{MINIMAL}    deployment:\n"
        "      canary: {percent: 5, interval_minutes: 3}\n"
        "      approval_wait_minutes: 60\n"
        "      bake_minutes: 3\n"
        "      hooks:\n"
        f"        BeforeInstall: {FUNCTION}\n"
        f"        AfterInstall: {FUNCTION}:7\n"
        f"        AfterAllowTestTraffic: {FUNCTION}:live\n"
        f"        AfterAllowTraffic: {FUNCTION}\n"
    )

    assert loaded(text).services["api"].release == ReleaseSettings(
        canary=Shift(percent=5, interval_minutes=3),
        approval_wait_minutes=60,
        bake_minutes=3,
        hooks={
            "BeforeInstall": FUNCTION,
            "AfterInstall": f"{FUNCTION}:7",
            "AfterAllowTestTraffic": f"{FUNCTION}:live",
            "AfterAllowTraffic": FUNCTION,
        },
    )


@pytest.mark.parametrize(
    ("percent", "minutes"), [(99, 2880), (67, 2880), (50, 1440), (34, 1440), (33, 960), (10, 288), (1, 28)]
)
def test_a_linear_shift_may_last_as_long_as_aws_was_seen_to_take(loaded: Loaded, percent: int, minutes: int) -> None:
    text = f"{MINIMAL}    deployment: {{linear: {{percent: {percent}, interval_minutes: {minutes}}}}}\n"

    assert loaded(text).services["api"].release.linear == Shift(percent=percent, interval_minutes=minutes)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            "canary: {percent: 5, interval_minutes: 3}, linear: {percent: 5, interval_minutes: 3}",
            ": config, canary and linear exclude each other: give one of them, got canary and linear",
        ),
        (
            "config: mine, canary: {percent: 5, interval_minutes: 3}",
            ": config, canary and linear exclude each other: give one of them, got config and canary",
        ),
        ("canary: {percent: 5}", ".canary.interval_minutes: is required, and missing"),
        (
            "linear: {percent: 33, interval_minutes: 961}",
            ".linear: interval_minutes with steps of 33 percent must be at most 960, so that the shift takes 2 days at "
            "most, got 961",
        ),
        (
            "canary: {percent: 100, interval_minutes: 1}",
            ".canary.percent: input should be less than or equal to 99, got 100 (Of production traffic, which the "
            "candidate gets first)",
        ),
        (
            "hooks: {BeforeAllowTraffic: x}",
            ".hooks: BeforeAllowTraffic is the release hook's own, which proves each candidate: say what it asks with "
            "checks, or use BeforeInstall, AfterInstall, AfterAllowTestTraffic, AfterAllowTraffic",
        ),
        (
            "hooks: {AfterInstall: check}",
            ".hooks.AfterInstall: must be a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, with "
            ":VERSION or :ALIAS or without, got 'check'",
        ),
        (
            "hooks: {AfterInstall: 'arn:aws:lambda:eu-west-1:111111111111:function:check:$LATEST'}",
            ".hooks.AfterInstall: must be a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, with "
            ":VERSION or :ALIAS or without, got 'arn:aws:lambda:eu-west-1:111111111111:function:check:$LATEST'",
        ),
        (
            "hooks: {AfterInstall: 'arn:aws:lambda:us-east-1:111111111111:function:check'}",
            ".hooks.AfterInstall must be in region eu-west-1 and account 111111111111, where the tasks run, got "
            "'arn:aws:lambda:us-east-1:111111111111:function:check'",
        ),
    ],
)
def test_what_no_release_could_be_made_by_is_refused(mistakes: Mistakes, keys: str, expected: str) -> None:
    assert mistakes(f"{MINIMAL}    deployment: {{{keys}}}\n") == [f"services.api.deployment{expected}"]
