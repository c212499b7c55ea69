"""What a service needs from outside itself: secrets, permissions, ways out."""

import pytest

from modules.needs import Destination, PolicyStatement

from .conftest import MINIMAL, Loaded, Mistakes

HERE = "eu-west-1:111111111111"
SECRET = f"arn:aws:secretsmanager:{HERE}:secret:db-AbCdEf"
PARAMETER = f"arn:aws:ssm:{HERE}:parameter/team/token"
KEY = f"arn:aws:kms:{HERE}:key/0d1f"


def service(keys: str) -> str:
    return MINIMAL + "".join(f"    {line}\n" for line in keys.splitlines())


def test_secrets_are_parameters_and_secrets_with_ecs_suffixes(loaded: Loaded) -> None:
    arns = {
        "TOKEN": PARAMETER,
        "WHOLE": SECRET,
        "PART": f"{SECRET}:password::",
        "OLD": f"{SECRET}::AWSPREVIOUS:",
        "PARTIAL": f"arn:aws:secretsmanager:{HERE}:secret:team/db",
    }
    given = loaded(service(f"secrets: {arns}\nsecrets_kms_keys: [{KEY}]"))

    assert given.task("api").grants.secrets == arns
    assert given.task("api").grants.secrets_kms_keys == [KEY]


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        (f"environment: {{A: x}}\nsecrets: {{A: {PARAMETER}}}", "services.api: secrets: A is in environment too"),
        (
            f"secrets: {{A: {PARAMETER.replace('eu-west-1', 'eu-west-2')}}}",
            "services.api.secrets.A must be in region eu-west-1 and account 111111111111, where the tasks run, got "
            "'arn:aws:ssm:eu-west-2:111111111111:parameter/team/token'",
        ),
        (
            f"secrets: {{A: {SECRET.replace('1' * 12, '2' * 12)}}}",
            "services.api.secrets.A must be in region eu-west-1 and account 111111111111, where the tasks run, got "
            "'arn:aws:secretsmanager:eu-west-1:222222222222:secret:db-AbCdEf'",
        ),
        (
            f"secrets: {{A: {PARAMETER}}}\nsecrets_kms_keys: [{KEY.replace('arn:aws:', 'arn:aws-cn:')}]",
            "services.api.secrets_kms_keys.0 must be in region eu-west-1 and account 111111111111, where the tasks "
            "run, got 'arn:aws-cn:kms:eu-west-1:111111111111:key/0d1f'",
        ),
        (
            "secrets: {A: /team/token}",
            "services.api.secrets: A must be the ARN of an SSM parameter, arn:aws:ssm:<region>:<account>:parameter/"
            "<name>, or of a Secrets Manager secret, arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six "
            "characters>, got '/team/token'",
        ),
        (
            f"secrets: {{A: '{SECRET}:password'}}",
            "services.api.secrets: A must end with the secret's name or with all of <name>:<json-key>:<version-stage>:"
            "<version-id>, of which the last three may be empty, as in db-AbCdEf:password::, got "
            f"'{SECRET}:password'",
        ),
        (
            f"secrets: {{A=B: {PARAMETER}}}",
            "services.api.secrets: a variable's name must not be empty, or have an = or a line break in it, got 'A=B'",
        ),
        (
            f"secrets_kms_keys: [{KEY}]",
            "services.api: secrets_kms_keys must be left out without secrets, which alone are read with them",
        ),
        (
            f"secrets: {{A: {PARAMETER}}}\nsecrets_kms_keys: ['arn:aws:kms:{HERE}:alias/team']",
            "services.api.secrets_kms_keys.0: must be a key's ARN, arn:aws:kms:<region>:<account>:key/<id>, since a "
            "policy does not know keys by alias, got 'arn:aws:kms:eu-west-1:111111111111:alias/team'",
        ),
    ],
)
def test_a_secret_that_no_task_could_read_is_refused(mistakes: Mistakes, keys: str, mistake: str) -> None:
    assert mistakes(service(keys)) == [mistake]


def test_without_nat_the_services_of_secrets_have_endpoints(loaded: Loaded) -> None:
    text = service(f"hook: {{identity: header}}\nsecrets: {{A: {PARAMETER}, B: {SECRET}}}")

    assert loaded(text).interface_endpoints == []
    assert loaded(text + "network: {egress: endpoints}\n").interface_endpoints == [
        *("codedeploy", "ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm")
    ]


def test_a_task_policy_is_statements_that_allow(loaded: Loaded) -> None:
    given = loaded(
        service(
            "task_policy:\n"
            "- actions: [s3:GetObject, s3:Put*]\n"
            "  resources: ['arn:aws:s3:::orders/${aws:PrincipalTag/team}/*']\n"
            "  conditions:\n"
            "    ForAnyValue:StringLikeIfExists: {aws:TagKeys: [a, b]}\n"
            "    Bool: {aws:SecureTransport: ['true']}\n"
            "- {actions: [ecs:ListTasks], resources: ['*']}"
        )
    )

    assert given.task("api").grants.task_policy == [
        PolicyStatement(
            actions=["s3:GetObject", "s3:Put*"],
            resources=["arn:aws:s3:::orders/${aws:PrincipalTag/team}/*"],
            conditions={
                "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", "b"]},
                "Bool": {"aws:SecureTransport": ["true"]},
            },
        ),
        PolicyStatement(actions=["ecs:ListTasks"], resources=["*"]),
    ]


@pytest.mark.parametrize(
    ("statement", "where", "mistake"),
    [
        (
            "actions: ['*'], resources: ['*']",
            ".actions.0",
            "must be service:Action, such as s3:GetObject or s3:Get*, got '*'",
        ),
        ("actions: ['s3:*'], resources: ['*']", "", "must not allow ['s3:*'] on *: name the actions, or the resources"),
        (
            "actions: [], resources: ['*']",
            ".actions",
            "must not be empty, got [] (Such as s3:GetObject; * and ? stand for any characters)",
        ),
        (
            "actions: [s3:GetObject], resources: [orders]",
            ".resources.0",
            "must be an ARN, which may have wildcards behind its service, or *, got 'orders'",
        ),
        (
            "actions: [s3:GetObject], resources: ['*'], conditions: {StringIs: {aws:x: [a]}}",
            ".conditions",
            "must have operators of IAM's, such as StringEquals, got 'StringIs'",
        ),
        (
            "actions: [s3:GetObject], resources: ['*'], conditions: {StringLike: {aws:x: []}}",
            ".conditions",
            "StringLike must have a key such as aws:ResourceTag/team, each with a list of values, got {'aws:x': []}",
        ),
    ],
)
def test_a_statement_that_iam_would_refuse_or_that_allows_all_is_refused(
    mistakes: Mistakes, statement: str, where: str, mistake: str
) -> None:
    assert mistakes(service(f"task_policy: [{{{statement}}}]")) == [f"services.api.task_policy.0{where}: {mistake}"]


def test_a_resource_of_another_partition_is_refused(mistakes: Mistakes) -> None:
    statement = "{actions: [s3:GetObject], resources: ['arn:aws-cn:s3:::a/*']}"

    assert mistakes(service(f"task_policy: [{statement}]")) == [
        "services.api.task_policy.0.resources must be in partition aws, got arn:aws-cn:s3:::a/*"
    ]


def test_tasks_may_connect_to_groups_prefix_lists_and_blocks(loaded: Loaded) -> None:
    given = loaded(
        service(
            "egress:\n"
            "- {security_group: sg-0123456789abcdef0, port: 5432}\n"
            "- {prefix_list: pl-01234567, port: '8000-8010'}\n"
            "- {cidr: 10.2.0.0/16, port: 53, protocol: udp}"
        )
    )

    assert [one.opened for one in given.services["api"].egress] == [
        Destination(security_group="sg-0123456789abcdef0", first_port=5432, last_port=5432),
        Destination(prefix_list="pl-01234567", first_port=8000, last_port=8010),
        Destination(cidr="10.2.0.0/16", first_port=53, last_port=53, protocol="udp"),
    ]


@pytest.mark.parametrize(
    ("given", "where", "mistake"),
    [
        ("{port: 1}", ".0", "must have one of security_group, prefix_list and cidr, got none"),
        (
            "{cidr: 10.0.0.0/8, prefix_list: pl-01234567, port: 1}",
            ".0",
            "must have one of security_group, prefix_list and cidr, got prefix_list and cidr",
        ),
        ("{cidr: 10.0.0.1/8, port: 1}", ".0.cidr", "must be an IPv4 block such as 10.2.0.0/16, got '10.0.0.1/8'"),
        ("{cidr: 10.2.0.1, port: 1}", ".0.cidr", "must be written as 10.2.0.1/32, got '10.2.0.1'"),
        ("{security_group: orders, port: 1}", ".0.security_group", "must be a security group's id, sg-…, got 'orders'"),
        (
            "{cidr: 10.0.0.0/8, port: '9-8'}",
            ".0.port",
            "must be a port from 1 to 65535, or a range such as \"8000-8010\", got '9-8'",
        ),
        (
            "{cidr: 0.0.0.0/0, port: 443}",
            "",
            "must have each destination once, and 443 of 0.0.0.0/0 is open already; got '0.0.0.0/0' twice",
        ),
    ],
)
def test_a_destination_that_ec2_would_refuse_is_refused(
    mistakes: Mistakes, given: str, where: str, mistake: str
) -> None:
    assert mistakes(service(f"egress: [{given}]")) == [f"services.api.egress{where}: {mistake}"]
