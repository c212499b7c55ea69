"""What a resource's own policy says is found for whoever asks for the resource, as moto has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.access import resource_policies
from sandbox.access.model import Need
from sandbox.launch import Sandbox
from tests.sandbox.http_client import ask
from tests.sandbox.running_stack import Clients
from tests.sandbox.test_aws_errors import refused

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "a", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
DOCUMENT = json.dumps(POLICY)
REGION = "eu-west-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)


def found(action: str, resource: str) -> tuple[str, Any, bool] | None:
    policy, alone = resource_policies.of(Need(action, resource))
    return (policy.id, policy.document, alone) if policy else None


def test_a_buckets_policy_is_about_the_bucket_and_its_objects(aws: Any) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="state", CreateBucketConfiguration={"LocationConstraint": REGION})
    assert found("s3:ListBucket", "arn:aws:s3:::state") is None
    s3.put_bucket_policy(Bucket="state", Policy=DOCUMENT)

    assert found("s3:ListBucket", "arn:aws:s3:::state") == ("bucket policy", POLICY, False)
    assert found("s3:GetObject", "arn:aws:s3:::state/a/b:c") == ("bucket policy", POLICY, False)
    assert found("s3:GetObject", "arn:aws:s3:::states/a") is None
    assert found("s3:ListAllMyBuckets", "*") is None


def test_a_functions_policy_has_what_was_added_to_it(aws: Any) -> None:
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:hook"
    role = aws("iam").create_role(RoleName="hook", AssumeRolePolicyDocument=DOCUMENT)["Role"]["Arn"]
    aws("lambda").create_function(
        FunctionName="hook", Role=role, Runtime="provided.al2023", Handler="x", Code={"ZipFile": b""}
    )
    assert found("lambda:InvokeFunction", arn) is None
    aws("lambda").add_permission(
        FunctionName="hook", StatementId="x", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )

    statement = {
        "Sid": "x",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": arn,
    }
    assert found("lambda:InvokeFunction", arn) == (
        "function policy",
        {"Version": "2012-10-17", "Statement": [statement]},
        False,
    )
    assert found("lambda:InvokeFunction", f"{arn}s") is None
    assert found("lambda:ListFunctions", "*") is None


def test_a_keys_policy_alone_can_let_anyone_in(aws: Any) -> None:
    kms = aws("kms")
    by_default = kms.create_key()["KeyMetadata"]["Arn"]
    own = kms.create_key(Policy=DOCUMENT)["KeyMetadata"]["Arn"]
    root = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }

    assert found("kms:Decrypt", by_default) == (
        "key policy",
        {"Version": "2012-10-17", "Id": "key-default-1", "Statement": [root]},
        True,
    )
    assert found("kms:Decrypt", own) == ("key policy", POLICY, True)
    assert found("kms:CreateAlias", f"arn:aws:kms:{REGION}:123456789012:alias/a") is None
    assert found("kms:ListKeys", "*") is None


@pytest.mark.parametrize("document", ["tried", "[]", '"x"', '{"Statement": "x"}', '{"Statement": [1]}', "{}"])
def test_a_policy_that_cannot_be_read_lets_nobody_in(aws: Any, document: str) -> None:
    key = aws("kms").create_key(Policy=document)["KeyMetadata"]["Arn"]

    assert found("kms:Decrypt", key) == ("key policy", {"Statement": []}, True)


def test_topics_repositories_and_secrets_have_policies(aws: Any) -> None:
    topic = aws("sns").create_topic(Name="alarms", Attributes={"Policy": DOCUMENT})["TopicArn"]
    repository = aws("ecr").create_repository(repositoryName="team/app")["repository"]["repositoryArn"]
    secret = aws("secretsmanager").create_secret(Name="key", SecretString="x")["ARN"]
    assert (found("ecr:BatchGetImage", repository), found("secretsmanager:GetSecretValue", secret)) == (None, None)
    aws("ecr").set_repository_policy(repositoryName="team/app", policyText=DOCUMENT)
    aws("secretsmanager").put_resource_policy(SecretId="key", ResourcePolicy=DOCUMENT)

    assert found("sns:Publish", topic) == ("topic policy", POLICY, False)
    assert found("ecr:BatchGetImage", repository) == ("repository policy", POLICY, False)
    assert found("secretsmanager:GetSecretValue", secret) == ("secret policy", POLICY, False)
    assert found("ecr:GetAuthorizationToken", "*") is None


def test_an_action_of_another_service_on_the_same_resource_has_no_policy(aws: Any) -> None:
    role = aws("iam").create_role(RoleName="taken", AssumeRolePolicyDocument=DOCUMENT)["Role"]["Arn"]

    assert found("iam:GetRole", role) is None


def test_who_owns_the_account_can_always_reach_a_buckets_policy(aws: Any) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="locked", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(Bucket="locked", Policy=DOCUMENT)

    binding = {
        action: resource_policies.bind_the_administrator(Need(action, "arn:aws:s3:::locked"))
        for action in ("s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")
    }

    assert binding == {
        "s3:ListBucket": True,
        "s3:GetBucketPolicy": False,
        "s3:PutBucketPolicy": False,
        "s3:DeleteBucketPolicy": False,
    }


# Those who do not sign


def public(action: str, key: str = "") -> list[Any]:
    policy = resource_policies.for_the_public(Need(action, f"arn:aws:s3:::site{key}"))
    return [] if policy is None else list(policy.document["Statement"])


@pytest.fixture
def site(aws: Any) -> Any:
    s3 = aws("s3")
    s3.create_bucket(
        Bucket="site", CreateBucketConfiguration={"LocationConstraint": REGION}, ObjectOwnership="ObjectWriter"
    )
    return s3


def test_the_public_may_what_the_buckets_policy_says(site: Any) -> None:
    site.put_bucket_policy(Bucket="site", Policy=DOCUMENT)

    assert public("s3:GetObject", "/a") == POLICY["Statement"]


def test_the_public_may_what_acls_say(site: Any) -> None:
    site.put_object(Bucket="site", Key="open", ACL="public-read")
    site.put_object(Bucket="site", Key="closed")
    allowed = {"Effect": "Allow", "Principal": "*", "Resource": "*"}
    assert (public("s3:GetObject", "/closed"), public("s3:ListBucket")) == ([], [])
    assert public("s3:GetObject", "/open") == [allowed | {"Action": ["s3:GetObject", "s3:GetObjectVersion"]}]

    site.put_bucket_acl(Bucket="site", ACL="public-read-write")

    listing = ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"]
    assert public("s3:ListBucket") == [allowed | {"Action": [*listing, "s3:PutObject"]}]


@pytest.mark.parametrize("block", ["IgnorePublicAcls", "RestrictPublicBuckets"])
def test_acls_give_nothing_where_public_access_is_blocked(site: Any, block: str) -> None:
    site.put_object(Bucket="site", Key="open", ACL="public-read")
    site.put_public_access_block(Bucket="site", PublicAccessBlockConfiguration={block: True})

    assert public("s3:GetObject", "/open") == []


def test_acls_give_nothing_where_the_bucket_has_none(site: Any) -> None:
    site.put_object(Bucket="site", Key="open", ACL="public-read")
    site.put_bucket_ownership_controls(
        Bucket="site", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )

    assert public("s3:GetObject", "/open") == []


def test_a_public_policy_gives_nothing_where_public_buckets_are_restricted(site: Any) -> None:
    site.put_bucket_policy(Bucket="site", Policy=DOCUMENT)
    site.put_public_access_block(Bucket="site", PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})

    assert public("s3:GetObject", "/a") == []


# On the sandbox


def test_an_object_that_is_not_there_is_a_secret_from_who_may_not_list_the_bucket(
    sandbox: Sandbox, client: Clients, name: str
) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    s3.delete_public_access_block(Bucket=name)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    address = f"{sandbox.facts['endpoint_url']}/{name}/none"
    assert ask(address).status == 403

    listing = {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{name}"}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement, listing]}))

    assert ask(address).status == 404


def test_a_key_that_does_not_let_its_account_in_is_closed_to_the_administrator(client: Clients) -> None:
    kms = client("kms")
    statement = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/other"}, "Action": "kms:*"}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]}
    key = kms.create_key(Policy=json.dumps(document), BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]

    assert refused(kms.describe_key, KeyId=key["KeyId"]) == (
        400,
        "AccessDeniedException",
        f"User: arn:aws:iam::123456789012:root is not authorized to perform: kms:DescribeKey on resource: {key['Arn']} "
        "because no resource-based policy allows the kms:DescribeKey action",
    )


def test_a_key_denies_only_where_its_conditions_hold(client: Clients) -> None:
    kms = client("kms")
    own = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    closed = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": insecure}
    document = {"Version": "2012-10-17", "Statement": [own, closed]}

    key = kms.create_key(Policy=json.dumps(document))["KeyMetadata"]

    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Arn"] == key["Arn"]
