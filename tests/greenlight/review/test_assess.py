"""What a reviewer is told of a change, by what is live and by what changes with it."""

import json
from typing import Any

import pytest

from greenlight.review.findings import Counts, Finding, Rank
from tests.greenlight.review.plans import (
    BLUE,
    GREEN,
    GROUP,
    PROD,
    SERVICE,
    TARGETS,
    TEST,
    Json,
    around,
    change,
    expressions,
    forward,
    review,
    same,
)

REPLACE = ["delete", "create"]
TASK: Json = {"family": "dev-api", "memory": "512", "skip_destroy": True, "arn": SERVICE["task_definition"]}


def finding(*changes: Json, **top: Any) -> Finding:
    (found,) = review(*changes, **top).findings
    return found


def replaced_prod(before: Json, configured: str) -> Json:
    return change("aws_lb_listener.prod", before, before | {"default_action": forward(configured)}, REPLACE)


def test_a_new_listener_on_the_idle_colour_is_an_outage() -> None:
    found = finding(*around(replaced_prod(PROD, BLUE)))

    assert (found.rank, found.consequence) == (
        Rank.BLOCKED,
        "Until it is there again requests are refused, and then production goes from dev-api-green, which is live, to "
        "dev-api-blue: nothing runs there until a release, so that every request is answered 503.",
    )


def test_a_new_listener_on_the_live_colour_is_a_gap() -> None:
    found = finding(*around(replaced_prod(PROD, GREEN)))

    assert (found.rank, found.consequence) == (
        Rank.BLOCKED,
        "Until it is there again requests are refused; the new one forwards to dev-api-green, which is live.",
    )


def test_where_the_listener_names_no_group_the_service_tells_which_colour_is_live() -> None:
    nameless = PROD | {"default_action": [{"type": "forward", "target_group_arn": "", "forward": []}]}

    found = finding(*around(replaced_prod(nameless, BLUE)))

    assert "from dev-api-green, which is live, to dev-api-blue" in found.consequence


def test_where_nobody_names_the_live_colour_it_is_said() -> None:
    nameless = PROD | {"default_action": [{"type": "forward", "target_group_arn": "", "forward": []}]}

    found = finding(
        *around(replaced_prod(nameless, BLUE), same("aws_ecs_service.api", SERVICE | {"load_balancer": []}))
    )

    assert found.rank is Rank.BLOCKED
    assert "the plan does not tell which target group the prod listener forwards to now" in found.consequence


def test_a_listener_that_somebody_deleted_comes_back_on_the_configured_colour() -> None:
    made = change("aws_lb_listener.prod", None, PROD | {"default_action": forward(BLUE)})
    gone = change("aws_lb_listener.prod", PROD, None)

    found = review(*around(made), resource_drift=[gone])

    assert found.verdict is Rank.BLOCKED
    assert found.counts == Counts(add=1)
    assert found.findings[0].why == "somebody deleted it outside of Terraform, which makes it anew"


def test_an_action_that_is_not_ignored_moves_production() -> None:
    found = finding(*around(change("aws_lb_listener.prod", PROD, PROD | {"default_action": forward(BLUE)})))

    assert (found.rank, found.consequence) == (
        Rank.BLOCKED,
        "The apply moves all production traffic from dev-api-green to dev-api-blue at once, without hook and without "
        "steps, in the middle of a release too; where no task runs in it, every request is answered 503.",
    )


def test_an_action_that_is_not_ignored_but_names_the_live_colour_moves_nothing_now() -> None:
    single = [{"type": "forward", "target_group_arn": GREEN, "forward": []}]

    found = finding(*around(change("aws_lb_listener.prod", PROD, PROD | {"default_action": single})))

    assert (found.rank, found.consequence) == (
        Rank.RELEASE,
        "The apply sets the prod listener to dev-api-green, which is live, so that nothing moves now; in the middle of "
        "a release it would take the traffic back.",
    )


def test_an_action_of_the_test_listener_disturbs_a_release() -> None:
    found = finding(*around(change("aws_lb_listener.test", TEST, TEST | {"default_action": forward(BLUE)})))

    assert found.rank is Rank.RELEASE


def test_a_target_group_is_held_by_a_listener_that_does_not_change() -> None:
    renamed = change("aws_lb_target_group.green", TARGETS["green"], {"name": "new"}, REPLACE, replace_paths=[["name"]])

    found = finding(*around(renamed))

    assert (found.rank, found.consequence, found.why) == (
        Rank.REFUSED,
        "AWS refuses to delete dev-api-green (ResourceInUse) because aws_lb_listener.prod, aws_lb_listener.test still "
        "forwards to it; Terraform tries for minutes, then the apply ends half-way and the rest is left undone. "
        "Traffic stays where it is.",
        "name cannot be changed in place",
    )


def test_a_new_revision_waits_for_the_next_release_and_the_command_is_said() -> None:
    revision = change(
        "aws_ecs_task_definition.api", TASK, TASK | {"memory": "1024"}, REPLACE, replace_paths=[["memory"]]
    )

    found = review(*around(revision))

    assert (found.verdict, found.headline) == (
        Rank.NEXT_RELEASE,
        "Nothing happens to live traffic; it takes effect with the next release: aws_ecs_task_definition.api (a new "
        "revision)",
    )
    assert found.findings[0].instead == "Release it after the apply: `greenlight deploy dev/api`"


def test_a_changed_image_is_released_not_applied() -> None:
    before, after = (
        TASK | {"container_definitions": json.dumps([{"name": "api", "image": image}])} for image in ("api:1", "api:2")
    )

    found = finding(*around(change("aws_ecs_task_definition.api", before, after, REPLACE)))

    assert found.consequence == (
        "Nothing that runs changes: releases own the image, and the next one keeps the image that is live."
    )


API = {"name": "api", "image": "api:1"}
SIDE = {"name": "side", "image": "side:1"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"container_definitions": json.dumps([API])}, {"container_definitions": json.dumps([API, SIDE])}),
        ({"container_definitions": json.dumps([API, SIDE])}, {"container_definitions": json.dumps([API])}),
        (
            {"container_definitions": json.dumps([API, SIDE])},
            {"container_definitions": json.dumps([API, SIDE | {"image": "side:2"}])},
        ),
        ({"volume": []}, {"volume": [{"name": "tmp"}]}),
        ({"ephemeral_storage": []}, {"ephemeral_storage": [{"size_in_gib": 30}]}),
    ],
    ids=["a sidecar more", "a sidecar less", "a sidecar's image", "a volume", "the disk"],
)
def test_what_a_task_is_made_of_changes_with_the_next_release(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = finding(*around(change("aws_ecs_task_definition.api", TASK | before, TASK | after, REPLACE)))

    assert (found.rank, found.consequence) == (
        Rank.NEXT_RELEASE,
        "A new revision is registered and nothing restarts: it runs from the next release on.",
    )


def test_a_service_of_codedeploy_cannot_be_given_a_revision() -> None:
    found = finding(*around(change("aws_ecs_service.api", SERVICE, SERVICE | {"task_definition": "dev-api:10"})))

    assert found.rank is Rank.REFUSED


def test_a_service_that_ecs_rolls_out_is_given_one_without_danger() -> None:
    rolling = {"name": "web", "task_definition": "web:1", "deployment_controller": [{"type": "ECS"}]}

    found = review(change("aws_ecs_service.web", rolling, rolling | {"task_definition": "web:2"}))

    assert found.verdict is Rank.SAFE
    assert found.notes == (
        "No CodeDeploy deployment group is in this stack: ECS exchanges tasks as part of the apply.",
    )


def test_what_follows_from_a_replacement_stands_under_its_root() -> None:
    group = change(
        "aws_security_group.link", {"description": "a"}, {"description": "b"}, REPLACE, replace_paths=[["description"]]
    )
    link = change(
        "aws_apigatewayv2_vpc_link.link",
        {"security_group_ids": ["sg-1"]},
        {},
        REPLACE,
        unknown={"security_group_ids": True},
        replace_paths=[["security_group_ids"]],
    )
    configuration = {"aws_apigatewayv2_vpc_link.link": expressions(security_group_ids="aws_security_group.link.id")}

    found = finding(group, link, configuration=configuration)

    assert found.address == "aws_security_group.link"
    assert [(one.address, one.action, one.by) for one in found.consequents] == [
        ("aws_apigatewayv2_vpc_link.link", "replaced", "security_group_ids")
    ]
    assert "With it goes the VPC link: It is the only way in" in found.consequence


@pytest.mark.parametrize("actions", [["explode"], [], ["delete", "explode"], ["create", "update"]])
def test_an_action_that_is_not_known_raises_the_verdict(actions: list[str]) -> None:
    found = review(change("aws_cloudwatch_dashboard.a", {"x": 1}, {"x": 1}, actions))

    assert found.verdict.needs_a_look


def test_a_type_that_is_not_known_raises_the_verdict() -> None:
    assert review(change("aws_new_thing.a", None, {"x": 1})).verdict is Rank.TRAFFIC


def test_a_reason_that_is_not_known_raises_the_verdict() -> None:
    gone = change("aws_cloudwatch_dashboard.a", {"x": 1}, None, action_reason="because_of_the_moon")
    found = review(gone, same("aws_lb.a", {"x": 1}))

    assert found.verdict is Rank.TRAFFIC
    assert "because_of_the_moon" in found.findings[0].consequence


def test_an_argument_that_is_not_known_raises_the_verdict() -> None:
    found = finding(change("aws_lb.a", {"new_argument": 1}, {"new_argument": 2}))

    assert (found.rank, found.consequence) == (
        Rank.TRAFFIC,
        "What a change of new_argument does to traffic is not known to this review.",
    )


@pytest.mark.parametrize("actions", [["forget"], ["create", "forget"], ["forget", "create"]])
def test_what_terraform_forgets_goes_on_unmanaged(actions: list[str]) -> None:
    after = None if actions == ["forget"] else PROD
    found = review(*around(change("aws_lb_listener.prod", PROD, after, actions)))

    assert found.verdict is Rank.TRAFFIC
    assert found.counts.forget == 1


def test_a_no_op_with_a_reason_is_a_no_op() -> None:
    found = review(same("aws_lb.a", {"x": 1}) | {"action_reason": "delete_because_no_resource_config"})

    assert (found.verdict, found.headline) == (Rank.SAFE, "No changes")


def test_moved_and_imported_are_counted_beside_what_else_is_done() -> None:
    moved = same("aws_lb.b", {"x": 1}) | {"previous_address": "aws_lb.a"}
    imported = change("aws_lb.c", {"tags": {}}, {"tags": {"a": "1"}})
    imported["change"]["importing"] = {"id": "x"}

    found = review(moved, imported)

    assert found.counts == Counts(change=1, move=1, import_=1)
    assert [(one.address, one.action) for one in found.quiet] == [
        ("aws_lb.b", "moved from aws_lb.a"),
        ("aws_lb.c", "changed in place, imported"),
    ]


def test_a_destroy_is_one_finding() -> None:
    found = finding(*(change(address, {"arn": address}, None) for address in ("aws_lb.a", "aws_vpc.b")))

    assert (found.address, found.action, found.rank) == ("dev", "destroyed", Rank.BLOCKED)


@pytest.mark.parametrize(
    ("top", "action", "rank"),
    [
        ({"errored": True, "applyable": False, "complete": False}, "the plan failed", Rank.BLOCKED),
        ({"action_invocations": [{"address": "action.aws_lambda_invoke.a"}]}, "run", Rank.TRAFFIC),
        (
            {"deferred_changes": [{"reason": "absent_prereq", "resource_change": change("aws_lb.a", None, {})}]},
            "put off",
            Rank.TRAFFIC,
        ),
    ],
)
def test_what_the_plan_leaves_open_is_said(top: Json, action: str, rank: Rank) -> None:
    found = finding(same("aws_lb.b", {"x": 1}), **top)

    assert (found.action, found.rank) == (action, rank)


def test_a_check_that_fails_is_told_because_terraform_applies_all_the_same() -> None:
    checks = [
        {
            "address": {"to_display": "check.url", "kind": "check"},
            "status": "fail",
            "instances": [{"problems": [{"message": "not 200"}]}],
        }
    ]

    assert review(checks=checks).notes == (
        "The configuration's own check `check.url` does not hold; Terraform applies all the same: not 200",
    )


def test_a_plan_of_a_part_says_that_the_rest_has_not_been_looked_at() -> None:
    (note,) = review(same("aws_lb.b", {"x": 1}), complete=False).notes

    assert note.startswith("Not the whole plan, because of `-target` or of what has been put off")


def test_a_port_that_no_rule_lets_in_is_named() -> None:
    balancer = {"arn": "arn:lb", "security_groups": ["sg-1"]}
    rule = {"security_group_id": "sg-1", "from_port": 80, "to_port": 80, "ip_protocol": "tcp"}
    listener = PROD | {"load_balancer_arn": "arn:lb"}

    found = review(
        *around(change("aws_lb_listener.prod", listener, listener | {"port": 90})),
        same("aws_lb.a", balancer),
        same("aws_vpc_security_group_ingress_rule.a", rule),
    )

    assert "No rule lets port 90 into the load balancer after this apply" in found.findings[0].consequence


def test_a_role_that_codedeploy_may_not_pass_ends_the_next_release() -> None:
    passes = json.dumps({"Statement": [{"Action": "iam:PassRole", "Resource": "arn:aws:iam::1:role/old"}]})
    before, after = (TASK | {"task_role_arn": f"arn:aws:iam::1:role/{name}"} for name in ("old", "new"))

    found = review(
        *around(change("aws_ecs_task_definition.api", before, after, REPLACE)),
        same("aws_iam_role_policy.a", {"policy": passes}),
    )

    assert found.verdict is Rank.TRAFFIC
    assert found.findings[0].consequence.startswith(
        "No policy of this stack lets CodeDeploy pass the new task_role_arn, new: the next release fails"
    )


def test_a_resource_that_only_has_another_address_is_told_how_to_say_so() -> None:
    found = review(
        change("aws_cloudwatch_log_group.a", {"name": "/api", "arn": "x", "retention_in_days": 30}, None),
        change("aws_cloudwatch_log_group.b[0]", None, {"name": "/api", "retention_in_days": 30}),
    ).findings[0]

    assert found.instead == (
        "If it is, say so with a moved block (`move_from_id` in CDKTF), and nothing happens to it: from "
        "`aws_cloudwatch_log_group.a` to `aws_cloudwatch_log_group.b[0]`."
    )


def test_of_a_stack_without_codedeploy_neither_colours_nor_hooks_are_said() -> None:
    balancer = {"arn": "arn:lb", "security_groups": ["sg-1"]}
    rule = {"security_group_id": "sg-1", "from_port": 80, "to_port": 80, "ip_protocol": "tcp"}

    found = review(
        change("aws_lb.a", balancer, balancer | {"security_groups": ["sg-2"]}),
        change("aws_vpc_security_group_egress_rule.a", rule, None),
    )

    said = " ".join(f"{one.consequence} {one.instead}" for one in found.findings)
    assert len(found.findings) == 2
    assert ("colour" in said, "hook" in said) == (False, False)


def test_a_cut_off_request_may_be_answered_503_or_504() -> None:
    before, after = ({"timeout_milliseconds": limit} for limit in (30_000, 5_000))

    assert finding(change("aws_apigatewayv2_integration.a", before, after)).consequence == (
        "Requests that take longer than 5000 ms are cut off and answered 503 or 504 from now on."
    )


def test_old_tasks_of_ecs_cannot_be_kept_for_good() -> None:
    before, after = (
        GROUP
        | {"blue_green_deployment_config": [{"terminate_blue_instances_on_deployment_success": [{"action": action}]}]}
        for action in ("TERMINATE", "KEEP_ALIVE")
    )

    assert review(*around(change("aws_codedeploy_deployment_group.api", before, after))).verdict is Rank.REFUSED
