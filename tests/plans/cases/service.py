"""Of the service, its task definition, and CodeDeploy."""

import json
from typing import Any

from tests.plans.case import Case, settings
from tests.plans.edits import Edit, Synthesized, added, not_ignored, put, reworded, without

_SERVICE, _TASK = "service-api/service/service", "service-api/service/task-definition"
_APP, _GROUP = "service-api/deployment/application-dev-api", "service-api/deployment/group-dev-api"
_PAIR = "load_balancer_info.target_group_pair_info"
_READY = "blue_green_deployment_config.deployment_ready_option"
_BAKE = "blue_green_deployment_config.terminate_blue_instances_on_deployment_success"
_STOP = "stop_timeout_seconds: 15}"


def of_api(line: str) -> str:
    """The settings with a line more in those of `api`."""
    return settings((_STOP, f"{_STOP}\n    {line}"))


def _container(change: dict[str, Any]) -> Edit:
    def edit(stack: Synthesized) -> None:
        (container,) = json.loads(stack[_TASK]["container_definitions"])
        stack[_TASK]["container_definitions"] = json.dumps([container | change])

    return edit


def _turned_round(stack: Synthesized) -> None:
    """The same containers, their keys in another order."""
    (container,) = json.loads(stack[_TASK]["container_definitions"])
    stack[_TASK]["container_definitions"] = json.dumps([dict(reversed(container.items()))])


SERVICE = (
    Case(name="service-name", edits=(put(_SERVICE, {"name": "dev-shop"}),)),
    Case(
        name="service-spot",
        edits=(
            put(
                _SERVICE,
                {
                    "launch_type": None,
                    "capacity_provider_strategy": [{"capacity_provider": "FARGATE_SPOT", "weight": 1}],
                },
            ),
        ),
    ),
    Case(name="service-controller", edits=(put(_SERVICE, {"deployment_controller.type": "ECS"}),)),
    Case(
        name="service-revision-not-ignored",
        settings=of_api("memory: 1024"),
        edits=(not_ignored(_SERVICE, "task_definition"),),
    ),
    Case(
        name="service-network-not-ignored",
        edits=(
            not_ignored(_SERVICE, "network_configuration"),
            put(_SERVICE, {"network_configuration.assign_public_ip": True}),
        ),
    ),
    Case(name="service-count-ignored", settings=of_api("desired_count: 6")),
    Case(
        name="service-count-not-ignored",
        settings=of_api("desired_count: 6"),
        edits=(not_ignored(_SERVICE, "desired_count"),),
    ),
    Case(name="service-forced", edits=(put(_SERVICE, {"force_new_deployment": True}),)),
    Case(name="service-percent", edits=(put(_SERVICE, {"deployment_maximum_percent": 150}),)),
    Case(name="service-grace-period", settings=of_api("health_check_grace_period_seconds: 90")),
    Case(name="service-rebalancing", edits=(put(_SERVICE, {"availability_zone_rebalancing": "ENABLED"}),)),
    Case(name="service-execute-command", edits=(put(_SERVICE, {"enable_execute_command": True}),)),
    Case(name="service-tags-of-tasks", edits=(put(_SERVICE, {"propagate_tags": "TASK_DEFINITION"}),)),
    Case(name="service-removed", settings=settings().partition("  web:")[0]),
    Case(
        name="service-added",
        settings=settings()
        + "  jobs:\n    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/api:print-blue\n"
        + "    routes: [GET /four]\n    prod_port: 82\n    test_port: 8082\n",
    ),
    Case(
        name="service-renamed",
        settings=settings(("  web:", "  site:"), ("81", "82"), ("8081", "8083"), ("/three", "/four")),
    ),
)

TASK_DEFINITION = (
    Case(name="memory", settings=of_api("memory: 1024")),
    Case(name="image", settings=settings(("api:print-green", "api:print-blue"))),
    Case(name="environment", settings=settings(('{DRAIN_SECONDS: "5"}', '{DRAIN_SECONDS: "10", LOG_LEVEL: debug}'))),
    Case(name="container-port", settings=settings((_STOP, "stop_timeout_seconds: 15, port: 3001}"))),
    Case(name="family", settings=of_api("family: shop")),
    Case(
        name="sidecar",
        edits=(
            reworded(
                _TASK,
                "container_definitions",
                "[{",
                '[{"name": "proxy", "image": "public.ecr.aws/docker/library/nginx:1.29", "essential": false}, {',
            ),
        ),
    ),
    Case(name="log-options", edits=(_container({"dockerLabels": {"team": "payments"}}),)),
    Case(name="architecture", edits=(put(_TASK, {"runtime_platform.cpu_architecture": "ARM64"}),)),
    Case(name="task-role-unpassed", edits=(put(_TASK, {"task_role_arn": "arn:aws:iam::123456789012:role/shop"}),)),
    Case(name="skip-destroy-off", edits=(put(_TASK, {"skip_destroy": False}),)),
    Case(name="key-order", edits=(_turned_round,)),
)

CODEDEPLOY = (
    Case(name="application-name", edits=(put(_APP, {"name": "shop"}),)),
    Case(name="group-name", edits=(put(_GROUP, {"deployment_group_name": "shop"}),)),
    Case(
        name="group-of-another-application",
        edits=(put(_GROUP, {"app_name": "${@{service-web/deployment/application-dev-web}.name}"}),),
    ),
    Case(
        name="linear",
        settings=settings(
            ("{bake_minutes: 1}", "{bake_minutes: 1, config: CodeDeployDefault.ECSLinear10PercentEvery3Minutes}")
        ),
    ),
    Case(name="bake-longer", settings=settings(("bake_minutes: 1", "bake_minutes: 30"))),
    Case(name="bake-none", edits=(put(_GROUP, {f"{_BAKE}.termination_wait_time_in_minutes": 0}),)),
    Case(
        name="approval",
        edits=(put(_GROUP, {_READY: {"action_on_timeout": "STOP_DEPLOYMENT", "wait_time_in_minutes": 60}}),),
    ),
    Case(name="keep-alive", edits=(put(_GROUP, {_BAKE: {"action": "KEEP_ALIVE"}}),)),
    Case(name="auto-rollback-off", edits=(put(_GROUP, {"auto_rollback_configuration": {"enabled": False}}),)),
    Case(
        name="prod-route",
        edits=(
            put(_GROUP, {f"{_PAIR}.prod_traffic_route.listener_arns": ["${@{service-web/traffic/prod-listener}.arn}"]}),
        ),
    ),
    Case(name="test-route-removed", edits=(put(_GROUP, {f"{_PAIR}.test_traffic_route": None}),)),
    Case(
        name="group-of-other-target-groups",
        edits=(put(_GROUP, {f"{_PAIR}.target_group": [{"name": "dev-web-blue"}, {"name": "dev-web-green"}]}),),
    ),
    Case(
        name="group-of-another-service",
        edits=(put(_GROUP, {"ecs_service.service_name": "${@{service-web/service/service}.name}"}),),
    ),
    Case(
        name="in-place-style",
        edits=(
            put(
                _GROUP,
                {"deployment_style": {"deployment_option": "WITHOUT_TRAFFIC_CONTROL", "deployment_type": "IN_PLACE"}},
            ),
        ),
    ),
    Case(name="group-role", edits=(put(_GROUP, {"service_role_arn": "${@{service-api/hook/role/role}.arn}"}),)),
    Case(name="group-deleted", edits=(without(_GROUP, _APP),)),
    Case(
        name="alarms-added",
        edits=(
            added(
                "aws_cloudwatch_metric_alarm",
                "errors",
                {
                    "alarm_name": "dev-api-errors",
                    "comparison_operator": "GreaterThanThreshold",
                    "evaluation_periods": 2,
                    "metric_name": "HTTPCode_Target_5XX_Count",
                    "namespace": "AWS/ApplicationELB",
                    "period": 60,
                    "statistic": "Sum",
                    "threshold": 5,
                    "treat_missing_data": "notBreaching",
                    "dimensions": {"LoadBalancer": "${@{load-balancer/load-balancer}.arn_suffix}"},
                },
            ),
            put(
                _GROUP,
                {
                    "alarm_configuration": {
                        "enabled": True,
                        "alarms": ["${aws_cloudwatch_metric_alarm.errors.alarm_name}"],
                    }
                },
            ),
        ),
    ),
)

RELEASED_BY_CODEDEPLOY = (*SERVICE, *TASK_DEFINITION, *CODEDEPLOY)
