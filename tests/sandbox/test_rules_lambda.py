"""Lambda refuses functions that it cannot run, networks that are none, and to be invoked by nobody."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.lambda_function import Function, archive
from tests.sandbox.roles import INTERFACES, allow, function_role, make_function_role, make_role
from tests.sandbox.stack import make
from tests.sandbox.test_aws_errors import refused
from tests.sandbox.trust import trust

Client = Callable[[str], Any]

VALUE = "InvalidParameterValueException"
DLQ = (
    "Invalid dead letter queue ARN: The service specified by the TargetArn is not supported for dead letter "
    "configuration."
)


@pytest.fixture
def role(client: Client) -> str:
    return function_role(client)


def settings(name: str, role: str, **changes: Any) -> dict[str, Any]:
    whole = {
        "FunctionName": name,
        "Role": role,
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Code": {"ZipFile": archive()},
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"Timeout": 901},
            "ValidationException",
            "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have "
            "value less than or equal to 900",
        ),
        (
            {"MemorySize": 10241},
            VALUE,
            "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240",
        ),
        ({"DeadLetterConfig": {"TargetArn": "arn:aws:lambda:us-east-1:123456789012:function:f"}}, VALUE, DLQ),
        (
            {"Role": "arn:aws:iam::123456789012:role/gone"},
            VALUE,
            "The role defined for the function cannot be assumed by Lambda.",
        ),
    ],
)
def test_a_function_has_a_role_and_limits(
    client: Client, function: Function, name: str, role: str, changes: dict[str, Any], code: str, message: str
) -> None:
    function.create()
    lambda_ = client("lambda")

    made = refused(lambda_.create_function, **settings(f"{name}-x", role, **changes))
    changed = refused(lambda_.update_function_configuration, FunctionName=name, **changes)

    assert made == changed == (400, code, message)


def test_a_role_trusts_lambda(client: Client, name: str) -> None:
    iam, create = client("iam"), client("lambda").create_function
    queue = "arn:aws:sqs:us-east-1:123456789012:dead"
    away = make_role(client, f"{name}-away", "ecs-tasks.amazonaws.com", allow("sqs:SendMessage", on=queue))
    here = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    documents = [
        trust(Principal={"Service": "ecs-tasks.amazonaws.com"}),
        trust(Condition=here),
        trust(Action="sts:TagSession"),
    ]

    for document in documents:
        iam.update_assume_role_policy(RoleName=f"{name}-away", PolicyDocument=document)
        answer = refused(create, **settings(name, away))
        assert answer == (400, VALUE, "The role defined for the function cannot be assumed by Lambda.")
    iam.update_assume_role_policy(
        RoleName=f"{name}-away", PolicyDocument=trust(Condition={"StringNotEquals": {"aws:SourceAccount": "other"}})
    )
    limits = {"Timeout": 900, "MemorySize": 10240, "DeadLetterConfig": {"TargetArn": queue}}
    assert create(**settings(name, away, **limits))["Timeout"] == 900


MANDATORY = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
ELSEWHERE = "Please do not provide other FunctionCode parameters when providing a ZipFile."
HALF = "S3 Bucket and Key are required for uploading with S3 parameters."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Handler": None}, MANDATORY),
        ({"Runtime": None}, MANDATORY),
        ({"Code": {"ZipFile": archive(), "S3Bucket": "bucket", "S3Key": "key"}}, ELSEWHERE),
        ({"Code": {"S3Bucket": "bucket"}}, HALF),
        ({"Code": {"S3Key": "key"}}, HALF),
        ({"Code": {}}, "Please provide a source for function code."),
    ],
)
def test_a_functions_code_comes_from_one_place(
    client: Client, name: str, role: str, changes: dict[str, Any], message: str
) -> None:
    assert refused(client("lambda").create_function, **settings(name, role, **changes)) == (400, VALUE, message)


def test_changed_code_comes_from_one_place(client: Client, function: Function) -> None:
    function.create()
    update = client("lambda").update_function_code

    assert refused(update, FunctionName=function.name, S3Bucket="bucket") == (400, VALUE, HALF)
    assert refused(update, FunctionName=function.name)[1] == VALUE
    assert update(FunctionName=function.name, ZipFile=archive())["FunctionName"] == function.name


def test_code_is_not_too_large_packed_or_unpacked(client: Client, name: str, role: str) -> None:
    create, bomb = client("lambda").create_function, io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file, file.open("zeros", "w") as zeros:
        for _ in range(251):
            zeros.write(bytes(2**20))

    packed = refused(create, **settings(name, role, Code={"ZipFile": bytes(52_428_801)}))
    unpacked = refused(create, **settings(name, role, Code={"ZipFile": bomb.getvalue()}))

    assert packed == (413, "RequestEntityTooLargeException", "Zipped size must be smaller than 52428800 bytes")
    assert unpacked == (400, VALUE, "Unzipped size must be smaller than 262144000 bytes")


def test_a_function_is_in_one_vpc_that_there_is(client: Client, name: str, role: str) -> None:
    stack, ec2, create = make(client, name), client("ec2"), client("lambda").create_function
    other = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    away = ec2.create_security_group(GroupName=f"{name}-x", Description="d", VpcId=other)["GroupId"]

    def asked(subnets: list[str], groups: list[str]) -> tuple[int, str, str]:
        return refused(create, **settings(name, role, VpcConfig={"SubnetIds": subnets, "SecurityGroupIds": groups}))

    half = asked([stack.subnet], [])
    no_subnet = asked(["subnet-0123456789abcdef0"], [stack.security_group])
    no_group = asked([stack.subnet], ["sg-0123456789abcdef0"])
    two = asked([stack.subnet], [away])

    assert half == (400, VALUE, "SubnetIds and SecurityIds must coexist or be both empty list.")
    assert no_subnet == (
        400,
        VALUE,
        "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet "
        "ID 'subnet-0123456789abcdef0' does not exist",
    )
    assert no_group == (
        400,
        VALUE,
        "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The "
        "security group 'sg-0123456789abcdef0' does not exist",
    )
    assert two == (400, VALUE, "Subnets and Security Groups must belong to the same VPC.")
    inside = {"SubnetIds": [stack.subnet], "SecurityGroupIds": [stack.security_group]}
    attaching = function_role(client)
    assert create(**settings(name, attaching, VpcConfig=inside))["VpcConfig"]["SubnetIds"] == [stack.subnet]
    nowhere = client("lambda").update_function_configuration(
        FunctionName=name, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}
    )
    assert nowhere["FunctionName"] == name


@pytest.mark.parametrize(
    ("lacking", "named"),
    [
        ("ec2:CreateNetworkInterface", "CreateNetworkInterface"),
        ("ec2:DescribeNetworkInterfaces", "DescribeNetworkInterfaces"),
        ("ec2:DeleteNetworkInterface", "DeleteNetworkInterface"),
    ],
)
def test_a_function_joins_a_vpc_by_the_permissions_of_its_role(
    client: Client, name: str, lacking: str, named: str
) -> None:
    stack = make(client, name)
    vpc = {"SubnetIds": [stack.subnet], "SecurityGroupIds": [stack.security_group]}
    role = make_function_role(client, f"{name}-role", allow(*(action for action in INTERFACES if action != lacking)))
    functions, words = client("lambda"), f"The provided execution role does not have permissions to call {named} on EC2"

    created = refused(functions.create_function, **settings(name, role, VpcConfig=vpc))
    functions.create_function(**settings(name, role))
    updated = refused(functions.update_function_configuration, FunctionName=name, VpcConfig=vpc)
    client("iam").put_role_policy(RoleName=f"{name}-role", PolicyName="own", PolicyDocument=document(*INTERFACES))
    joined = functions.update_function_configuration(FunctionName=name, VpcConfig=vpc)

    assert created == updated == (400, VALUE, words)
    assert joined["VpcConfig"]["SubnetIds"] == [stack.subnet]


def document(*actions: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [allow(*actions)]})


def test_a_function_is_invoked_by_somebody(client: Client, function: Function) -> None:
    function.create()
    add = client("lambda").add_permission
    permission = {"FunctionName": function.name, "Action": "lambda:InvokeFunction"}

    for nobody in ("nobody", "invalid.nonaws.com"):
        answer = refused(add, **permission, StatementId="s", Principal=nobody)
        message = "The provided principal was invalid. Please check the principal and try again."
        assert answer == (400, VALUE, message)
    somebody = ("*", "123456789012", "arn:aws:iam::123456789012:root", "events.amazonaws.com")
    for number, principal in enumerate(somebody):
        assert add(**permission, StatementId=f"s{number}", Principal=principal)["Statement"]


def test_100_concurrent_invocations_are_nobodys(client: Client, function: Function) -> None:
    function.create()
    put = client("lambda").put_function_concurrency

    answer = refused(put, FunctionName=function.name, ReservedConcurrentExecutions=901)

    message = (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        "its minimum value of [100]."
    )
    assert answer == (400, VALUE, message)
    for share in (700, 701):
        kept = put(FunctionName=function.name, ReservedConcurrentExecutions=share)["ReservedConcurrentExecutions"]
        assert kept == share
    client("lambda").delete_function_concurrency(FunctionName=function.name)


def test_what_becomes_of_an_invocation_that_nobody_waits_for(client: Client, function: Function) -> None:
    own = function.create()
    put = client("lambda").put_function_event_invoke_config
    gone = own.replace(function.name, "gone")
    stream = "arn:aws:kinesis:us-east-1:123456789012:stream/s"

    def asked(**config: Any) -> tuple[int, str, str]:
        return refused(put, FunctionName=function.name, **config)

    nothing = asked()
    itself = asked(DestinationConfig={"OnFailure": {"Destination": own}})
    nobody = asked(DestinationConfig={"OnSuccess": {"Destination": gone}})
    elsewhere = asked(DestinationConfig={"OnFailure": {"Destination": stream}})

    assert nothing == (400, VALUE, "You must specify at least one of error handling or destination setting.")
    assert itself == (400, VALUE, "You can't specify the function as a destination for itself.")
    assert nobody == (400, VALUE, f"The destination ARN {gone} is invalid.")
    message = (
        f"The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination={stream})) "
        "is invalid."
    )
    assert elsewhere == (400, VALUE, message)
    queue = {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:dead"}}
    assert (
        put(FunctionName=function.name, DestinationConfig=queue)["DestinationConfig"]["OnFailure"] == queue["OnFailure"]
    )
    assert put(FunctionName=function.name, MaximumRetryAttempts=0)["MaximumRetryAttempts"] == 0
