"""Credentials that are nobody's, not active or over are refused, each by the code of the called service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from sandbox.access import principals
from sandbox.access.model import Principal
from sandbox.access.principals import InvalidCredentialsError
from sandbox.launch import Sandbox
from tests.sandbox.http_client import ask
from tests.sandbox.identities import ACCOUNT, As, allow, policy, session, user
from tests.sandbox.running_stack import Clients
from tests.sandbox.test_aws_errors import refused

INVALID = "The security token included in the request is invalid."
EXPIRED = "The security token included in the request is expired"
NO_KEY = "The AWS Access Key Id you provided does not exist in our records."
NOT_VALID = "AWS was not able to validate the provided access credentials"

CALLS: list[tuple[str, Callable[[Any], Any], tuple[int, str, str]]] = [
    ("iam", lambda client: client.list_roles(), (403, "InvalidClientTokenId", INVALID)),
    ("sts", lambda client: client.get_caller_identity(), (403, "InvalidClientTokenId", INVALID)),
    ("elbv2", lambda client: client.describe_load_balancers(), (403, "InvalidClientTokenId", INVALID)),
    ("sns", lambda client: client.list_topics(), (403, "InvalidClientTokenId", INVALID)),
    ("ecs", lambda client: client.list_clusters(), (400, "UnrecognizedClientException", INVALID)),
    ("codedeploy", lambda client: client.list_applications(), (400, "UnrecognizedClientException", INVALID)),
    ("lambda", lambda client: client.list_functions(), (403, "UnrecognizedClientException", INVALID)),
    ("apigatewayv2", lambda client: client.get_apis(), (403, "UnrecognizedClientException", INVALID)),
    ("ec2", lambda client: client.describe_vpcs(), (401, "AuthFailure", NOT_VALID)),
    ("s3", lambda client: client.list_buckets(), (403, "InvalidAccessKeyId", NO_KEY)),
]


@pytest.mark.parametrize(
    ("service", "call", "answer"), CALLS, ids=lambda given: given if isinstance(given, str) else ""
)
def test_a_key_of_nobody_is_refused(sandbox: Sandbox, service: str, call: Any, answer: tuple[int, str, str]) -> None:
    assert refused(lambda: call(As(sandbox, "AKIANOBODYHASTHISKEY")(service))) == answer


@pytest.mark.parametrize(
    ("service", "call", "answer"), CALLS, ids=lambda given: given if isinstance(given, str) else ""
)
def test_a_sessions_key_without_its_token_is_refused(
    sandbox: Sandbox, client: Clients, service: str, call: Any, answer: tuple[int, str, str]
) -> None:
    given = client("sts").get_session_token()["Credentials"]
    without = As(sandbox, given["AccessKeyId"], given["SecretAccessKey"])

    assert refused(lambda: call(without(service))) == answer


def test_a_session_with_another_token_is_refused(sandbox: Sandbox, client: Clients) -> None:
    given = client("sts").get_session_token()["Credentials"]
    other = As(sandbox, given["AccessKeyId"], given["SecretAccessKey"], "another")

    assert refused(other("ecs").list_clusters) == (400, "UnrecognizedClientException", INVALID)
    message = "The provided token is malformed or otherwise invalid."
    assert refused(other("s3").list_buckets) == (400, "InvalidToken", message)


def test_a_users_key_with_a_token_is_refused(sandbox: Sandbox, client: Clients, name: str) -> None:
    client("iam").create_user(UserName=name)
    key = client("iam").create_access_key(UserName=name)["AccessKey"]
    mixed = As(sandbox, key["AccessKeyId"], key["SecretAccessKey"], "left in the shell")

    assert refused(mixed("sts").get_caller_identity) == (403, "InvalidClientTokenId", INVALID)


def test_an_inactive_key_is_refused_until_it_is_active_again(sandbox: Sandbox, client: Clients, name: str) -> None:
    own = user(sandbox, client, name)
    key = client("iam").list_access_keys(UserName=name)["AccessKeyMetadata"][0]["AccessKeyId"]

    client("iam").update_access_key(UserName=name, AccessKeyId=key, Status="Inactive")
    assert refused(own("sts").get_caller_identity) == (403, "InvalidClientTokenId", INVALID)
    client("iam").update_access_key(UserName=name, AccessKeyId=key, Status="Active")
    assert own("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{name}"


@pytest.mark.parametrize(
    ("service", "headers", "answer"),
    [
        ("s3", {}, (400, "ExpiredToken", "The provided token has expired.")),
        ("ec2", {"Content-Type": "application/x-www-form-urlencoded"}, (400, "RequestExpired", "Request has expired.")),
        ("iam", {"Content-Type": "application/x-www-form-urlencoded"}, (403, "ExpiredToken", EXPIRED)),
        ("ecs", {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.X"}, (400, "ExpiredTokenException", EXPIRED)),
        ("lambda", {}, (403, "ExpiredTokenException", EXPIRED)),
    ],
)
def test_a_session_that_is_over_is_refused(service: str, headers: dict[str, str], answer: tuple[int, str, str]) -> None:
    over = principals.begin(Principal("role", "arn", "identity", "id"), seconds=-1)
    signed = f"AWS4-HMAC-SHA256 Credential={over.access_key}/20260101/us-east-1/{service}/aws4_request, Signature=x"
    given = {**headers, "Authorization": signed, "X-Amz-Security-Token": over.token}
    request = Request(EnvironBuilder(headers=Headers(given)).get_environ())

    with pytest.raises(InvalidCredentialsError) as caught:
        principals.of(request, service)

    refusal = caught.value.refusal
    assert (refusal.status, refusal.code, refusal.message) == answer


def test_a_url_signed_by_a_session_is_its(sandbox: Sandbox, client: Clients, name: str) -> None:
    client("s3").create_bucket(Bucket=name)
    client("s3").put_object(Bucket=name, Key="key", Body=b"content")
    given = client("sts").get_session_token()
    url = session(sandbox, given)("s3").generate_presigned_url("get_object", {"Bucket": name, "Key": "key"})

    assert (ask(url).status, ask(url).body) == (200, b"content")
    assert ask(url.replace(quote(given["Credentials"]["SessionToken"], safe=""), "other")).status == 400


def test_a_user_may_what_his_groups_may(sandbox: Sandbox, client: Clients, name: str) -> None:
    own, iam = user(sandbox, client, name), client("iam")
    iam.create_group(GroupName=name)
    iam.put_group_policy(GroupName=name, PolicyName="own", PolicyDocument=policy(allow("ecs:ListClusters")))
    iam.attach_group_policy(GroupName=name, PolicyArn="arn:aws:iam::aws:policy/AWSCodeDeployReadOnlyAccess")

    assert refused(own("ecs").list_clusters)[1] == "AccessDeniedException"
    iam.add_user_to_group(GroupName=name, UserName=name)
    assert own("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert own("codedeploy").list_deployment_configs()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_users_boundary_limits_him(sandbox: Sandbox, client: Clients, name: str) -> None:
    own, iam = user(sandbox, client, name, allow("ecs:*")), client("iam")
    arn = iam.create_policy(PolicyName=name, PolicyDocument=policy(allow("s3:*")))["Policy"]["Arn"]

    assert own("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"] == 200
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=arn)
    assert refused(own("ecs").list_clusters)[2].endswith(
        "because no permissions boundary allows the ecs:ListClusters action"
    )
    assert iam.get_user(UserName=name)["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert refused(iam.delete_policy, PolicyArn=arn)[:2] == (409, "DeleteConflict")
    iam.delete_user_permissions_boundary(UserName=name)
    assert own("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_new_user_has_the_boundary_he_was_made_with(client: Clients, name: str) -> None:
    iam = client("iam")
    arn = iam.create_policy(PolicyName=name, PolicyDocument=policy(allow("s3:*")))["Policy"]["Arn"]
    iam.create_user(UserName=name, PermissionsBoundary=arn)

    assert iam.get_user(UserName=name)["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    missing = f"{arn}-that-is-not-there"
    message = f"Policy {missing} does not exist or is not attachable."
    assert refused(iam.create_user, UserName=f"{name}-2", PermissionsBoundary=missing) == (404, "NoSuchEntity", message)


def test_a_users_tags_are_in_his_requests(sandbox: Sandbox, client: Clients, name: str) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/Team": "blue"}}
    own = user(sandbox, client, name, allow("ecs:ListClusters", Condition=condition))

    assert refused(own("ecs").list_clusters)[1] == "AccessDeniedException"
    client("iam").tag_user(UserName=name, Tags=[{"Key": "Team", "Value": "blue"}])
    assert own("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"] == 200
