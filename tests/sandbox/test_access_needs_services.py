"""What calls to Lambda, ECR and IAM ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.access.model import Need
from tests.sandbox.access_calls import ACCOUNT, asked, pairs
from tests.sandbox.trust import TRUST

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:dev-api-hook"
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
REPOSITORY = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/api"
TAGS = [{"Key": "team", "Value": "web"}]


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def iam() -> Any:
    return boto3.client("iam")


@pytest.mark.parametrize(
    ("params", "resource"),
    [
        ({"FunctionName": "dev-api-hook"}, FUNCTION),
        ({"FunctionName": "function:dev-api-hook"}, FUNCTION),
        ({"FunctionName": f"{ACCOUNT}:function:dev-api-hook"}, FUNCTION),
        ({"FunctionName": FUNCTION}, FUNCTION),
        ({"FunctionName": f"{FUNCTION}:live"}, f"{FUNCTION}:live"),
        ({"FunctionName": "dev-api-hook:7"}, f"{FUNCTION}:7"),
        ({"FunctionName": "dev-api-hook", "Qualifier": "$LATEST"}, f"{FUNCTION}:$LATEST"),
    ],
)
def test_a_function_is_asked_for_as_it_is_called(params: dict[str, str], resource: str) -> None:
    assert pairs("lambda", "Invoke", **params) == [("lambda:InvokeFunction", resource)]


def test_an_invocation_is_by_no_event_source_and_no_url() -> None:
    keys = {"lambda:EventSourceToken": (), "lambda:InvokedViaFunctionUrl": ()}
    assert asked("lambda", "Invoke", FunctionName="dev-api-hook") == [
        Need("lambda:InvokeFunction", FUNCTION, keys=keys, request_tags={}, resource_tags={})
    ]


def test_a_function_is_made_with_its_role_and_its_network() -> None:
    ec2: Any = boto3.client("ec2", region_name="us-east-1")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    params = {"FunctionName": "dev-api-hook", "Role": f"{ROLES}/hook", "Code": {"ZipFile": b""}}
    network = {"SubnetIds": [subnet], "SecurityGroupIds": ["sg-1"]}
    found = asked("lambda", "CreateFunction", **params, VpcConfig=network, Tags={"team": "web"})
    keys = {
        "lambda:CodeSigningConfigArn": (),
        "lambda:Layer": (),
        "lambda:SecurityGroupIds": ("sg-1",),
        "lambda:SubnetIds": (subnet,),
        "lambda:VpcIds": (vpc,),
    }
    passed = {"iam:PassedToService": ("lambda.amazonaws.com",)}
    assert found == [
        Need("lambda:CreateFunction", FUNCTION, keys=keys, request_tags={"team": "web"}, resource_tags={}),
        Need("lambda:TagResource", FUNCTION, request_tags={"team": "web"}, resource_tags={}),
        Need("iam:PassRole", f"{ROLES}/hook", keys=passed, resource_tags={}),
        Need("ec2:DescribeSecurityGroups", request_tags={}, resource_tags={}),
        Need("ec2:DescribeSubnets", request_tags={}, resource_tags={}),
        Need("ec2:DescribeVpcs", request_tags={}, resource_tags={}),
    ]


def test_a_package_in_s3_is_fetched_in_the_callers_name() -> None:
    code = {"S3Bucket": "packages", "S3Key": "hook.zip", "S3ObjectVersion": "1"}
    assert pairs("lambda", "UpdateFunctionCode", FunctionName="dev-api-hook", **code) == [
        ("lambda:UpdateFunctionCode", FUNCTION),
        ("s3:GetObjectVersion", "arn:aws:s3:::packages/hook.zip"),
    ]


def test_a_permission_says_whom_it_lets_in() -> None:
    params = {"FunctionName": "dev-api-hook", "StatementId": "s", "Action": "lambda:InvokeFunction"}
    (need,) = asked("lambda", "AddPermission", **params, Principal="events.amazonaws.com")
    assert need.keys == {"lambda:Principal": ("events.amazonaws.com",), "lambda:FunctionUrlAuthType": ()}


def test_an_image_is_pushed_and_pulled_by_its_repository() -> None:
    ecr: Any = boto3.client("ecr", region_name="us-east-1")
    ecr.create_repository(repositoryName="api", tags=TAGS)
    for operation in ("BatchGetImage", "GetDownloadUrlForLayer", "InitiateLayerUpload", "PutImage", "DescribeImages"):
        assert asked("ecr", operation, repositoryName="api") == [
            Need(f"ecr:{operation}", REPOSITORY, request_tags={}, resource_tags={"team": "web"})
        ]
    assert pairs("ecr", "GetAuthorizationToken") == [("ecr:GetAuthorizationToken", "*")]


def test_repositories_are_described_one_by_one_or_all() -> None:
    everything = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*"
    assert pairs("ecr", "DescribeRepositories", repositoryNames=["api"]) == [("ecr:DescribeRepositories", REPOSITORY)]
    assert pairs("ecr", "DescribeRepositories") == [("ecr:DescribeRepositories", everything)]


def test_a_repository_is_made_with_its_tags() -> None:
    assert pairs("ecr", "CreateRepository", repositoryName="api", tags=TAGS) == [
        ("ecr:CreateRepository", REPOSITORY),
        ("ecr:TagResource", REPOSITORY),
    ]


def test_a_repository_under_a_key_asks_for_that_key() -> None:
    kms: Any = boto3.client("kms", region_name="us-east-1")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    own = {"encryptionType": "KMS", "kmsKey": key}
    assert pairs("ecr", "CreateRepository", repositoryName="api", encryptionConfiguration=own) == [
        ("ecr:CreateRepository", REPOSITORY),
        ("kms:CreateGrant", key),
        ("kms:RetireGrant", key),
        ("kms:DescribeKey", key),
    ]


def test_a_role_is_made_within_a_boundary() -> None:
    params = {"RoleName": "dev-hook", "Path": "/ci/", "AssumeRolePolicyDocument": TRUST}
    made: dict[str, Any] = {"request_tags": {"team": "web"}, "resource_tags": {}}
    assert asked("iam", "CreateRole", **params, PermissionsBoundary=BOUNDARY, Tags=TAGS) == [
        Need("iam:CreateRole", f"{ROLES}/ci/dev-hook", keys={"iam:PermissionsBoundary": (BOUNDARY,)}, **made),
        Need("iam:TagRole", f"{ROLES}/ci/dev-hook", **made),
    ]


def test_a_role_is_known_by_its_path_its_tags_and_its_boundary(iam: Any) -> None:
    bounded = {"PermissionsBoundary": BOUNDARY, "Tags": TAGS}
    iam.create_role(RoleName="bounded", Path="/ci/", AssumeRolePolicyDocument=TRUST, **bounded)
    iam.create_role(RoleName="free", AssumeRolePolicyDocument=TRUST)
    policy = {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    assert asked("iam", "AttachRolePolicy", RoleName="bounded", **policy) == [
        Need(
            "iam:AttachRolePolicy",
            f"{ROLES}/ci/bounded",
            keys={"iam:PermissionsBoundary": (BOUNDARY,), "iam:PolicyARN": (policy["PolicyArn"],)},
            request_tags={},
            resource_tags={"team": "web"},
        )
    ]
    (free,) = asked("iam", "PutRolePolicy", RoleName="free", PolicyName="p", PolicyDocument="{}")
    assert (free.resource, free.keys) == (f"{ROLES}/free", {"iam:PermissionsBoundary": ()})


@pytest.mark.parametrize(
    ("operation", "params", "resource"),
    [
        (
            "GetPolicy",
            {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
        ),
        ("CreatePolicy", {"PolicyName": "p", "Path": "/ci/"}, f"arn:aws:iam::{ACCOUNT}:policy/ci/p"),
        ("GetUser", {}, f"arn:aws:iam::{ACCOUNT}:user/*"),
        ("ListInstanceProfilesForRole", {"RoleName": "gone"}, f"{ROLES}/gone"),
        (
            "CreateOpenIDConnectProvider",
            {"Url": "https://token.actions.githubusercontent.com"},
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com",
        ),
        (
            "CreateServiceLinkedRole",
            {"AWSServiceName": "ecs.amazonaws.com"},
            f"{ROLES}/aws-service-role/ecs.amazonaws.com/*",
        ),
    ],
)
def test_iam_is_asked_for_by_arn(operation: str, params: dict[str, str], resource: str) -> None:
    assert pairs("iam", operation, **params) == [(f"iam:{operation}", resource)]


def test_a_user_is_renamed_by_who_may_change_both(iam: Any) -> None:
    iam.create_user(UserName="a", Path="/ci/")
    users = f"arn:aws:iam::{ACCOUNT}:user"
    renamed = pairs("iam", "UpdateUser", UserName="a", NewUserName="b")
    assert renamed == [("iam:UpdateUser", f"{users}/ci/a"), ("iam:UpdateUser", f"{users}/ci/b")]
    moved = pairs("iam", "UpdateUser", UserName="a", NewPath="/")
    assert moved == [("iam:UpdateUser", f"{users}/ci/a"), ("iam:UpdateUser", f"{users}/a")]
