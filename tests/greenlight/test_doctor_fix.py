"""What `doctor --fix` repairs, what it leaves alone, and what doctor says where it does not know."""

import json
from dataclasses import replace
from typing import Any

import pytest

from greenlight.commands import doctor
from tests.greenlight.doctored import LIVE, TAGS, Service
from tests.greenlight.script import BLUE, REPOSITORY, failure, forward, step

RECORD = "/greenlight/dev/api/suspended"
BEFORE = {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": False, "ScheduledScalingSuspended": False}
CHANGES = ("Modify", "Register", "Put", "Delete", "Invoke", "Create", "Stop", "Continue")


@pytest.fixture
def aws() -> Service:
    return Service()


@pytest.fixture
def scaled(context: Any) -> Any:
    changed = context.manifest.model_copy(update={"scalable_target": "service/dev/dev-api"})
    return replace(context, manifest=changed)


def ids(context: Any, *, fix: bool = False) -> list[str]:
    return [one["id"] for one in doctor.run(context, fix=fix).document["findings"]]


def changed(aws: Service) -> list[str]:
    return [name for name, _ in aws.calls if name.split(":")[1].startswith(CHANGES)]


def parts(aws: Service, listener: str, place: int = 0) -> dict[str, int]:
    (action,) = aws.rules[listener][place]["Actions"]
    return {one["TargetGroupArn"]: one["Weight"] for one in action["ForwardConfig"]["TargetGroups"]}


def test_production_goes_back_to_the_live_tasks(context: Any, aws: Service) -> None:
    aws.weigh("arn:prod", blue=1)

    result = doctor.run(context, fix=True)

    assert parts(aws, "arn:prod") == {"arn:green": 100, "arn:blue": 0}
    assert changed(aws) == ["elasticloadbalancing:ModifyListener"]
    assert (result.exit_code, result.document["findings"]) == (0, [])
    assert [one["id"] for one in result.document["repaired"]] == ["reverted-listener"]
    assert (
        "repaired reverted-listener: the default rule of the prod listener sends 100 % to dev-api-blue, and the live "
        "tasks are in dev-api-green"
    ) in context.show.lines


def test_production_goes_back_to_the_live_tasks_where_a_failed_release_has_left_them_nothing(
    context: Any, aws: Service
) -> None:
    """No release and no rollback could begin: CodeDeploy wants the live tasks behind the listener."""
    failed = step("Failed", failed="AfterAllowTraffic", weight=100.0, autoRollbackConfiguration={})
    aws.play("d-WHOLE", [failed])
    aws.weigh("arn:prod", blue=100, green=0)

    assert ids(context, fix=True) == ["left-in-mid-shift"]
    assert parts(aws, "arn:prod") == {"arn:green": 100, "arn:blue": 0}


def test_a_rule_that_leads_elsewhere_is_repaired_with_all_else_that_it_does(context: Any, aws: Service) -> None:
    login = {"Type": "authenticate-oidc", "Order": 1}
    stuck = {"Enabled": False}
    groups = [{"TargetGroupArn": "arn:blue", "Weight": 1}]
    to_blue = {
        "Type": "forward",
        "Order": 2,
        "ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": stuck},
    }
    rule = forward("7") | {"RuleArn": "arn:rule", "Actions": [login, to_blue]}
    aws.rules["arn:prod"].insert(0, rule)

    assert ids(context, fix=True) == []

    (request,) = aws.made("elasticloadbalancing:ModifyRule")
    back = [{"TargetGroupArn": "arn:green", "Weight": 100}, {"TargetGroupArn": "arn:blue", "Weight": 0}]
    config = {"TargetGroups": back, "TargetGroupStickinessConfig": stuck}
    assert request == {"RuleArn": "arn:rule", "Actions": [login, to_blue | {"ForwardConfig": config}]}


def test_a_group_that_no_rule_names_gets_no_request_before_a_target_is_healthy(context: Any, aws: Service) -> None:
    """Both listeners were made anew: nobody has checked the live tasks since."""
    aws.weigh("arn:prod", blue=1)
    aws.weigh("arn:test", blue=1)
    aws.targets["arn:green"] = ["initial"]
    seen: list[dict[str, int]] = []

    def become_healthy() -> None:
        seen.append(parts(aws, "arn:prod"))
        aws.targets["arn:green"] = ["healthy"]

    context.clock.each_sleep = become_healthy

    assert ids(context, fix=True) == []
    assert seen == [{"arn:blue": 1, "arn:green": 0}]
    assert parts(aws, "arn:prod") == {"arn:green": 100, "arn:blue": 0}


def test_live_tasks_that_do_not_become_healthy_get_no_request(context: Any, aws: Service) -> None:
    aws.weigh("arn:prod", blue=1)
    aws.weigh("arn:test", blue=1)
    aws.targets["arn:green"] = ["unhealthy"]

    result = doctor.run(context, fix=True)

    assert parts(aws, "arn:prod") == {"arn:blue": 1, "arn:green": 0}
    assert (
        "reverted-listener is not repaired: no target of dev-api-green is healthy after 120 seconds, so it gets no "
        "requests"
    ) in context.show.lines
    assert (result.exit_code, result.document["repaired"]) == (2, [])


def test_production_is_not_sent_to_tasks_that_are_unhealthy(context: Any, aws: Service) -> None:
    aws.weigh("arn:prod", blue=1)
    aws.targets["arn:green"] = ["unhealthy"]

    reverted = doctor.run(context, fix=True).document["findings"][0]

    assert (reverted["id"], reverted["fixable"]) == ("reverted-listener", False)
    assert reverted["repair"] == (
        "no target of dev-api-green is known to be healthy: greenlight status dev/api --region us-east-1 says more; "
        "once one is, greenlight doctor dev/api --fix --region us-east-1"
    )
    assert changed(aws) == []


def test_a_rule_with_groups_of_the_teams_own_is_told_and_left_alone(context: Any, aws: Service) -> None:
    aws.weigh("arn:prod", green=90, canary=10)

    (found,) = doctor.run(context, fix=True).document["findings"]

    assert (found["id"], found["fixable"]) == ("reverted-listener", False)
    assert changed(aws) == []


def test_a_closed_prod_listener_is_told_and_left_alone(context: Any, aws: Service) -> None:
    aws.rules["arn:prod"][0]["Actions"] = [{"Type": "fixed-response"}]

    assert ids(context, fix=True) == ["prod-listener-elsewhere"]
    assert changed(aws) == []


def test_the_test_listener_goes_back_to_the_pair(context: Any, aws: Service) -> None:
    aws.weigh("arn:test", other=1)

    assert ids(context, fix=True) == []
    assert aws.rules["arn:test"][0]["Actions"] == [
        {
            "Type": "forward",
            "ForwardConfig": {
                "TargetGroups": [
                    {"TargetGroupArn": "arn:green", "Weight": 100},
                    {"TargetGroupArn": "arn:other", "Weight": 0},
                ]
            },
        }
    ]


def test_autoscaling_is_restored_to_what_it_was(scaled: Any, aws: Service) -> None:
    aws.parameters[RECORD] = json.dumps(BEFORE)

    assert ids(scaled, fix=True) == []
    assert (aws.suspended, RECORD in aws.parameters) == (BEFORE, False)


def test_a_record_that_nobody_can_read_is_told_and_left_alone(scaled: Any, aws: Service) -> None:
    aws.parameters[RECORD] = "?"

    assert ids(scaled, fix=True) == ["suspended"]
    assert changed(aws) == []
    assert any(line.startswith(f"suspended is not repaired: SSM parameter {RECORD}") for line in scaled.show.lines)


def test_the_hook_is_woken(context: Any, aws: Service) -> None:
    aws.functions["arn:hook"] = {"State": "Inactive"}

    assert ids(context, fix=True) == []
    assert changed(aws) == ["lambda:InvokeFunction"]


def test_a_hook_that_may_not_be_woken_is_not_called_repaired(context: Any, aws: Service) -> None:
    aws.functions["arn:hook"] = {"State": "Inactive"}
    aws.errors["lambda:InvokeFunction"] = [failure("AccessDeniedException")]

    result = doctor.run(context, fix=True)

    assert ([one["id"] for one in result.document["findings"]], result.document["repaired"]) == (
        ["hook-not-active"],
        [],
    )


def test_a_role_that_may_not_repair_is_told_which_permission_it_lacks(context: Any, aws: Service) -> None:
    aws.weigh("arn:prod", blue=1)
    aws.errors["elasticloadbalancing:ModifyListener"] = [failure("AccessDenied")]

    assert ids(context, fix=True) == ["reverted-listener"]
    assert (
        "reverted-listener is not repaired: elasticloadbalancing:ModifyListener is not allowed to these credentials"
    ) in context.show.lines


def test_a_deployment_under_way_is_told_and_neither_judged_nor_disturbed(scaled: Any, aws: Service) -> None:
    aws.play("d-NOW", [step(at="AllowTraffic", weight=10.0)])
    aws.weigh("arn:prod", green=90, blue=10)
    aws.parameters[RECORD] = json.dumps(BEFORE)

    result = doctor.run(scaled, fix=True)

    assert (result.exit_code, result.document["in_flight"]["id"]) == (0, "d-NOW")
    assert result.document["notes"][0] == (
        "d-NOW is under way (AllowTraffic): where listeners lead and whether autoscaling is suspended is its matter "
        "until it has ended: greenlight watch dev/api d-NOW --region us-east-1"
    )
    assert changed(aws) == []


def test_a_deployment_that_begins_meanwhile_is_not_disturbed(context: Any, aws: Service) -> None:
    aws.weigh("arn:prod", blue=1)
    look = aws.apigateway_GET  # the last that is read

    def and_then_begin(**request: Any) -> Any:
        aws.play("d-NOW", [step(at="Install")])
        return look(**request)

    aws.apigateway_GET = and_then_begin  # type: ignore[assignment,method-assign]

    doctor.run(context, fix=True)

    assert changed(aws) == []
    assert (
        "reverted-listener is not repaired: a deployment has begun meanwhile: its listeners are left alone"
    ) in context.show.lines


def test_without_a_look_at_deployments_nothing_is_judged_by_them(scaled: Any, aws: Service) -> None:
    aws.weigh("arn:prod", blue=1)
    aws.parameters[RECORD] = json.dumps(BEFORE)
    aws.errors["codedeploy:ListDeployments"] = [failure("AccessDeniedException") for _ in range(2)]

    result = doctor.run(scaled, fix=True)

    assert [one["what"] for one in result.document["findings"]] == [
        "could not look at the deployments: codedeploy:ListDeployments is not allowed"
    ]
    assert result.document["notes"][0] == (
        "not judged, because deployments could not be seen: where listeners lead, autoscaling's suspension"
    )
    assert changed(aws) == []


def test_each_look_that_is_denied_costs_that_look_alone(scaled: Any, aws: Service) -> None:
    """Every read of the releasing role taken away, one at a time."""
    aws.watched("slow")
    doctor.run(scaled, fix=False)
    reads = sorted({name for name, _ in aws.calls})
    aws.grace = 0

    for denied in reads:
        aws.errors = {denied: [failure("AccessDeniedException") for _ in range(9)]}
        found = doctor.run(scaled, fix=False).document["findings"]
        told = {one["what"].partition(": ")[2] for one in found if one["id"] == "unseen"}
        others = {one["id"] for one in found} - {"unseen"}
        assert (denied, told) == (denied, {f"{denied} is not allowed"})
        assert (denied, others) == (denied, set() if denied == "ecs:DescribeServices" else {"no-grace-period"})


def test_without_an_answer_of_awss_there_is_no_diagnosis(greenlight: Any, aws: Service) -> None:
    aws.errors["ecs:DescribeServices"] = [failure("ServerException", status=500)]

    code, out, err = greenlight("doctor", "dev/api")

    assert (code, out, err) == (1, "", "greenlight: ServerException: said AWS\n")


def test_a_service_that_is_gone_is_the_finding(context: Any, aws: Service) -> None:
    aws.no_service = True

    result = doctor.run(context, fix=False)

    assert [one["what"] for one in result.document["findings"]] == [
        "ECS service dev-api of cluster dev is not there, though its release manifest is: deploy the stack again"
    ]


def test_a_live_version_of_a_later_revision_tells_of_an_old_manifest(context: Any, aws: Service) -> None:
    """Terraform's later revision is so far back that it is no longer among the newest."""
    later = aws.register(f"{REPOSITORY}@{BLUE}", TAGS)
    for _ in range(10):
        aws.live = aws.register(f"{REPOSITORY}@{BLUE}", TAGS | {"greenlight:base": later, "greenlight:replaces": LIVE})

    assert ids(context) == ["manifest-older"]


def test_revisions_of_other_clients_are_none_of_terraforms(context: Any, aws: Service) -> None:
    aws.register(f"{REPOSITORY}@{BLUE}")

    assert ids(context) == []


@pytest.mark.parametrize(("number", "id"), [(1, "manifest-older"), (2, "way-back-gone")])
def test_a_deregistered_revision_is_found_where_it_is_needed(context: Any, aws: Service, number: int, id: str) -> None:
    aws.revisions[f"{LIVE[:-1]}{number}"]["definition"]["status"] = "INACTIVE"

    assert ids(context) == [id]


def test_a_longer_stop_timeout_of_terraforms_only_has_to_be_released(context: Any, aws: Service) -> None:
    aws.delays["arn:green"] = 40
    (container,) = aws.revisions[f"{LIVE[:-1]}1"]["definition"]["containerDefinitions"]
    container["stopTimeout"] = 60

    (found,) = doctor.run(context, fix=False).document["findings"]

    assert found["repair"] == (
        "greenlight deploy dev/api --region us-east-1, which ships Terraform's longer stop timeout"
    )


@pytest.mark.parametrize("status", ["FAILED", "DELETING"])
def test_a_vpc_link_that_does_not_come_back_is_to_be_replaced(context: Any, aws: Service, status: str) -> None:
    aws.link = {"VpcLinkStatus": status}

    (found,) = doctor.run(context, fix=False).document["findings"]

    assert (found["what"], found["effect"]) == (f"VPC link abcd123 is {status}", "every request through the API fails")


def test_what_is_told_is_no_finding(context: Any, aws: Service) -> None:
    aws.revisions[LIVE]["tags"].pop("greenlight:replaces")
    aws.other_sets = [
        {"status": "ACTIVE", "taskDefinition": f"{LIVE[:-1]}2", "computedDesiredCount": 2, "runningCount": 2}
    ]
    earlier = replace(context, manifest=context.manifest.model_copy(update={"vpc_link": None}))

    result = doctor.run(earlier, fix=False)

    assert (result.exit_code, result.document["notes"]) == (
        0,
        [
            "tasks of api:2 are left over: the next release ends them",
            "nothing is known to roll back to",
            "not looked at: the VPC link, which the manifest does not name; deploy the stack again",
            "not looked at: whether CodeDeploy's role may invoke the hooks, and what the account's policies forbid",
        ],
    )


def test_people_get_what_it_does_and_what_repairs_it_below_each_finding(greenlight: Any, aws: Service) -> None:
    aws.grace = 0

    code, out, _ = greenlight("doctor", "dev/api")

    assert code == 2
    assert out.splitlines()[:4] == [
        "dev/api: 1 finding",
        "no-grace-period: the service has no health check grace period",
        "  effect  ECS replaces a task that is not up before its first health checks have failed, again and again",
        "  repair  set health_check_grace_period_seconds, and deploy the stack; at once: aws ecs update-service "
        "--cluster dev --service dev-api --health-check-grace-period-seconds 60 --region us-east-1",
    ]


def test_programs_get_a_document_of_a_known_shape(greenlight: Any, aws: Service) -> None:
    aws.hook_logs.clear()

    code, out, _ = greenlight("doctor", "dev/api", "-o", "json")
    document = json.loads(out)

    assert (code, document["exit_code"], document["command"]) == (2, 2, "doctor")
    assert list(document) == [
        *("version", "command", "exit_code", "target", "findings", "repaired", "in_flight", "notes")
    ]
    assert list(document["findings"][0]) == ["id", "what", "effect", "repair", "fixable"]
