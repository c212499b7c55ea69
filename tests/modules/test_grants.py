"""What roles are allowed for the sake of settings: least privilege is exact ARNs."""

from dataclasses import replace
from typing import Any

from modules import grants
from modules.github import GitHub
from modules.needs import Grants, PolicyStatement
from tests.modules.test_github import DEV, PROPS, managed
from tests.modules.test_service import container, service, with_task
from tests.service_authorization import violations
from tests.synthesis import address, policy, reference, resource, synth

HERE = "eu-west-1:111111111111"
SECRET = f"arn:aws:secretsmanager:{HERE}:secret:db-AbCdEf"
PARAMETER = f"arn:aws:ssm:{HERE}:parameter/team/token"
KEY = f"arn:aws:kms:{HERE}:key/0d1f"
BUCKET = PolicyStatement(
    actions=["s3:GetObject"], resources=["arn:aws:s3:::orders/*"], conditions={"Null": {"aws:x": ["true"]}}
)
GRANTS = Grants(
    secrets={"TOKEN": PARAMETER, "PASSWORD": f"{SECRET}:password::", "USER": f"{SECRET}:user:AWSPREVIOUS:"},
    secrets_kms_keys=[KEY],
    task_policy=[BUCKET],
)
READS = [
    {"Effect": "Allow", "Action": ["ssm:GetParameters"], "Resource": [PARAMETER]},
    {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": [SECRET]},
    {
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": [KEY],
        "Condition": {
            "StringEquals": {
                "kms:ViaService": ["ssm.eu-west-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com"]
            }
        },
    },
]
MAY = {
    "Effect": "Allow",
    "Action": ["s3:GetObject"],
    "Resource": ["arn:aws:s3:::orders/*"],
    "Condition": {"Null": {"aws:x": ["true"]}},
}


def test_the_execution_role_reads_these_secrets_and_no_others() -> None:
    config = service(with_task(grants=GRANTS))

    assert policy(config, "dev-api-execution")[-3:] == READS
    assert violations({"Statement": policy(config, "dev-api-execution")}) == []


def test_the_task_role_has_the_task_policy_for_as_long_as_the_service_is_there() -> None:
    config = service(with_task(grants=GRANTS))
    role = reference(config, "aws_iam_role", "name", name="dev-api-task")

    assert policy(config, "dev-api-task") == [MAY]
    assert address(config, "aws_iam_role_policy", role=role) in resource(config, "aws_ecs_service")["depends_on"]


def test_the_container_names_its_secrets_by_their_arns() -> None:
    assert container(with_task(grants=GRANTS))["secrets"] == [
        {"name": "PASSWORD", "valueFrom": f"{SECRET}:password::"},
        {"name": "TOKEN", "valueFrom": PARAMETER},
        {"name": "USER", "valueFrom": f"{SECRET}:user:AWSPREVIOUS:"},
    ]


def test_a_json_key_of_any_name_is_a_secrets() -> None:
    given = Grants(secrets={"A": f"{SECRET}:ssm::"})

    assert grants.of_execution([given]) == [
        {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": [SECRET]}
    ]


def test_a_partial_arn_allows_no_secret_whose_name_only_begins_like_it() -> None:
    given = Grants(secrets={"A": f"arn:aws:secretsmanager:{HERE}:secret:team/db"})

    assert grants.of_execution([given]) == [
        {
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue"],
            "Resource": [f"arn:aws:secretsmanager:{HERE}:secret:team/db-??????"],
        }
    ]


def test_the_boundary_lets_exactly_these_through_for_all_services() -> None:
    one = replace(DEV, grants=[GRANTS, Grants(), GRANTS])
    config = synth(lambda stack: GitHub(stack, "github", replace(PROPS, environments=[one])))

    assert managed(config, "github-boundary")[2:] == [*READS, MAY]


def test_policies_that_iam_would_not_take_are_refused_with_their_sizes() -> None:
    names = [f"arn:aws:s3:::{'n' * 60}-{number}/*" for number in range(130)]
    secrets = {f"V{number}": f"{PARAMETER}/{'n' * 60}/{number}" for number in range(90)}
    wide = Grants(secrets=secrets, task_policy=[PolicyStatement(actions=["s3:GetObject"], resources=names)])

    assert list(grants.too_large(GRANTS)) == []
    assert list(grants.too_large(wide)) == [
        "secrets: the policy to read them would have 12095 characters, and IAM allows 10240: use fewer, or wildcards",
        "task_policy: its statements would have 10646 characters, and IAM allows 10240: use fewer, or wildcards",
    ]


def test_a_boundary_without_room_for_the_secrets_says_so() -> None:
    one = replace(DEV, grants=[Grants(secrets={f"V{number}": f"{PARAMETER}-{number}" for number in range(80)})])
    found: list[Any] = []

    synth(lambda stack: found.extend(GitHub(stack, "github", replace(PROPS, environments=[one])).too_large))

    assert found == [
        "the policy to limit roles has 6148 characters and IAM allows 6144: it names every secret and task_policy of "
        "its environments, so move some of them to another account"
    ]


def test_the_images_of_sidecars_leave_less_room_for_secrets() -> None:
    wide = Grants(secrets={f"V{number}": f"{PARAMETER}/{'n' * 60}/{number}" for number in range(55)})

    assert list(grants.too_large(wide, sidecars=0)) == []
    assert list(grants.too_large(wide, sidecars=9)) != []
