"""The version and the colour that a plan was made against, from what the provider's refresh shows."""

import json
from typing import Any

import pytest

from greenlight.review import read
from greenlight.review.made_against import made_against, untouched_groups
from tests.plans import recorded

BALANCING = "arn:aws:elasticloadbalancing:us-east-1:123456789012"
BLUE, GREEN, THIRD = (f"{BALANCING}:targetgroup/{name}/0123456789abcdef" for name in ("blue", "green", "third"))
PROD = f"{BALANCING}:listener/app/dev/0123456789abcdef/0123456789abcdef"


def resource(kind: str, values: dict[str, Any], actions: tuple[str, ...] = ("no-op",), name: str = "a") -> Any:
    change = {"actions": list(actions), "before": values, "after": None if actions == ("delete",) else values}
    return {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "change": change}


def service(live: str = GREEN, **more: Any) -> Any:
    values = {
        "id": "arn:aws:ecs:us-east-1:123456789012:service/dev/dev-api",
        "cluster": "dev",
        "name": "dev-api",
        "task_definition": "dev-api:7",
        "deployment_controller": [{"type": "CODE_DEPLOY"}],
        "load_balancer": [{"target_group_arn": live}],
    }
    return resource("aws_ecs_service", values | more)


def group(*listeners: str) -> Any:
    pair: dict[str, Any] = {"prod_traffic_route": [{"listener_arns": list(listeners)}]}
    pair["target_group"] = [{"name": "blue"}, {"name": "green"}]
    values = {
        "arn": "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:dev-api/dev-api",
        "app_name": "dev-api",
        "deployment_group_name": "dev-api",
        "ecs_service": [{"cluster_name": "dev", "service_name": "dev-api"}],
        "load_balancer_info": [{"target_group_pair_info": [pair]}],
    }
    return resource("aws_codedeploy_deployment_group", values)


def forward(arn: str = "", **weights: int) -> Any:
    arns = {"blue": BLUE, "green": GREEN, "third": THIRD}
    groups = [{"arn": arns[name], "weight": weight} for name, weight in weights.items()]
    return {"type": "forward", "target_group_arn": arn, "forward": [{"target_group": groups}] if groups else []}


def listener(*actions: Any, kind: str = "aws_lb_listener") -> Any:
    return resource(kind, {"arn": PROD, "default_action": list(actions)})


def rule(*actions: Any, name: str = "a") -> Any:
    return resource("aws_lb_listener_rule", {"arn": "r", "listener_arn": PROD, "action": list(actions)}, name=name)


NOT_FOUND = {"type": "fixed-response", "target_group_arn": "", "forward": []}
SIGN_IN = {"type": "authenticate-oidc", "target_group_arn": "", "forward": []}
COLOURS = {
    "as it was created": ([group(PROD), listener(forward(BLUE))], "blue"),
    "as it was created, through the old name of the type": (
        [group(PROD), listener(forward(BLUE), kind="aws_alb_listener")],
        "blue",
    ),
    # A refresh reads an action as it is configured: with one target group, CodeDeploy's two leave none.
    "after a release": ([group(PROD), listener(forward())], "green"),
    "after a release, weights configured": ([group(PROD), listener(forward(blue=0, green=100))], "green"),
    "in the middle of a shift": ([group(PROD), listener(forward(blue=3, green=1))], "75 % blue, 25 % green"),
    "by a rule": ([group(PROD), listener(NOT_FOUND), rule(forward(BLUE))], "blue"),
    "by a rule after a release": ([group(PROD), listener(NOT_FOUND), rule(forward())], "green"),
    "by rules that differ": (
        [group(PROD), listener(NOT_FOUND), rule(forward(BLUE)), rule(forward(GREEN), name="b")],
        "blue or green",
    ),
    "beside another service's rule": ([group(PROD), listener(forward(BLUE)), rule(forward(THIRD))], "blue"),
    "behind a sign-in": ([group(PROD), listener(SIGN_IN, forward(BLUE))], "blue"),
    "with production taken away": ([group(PROD), listener(NOT_FOUND)], "neither of its target groups"),
    "with its listener in another stack": ([group(PROD)], "green"),
    "with its listener in another stack, by its rule": ([group(PROD), rule(forward(BLUE))], "blue"),
    "with its deployment group in another stack": ([listener(forward(BLUE))], "green"),
}


@pytest.mark.parametrize("how", COLOURS)
def test_the_colour_is_the_listeners_or_else_the_services_own(how: str) -> None:
    others, colour = COLOURS[how]

    assert against(service(), *others) == {"dev/dev-api": f"dev-api:7 on {colour}"}


@pytest.mark.parametrize(
    ("plan", "live"),
    [
        ("stack/no-change", {"dev/dev-api": "dev-api:1 on dev-api-blue", "dev/dev-web": "dev-web:1 on dev-web-blue"}),
        # Its listeners name no target group any more.
        (
            "stack/released-green",
            {"dev/dev-api": "dev-api:2 on dev-api-green", "dev/dev-web": "dev-web:1 on dev-web-blue"},
        ),
        ("public/codedeploy-two-listeners/more-memory", {"cook/cook-service": "ecs-cook:1 on cook-blue"}),
        (
            "public/codedeploy-two-listeners/more-memory-after-a-release",
            {"cook/cook-service": "ecs-cook:1 on cook-green"},
        ),
        ("public/rolling-alb/more-memory", {}),
    ],
)
def test_real_plans_tell_what_was_live(plan: str, live: dict[str, str]) -> None:
    document = json.loads(recorded.load(plan))

    assert made_against(read.plan(document, "dev")) == live


def test_names_are_the_same_however_the_configuration_gives_them() -> None:
    cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/dev"
    definition = "arn:aws:ecs:us-east-1:123456789012:task-definition/dev-api:7"

    assert against(service(cluster=cluster, task_definition=definition), group(PROD), listener(forward(BLUE))) == {
        "dev/dev-api": "dev-api:7 on blue"
    }


def test_a_service_that_is_deleted_or_replaced_has_something_live_too() -> None:
    for actions in (["delete"], ["delete", "create"]):
        found = service()
        found["change"]["actions"] = actions

        assert against(found, group(PROD), listener(forward())) == {"dev/dev-api": "dev-api:7 on green"}


@pytest.mark.parametrize(
    "found",
    [
        resource("aws_ecs_service", {"deployment_controller": [{"type": "ECS"}]}),
        resource("aws_ecs_service", {"deployment_controller": []}),
        {**service(), "change": {"actions": ["create"], "before": None, "after": {"name": "dev-api"}}},
    ],
    ids=["rolling", "rolling by default", "new"],
)
def test_what_codedeploy_does_not_release_yet_is_left_out(found: Any) -> None:
    assert against(found, group(PROD), listener(forward(BLUE))) == {}


def against(*resources: Any) -> dict[str, str]:
    document = {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": list(resources)}
    return made_against(read.plan(document, "dev"))


def test_groups_of_modules_that_the_plan_leaves_alone_are_known_and_those_of_ec2_are_not() -> None:
    ecs = {"type": "aws_codedeploy_deployment_group", "values": group(PROD)["change"]["before"]}
    fleet = {"type": "aws_codedeploy_deployment_group", "values": ecs["values"] | {"ecs_service": []}}
    modules = {"child_modules": [{"resources": [fleet], "child_modules": [{"resources": [ecs]}]}]}

    found = untouched_groups({"prior_state": {"values": {"root_module": modules}}})

    assert [(one.application, one.name, one.cluster, one.service) for one in found] == [
        ("dev-api", "dev-api", "dev", "dev-api")
    ]
    assert untouched_groups({}) == []
