"""IAM refuses trust in nobody, policies that say too much, and what is AWS's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.test_aws_errors import refused
from tests.sandbox.trust import TRUST, trust

Client = Callable[[str], Any]

SYNTAX = "Syntax errors in policy."
MALFORMED = "MalformedPolicyDocument"


def policy(**changes: Any) -> str:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **changes}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def document(**changes: Any) -> str:
    return json.dumps({**json.loads(TRUST), **changes})


def twice(sid: str) -> str:
    statement = json.loads(trust(Sid=sid))["Statement"][0]
    return document(Statement=[statement, statement])


GITHUB = "token.actions.githubusercontent.com"
GITHUB_ARN = f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"
NO_PRINCIPALS = (
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a "
    "statement with no principals!"
)
NO_PROVIDER = "Federated principals must be valid domain names or SAML metadata ARNs"
ALL_OF_GITHUB = (
    f"Trust policy with trusted principal {GITHUB_ARN} must evaluate, using StringEquals, StringLike or "
    f"StringEqualsIgnoreCase, {GITHUB}:sub which is not scoped to all."
)


def github(condition: dict[str, Any], operator: str = "StringEquals") -> str:
    action = "sts:AssumeRoleWithWebIdentity"
    return trust(Principal={"Federated": GITHUB_ARN}, Action=action, Condition={operator: condition})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{", "This policy contains invalid Json"),
        ("[]", SYNTAX),
        ("{}", SYNTAX),
        (document(Statement=[]), SYNTAX),
        (document(Version="2012-10-18"), SYNTAX),
        (document(Comment="c"), SYNTAX),
        (trust(Note="n"), SYNTAX),
        (trust(Effect=None), SYNTAX),
        (trust(NotAction="sts:TagSession"), SYNTAX),
        (trust(Condition={"StringIs": {"aws:SourceAccount": "1"}}), SYNTAX),
        (trust(Effect="allow"), "The policy failed legacy parsing"),
        (twice("one"), "Statement IDs (SID) in a single policy must be unique."),
        (trust(Action="s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trust(Action=["sts:AssumeRole", "sts:*"]), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trust(Resource="*"), "Has prohibited field Resource"),
        (trust(Principal=None), "A statement of a trust policy needs a principal."),
        (trust(Principal={"AWS": []}), NO_PRINCIPALS),
        (trust(Principal={}), NO_PRINCIPALS),
        (trust(Principal={"Federated": "nowhere"}), NO_PROVIDER),
        (trust(Principal={"Federated": "arn:aws:iam::123456789012:role/a"}), NO_PROVIDER),
        (github({f"https://{GITHUB}:sub": "repo:o/n:pull_request"}), "Condition can contain only one colon."),
        (github({f"{GITHUB}:aud": "sts.amazonaws.com"}), ALL_OF_GITHUB),
        (github({f"{GITHUB}:sub": "*"}), ALL_OF_GITHUB),
        (github({f"{GITHUB}:sub": ["repo:o/n:pull_request", "**"]}, "StringLike"), ALL_OF_GITHUB),
        (github({f"{GITHUB}:sub": "repo:o/n:pull_request"}, "StringNotEquals"), ALL_OF_GITHUB),
        (trust(Principal="*"), 'AssumeRolepolicy contained an invalid principal: "STAR":"*"'),
        (
            trust(Principal={"Service": "lambda.example.com"}),
            'Invalid principal in policy: "SERVICE":"lambda.example.com"',
        ),
        (trust(Principal={"Service": "*"}), 'Invalid principal in policy: "SERVICE":"*"'),
        (trust(Principal={"AWS": ["*", "12345"]}), 'Invalid principal in policy: "AWS":"12345"'),
        (
            trust(Principal={"AWS": "arn:aws:iam::123456789012:user/*"}),
            'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/*"',
        ),
        (
            trust(Principal={"AWS": "arn:aws:sts::123456789012:assumed-role/a/b"}),
            'Invalid principal in policy: "AWS":"arn:aws:sts::123456789012:assumed-role/a/b"',
        ),
    ],
)
def test_a_trust_policy_says_who_may_take_the_role(client: Client, name: str, given: str, message: str) -> None:
    iam = client("iam")

    made = refused(iam.create_role, RoleName=name, AssumeRolePolicyDocument=given)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    changed = refused(iam.update_assume_role_policy, RoleName=name, PolicyDocument=given)

    assert made == changed == (400, MALFORMED, message)


@pytest.mark.parametrize(
    "given",
    [
        document(Version="2008-10-17", Id="id"),
        document(Statement=json.loads(TRUST)["Statement"][0]),
        trust(Sid="one", Action=["sts:AssumeRole", "sts:TagSession", "sts:SetContext"]),
        trust(Effect="Deny", Principal={"AWS": "*"}),
        trust(Principal={"AWS": ["123456789012", "arn:aws:iam::123456789012:root", "arn:aws:iam::1:role/a/b"]}),
        trust(Principal={"Federated": "cognito-identity.amazonaws.com"}, Action="sts:AssumeRoleWithWebIdentity"),
        github({f"{GITHUB}:sub": ["repo:o/n:pull_request", "repo:o@1/n@2:ref:refs/heads/main"]}),
        github({f"{GITHUB}:sub": "repo:o/*"}, "StringLike"),
        trust(
            Principal={"Federated": "arn:aws:iam::123456789012:oidc-provider/provider.example.com"},
            Action="sts:AssumeRoleWithWebIdentity",
        ),
        trust(
            Condition={
                "StringEquals": {"aws:SourceAccount": "123456789012"},
                "ForAnyValue:ArnLikeIfExists": {"aws:SourceArn": ["arn:aws:ecs:us-east-1:123456789012:*"]},
                "NumericLessThan": {"aws:MultiFactorAuthAge": 60},
                "Bool": {"aws:SecureTransport": True},
            }
        ),
    ],
)
def test_trust_in_somebody_is_taken_and_kept(client: Client, name: str, given: str) -> None:
    iam = client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=given)
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=given)

    kept = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert kept == json.loads(given)


def test_a_policy_names_nobody_and_its_statements_have_plain_ids(client: Client, name: str) -> None:
    iam = client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    put = {"RoleName": name, "PolicyName": "p"}

    for given, message in (
        (policy(Principal="*"), "Policy document should not specify a principal."),
        (policy(NotPrincipal={"AWS": "*"}), "Policy document should not specify a principal."),
        (
            policy(Sid="a b"),
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*",
        ),
    ):
        own = refused(iam.put_role_policy, **put, PolicyDocument=given)
        managed = refused(iam.create_policy, PolicyName=name, PolicyDocument=given)
        assert own == managed == (400, MALFORMED, message)
    iam.put_role_policy(**put, PolicyDocument=policy(Sid="Plain1"))


def test_policies_have_room_without_white_space(client: Client, name: str) -> None:
    iam = client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    bare = len(policy(Resource="").replace(" ", ""))

    def sized(size: int) -> str:
        return policy(Resource="arn:aws:s3:::".ljust(size - bare, "a"))

    put = {"RoleName": name, "PolicyName": "p"}
    iam.put_role_policy(**put, PolicyDocument=sized(10240))
    # It takes its own place.
    iam.put_role_policy(**put, PolicyDocument=sized(10240))
    alone = refused(iam.put_role_policy, **put, PolicyDocument=sized(10241))
    together = refused(iam.put_role_policy, RoleName=name, PolicyName="q", PolicyDocument=policy())
    managed = refused(iam.create_policy, PolicyName=name, PolicyDocument=sized(6145))

    assert alone == together == (409, "LimitExceeded", f"Maximum policy size of 10240 bytes exceeded for role {name}")
    assert managed == (409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
    made = iam.create_policy(PolicyName=name, PolicyDocument=sized(6144))["Policy"]["Arn"]
    # Policies are the account's, and another test looks for what was left.
    iam.delete_policy(PolicyArn=made)


def test_policy_names_that_differ_in_case_only_are_one_name(client: Client, name: str) -> None:
    iam = client("iam")
    made = iam.create_policy(PolicyName=name, PolicyDocument=policy())["Policy"]["Arn"]

    answer = refused(iam.create_policy, PolicyName=name.upper(), PolicyDocument=policy())

    message = f"A policy called {name.upper()} already exists. Duplicate names are not allowed."
    assert answer == (409, "EntityAlreadyExists", message)
    # AWS's own policies are not the account's.
    other = iam.create_policy(PolicyName="readonlyaccess", PolicyDocument=policy())["Policy"]["Arn"]
    for arn in (made, other):
        iam.delete_policy(PolicyArn=arn)


def test_a_role_is_not_among_aws_own_and_its_boundary_is_a_policy(client: Client, name: str) -> None:
    create = client("iam").create_role
    role = {"RoleName": name, "AssumeRolePolicyDocument": TRUST}
    other = f"arn:aws:iam::123456789012:role/{name}"

    path = refused(create, **role, Path="/aws-service-role/")
    boundary = refused(create, **role, PermissionsBoundary=other)

    message = "Paths beginning with '/aws-service-role' are reserved for AWS Service Linked Roles"
    assert path == (400, "InvalidInput", message)
    assert boundary == (400, "InvalidInput", f"ARN {other} is not valid.")
    assert create(**role, Path="/service-role/", PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess")["Role"]


def test_a_policy_stays_while_it_is_the_boundary_of_a_role(client: Client, name: str) -> None:
    iam = client("iam")
    made = iam.create_policy(PolicyName=name, PolicyDocument=policy())["Policy"]["Arn"]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, PermissionsBoundary=made)

    answer = refused(iam.delete_policy, PolicyArn=made)

    assert answer[:2] == (409, "DeleteConflict")
    iam.delete_role_permissions_boundary(RoleName=name)
    iam.delete_policy(PolicyArn=made)


def test_a_role_has_50_tags_with_those_that_it_has(client: Client, name: str) -> None:
    iam = client("iam")
    tags = [{"Key": f"key{number}", "Value": "a"} for number in range(50)]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Tags=tags)

    answer = refused(iam.tag_role, RoleName=name, Tags=[{"Key": "another", "Value": "a"}])

    assert answer[:2] == (409, "LimitExceeded")
    iam.tag_role(RoleName=name, Tags=tags)


def test_a_provider_is_asked_over_https(client: Client) -> None:
    iam = client("iam")

    answer = refused(iam.create_open_id_connect_provider, Url="http://provider.example.com", ThumbprintList=["a" * 40])
    made = iam.create_open_id_connect_provider(Url="https://provider.example.com", ThumbprintList=["a" * 40])

    assert answer[:2] == (400, "InvalidInput")
    # Providers are the account's, and another test looks for what was left.
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=made["OpenIDConnectProviderArn"])


def test_a_provider_is_asked_without_a_query(client: Client) -> None:
    create = client("iam").create_open_id_connect_provider

    answer = refused(create, Url="https://queried.example.com/?a=b", ThumbprintList=["a" * 40])

    assert answer[:2] == (400, "InvalidInput")


def test_an_account_has_one_provider_of_a_url(client: Client) -> None:
    iam = client("iam")
    url = "https://once.example.com/path"
    made = iam.create_open_id_connect_provider(Url=url)["OpenIDConnectProviderArn"]

    again = refused(iam.create_open_id_connect_provider, Url=url)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=made)
    later = iam.create_open_id_connect_provider(Url=url)["OpenIDConnectProviderArn"]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=later)

    assert made == later == "arn:aws:iam::123456789012:oidc-provider/once.example.com/path"
    assert again == (409, "EntityAlreadyExists", f"Provider with url {url} already exists.")
