"""CodeDeploy, ECR, IAM, Lambda, CloudWatch Logs and Parameter Store: sizes, names and what is there already."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.lambda_function import Function, archive
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


def test_a_log_group_that_is_gone_is_not_tagged(client: Client, name: str) -> None:
    logs, arn = client("logs"), f"arn:aws:logs:us-east-1:123456789012:log-group:{name}"

    answer = refused(logs.tag_resource, resourceArn=arn, tags={"color": "blue"})

    assert answer == (400, "ResourceNotFoundException", "The specified log group does not exist.")
    logs.create_log_group(logGroupName=name)
    logs.tag_resource(resourceArn=arn, tags={"color": "blue"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"color": "blue"}


# Parameter Store


def test_a_standard_parameter_has_4096_characters(client: Client, name: str) -> None:
    ssm = client("ssm")

    answer = refused(ssm.put_parameter, Name=name, Type="String", Value="ä" * 4097)

    assert answer == (
        400,
        "ValidationException",
        "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter "
        "value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
    )
    ssm.put_parameter(Name=name, Type="String", Value="ä" * 4096)
    ssm.put_parameter(Name=f"{name}-advanced", Type="String", Value="a" * 4097, Tier="Advanced")


def test_a_parameters_name_has_no_spaces_inside(client: Client, name: str) -> None:
    answer = refused(client("ssm").put_parameter, Name=f"/{name}/a b", Type="String", Value="a")

    assert answer == (
        400,
        "ValidationException",
        'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of '
        "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following "
        "3 symbols .-_",
    )
    client("ssm").put_parameter(Name=f"/{name}/a-b_c.d", Type="String", Value="a")


PARAMETERS = {"Type": "String", "Value": "a"}


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (
            {"Tier": "Advanced", "Value": "a" * 8193},
            "ValidationException",
            "Advanced-tier parameters support a maximum parameter value of 8192 characters.",
        ),
        (
            {"Value": "{{ssm:other}}"},
            "ValidationException",
            "Parameter value: '{{ssm:other}}' failed to satisfy constraint: Parameter value can't nest another "
            'parameter. Do not use "{{}}" in the value.',
        ),
        (
            {"AllowedPattern": r"^\d+$"},
            "ParameterPatternMismatchException",
            r"Parameter value, cannot be validated against allowedPattern: ^\d+$",
        ),
        (
            {"Type": "StringList", "AllowedPattern": r"^\d+$", "Value": "1,b"},
            "ParameterPatternMismatchException",
            r"Parameter value, cannot be validated against allowedPattern: ^\d+$",
        ),
    ],
)
def test_a_parameters_value_is_as_it_may_be(
    client: Client, name: str, given: dict[str, Any], code: str, message: str
) -> None:
    answer = refused(client("ssm").put_parameter, Name=name, **{**PARAMETERS, **given})

    assert answer == (400, code, message)


@pytest.mark.parametrize(
    ("end", "code"),
    [("/", "ValidationException"), ("//a", "ValidationException"), ("/a" * 16, "HierarchyLevelLimitExceededException")],
)
def test_a_parameters_name_has_up_to_15_levels_none_of_them_empty(
    client: Client, name: str, end: str, code: str
) -> None:
    assert refused(client("ssm").put_parameter, Name=f"/{name}{end}", **PARAMETERS)[:2] == (400, code)


def test_a_parameters_name_has_966_characters_in_this_region(client: Client, name: str) -> None:
    put = client("ssm").put_parameter

    assert refused(put, Name=name.ljust(967, "a"), **PARAMETERS)[:2] == (400, "AccessDeniedException")
    assert put(Name=name.ljust(966, "a"), **PARAMETERS)["Version"] == 1


def test_other_parameters_are_kept(client: Client, name: str) -> None:
    put = client("ssm").put_parameter
    for number, given in enumerate(
        (
            {"Tier": "Advanced", "Value": "a" * 8192},
            {"Value": "{ssm} }}{{"},
            {"AllowedPattern": r"^\d+$", "Value": "12"},
            {"Type": "StringList", "AllowedPattern": r"^\d+$", "Value": "1,2"},
        )
    ):
        assert put(Name=f"/{name}{'/a' * 14}/{number}", **{**PARAMETERS, **given})["Version"] == 1


# ECR


def test_a_repositorys_key_is_kms_and_its_exceptions_are_to_something(client: Client, name: str) -> None:
    create = client("ecr").create_repository
    filters = [{"filterType": "WILDCARD", "filter": "dev-*"}]

    key = refused(create, repositoryName=name, encryptionConfiguration={"encryptionType": "AES256", "kmsKey": "k"})
    exceptions = refused(
        create, repositoryName=name, imageTagMutability="IMMUTABLE", imageTagMutabilityExclusionFilters=filters
    )

    assert key == (
        400,
        "InvalidParameterException",
        "Invalid parameter at 'encryptionConfiguration' failed to satisfy constraint: 'Invalid encryption "
        "configuration: Encryption key should not be set for AES256 encryption.'",
    )
    assert exceptions == (
        400,
        "InvalidParameterException",
        "Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: "
        "'ImageTagMutabilityExclusionFilters are not allowed when imageTagMutability is set as IMMUTABLE'",
    )
    made = create(
        repositoryName=name,
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=filters,
        encryptionConfiguration={"encryptionType": "AES256"},
    )
    assert made["repository"]["repositoryName"] == name


def test_the_rules_for_old_images_have_priorities_of_their_own(client: Client, name: str) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName=name)

    def policy(*priorities: int) -> str:
        selection = {"tagStatus": "tagged", "tagPrefixList": ["v"], "countType": "imageCountMoreThan", "countNumber": 9}
        rules = [
            {"rulePriority": priority, "selection": selection, "action": {"type": "expire"}} for priority in priorities
        ]
        return json.dumps({"rules": rules})

    answer = refused(ecr.put_lifecycle_policy, repositoryName=name, lifecyclePolicyText=policy(1, 1))

    assert answer == (
        400,
        "InvalidParameterException",
        "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation "
        "failure: Duplicate priority in multiple rules'",
    )
    ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=policy(1, 2))


def test_a_log_group_has_a_stream_of_a_name_once(client: Client, name: str) -> None:
    logs, stream = client("logs"), {"logGroupName": name, "logStreamName": "stream"}
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(**stream)

    answer = refused(logs.create_log_stream, **stream)

    assert answer == (400, "ResourceAlreadyExistsException", "The specified log stream already exists")
