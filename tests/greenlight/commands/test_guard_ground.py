"""Before an apply: a plan whose ground has moved is refused."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from greenlight.commands import guard
from greenlight.policy import GUARD
from tests.greenlight.guarded import (
    AGAIN,
    BLUE,
    GREEN,
    GROUP,
    LISTENER,
    PLAN,
    SERVICE,
    SIZE,
    Guard,
    Plan,
    plan,
    resource,
    weighted,
)
from tests.greenlight.script import BEGAN
from tests.service_authorization import violations


def test_a_release_since_then_is_named(run: Guard, aws: Any) -> None:
    aws.live = f"{aws.live.rpartition(':')[0]}:3"
    aws.rules[LISTENER] = weighted(0, 100)
    aws.past("d-2", aws.live, completeTime=BEGAN)
    aws.past("d-3", aws.live, "Failed")

    code, told = run(PLAN | {"timestamp": "2026-01-02T03:04:00Z"})

    assert code == 2
    assert told["refusals"] == [
        "dev/dev-api was reviewed against api:1 on dev-api-blue, and live is api:3 on dev-api-green since deployment "
        f"d-2: {AGAIN}"
    ]


@pytest.mark.parametrize("planned", [{}, {"timestamp": "2026-01-02T03:04:10Z"}])
def test_a_release_from_before_the_plan_is_not_blamed(run: Guard, aws: Any, planned: dict[str, str]) -> None:
    aws.rules[LISTENER] = weighted(0, 100)
    aws.past("d-2", aws.live, completeTime=BEGAN)

    assert run(PLAN | planned)[1]["refusals"] == [
        f"dev/dev-api was reviewed against api:1 on dev-api-blue, and live is api:1 on dev-api-green: {AGAIN}"
    ]


def test_traffic_that_a_failed_release_left_in_parts_is_no_ground_for_an_apply(run: Guard, aws: Any) -> None:
    aws.rules[LISTENER] = weighted(90, 10)

    assert run(PLAN)[1]["refusals"] == [
        "dev/dev-api was reviewed against api:1 on dev-api-blue, and live is api:1 on 90 % dev-api-blue, "
        f"10 % dev-api-green: give one version all of the traffic, with `greenlight deploy` or `greenlight rollback`, "
        f"then {AGAIN}"
    ]


@pytest.mark.parametrize(
    ("failure", "live"), [("ListenerNotFound", "api:1 on a listener that is gone"), (None, "gone")]
)
def test_a_listener_or_a_service_that_is_gone_is_told(
    run: Guard, aws: Any, play: Any, failure: str | None, live: str
) -> None:
    if failure:
        aws.errors["elasticloadbalancing:DescribeRules"] = [play.failure(failure)]
    else:
        deleted = aws.ecs_DescribeServices()["services"][0] | {"status": "INACTIVE"}
        aws.ecs_DescribeServices = lambda **_: {"services": [deleted]}

    code, told = run(PLAN)

    assert code == 2
    assert told["refusals"] == [f"dev/dev-api was reviewed against api:1 on dev-api-blue, and live is {live}: {AGAIN}"]


DESTROY = plan(
    resource("aws_ecs_service.api", SERVICE, ("delete",)),
    resource("aws_codedeploy_deployment_group.api", GROUP, ("delete",)),
)
NAMED_ALONE = plan(
    resource("aws_s3_bucket.a", {"bucket": "a"}, ("create",)),
    prior_state={
        "values": {
            "root_module": {
                "child_modules": [{"resources": [{"type": "aws_codedeploy_deployment_group", "values": GROUP}]}]
            }
        }
    },
)


WITH_STATE = PLAN | {"prior_state": NAMED_ALONE["prior_state"]}


@pytest.mark.parametrize("document", [WITH_STATE, DESTROY, NAMED_ALONE], ids=["change", "destroy", "of one resource"])
def test_a_deployment_in_flight_refuses_every_plan(run: Guard, aws: Any, play: Any, document: Plan) -> None:
    aws.play("d-1", play.good[2:])

    code, told = run(document)

    assert code == 2
    assert told["refusals"] == [
        "deployment d-1 of dev/dev-api is InProgress: an apply could disturb it. Wait until it is over, then run guard "
        "again"
    ]


def test_a_release_that_has_just_failed_is_in_flight_until_it_is_undone(
    run: Guard, aws: Any, context: Any, play: Any
) -> None:
    aws.play("d-1", [play.step("Failed", failed="BeforeAllowTraffic", completeTime=context.clock.utc())])

    assert run(PLAN)[1]["refusals"] == [
        "deployment d-1 of dev/dev-api has just failed, and CodeDeploy undoes it: an apply could disturb it. Wait "
        "until it is over, then run guard again"
    ]
    context.clock.sleep(120)
    assert run(PLAN)[0] == 0


def test_a_deployment_group_that_is_gone_is_told(run: Guard, aws: Any, play: Any) -> None:
    aws.errors["codedeploy:ListDeployments"] = [play.failure("DeploymentGroupDoesNotExistException")]

    assert run(PLAN)[1]["refusals"] == [f"deployment group dev-api/dev-api is gone since the plan was made: {AGAIN}"]


def first_create() -> Plan:
    group: dict[str, Any] = GROUP | {"arn": None}
    group["load_balancer_info"] = [{"target_group_pair_info": [{"prod_traffic_route": [{}], "target_group": []}]}]
    return plan(
        resource("aws_ecs_service.api", SERVICE | {"id": None, "cluster": None}, ("create",)),
        resource("aws_codedeploy_deployment_group.api", group, ("create",)),
        resource("aws_ssm_parameter.manifest", {"name": "/greenlight/dev/api"}, ("create",)),
        resource("aws_ssm_parameter.other", {"name": "/greenlight/dev/api/other"}, ("create",)),
    )


def nothing_there(aws: Any, play: Any) -> None:
    aws.parameters.clear()
    aws.errors["codedeploy:ListDeployments"] = [play.failure("ApplicationDoesNotExistException")]
    aws.errors["ecs:DescribeServices"] = [play.failure("ClusterNotFoundException")]


def test_a_first_create_has_nothing_to_compare(run: Guard, aws: Any, play: Any) -> None:
    nothing_there(aws, play)

    code, told = run(first_create())

    assert (code, told["live"], told["refusals"]) == (0, {}, [])


@pytest.mark.parametrize(
    ("action", "what"),
    [
        ("ssm:GetParameter", "the release manifest /greenlight/dev/api"),
        ("ecs:DescribeServices", "ECS service dev/dev-api"),
        ("codedeploy:ListDeployments", "deployment group dev-api/dev-api"),
    ],
)
def test_a_first_create_is_not_applied_twice(run: Guard, aws: Any, play: Any, action: str, what: str) -> None:
    there = dict(aws.parameters)
    nothing_there(aws, play)
    aws.errors.pop(action, None)
    if action == "ssm:GetParameter":
        aws.parameters |= there | {"/greenlight/dev/api/other": "of somebody's own"}

    code, told = run(first_create())

    assert code == 2
    assert told["refusals"] == [
        f"the plan creates {what}, which is there already. It may have been applied before: {AGAIN}"
    ]


def test_of_a_stack_without_codedeploy_only_the_review_counts_and_this_is_said(run: Guard, aws: Any) -> None:
    rolling = SERVICE | {"deployment_controller": [{"type": "ECS"}]}

    document = plan(
        resource("aws_ecs_service.api", rolling, ("update",), desired_count=3),
        resource("aws_ecs_service.new", rolling, ("create",)),
    )

    code, told = run(document)

    assert (code, aws.calls) == (0, [])
    assert told["notes"] == ["CodeDeploy releases nothing of this plan: nothing but the review was looked at"]


def test_a_service_whose_deployment_group_is_elsewhere_is_compared_by_its_own_word(run: Guard, aws: Any) -> None:
    asked = aws.ecs_DescribeServices

    def with_balancers(arn: str) -> Callable[..., Any]:
        return lambda **_: {"services": [asked()["services"][0] | {"loadBalancers": [{"targetGroupArn": arn}]}]}

    aws.ecs_DescribeServices = with_balancers(BLUE)
    code, told = run(plan(SIZE))
    assert code == 0
    assert told["notes"] == [
        "the plan does not have the deployment group of dev/dev-api: whether a deployment is in flight was not looked "
        "at"
    ]

    aws.ecs_DescribeServices = with_balancers(GREEN)
    assert run(plan(SIZE))[0] == 2


@pytest.mark.parametrize("action", ["codedeploy:ListDeployments", "ecs:DescribeServices", "ssm:GetParameter"])
def test_what_may_not_be_looked_at_may_not_be_applied(run: Guard, aws: Any, play: Any, action: str) -> None:
    aws.errors[action] = [play.failure("AccessDeniedException")]

    code, told = run(plan(*PLAN["resource_changes"], *first_create()["resource_changes"][2:]))

    assert (code, told["error"]) == (1, "AccessDeniedException: said AWS")


def test_a_deployment_group_whose_service_is_elsewhere_is_looked_at_for_deployments_and_this_is_said(
    run: Guard, aws: Any, play: Any
) -> None:
    document = plan(resource("aws_codedeploy_deployment_group.api", GROUP, ("update",), tags={"team": "a"}))
    code, told = run(document)
    assert code == 0
    assert told["notes"] == [
        "the plan does not have ECS service dev/dev-api: whether it was released since was not looked at"
    ]

    aws.play("d-1", play.good[2:])
    assert run(document)[0] == 2


def test_the_role_that_applies_is_asked_for_no_more_than_the_docs_name(run: Guard, aws: Any, play: Any) -> None:
    """One look at everything: a release that failed and is over, one that is in flight, a move, a first create."""
    aws.past("d-0", aws.live)
    aws.play("d-1", [play.step("Failed", failed="BeforeAllowTraffic")])
    aws.rules[LISTENER] = weighted(0, 100)
    run(PLAN)
    aws.play("d-2", play.good[2:])
    run(plan(*PLAN["resource_changes"], *first_create()["resource_changes"][2:]))

    documented = (Path(__file__).parents[3] / "docs" / "plan-review.md").read_text()
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", documented, re.DOTALL)]
    (policy,) = (block for block in blocks if "Statement" in block)
    (statement,) = policy["Statement"]
    assert {action for action, _ in aws.calls} == set(GUARD)
    assert statement == {"Effect": "Allow", "Action": list(GUARD), "Resource": "*"}
    assert violations(policy) == []


def test_aws_is_asked_where_the_plan_is_at_home(run: Guard, aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str | None] = []
    asked: list[str] = []

    def session(*, region: str | None, profile: str | None) -> Any:
        del profile
        opened.append(region)
        return aws

    def in_region(region: str) -> Any:
        asked.append(region)
        return aws

    monkeypatch.setattr(guard, "Session", session)
    monkeypatch.setattr(aws, "in_region", in_region)
    aws_provider = {"full_name": "registry.terraform.io/hashicorp/aws"}
    region = {"expressions": {"region": {"constant_value": "us-east-1"}}}
    configured = PLAN | {"configuration": {"provider_config": {"aws": aws_provider | region}}}

    for document, options in (configured, ()), (PLAN, ()), (configured, ("--region", "eu-west-1")):
        run(document, None, *options)

    assert opened == ["us-east-1", None, "eu-west-1"]
    assert set(asked) == {"us-east-1"}


def test_credentials_of_another_account_are_told(run: Guard, aws: Any) -> None:
    aws.account = "999999999999"

    code, told = run(PLAN)

    assert (code, told["error"]) == (
        1,
        "the plan is of account 123456789012, and the credentials are of 999999999999: sign in there, or give "
        "--profile",
    )
