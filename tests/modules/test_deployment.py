from dataclasses import replace

import pytest

from modules.alarms import AlarmsAttributes
from modules.deployment import Deployment, DeploymentProps
from modules.inputs import ReleaseSettings, Shift
from tests.modules.example import ROUTES, RUNNING, SERVICE
from tests.synthesis import Config, address, policy, reference, resource, resources, synth, trust

PROPS = DeploymentProps(service=SERVICE, running=RUNNING, routes=ROUTES, hook_arn="arn:hook")


def deployment(props: DeploymentProps = PROPS) -> Config:
    return synth(lambda stack: Deployment(stack, "deployment", props))


def test_another_name_is_another_application_and_group() -> None:
    one, other = deployment(), deployment(replace(PROPS, service=replace(SERVICE, key="web")))

    for kind in ("aws_codedeploy_app", "aws_codedeploy_deployment_group"):
        assert one["resource"][kind].keys().isdisjoint(other["resource"][kind].keys())


def test_the_group_releases_blue_green_between_the_pair_with_both_listeners() -> None:
    config = deployment()
    role = reference(config, "aws_iam_role", "name", name="dev-api-codedeploy")

    assert resources(config, "aws_codedeploy_app") == [{"name": "dev-api", "compute_platform": "ECS"}]
    assert resource(config, "aws_codedeploy_deployment_group") == {
        "app_name": reference(config, "aws_codedeploy_app", "name"),
        "deployment_group_name": "dev-api",
        "service_role_arn": reference(config, "aws_iam_role", "arn", name="dev-api-codedeploy"),
        "deployment_config_name": "CodeDeployDefault.ECSAllAtOnce",
        "deployment_style": {"deployment_type": "BLUE_GREEN", "deployment_option": "WITH_TRAFFIC_CONTROL"},
        "ecs_service": {"cluster_name": "dev", "service_name": "dev-api"},
        "load_balancer_info": {
            "target_group_pair_info": {
                "prod_traffic_route": {"listener_arns": ["arn:prod"]},
                "test_traffic_route": {"listener_arns": ["arn:test"]},
                "target_group": [{"name": "dev-api-blue"}, {"name": "dev-api-green"}],
            }
        },
        "blue_green_deployment_config": {
            "deployment_ready_option": {"action_on_timeout": "CONTINUE_DEPLOYMENT"},
            "terminate_blue_instances_on_deployment_success": {
                "action": "TERMINATE",
                "termination_wait_time_in_minutes": 5,
            },
        },
        "auto_rollback_configuration": {
            "enabled": True,
            "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"],
        },
        "depends_on": [address(config, "aws_iam_role_policy", role=role)],
    }


def test_no_rollback_on_alarms_is_promised_while_there_are_none() -> None:
    group = resource(deployment(), "aws_codedeploy_deployment_group")

    assert "DEPLOYMENT_STOP_ON_ALARM" not in group["auto_rollback_configuration"]["events"]
    assert "alarm_configuration" not in group


def test_a_firing_alarm_and_one_that_cannot_be_read_stop_a_release_and_roll_it_back() -> None:
    alarms = AlarmsAttributes(names=["dev-api-blue-errors", "orders-lost"])
    group = resource(deployment(replace(PROPS, alarms=alarms)), "aws_codedeploy_deployment_group")

    assert group["alarm_configuration"] == {
        "enabled": True,
        "alarms": ["dev-api-blue-errors", "orders-lost"],
        "ignore_poll_alarm_failure": False,
    }
    assert group["auto_rollback_configuration"] == {
        "enabled": True,
        "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"],
    }


def test_codedeploy_may_touch_this_service_and_nothing_else() -> None:
    assert policy(deployment(), "dev-api-codedeploy") == [
        {
            "Effect": "Allow",
            "Action": ["ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet"],
            "Resource": "arn:aws:ecs:eu-west-1:111111111111:service/dev/dev-api",
        },
        {
            "Effect": "Allow",
            "Action": ["ecs:DeleteTaskSet"],
            "Resource": "arn:aws:ecs:eu-west-1:111111111111:task-set/dev/dev-api/*",
        },
        {
            "Effect": "Allow",
            "Action": ["ecs:CreateTaskSet"],
            "Resource": "*",
            "Condition": {"ArnEquals": {"ecs:service": "arn:aws:ecs:eu-west-1:111111111111:service/dev/dev-api"}},
        },
        {
            "Effect": "Allow",
            "Action": [
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeRules",
                "cloudwatch:DescribeAlarms",
            ],
            "Resource": "*",
        },
        {"Effect": "Allow", "Action": ["elasticloadbalancing:ModifyListener"], "Resource": ["arn:prod", "arn:test"]},
        {
            "Effect": "Allow",
            "Action": ["elasticloadbalancing:ModifyRule"],
            "Resource": "arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener-rule/app/dev/0123/*",
        },
        {"Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": ["arn:hook"]},
        {
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": ["arn:execution", "arn:task"],
            "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        },
    ]


def test_the_role_is_for_this_applications_groups_only() -> None:
    assert trust(deployment(), "dev-api-codedeploy") == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "codedeploy.amazonaws.com"},
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "111111111111"},
                "StringLike": {"aws:SourceArn": "arn:aws:codedeploy:eu-west-1:111111111111:deploymentgroup:dev-api/*"},
            },
        }
    ]


def test_rejects_a_bake_time_that_codedeploy_does_not_take() -> None:
    assert ReleaseSettings(bake_minutes=2880).bake_minutes == 2880  # two days, CodeDeploy's most
    with pytest.raises(ValueError, match="bake_minutes must be from 0 to 2880, got 2881"):
        ReleaseSettings(bake_minutes=2881)


@pytest.mark.parametrize(
    ("settings", "name", "routing"),
    [
        (
            ReleaseSettings(canary=Shift(percent=5, interval_minutes=3)),
            "dev-api-canary-5-percent-3-minutes",
            {"type": "TimeBasedCanary", "time_based_canary": {"percentage": 5, "interval": 3}},
        ),
        (
            ReleaseSettings(linear=Shift(percent=10, interval_minutes=1)),
            "dev-api-linear-10-percent-1-minutes",
            {"type": "TimeBasedLinear", "time_based_linear": {"percentage": 10, "interval": 1}},
        ),
    ],
)
def test_numbers_of_ones_own_are_a_configuration_that_is_made_before_the_old_one_goes(
    settings: ReleaseSettings, name: str, routing: Config
) -> None:
    config = deployment(replace(PROPS, settings=settings))

    assert resource(config, "aws_codedeploy_deployment_config") == {
        "deployment_config_name": name,
        "compute_platform": "ECS",
        "traffic_routing_config": routing,
        "lifecycle": {"create_before_destroy": True},
    }
    # By reference, so that the group names the new one before the old one is deleted.
    assert resource(config, "aws_codedeploy_deployment_group")["deployment_config_name"] == reference(
        config, "aws_codedeploy_deployment_config", "deployment_config_name"
    )


def test_a_release_waits_for_an_approval_and_is_stopped_without_it() -> None:
    group = resource(
        deployment(replace(PROPS, settings=ReleaseSettings(approval_wait_minutes=60))),
        "aws_codedeploy_deployment_group",
    )

    assert group["blue_green_deployment_config"]["deployment_ready_option"] == {
        "action_on_timeout": "STOP_DEPLOYMENT",
        "wait_time_in_minutes": 60,
    }
    # That end counts as a stop on request: without the event it would not be rolled back.
    assert "DEPLOYMENT_STOP_ON_REQUEST" in group["auto_rollback_configuration"]["events"]


def test_codedeploy_may_call_the_teams_own_functions_and_no_others() -> None:
    hooks = {"AfterInstall": "arn:migrate:7", "AfterAllowTraffic": "arn:tell"}
    statements = policy(deployment(replace(PROPS, settings=ReleaseSettings(hooks=hooks))), "dev-api-codedeploy")

    assert [one["Resource"] for one in statements if one["Action"] == ["lambda:InvokeFunction"]] == [
        ["arn:hook", "arn:migrate:7", "arn:tell"]
    ]


def test_rejects_what_excludes_each_other_or_lasts_too_long() -> None:
    shift = Shift(percent=1, interval_minutes=1)
    both = ReleaseSettings(canary=shift, linear=shift)

    assert ReleaseSettings(approval_wait_minutes=7200).approval_wait_minutes == 7200  # five days, CodeDeploy's most
    with pytest.raises(ValueError, match="approval_wait_minutes must be from 0 to 7200, got 7201"):
        ReleaseSettings(approval_wait_minutes=7201)
    with pytest.raises(ValueError, match="one of canary and linear is needed"):
        deployment(replace(PROPS, settings=both))
