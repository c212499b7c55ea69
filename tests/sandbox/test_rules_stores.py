"""ECR and Parameter Store refuse values that they do not keep, and names that are none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]


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


def test_a_parameters_name_has_15_levels(client: Client, name: str) -> None:
    put, levels = client("ssm").put_parameter, f"/{name}" + "/x" * 14

    answer = refused(put, Name=f"{levels}/x", Type="String", Value="a")

    message = "A parameter name hierarchy can have a maximum of 15 levels"
    assert answer == (400, "HierarchyLevelLimitExceededException", message)
    put(Name=levels, Type="String", Value="a")


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


@pytest.mark.parametrize("end", ["/", "//a"])
def test_no_part_of_a_parameters_name_is_empty(client: Client, name: str, end: str) -> None:
    answer = refused(client("ssm").put_parameter, Name=f"/{name}{end}", **PARAMETERS)

    assert answer[:2] == (400, "ValidationException")


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
        assert put(Name=f"/{name}/{number}", **{**PARAMETERS, **given})["Version"] == 1


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


UNTAGGED = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}
NEWEST = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9}
TAGGED = NEWEST | {"tagStatus": "tagged", "tagPrefixList": ["v"]}


@pytest.mark.parametrize(
    ("selections", "wrong"),
    [
        (
            [UNTAGGED | {"tagPrefixList": ["v"]}],
            "tagPrefixList or tagPatternList is required for tagged images, and for no others",
        ),
        (
            [NEWEST | {"tagStatus": "tagged"}],
            "tagPrefixList or tagPatternList is required for tagged images, and for no others",
        ),
        ([NEWEST, UNTAGGED], "a rule with tagStatus any must have the highest rulePriority"),
        ([NEWEST | {"countUnit": "days"}], "countUnit is for countType sinceImagePushed only"),
        ([UNTAGGED, UNTAGGED | {"countNumber": 30}], "only one rule may select untagged images"),
    ],
    ids=["tags of untagged", "no tags of tagged", "any first", "a count in days", "two for untagged"],
)
def test_a_lifecycle_that_ecr_would_not_take_is_refused(
    client: Client, name: str, selections: list[dict[str, Any]], wrong: str
) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName=name)

    def policy(*given: dict[str, Any]) -> str:
        numbered = enumerate(given, 1)
        rules = [{"rulePriority": number, "selection": one, "action": {"type": "expire"}} for number, one in numbered]
        return json.dumps({"rules": rules})

    answer = refused(ecr.put_lifecycle_policy, repositoryName=name, lifecyclePolicyText=policy(*selections))

    assert answer == (
        400,
        "InvalidParameterException",
        f"Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation "
        f"failure: {wrong}'",
    )
    ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=policy(TAGGED, UNTAGGED, NEWEST))
