"""The services with a few rules each: sizes, names, what is there already and what is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.lambda_function import Function, archive
from tests.sandbox.stack import make, service
from tests.sandbox.test_aws_errors import refused
from tests.sandbox.trust import TRUST

Client = Callable[[str], Any]


# CodeDeploy


@pytest.mark.parametrize(
    ("resource", "code", "message"),
    [
        ("application:{}", "ApplicationDoesNotExistException", "The application {} does not exist"),
        ("deploymentgroup:{}/g", "ApplicationDoesNotExistException", "The application {} does not exist"),
        ("deploymentgroup:{}-app/g", "DeploymentGroupDoesNotExistException", "The deployment group g does not exist"),
    ],
)
def test_an_application_or_group_that_is_gone_is_not_tagged(
    client: Client, name: str, resource: str, code: str, message: str
) -> None:
    codedeploy = client("codedeploy")
    codedeploy.create_application(applicationName=f"{name}-app", computePlatform="ECS")
    arn = f"arn:aws:codedeploy:us-east-1:123456789012:{resource.format(name)}"

    answer = refused(codedeploy.tag_resource, ResourceArn=arn, Tags=[{"Key": "color", "Value": "blue"}])

    assert answer == (400, code, f"{message.format(name)} with the user or AWS account.")


def test_an_application_that_is_there_is_tagged(client: Client, name: str) -> None:
    codedeploy, tags = client("codedeploy"), [{"Key": "color", "Value": "blue"}]
    codedeploy.create_application(applicationName=name, computePlatform="ECS")
    arn = f"arn:aws:codedeploy:us-east-1:123456789012:application:{name}"

    codedeploy.tag_resource(ResourceArn=arn, Tags=tags)

    assert codedeploy.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags


@pytest.mark.parametrize(
    ("deployment", "code"),
    [("d-ABCDEFGHI", "DeploymentDoesNotExistException"), ("nonsense", "InvalidDeploymentIdException")],
)
def test_an_id_of_the_right_form_does_not_exist_and_another_is_invalid(
    client: Client, deployment: str, code: str
) -> None:
    assert refused(client("codedeploy").get_deployment, deploymentId=deployment)[:2] == (400, code)


# IAM


def test_role_names_that_differ_in_case_only_are_one_name(client: Client, name: str) -> None:
    client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)

    answer = refused(client("iam").create_role, RoleName=name.upper(), AssumeRolePolicyDocument=TRUST)

    assert answer == (409, "EntityAlreadyExists", f"Role with name {name.upper()} already exists.")
    assert client("iam").create_role(RoleName=f"{name}-two", AssumeRolePolicyDocument=TRUST)["Role"]


def test_a_trust_policy_is_json(client: Client, name: str) -> None:
    create = client("iam").create_role

    answer = refused(create, RoleName=name, AssumeRolePolicyDocument='{"Version": ')

    assert answer == (400, "MalformedPolicyDocument", "This policy contains invalid Json")
    assert create(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["RoleName"] == name


def test_a_managed_policy_is_named_by_its_arn(client: Client, name: str) -> None:
    iam = client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)

    other = refused(iam.attach_role_policy, RoleName=name, PolicyArn="AWSCodeDeployRoleForECS")
    gone = refused(iam.attach_role_policy, RoleName=name, PolicyArn="arn:aws:iam::123456789012:policy/gone")

    assert other == (400, "ValidationError", "Invalid ARN:  Could not be parsed!")
    assert gone[:2] == (404, "NoSuchEntity")
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS")


# Lambda


def test_the_variables_of_a_function_have_4_kb_measured_as_json(client: Client, function: Function) -> None:
    room = 4096 - len('{"CHECKS":""}')
    function.create(Environment={"Variables": {"CHECKS": "a" * room}})

    change = client("lambda").update_function_configuration
    answer = refused(change, FunctionName=function.name, Environment={"Variables": {"CHECKS": "a" * (room + 1)}})

    measured = '{"CHECKS":"' + "a" * (room + 1) + '"}'
    assert answer == (
        400,
        "InvalidParameterValueException",
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        f"exceeded the 4KB limit. String measured: {measured}",
    )


def test_a_functions_name_has_64_characters(client: Client, function: Function) -> None:
    function.create()
    role = client("lambda").get_function_configuration(FunctionName=function.name)["Role"]
    create, given = client("lambda").create_function, function.name.ljust(65, "a")
    settings = {"Role": role, "Runtime": "provided.al2023", "Handler": "bootstrap", "Code": {"ZipFile": archive()}}

    status, code, message = refused(create, FunctionName=given, **settings)

    assert (status, code) == (400, "InvalidParameterValueException")
    assert message == (
        f"1 validation error detected: Value '{given}' at 'functionName' failed to satisfy constraint: "
        "Member must have length less than or equal to 64"
    )
    assert create(FunctionName=given[:64], **settings)["FunctionName"] == given[:64]


def test_a_statement_id_is_had_once(client: Client, function: Function) -> None:
    function.create()
    permission = {"FunctionName": function.name, "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    client("lambda").add_permission(StatementId="rule", **permission)

    answer = refused(client("lambda").add_permission, StatementId="rule", **permission)

    assert answer == (
        409,
        "ResourceConflictException",
        "The statement id (rule) provided already exists. Please provide a new statement id, or remove the existing "
        "statement.",
    )
    client("lambda").add_permission(StatementId="other", **permission)


def test_the_settings_for_events_have_one_at_least(client: Client, function: Function) -> None:
    function.create()
    put = client("lambda").put_function_event_invoke_config

    answer = refused(put, FunctionName=function.name)

    message = "You must specify at least one of error handling or destination setting."
    assert answer == (400, "InvalidParameterValueException", message)
    assert put(FunctionName=function.name, MaximumRetryAttempts=0)["MaximumRetryAttempts"] == 0


# CloudWatch Logs


def test_events_are_kept_for_one_of_the_numbers_of_days_that_there_are(client: Client, name: str) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName=name)

    status, code, message = refused(logs.put_retention_policy, logGroupName=name, retentionInDays=2)

    assert (status, code) == (400, "InvalidParameterException")
    assert message == (
        "1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy "
        "enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, "
        "3288, 3653]"
    )
    logs.put_retention_policy(logGroupName=name, retentionInDays=3)


def test_log_groups_that_begin_with_aws_and_no_slash_are_aws_own(client: Client, name: str) -> None:
    logs = client("logs")

    answer = refused(logs.create_log_group, logGroupName=f"aws/{name}")

    assert answer == (400, "InvalidParameterException", "Log groups starting with AWS/ are reserved for AWS.")
    logs.create_log_group(logGroupName=f"/aws/{name}")


def test_log_groups_are_looked_for_in_one_way(client: Client, name: str) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName=name)

    answer = refused(logs.describe_log_groups, logGroupNamePrefix=name, logGroupNamePattern=name)

    message = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
    assert answer == (400, "InvalidParameterException", message)
    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["logGroupName"] == name


def test_a_log_group_that_is_gone_is_not_tagged(client: Client, name: str) -> None:
    logs, arn = client("logs"), f"arn:aws:logs:us-east-1:123456789012:log-group:{name}"

    answer = refused(logs.tag_resource, resourceArn=arn, tags={"color": "blue"})

    assert answer == (400, "ResourceNotFoundException", "The specified log group does not exist.")
    logs.create_log_group(logGroupName=name)
    logs.tag_resource(resourceArn=arn, tags={"color": "blue"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"color": "blue"}


# Application Auto Scaling


@pytest.fixture
def scalable(client: Client, name: str) -> dict[str, Any]:
    """The service of a stack, which is not registered."""
    service(client, make(client, name))
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{name}/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }


@pytest.mark.parametrize(
    ("capacities", "missing"),
    [({}, "MinCapacity and MaxCapacity"), ({"MinCapacity": 1}, "MaxCapacity"), ({"MaxCapacity": 1}, "MinCapacity")],
)
def test_a_new_scalable_target_is_given_both_of_its_capacities(
    client: Client, scalable: dict[str, Any], capacities: dict[str, int], missing: str
) -> None:
    register = client("application-autoscaling").register_scalable_target

    answer = refused(register, **scalable, **capacities)

    message = f"{missing} must be given when a new scalable target is registered."
    assert answer == (400, "ValidationException", message)
    register(**scalable, MinCapacity=1, MaxCapacity=2)
    register(**scalable, MaxCapacity=3)


def test_the_least_capacity_of_a_scalable_target_is_not_above_its_most(
    client: Client, scalable: dict[str, Any]
) -> None:
    scaling = client("application-autoscaling")
    crossed = (400, "ValidationException", "Maximum capacity cannot be less than minimum capacity")

    assert refused(scaling.register_scalable_target, **scalable, MinCapacity=2, MaxCapacity=1) == crossed
    scaling.register_scalable_target(**scalable, MinCapacity=1, MaxCapacity=2)
    assert refused(scaling.register_scalable_target, **scalable, MinCapacity=3) == crossed
    assert refused(scaling.register_scalable_target, **scalable, MaxCapacity=0) == crossed
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[scalable["ResourceId"]])[
        "ScalableTargets"
    ]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 2)


def test_what_depends_on_a_scalable_target_is_refused_before_there_is_one_and_after_it_is_gone(
    client: Client, scalable: dict[str, Any]
) -> None:
    scaling = client("application-autoscaling")
    metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    policy = scalable | {
        "PolicyName": "cpu",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 50.0, "PredefinedMetricSpecification": metric},
    }
    action = scalable | {"ScheduledActionName": "night", "Schedule": "rate(1 day)"}
    action |= {"ScalableTargetAction": {"MinCapacity": 0}}
    refusal = (
        400,
        "ObjectNotFoundException",
        f"No scalable target registered for service namespace: ecs, resource ID: {scalable['ResourceId']}, "
        "scalable dimension: ecs:service:DesiredCount",
    )

    def refusals() -> list[tuple[int, str, str]]:
        return [
            refused(scaling.put_scaling_policy, **policy),
            refused(scaling.put_scheduled_action, **action),
            refused(scaling.deregister_scalable_target, **scalable),
        ]

    assert refusals() == [refusal] * 3
    scaling.register_scalable_target(**scalable, MinCapacity=0, MaxCapacity=1)
    scaling.put_scaling_policy(**policy)
    scaling.put_scheduled_action(**action)
    scaling.delete_scaling_policy(**scalable, PolicyName="cpu")
    gone = refused(scaling.delete_scaling_policy, **scalable, PolicyName="cpu")
    names = f"ecs, {scalable['ResourceId']}, ecs:service:DesiredCount, cpu"
    assert gone == (400, "ObjectNotFoundException", f"No scaling policy found for {names}")
    scaling.deregister_scalable_target(**scalable)
    assert refusals() == [refusal] * 3


def test_a_scalable_target_that_is_gone_has_no_tags(client: Client, scalable: dict[str, Any]) -> None:
    scaling = client("application-autoscaling")
    made = scaling.register_scalable_target(**scalable, MinCapacity=0, MaxCapacity=1, Tags={"color": "blue"})
    arn = made["ScalableTargetARN"]
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"color": "blue"}
    scaling.deregister_scalable_target(**scalable)

    answers = [
        refused(scaling.list_tags_for_resource, ResourceARN=arn),
        refused(scaling.tag_resource, ResourceARN=arn, Tags={"color": "green"}),
        refused(scaling.untag_resource, ResourceARN=arn, TagKeys=["color"]),
    ]

    message = f"No scalable target found for resource ARN: {arn}"
    assert answers == [(400, "ResourceNotFoundException", message)] * 3
