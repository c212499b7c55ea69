"""Before an apply: only the plan that was reviewed is let through."""

import hashlib
from typing import Any

import pytest

from greenlight.review.fingerprint import fingerprint
from tests.greenlight.guarded import (
    AGAIN,
    FILE,
    GREEN,
    LISTENER,
    PLAN,
    RELEASED_BY,
    SERVICE,
    Guard,
    listener,
    plan,
    resource,
    review,
    weighted,
)


def test_the_reviewed_plan_may_be_applied_while_nothing_has_moved(run: Guard, aws: Any) -> None:
    code, told = run(PLAN)

    assert code == 0
    assert told == {
        "version": 1,
        "command": "guard",
        "exit_code": 0,
        "target": None,
        "stack": "dev",
        "fingerprint": fingerprint(PLAN, None),
        "plan_sha256": hashlib.sha256(FILE).hexdigest(),
        "live": {"dev/dev-api": "api:1 on dev-api-blue"},
        "refusals": [],
        "notes": [],
    }
    reads = ("Describe", "List", "Get", "BatchGet")
    assert [action for action, _ in aws.calls if not action.split(":")[1].startswith(reads)] == []


def test_people_are_told_in_lines(run: Guard, aws: Any) -> None:
    code, told = run(PLAN, None, "--region", "us-east-1")
    assert (code, told.out) == (
        0,
        f"the plan of dev may be applied: it is the reviewed one, {fingerprint(PLAN, None)[:12]}\n"
        "  dev/dev-api is api:1 on dev-api-blue, as when the plan was made\n",
    )

    aws.rules[LISTENER] = weighted(0, 100)
    code, told = run(PLAN, None, "--region", "us-east-1")
    assert (code, told.out) == (
        2,
        "do not apply this plan:\n"
        "  dev/dev-api was reviewed against api:1 on dev-api-blue, and live is api:1 on dev-api-green: "
        f"{AGAIN}\n",
    )


def test_another_plan_is_refused_without_asking_aws(run: Guard, aws: Any) -> None:
    other = plan(resource("aws_ecs_service.api", SERVICE, ("update",), desired_count=4), RELEASED_BY, listener())

    code, told = run(other, review(PLAN))

    assert code == 2
    assert told["refusals"] == [
        f"this plan, {fingerprint(other, None)[:12]}, is not among the reviewed ones: "
        f"dev {fingerprint(PLAN, None)[:12]}. Have it reviewed"
    ]
    assert (told["stack"], aws.calls) == (None, [])


def test_another_plan_file_is_refused_though_it_means_the_same(run: Guard) -> None:
    code, told = run(PLAN, file=b"another")

    assert code == 2
    assert told["refusals"] == [
        f"the plan file, SHA-256 {hashlib.sha256(b'another').hexdigest()[:12]}…, is not the reviewed one, "
        f"{hashlib.sha256(FILE).hexdigest()[:12]}…: apply the file that was reviewed, or have this one reviewed"
    ]


def test_a_plan_file_that_the_review_did_not_see_is_refused(run: Guard) -> None:
    code, told = run(PLAN, review(PLAN, plan_sha256=None))

    assert code == 2
    assert told["refusals"] == ["the review of dev did not see the plan file: have it reviewed with it"]


def test_without_the_plan_file_the_meaning_decides_and_this_is_said(run: Guard) -> None:
    code, told = run(PLAN, file=None)

    assert (code, told["plan_sha256"]) == (0, None)
    assert told["notes"] == [
        "the plan was known by its meaning: with --plan-file it has to be the reviewed file itself"
    ]


def test_the_right_one_of_several_reviewed_stacks_is_found(run: Guard) -> None:
    other = plan(resource("aws_s3_bucket.a", {"bucket": "a"}, ("create",)))
    both = review(other, stack="prod", verdict="blocked")
    both["stacks"] += review(PLAN)["stacks"]

    assert run(PLAN, both)[1]["stack"] == "dev"
    code, told = run(other, both)
    assert code == 2
    assert told["refusals"] == [
        "the review blocked the plan of prod: change it, or have the review say why it is allowed "
        "(`greenlight review --allow`)"
    ]


def test_of_plans_that_mean_the_same_each_has_its_own_review(run: Guard) -> None:
    """As those that change nothing."""
    mine, other = review(PLAN)["stacks"][0], review(PLAN, stack="other", verdict="blocked")["stacks"][0]

    for unlike in {"plan_sha256": hashlib.sha256(b"another").hexdigest()}, {"live": {"other/api": "api:9 on blue"}}:
        assert run(PLAN, review(PLAN) | {"stacks": [other | unlike, mine]})[:1] == (0,)


@pytest.mark.parametrize(
    ("live", "why"),
    [
        ({}, "dev/dev-api was reviewed against nothing, and the plan was made against api:1 on dev-api-blue"),
        (
            {"dev/dev-api": "api:1 on dev-api-blue", "dev/dev-web": "web:1 on web-blue"},
            "dev/dev-web was reviewed against web:1 on web-blue, and the plan was made against nothing",
        ),
    ],
)
def test_a_service_that_the_review_or_the_plan_alone_knows_is_refused(run: Guard, live: Any, why: str) -> None:
    code, told = run(PLAN, review(PLAN, live=live))

    assert (code, told["refusals"]) == (2, [f"{why}: have that reviewed"])


@pytest.mark.parametrize("verdict", ["refused", "traffic", "release", "next-release", "safe"])
def test_what_a_reviewer_has_looked_at_may_be_applied(run: Guard, verdict: str) -> None:
    assert run(PLAN, review(PLAN, verdict=verdict))[0] == 0


def test_a_part_of_a_plan_is_refused_whatever_the_review_said(run: Guard) -> None:
    code, told = run(PLAN | {"errored": True})

    assert code == 2
    assert told["refusals"] == ["the plan is incomplete, because making it ended in an error: plan again"]


def test_a_plan_made_again_after_a_release_is_refused_though_it_changes_the_same(run: Guard, aws: Any) -> None:
    aws.live = f"{aws.live.rpartition(':')[0]}:2"
    aws.rules[LISTENER] = weighted(0, 100)
    now = SERVICE | {"task_definition": aws.live, "load_balancer": [{"target_group_arn": GREEN}]}
    again = plan(resource("aws_ecs_service.api", now, ("update",), desired_count=3), RELEASED_BY, listener(""))
    reviewed = review(again, live=review(PLAN)["stacks"][0]["live"])

    code, told = run(again, reviewed)

    assert code == 2
    assert told["refusals"] == [
        "dev/dev-api was reviewed against api:1 on dev-api-blue, and the plan was made against api:2 on "
        "dev-api-green: have that reviewed"
    ]
    assert run(again)[0] == 0


SECRETIVE = plan(resource("aws_db_instance.a", {"password": "old"}, ("update",), password="new"))


def test_values_that_the_fingerprint_leaves_out_are_held_by_the_plan_file(run: Guard) -> None:
    assert run(SECRETIVE)[0] == 0

    code, told = run(SECRETIVE, file=None)
    assert code == 1
    assert told["error"] == (
        "the plan has 1 values that are left out of its fingerprint, because anybody could guess them from it: give "
        "--plan-file, or set GREENLIGHT_FINGERPRINT_KEY for the review and here"
    )


def test_under_a_key_they_are_in_the_fingerprint(run: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "0123456789abcdef"
    monkeypatch.setenv("GREENLIGHT_FINGERPRINT_KEY", key)
    reviewed = review(SECRETIVE, fingerprint=fingerprint(SECRETIVE, key.encode()))
    assert run(SECRETIVE, reviewed, file=None)[0] == 0

    monkeypatch.delenv("GREENLIGHT_FINGERPRINT_KEY")
    code, told = run(SECRETIVE, reviewed)
    assert code == 2
    assert told["refusals"][0].endswith(
        "Have it reviewed, with the same GREENLIGHT_FINGERPRINT_KEY there and here: only one of them had one"
    )


@pytest.mark.parametrize(
    ("reviewed", "error"),
    [
        ({"version": 1, "command": "review", "exit_code": 1, "error": "no plan"}, "stacks: Field required"),
        ({"version": 2, "command": "review", "stacks": []}, "version: Input should be 1"),
        ({"version": 1, "command": "guard", "stacks": []}, "command: Input should be 'review'"),
        ([], "content: Input should be an object"),
        (review(PLAN, verdict="fine"), "has a verdict that this version does not know: fine"),
    ],
)
def test_what_is_no_review_approves_nothing(run: Guard, reviewed: Any, error: str) -> None:
    code, told = run(PLAN, reviewed or "nothing")

    assert code == 1
    assert error in told["error"]


def test_files_that_cannot_be_read_are_told(run: Guard) -> None:
    code, told = run(PLAN, None, "--plan-file", "/nowhere/tfplan", file=None)

    assert (code, told.err) == (1, "greenlight: cannot read /nowhere/tfplan: No such file or directory\n")
