"""What has changed since the last apply: what releases leave behind, and what somebody did."""

from typing import Any

from greenlight.review.findings import Finding, Rank
from tests.greenlight.review.plans import BLUE, GREEN, PROD, SERVICE, Json, around, change, expressions, forward, review


def finding(*changes: Json, **top: Any) -> Finding:
    (found,) = review(*changes, **top).findings
    return found


def test_a_refresh_only_plan_says_what_it_is() -> None:
    drift = [change("aws_lb.a", {"x": 1}, {"x": 2})]

    assert review(resource_drift=drift).notes[0].startswith("A refresh-only plan")


def released(listener: Json, service: Json) -> list[Json]:
    return [change("aws_lb_listener.prod", PROD, listener), change("aws_ecs_service.api", SERVICE, service)]


def test_what_each_release_leaves_behind_is_one_line() -> None:
    configuration = {
        "aws_lb_listener.prod": expressions(default_action={"target_group_arn": {"references": ["a.b"]}}),
        "aws_ecs_service.api": expressions(task_definition="c.d"),
    }
    drift = released(PROD | {"default_action": forward(BLUE, GREEN)}, SERVICE | {"task_definition": "a/dev-api:10"})

    found = review(*around(), resource_drift=drift, configuration=configuration)

    assert (found.verdict, found.findings, found.quiet) == (Rank.SAFE, (), ())
    assert found.notes == (
        "Released since the last apply, which Terraform leaves as it is. Live now: dev-api dev-api:9 in dev-api-green.",
    )


def test_a_listener_on_a_group_that_codedeploy_does_not_know_is_shown() -> None:
    configuration = {"aws_lb_listener.prod": expressions(default_action={"target_group_arn": {"references": ["a.b"]}})}
    drift = [change("aws_lb_listener.prod", PROD, PROD | {"default_action": forward("arn:other")})]

    found = finding(*around(), resource_drift=drift, configuration=configuration)

    assert (found.rank, found.action) == (Rank.TRAFFIC, "changed outside of Terraform")
