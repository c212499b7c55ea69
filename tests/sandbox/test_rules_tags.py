"""Tags that begin with aws: are AWS's own, whatever the service; a thing has 50 at most, and each key once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.test_aws_errors import refused
from tests.sandbox.trust import TRUST

Client = Callable[[str], Any]
Tags = Callable[..., dict[str, Any]]

ARN = "arn:aws:{}:us-east-1:123456789012:{}"
ALARM = {
    "Namespace": "n",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}
TARGET = {
    "ServiceNamespace": "dynamodb",
    "ResourceId": "table/t",
    "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    "MinCapacity": 1,
    "MaxCapacity": 1,
}


def pairs(**tags: str) -> dict[str, Any]:
    return {"Tags": [{"Key": _key(key), "Value": value} for key, value in tags.items()]}


def small_pairs(**tags: str) -> dict[str, Any]:
    return {"tags": [{"key": _key(key), "value": value} for key, value in tags.items()]}


def pairs_in_small_tags(**tags: str) -> dict[str, Any]:
    return {"tags": pairs(**tags)["Tags"]}


def mapping(**tags: str) -> dict[str, Any]:
    return {"Tags": {_key(key): value for key, value in tags.items()}}


def small_mapping(**tags: str) -> dict[str, Any]:
    return {"tags": mapping(**tags)["Tags"]}


def _key(name: str) -> str:
    """``aws_color`` is ``aws:color``."""
    return name.replace("_", ":")


@pytest.mark.parametrize(
    ("service", "operation", "given", "tags", "code"),
    [
        pytest.param(*case, id=case[0])
        for case in (
            ("apigatewayv2", "create_api", {"Name": "{}", "ProtocolType": "HTTP"}, mapping, "BadRequestException"),
            ("application-autoscaling", "register_scalable_target", TARGET, mapping, "ValidationException"),
            ("cloudwatch", "put_metric_alarm", {"AlarmName": "{}", **ALARM}, pairs, "ValidationError"),
            (
                *("codedeploy", "create_application", {"applicationName": "{}", "computePlatform": "ECS"}),
                *(pairs_in_small_tags, "InvalidTagsToAddException"),
            ),
            ("ecr", "create_repository", {"repositoryName": "{}"}, pairs_in_small_tags, "InvalidTagParameterException"),
            ("ecs", "create_cluster", {"clusterName": "{}"}, small_pairs, "InvalidParameterException"),
            (*("elbv2", "create_target_group", {"Name": "{}", "TargetType": "lambda"}), *(pairs, "ValidationError")),
            ("events", "put_rule", {"Name": "{}", "EventPattern": '{"source": ["a"]}'}, pairs, "ValidationException"),
            ("iam", "create_role", {"RoleName": "{}", "AssumeRolePolicyDocument": TRUST}, pairs, "InvalidInput"),
            ("logs", "create_log_group", {"logGroupName": "{}"}, small_mapping, "InvalidParameterException"),
            ("sns", "create_topic", {"Name": "{}"}, pairs, "InvalidParameter"),
            ("ssm", "put_parameter", {"Name": "{}", "Type": "String", "Value": "a"}, pairs, "ValidationException"),
        )
    ],
)
def test_tag_keys_that_begin_with_aws_are_aws_own(
    client: Client, name: str, service: str, operation: str, given: dict[str, Any], tags: Tags, code: str
) -> None:
    call = getattr(client(service), operation)
    params = {key: value.format(name) if value == "{}" else value for key, value in given.items()}

    answer = refused(call, **params, **tags(color="blue", aws_color="blue"))

    assert answer[:2] == (400, code)
    call(**params, **tags(color="blue", awscolor="blue"))


def test_a_functions_tags_do_not_begin_with_aws_and_are_50(client: Client) -> None:
    tag, arn = client("lambda").tag_resource, ARN.format("lambda", "function:nobody")

    reserved = refused(tag, Resource=arn, Tags={"aws:color": "blue"})
    many = refused(tag, Resource=arn, Tags={f"key{number}": "a" for number in range(51)})

    assert reserved[:2] == (400, "InvalidParameterValueException")
    assert many == (400, "InvalidParameterValueException", "Number of tags exceeds resource tag limit.")
    assert refused(tag, Resource=arn, Tags={f"key{number}": "a" for number in range(50)})[0] == 404


@pytest.mark.parametrize(("service", "key"), [("apigatewayv2", "AWS:color"), ("ecs", "Aws:color")])
def test_some_services_say_so_of_any_case(client: Client, name: str, service: str, key: str) -> None:
    if service == "ecs":
        answer = refused(client("ecs").create_cluster, clusterName=name, tags=[{"key": key, "value": "blue"}])
        assert answer == (400, "InvalidParameterException", f"Tag keys beginning with aws: are reserved, got {key}.")
    else:
        api = {"Name": name, "ProtocolType": "HTTP"}
        answer = refused(client("apigatewayv2").create_api, **api, Tags={key: "blue"})
        message = "Invalid tag key. Tag keys cannot start with 'aws:' (case insensitive)"
        assert answer == (400, "BadRequestException", message)


@pytest.mark.parametrize(
    ("service", "operation", "given", "tags", "code"),
    [
        pytest.param(*case, id=case[0])
        for case in (
            (
                *("codedeploy", "create_application", {"applicationName": "{}", "computePlatform": "ECS"}),
                *(pairs_in_small_tags, "InvalidTagsToAddException"),
            ),
            ("ecr", "create_repository", {"repositoryName": "{}"}, pairs_in_small_tags, "TooManyTagsException"),
            ("elbv2", "create_target_group", {"Name": "{}", "TargetType": "lambda"}, pairs, "TooManyTags"),
            ("sns", "create_topic", {"Name": "{}"}, pairs, "TagLimitExceeded"),
        )
    ],
)
def test_a_thing_has_50_tags(
    client: Client, name: str, service: str, operation: str, given: dict[str, Any], tags: Tags, code: str
) -> None:
    call = getattr(client(service), operation)
    params = {key: value.format(name) for key, value in given.items()}

    answer = refused(call, **params, **tags(**{f"key{number}": "a" for number in range(51)}))

    assert answer[:2] == (400, code)
    call(**params, **tags(**{f"key{number}": "a" for number in range(50)}))


def test_a_key_is_given_once(client: Client, name: str) -> None:
    elbv2, sns = client("elbv2"), client("sns")
    group = elbv2.create_target_group(Name=name, TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    tags = [{"Key": "color", "Value": "blue"}, {"Key": "color", "Value": "green"}]

    added = refused(elbv2.add_tags, ResourceArns=[group], Tags=tags)
    made = refused(sns.create_topic, Name=name, Tags=tags)

    assert added == (400, "DuplicateTagKeys", "A tag key was specified more than once.")
    assert made == (400, "InvalidParameter", "Invalid parameter: Duplicated keys are not allowed.")
    elbv2.add_tags(ResourceArns=[group], Tags=tags[:1])
    sns.create_topic(Name=name, Tags=tags[:1])
