import json
from dataclasses import replace
from typing import Any

from modules.cluster import Cluster, ClusterProps
from modules.service import Service, ServiceProps, repository_uri
from modules.traffic import Traffic, TrafficProps
from tests.modules.example import CLUSTER, FIRST_TARGET, IMAGE, LOAD_BALANCER, PLACEMENT, SERVICE, TARGET_GROUPS, TASK
from tests.synthesis import Config, address, policy, reference, resource, resources, synth, trust

PROPS = ServiceProps(service=SERVICE, cluster=CLUSTER, task=TASK, placement=PLACEMENT, first_target=FIRST_TARGET)


def with_container(**changes: Any) -> ServiceProps:
    return replace(PROPS, task=replace(TASK, container=replace(TASK.container, **changes)))


def with_task(**changes: Any) -> ServiceProps:
    return replace(PROPS, task=replace(TASK, **changes))


def service(props: ServiceProps = PROPS) -> Config:
    return synth(lambda stack: Service(stack, "service", props))


def container(props: ServiceProps = PROPS) -> dict[str, Any]:
    (only,) = json.loads(resource(service(props), "aws_ecs_task_definition")["container_definitions"])
    return dict(only)


def test_the_cluster_has_container_insights() -> None:
    assert resources(synth(lambda stack: Cluster(stack, "cluster", ClusterProps(name="dev"))), "aws_ecs_cluster") == [
        {"name": "dev", "setting": [{"name": "containerInsights", "value": "enabled"}]}
    ]


def test_the_service_is_created_as_codedeploy_wants_it() -> None:
    config = service()
    made = resource(config, "aws_ecs_service")

    assert {name: made[name] for name in made if name not in ("lifecycle", "depends_on")} == {
        "name": "dev-api",
        "cluster": "arn:cluster",
        "task_definition": reference(config, "aws_ecs_task_definition", "arn"),
        "desired_count": 2,
        "launch_type": "FARGATE",
        "platform_version": "LATEST",
        "deployment_controller": {"type": "CODE_DEPLOY"},
        "availability_zone_rebalancing": "DISABLED",
        "enable_ecs_managed_tags": True,
        "propagate_tags": "SERVICE",
        "network_configuration": {
            "subnets": ["subnet-1", "subnet-2"],
            "security_groups": ["sg-1"],
            "assign_public_ip": False,
        },
        "load_balancer": [{"target_group_arn": "arn:blue", "container_name": "api", "container_port": 3000}],
        "health_check_grace_period_seconds": 60,
        "wait_for_steady_state": False,
        "force_delete": True,
    }


def test_terraform_leaves_to_codedeploy_what_aws_would_refuse_to_change() -> None:
    assert resource(service(), "aws_ecs_service")["lifecycle"] == {
        "ignore_changes": [
            "task_definition",
            "load_balancer",
            "network_configuration",
            "platform_version",
            "desired_count",
        ]
    }


def test_only_one_target_group_is_attached() -> None:
    assert len(resource(service(), "aws_ecs_service")["load_balancer"]) == 1


def test_the_service_waits_for_its_listeners_and_keeps_its_role_to_the_end() -> None:
    def build(stack: Any) -> None:
        props = TrafficProps(service=SERVICE, vpc_id="vpc-1", load_balancer=LOAD_BALANCER, target_groups=TARGET_GROUPS)
        traffic = Traffic(stack, "traffic", props)
        Service(stack, "service", replace(PROPS, first_target=traffic.first_target))

    config = synth(build)
    role = reference(config, "aws_iam_role", "name", name="dev-api-execution")

    assert resource(config, "aws_ecs_service")["depends_on"] == [
        address(config, "aws_lb_listener", port=80),
        address(config, "aws_lb_listener", port=8080),
        address(config, "aws_iam_role_policy", role=role),
    ]


def test_an_apply_does_not_wait_for_a_steady_state() -> None:
    assert resource(service(), "aws_ecs_service")["wait_for_steady_state"] is False


def too_large(environment: dict[str, str]) -> list[str]:
    found: list[str] = []
    props = with_task(environment=environment)
    synth(lambda stack: found.extend(Service(stack, "service", props).too_large))
    return found


def test_a_task_definition_that_ecs_would_not_take_is_refused_with_its_size() -> None:
    """What counts is its JSON: many small variables take more room than one large one."""
    assert too_large({"A": "x" * 63_000}) == []
    assert too_large({f"V{number:04}": "" for number in range(2_500)}) == [
        "environment: 2500 variables, the health command and 0 sidecars make a task definition of about 70999 bytes, "
        "and ECS takes 65536: read large values from elsewhere"
    ]


def test_replaced_revisions_stay_for_rollbacks() -> None:
    assert resource(service(), "aws_ecs_task_definition")["skip_destroy"] is True


def test_the_task_definition_is_fargate_on_the_given_processor() -> None:
    config = service()
    made = resource(config, "aws_ecs_task_definition")

    assert {name: made[name] for name in made if name != "container_definitions"} == {
        "family": "dev-api",
        "requires_compatibilities": ["FARGATE"],
        "network_mode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "runtime_platform": {"cpu_architecture": "ARM64", "operating_system_family": "LINUX"},
        "execution_role_arn": reference(config, "aws_iam_role", "arn", name="dev-api-execution"),
        "task_role_arn": reference(config, "aws_iam_role", "arn", name="dev-api-task"),
        "skip_destroy": True,
    }


def test_the_container_is_hardened_and_logs_to_its_own_group() -> None:
    config = service()
    (made,) = json.loads(resource(config, "aws_ecs_task_definition")["container_definitions"])

    assert made == {
        "name": "api",
        "image": IMAGE,
        "essential": True,
        "cpu": 256,
        "portMappings": [
            {"name": "web", "containerPort": 3000, "hostPort": 3000, "protocol": "tcp", "appProtocol": "http"}
        ],
        "environment": [],
        "readonlyRootFilesystem": True,
        "stopTimeout": 30,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": reference(config, "aws_cloudwatch_log_group", "name", name="/ecs/dev/api"),
                "awslogs-region": "eu-west-1",
                "awslogs-stream-prefix": "api",
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    }


def test_environment_variables_are_in_a_stable_order() -> None:
    assert container(with_task(environment={"B": "2", "A": "1"}))["environment"] == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "2"},
    ]


def test_an_unclosed_literal_dollar_brace_leaves_the_log_group_a_reference() -> None:
    # CDKTF takes even an escaped ${ for the start of an expression, in which it writes references without their own.
    config = service(with_task(environment={"UNCLOSED": "$${", "CLOSED": "$$${HOME}"}))
    group = reference(config, "aws_cloudwatch_log_group", "name")
    (only,) = json.loads(resource(config, "aws_ecs_task_definition")["container_definitions"])

    assert only["environment"] == [{"name": "CLOSED", "value": "$$${HOME}"}, {"name": "UNCLOSED", "value": "$${"}]
    assert only["logConfiguration"]["options"]["awslogs-group"] == group


def test_a_repository_that_only_terraform_knows_gets_no_pull_permission() -> None:
    assert repository_uri("${aws_ecr_repository.api.repository_url}:v1") is None


def test_a_health_command_needs_no_shell() -> None:
    assert container(with_container(health_command=["CMD", "/image", "health"]))["healthCheck"] == {
        "command": ["CMD", "/image", "health"],
        "interval": 10,
        "timeout": 5,
        "retries": 3,
        "startPeriod": 10,
    }


def test_a_memory_reservation_is_the_containers_soft_limit() -> None:
    assert container(with_container(memory_reservation=512))["memoryReservation"] == 512


def test_the_execution_role_pulls_one_repository_and_writes_one_log_group() -> None:
    config = service()
    group = reference(config, "aws_cloudwatch_log_group", "arn", name="/ecs/dev/api")

    assert policy(config, "dev-api-execution") == [
        {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
            "Resource": "arn:aws:ecr:eu-west-1:111111111111:repository/team/api",
        },
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": f"{group}:*"},
    ]


def test_an_image_from_elsewhere_needs_no_pull_permission() -> None:
    config = service(with_task(image="public.ecr.aws/nginx/nginx:latest"))

    assert [statement["Action"] for statement in policy(config, "dev-api-execution")] == [
        ["logs:CreateLogStream", "logs:PutLogEvents"]
    ]


def test_task_roles_are_for_tasks_of_this_account_only() -> None:
    config = service()
    expected = [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "111111111111"},
                "ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:111111111111:*"},
            },
        }
    ]

    assert (trust(config, "dev-api-execution"), trust(config, "dev-api-task")) == (expected, expected)


def test_the_container_itself_may_do_nothing_on_aws() -> None:
    config = service()
    task_role = reference(config, "aws_iam_role", "name", name="dev-api-task")

    assert resources(config, "aws_iam_role_policy", role=task_role) == []


def test_a_repository_is_the_image_without_its_tag_or_digest() -> None:
    uri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/api"

    assert [repository_uri(image) for image in (uri, f"{uri}:v1", f"{uri}@sha256:{64 * '0'}", "nginx:latest")] == [
        uri,
        uri,
        uri,
        None,
    ]
