"""What AWS's own models refuse, the sandbox refuses before it does anything: with the service's code and words."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from moto.core.utils import get_service_model

from sandbox.aws.model.enums import CLOSED
from sandbox.aws.model.patterns import UNUSED, compiled
from sandbox.aws.model.request import CHECKED
from sandbox.aws.model.wording import CODES, NOT_SEEN
from sandbox.clients import ACCESS_KEY
from tests.sandbox.test_aws_errors import refused
from tests.sandbox.trust import TRUST

Client = Callable[[str], Any]

ROLE = "arn:aws:iam::123456789012:role/hook"


@pytest.fixture(scope="session")
def careless(sandbox: Any) -> Client:
    """A client that sends what it is given: boto3 checks for itself what is missing, too short or of a wrong type."""
    import boto3

    session: Any = boto3.session.Session(ACCESS_KEY, ACCESS_KEY, region_name=sandbox.facts["region"])
    config = Config(parameter_validation=False, proxies={}, retries={"total_max_attempts": 1, "mode": "standard"})

    def make(service: str) -> Any:
        return session.client(service, endpoint_url=sandbox.facts["endpoint_url"], config=config)

    return make


LONG = "a" * 65


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "message"),
    [
        pytest.param(
            "iam",
            "create_role",
            {"RoleName": LONG, "AssumeRolePolicyDocument": TRUST},
            "ValidationError",
            f"1 validation error detected: Value '{LONG}' at 'roleName' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
            id="length",
        ),
        pytest.param(
            "iam",
            "create_role",
            {"RoleName": "a role", "AssumeRolePolicyDocument": TRUST},
            "ValidationError",
            "1 validation error detected: Value 'a role' at 'roleName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@-]+",
            id="pattern",
        ),
        pytest.param(
            "iam",
            "create_role",
            {"RoleName": "role", "AssumeRolePolicyDocument": TRUST, "Tags": [{"Key": "a;b", "Value": "1"}]},
            "ValidationError",
            "1 validation error detected: Value 'a;b' at 'tags.1.member.key' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+",
            id="inside a list",
        ),
        pytest.param(
            "logs",
            "create_log_group",
            {"logGroupName": "a:b"},
            "InvalidParameterException",
            "1 validation error detected: Value 'a:b' at 'logGroupName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
            id="logs",
        ),
        pytest.param(
            "elbv2",
            "create_target_group",
            {"Name": "n", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1", "HealthCheckIntervalSeconds": 600},
            "ValidationError",
            "1 validation error detected: Value '600' at 'healthCheckIntervalSeconds' failed to satisfy constraint: "
            "Member must have value less than or equal to 300",
            id="range",
        ),
        pytest.param(
            "elbv2",
            "create_load_balancer",
            {"Name": "n", "Scheme": "private"},
            "ValidationError",
            "1 validation error detected: Value 'private' at 'scheme' failed to satisfy constraint: "
            "Member must satisfy enum value set: [internet-facing, internal]",
            id="enum",
        ),
        pytest.param(
            "lambda",
            "create_function",
            {"FunctionName": "f", "Role": "hook", "Code": {}},
            "ValidationException",
            "1 validation error detected: Value 'hook' at 'role' failed to satisfy constraint: Member must satisfy "
            r"regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
            id="lambda",
        ),
        pytest.param(
            "lambda",
            "create_function",
            {"FunctionName": "f", "Role": ROLE, "Code": {}, "Environment": {"Variables": {"A-B": "secret"}}},
            "ValidationException",
            "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must "
            "satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
            id="keys of a map, whose values are secret",
        ),
        pytest.param(
            "ecr",
            "create_repository",
            {"repositoryName": "Api"},
            "InvalidParameterException",
            "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression "
            r"'[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*''",
            id="ecr",
        ),
        pytest.param(
            "events",
            "put_rule",
            {"Name": LONG, "EventPattern": "{}"},
            "ValidationException",
            f"1 validation error detected: Value '{LONG}' at 'name' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
            id="events",
        ),
        pytest.param(
            "codedeploy",
            "create_application",
            {"applicationName": "a" * 101},
            "InvalidApplicationNameException",
            f"1 validation error detected: Value '{'a' * 101}' at 'applicationName' failed to satisfy constraint: "
            "Member must have length less than or equal to 100",
            id="codedeploy",
        ),
        pytest.param(
            "ssm",
            "put_parameter",
            {"Name": "p", "Value": "v", "Type": "Text"},
            "ValidationException",
            "1 validation error detected: Value 'Text' at 'type' failed to satisfy constraint: "
            "Member must satisfy enum value set: [String, StringList, SecureString]",
            id="ssm",
        ),
        pytest.param(
            "sts",
            "assume_role",
            {"RoleArn": ROLE, "RoleSessionName": LONG},
            "ValidationError",
            f"1 validation error detected: Value '{LONG}' at 'roleSessionName' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
            id="sts",
        ),
    ],
)
def test_what_a_model_excludes_is_refused_with_the_services_code_and_words(
    client: Client, service: str, operation: str, params: dict[str, Any], code: str, message: str
) -> None:
    assert refused(getattr(client(service), operation), **params) == (400, code, message)


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "message"),
    [
        pytest.param(
            "ec2",
            "create_security_group",
            {"GroupName": "g"},
            "MissingParameter",
            "The request must contain the parameter Description",
            id="missing, ec2",
        ),
        pytest.param(
            "iam",
            "create_role",
            {"RoleName": "r"},
            "ValidationError",
            "1 validation error detected: Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: "
            "Member must not be null",
            id="missing, iam",
        ),
        pytest.param(
            "codedeploy",
            "get_application",
            {},
            "ApplicationNameRequiredException",
            "1 validation error detected: Value null at 'applicationName' failed to satisfy constraint: "
            "Member must not be null",
            id="missing, codedeploy",
        ),
        pytest.param(
            "logs",
            "describe_log_groups",
            {"logGroupNamePrefix": ""},
            "InvalidParameterException",
            "2 validation errors detected: Value '' at 'logGroupNamePrefix' failed to satisfy constraint: Member must "
            r"satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+; Value '' at 'logGroupNamePrefix' failed to "
            "satisfy constraint: Member must have length greater than or equal to 1",
            id="two at once",
        ),
        pytest.param(
            "ecs",
            "register_task_definition",
            {"family": "f", "containerDefinitions": [{"name": "c", "image": "i", "memory": "512"}]},
            "SerializationException",
            "STRING_VALUE cannot be converted to Integer",
            id="type, ecs",
        ),
        pytest.param(
            "lambda",
            "create_function",
            {"FunctionName": "f", "Role": ROLE, "Code": {}, "Environment": {"Variables": {"PORT": 1}}},
            "SerializationException",
            "NUMBER_VALUE can not be converted to a String",
            id="type, lambda",
        ),
    ],
)
def test_what_is_missing_or_of_a_wrong_type_is_refused_though_a_client_sends_it(
    careless: Client, service: str, operation: str, params: dict[str, Any], code: str, message: str
) -> None:
    assert refused(getattr(careless(service), operation), **params) == (400, code, message)


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("create_deployment_group", {"applicationName": "a", "deploymentGroupName": "g"}, "RoleRequiredException"),
        ("get_application_revision", {"applicationName": "a"}, "RevisionRequiredException"),
        ("get_deployment_target", {"deploymentId": "d-AAAAAAAAA"}, "DeploymentTargetIdRequiredException"),
        ("batch_get_deployment_targets", {"deploymentId": "d-AAAAAAAAA"}, "DeploymentTargetIdRequiredException"),
        ("batch_get_deployments", {}, "DeploymentIdRequiredException"),
        ("list_tags_for_resource", {}, "ResourceArnRequiredException"),
        ("tag_resource", {"ResourceArn": "arn:aws:codedeploy:us-east-1:123456789012:a"}, "TagRequiredException"),
        ("untag_resource", {"ResourceArn": "arn:aws:codedeploy:us-east-1:123456789012:a"}, "TagRequiredException"),
    ],
)
def test_codedeploy_has_an_error_for_each_thing_that_is_missing(
    careless: Client, operation: str, params: dict[str, Any], code: str
) -> None:
    assert refused(getattr(careless("codedeploy"), operation), **params)[:2] == (400, code)


def test_a_refused_request_leaves_nothing_behind(client: Client, name: str) -> None:
    tags = [{"Key": "a;b", "Value": "1"}]
    refused(client("iam").create_role, RoleName=name, AssumeRolePolicyDocument=TRUST, Tags=tags)

    status, code, _ = refused(client("iam").get_role, RoleName=name)
    assert (status, code) == (404, "NoSuchEntity")


def test_letters_of_any_script_are_taken_where_the_model_says_letters(client: Client, name: str) -> None:
    tags = [{"Key": "Größe 大", "Value": "groß"}]

    client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Tags=tags)

    assert client("iam").list_role_tags(RoleName=name)["Tags"] == tags


def test_a_classic_load_balancer_is_not_held_against_the_model_of_the_new_ones(client: Client, name: str) -> None:
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}

    answer = client("elb").create_load_balancer(
        LoadBalancerName=name, Listeners=[listener], AvailabilityZones=["us-east-1a"]
    )

    assert answer["DNSName"].startswith(name)


# What the tables rest on


def _patterns() -> dict[str, str]:
    found = {}
    for service in sorted(CHECKED):
        model = get_service_model(service)
        for name in model.shape_names:
            pattern = model.shape_for(name).metadata.get("pattern")
            if pattern:
                found[pattern] = f"{service} {name}"
    return found


def test_every_pattern_of_the_models_is_translated_or_listed_with_a_reason() -> None:
    unreadable = []
    with warnings.catch_warnings():
        # Python warns where it might read a character class otherwise than Java.
        warnings.simplefilter("error")
        for pattern, where in _patterns().items():
            try:
                compiled(pattern)
            except (re.error, FutureWarning) as problem:
                unreadable.append(f"{where}: {pattern}: {problem}")

    assert unreadable == []


def test_a_pattern_that_is_not_applied_is_one_of_the_models_and_has_a_reason() -> None:
    assert set(UNUSED) - set(_patterns()) == set()
    assert [pattern for pattern, reason in UNUSED.items() if not reason] == []


@pytest.mark.parametrize(
    ("pattern", "taken", "refused_value"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "größe 大 ½", "a;b"),
        (r"\p{Print}+", "a b~", "é"),
        (r"[\w-_]*", "a-b_c", "a b"),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "a 😀\n", "\x00"),
        (r"[a-z]+", "a", "a\n"),
        (r"\w+", "a", "é"),
    ],
)
def test_a_pattern_is_read_as_java_reads_it_and_matched_whole(pattern: str, taken: str, refused_value: str) -> None:
    expression = compiled(pattern)

    assert expression is not None
    assert (expression.fullmatch(taken) is None, expression.fullmatch(refused_value) is None) == (False, True)


def test_every_closed_enum_is_one_of_the_models_and_has_a_reason() -> None:
    unknown = [key for key in CLOSED if not get_service_model(key[0]).shape_for(key[1]).enum]

    assert unknown == []
    assert [key for key, reason in CLOSED.items() if not reason] == []


def test_every_checked_service_has_a_code_with_a_source_or_says_that_none_was_found() -> None:
    assert set(CODES) == CHECKED
    assert [service for service, (_, source) in CODES.items() if source != NOT_SEEN and "https://" not in source] == []
