"""Invoke of Lambda, with a function that runs: what it is given, what the client gets, what is kept warm."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.launch import Sandbox
from tests.sandbox.lambda_function import BOOTSTRAP, Function, archive
from tests.sandbox.roles import WRITE_LOGS, allow
from tests.sandbox.running_stack import Clients, alive, until


def refusal(call: Any, *args: Any, **params: Any) -> tuple[int, str, str]:
    """HTTP status, code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(*args, **params)
    response: Any = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


# What a function is given --------------------------------------------------------------------------------------------


def test_a_function_gets_its_own_environment_and_nothing_else(sandbox: Sandbox, function: Function) -> None:
    function.create(MemorySize=256, Environment={"Variables": {"ALB_URL": "http://alb:8080", "TZ": "Europe/Berlin"}})

    environment = function.answer()["environment"]

    environment.pop("LC_CTYPE", None)  # Python's own doing
    assert environment.pop("AWS_LAMBDA_RUNTIME_API").startswith("127.0.0.1:")
    root = environment.pop("LAMBDA_TASK_ROOT")
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    key, secret, token = (environment.pop(name) for name in names)
    assert environment == {
        "ALB_URL": "http://alb:8080",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": sandbox.facts["endpoint_url"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": function.streams()[0],
        "AWS_REGION": "us-east-1",
        "HTTP_PROXY": sandbox.facts["data_plane_url"] + "/",
        "http_proxy": sandbox.facts["data_plane_url"] + "/",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LANG": "en_US.UTF-8",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
        "TZ": "Europe/Berlin",
        "_HANDLER": "bootstrap",
    }
    assert Path(root).is_relative_to(sandbox.state_dir)
    sts = boto3.client(
        "sts",
        endpoint_url=sandbox.facts["endpoint_url"],
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )
    role = "arn:aws:sts::123456789012:assumed-role/test-function"
    assert sts.get_caller_identity()["Arn"] == f"{role}/{function.name}"


def test_a_function_runs_in_its_unpacked_zip_with_the_event_and_its_deadline(function: Function) -> None:
    arn = function.create(Timeout=30)

    answer = function.invoke(text="ä")

    told = answer["Payload"]
    assert told["event"] == {"do": "answer", "text": "ä"}
    assert told["files"] == ["bootstrap", "data.txt"]
    assert told["cwd"] == told["environment"]["LAMBDA_TASK_ROOT"]
    # Real seconds, although the sandbox's time runs 60 times as fast.
    assert 25 < told["left"] <= 30
    assert told["headers"]["Lambda-Runtime-Aws-Request-Id"] == answer["ResponseMetadata"]["RequestId"]
    assert told["headers"]["Lambda-Runtime-Invoked-Function-Arn"] == arn
    assert told["headers"]["Lambda-Runtime-Trace-Id"].startswith("Root=1-")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    # Answering for another invocation is refused.
    assert told["wrong"] == 400


def test_an_invocation_without_a_payload_gets_an_empty_object(client: Clients, function: Function) -> None:
    function.create()

    answer = client("lambda").invoke(FunctionName=function.name)

    assert json.load(answer["Payload"])["event"] == {}


def test_a_client_context_reaches_the_function(client: Clients, function: Function) -> None:
    function.create()
    context = base64.b64encode(b'{"custom": {"a": "b"}}').decode()

    answer = client("lambda").invoke(FunctionName=function.name, ClientContext=context)

    assert json.load(answer["Payload"])["headers"]["Lambda-Runtime-Client-Context"] == '{"custom": {"a": "b"}}'


def test_a_function_can_call_aws_while_it_runs(sandbox: Sandbox, function: Function) -> None:
    own = f"arn:aws:lambda:us-east-1:123456789012:function:{function.name}"
    function.create(Timeout=10, allowed=[WRITE_LOGS, allow("lambda:GetFunctionConfiguration", on=own)])
    environment = function.answer()["environment"]
    scope = f"{environment['AWS_ACCESS_KEY_ID']}/20260101/us-east-1/lambda/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=a, Signature=a",
        "X-Amz-Security-Token": environment["AWS_SESSION_TOKEN"],
    }
    url = f"{sandbox.facts['endpoint_url']}/2015-03-31/functions/{function.name}/configuration"

    status, body = function.answer(do="get", url=url, headers=headers)["event"]

    assert (status, json.loads(body)["FunctionName"]) == (200, function.name)


def test_a_function_reaches_load_balancers_through_the_data_planes_proxy(function: Function) -> None:
    function.create()

    answer = function.answer(do="get", url="http://elsewhere.elb.amazonaws.com/", headers={})

    proxy = (
        "the sandbox's forward proxy reaches its own load balancers only, by HTTP; not elsewhere.elb.amazonaws.com\n"
    )
    assert answer["event"] == [502, proxy]


# What is kept warm ---------------------------------------------------------------------------------------------------


def test_an_environment_is_used_again(function: Function) -> None:
    function.create()

    first, second = function.answer(), function.answer()

    assert (first["count"], second["count"]) == (1, 2)
    assert first["pid"] == second["pid"]
    assert len(function.streams()) == 1


def test_an_environment_runs_one_invocation_at_a_time(function: Function) -> None:
    function.create(Timeout=30)
    with ThreadPoolExecutor(3) as pool:
        cold, warm = (
            list(pool.map(lambda _: function.answer(do="sleep", seconds=1), range(3))) for _ in ("cold", "warm")
        )

    assert len({answer["pid"] for answer in cold}) == 3
    assert {answer["pid"] for answer in warm} == {answer["pid"] for answer in cold}
    assert [answer["count"] for answer in cold + warm] == [1, 1, 1, 2, 2, 2]


def test_an_idle_environment_is_ended_after_seven_minutes(function: Function) -> None:
    function.create()
    told = function.answer()

    until(lambda: not alive(told["pid"]), seconds=30)
    until(lambda: not Path(told["cwd"]).exists())

    assert function.answer()["count"] == 1


def test_an_update_of_the_configuration_ends_the_old_environments(client: Clients, function: Function) -> None:
    function.create(Environment={"Variables": {"NAME": "old"}})
    old = function.answer()

    client("lambda").update_function_configuration(
        FunctionName=function.name, Environment={"Variables": {"NAME": "new"}}
    )

    assert function.answer()["environment"]["NAME"] == "new"
    until(lambda: not alive(old["pid"]), seconds=5)


def test_an_update_of_the_code_ends_the_old_environments(client: Clients, function: Function) -> None:
    function.create()
    old = function.answer()
    code = archive(BOOTSTRAP.replace('"count": count', '"count": "new code"'))

    client("lambda").update_function_code(FunctionName=function.name, ZipFile=code)

    assert function.answer()["count"] == "new code"
    until(lambda: not alive(old["pid"]), seconds=5)


def test_what_runs_during_an_update_may_end(client: Clients, function: Function) -> None:
    function.create(Timeout=30)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(function.answer, do="sleep", seconds=2)
        until(lambda: "doing sleep\n" in function.lines())
        client("lambda").update_function_configuration(FunctionName=function.name, Timeout=29)

        old = running.result()

    assert old["event"] == {"do": "sleep", "seconds": 2}
    until(lambda: not alive(old["pid"]), seconds=5)


def test_deleting_a_function_ends_its_environments(client: Clients, function: Function) -> None:
    function.create()
    told = function.answer()

    client("lambda").delete_function(FunctionName=function.name)

    until(lambda: not alive(told["pid"]), seconds=5)
    status, code, _ = refusal(function.invoke)
    assert (status, code) == (404, "ResourceNotFoundException")


def test_a_published_version_keeps_its_own_code(client: Clients, function: Function) -> None:
    function.create()
    client("lambda").publish_version(FunctionName=function.name)
    code = archive(BOOTSTRAP.replace('"count": count', '"count": "new code"'))
    client("lambda").update_function_code(FunctionName=function.name, ZipFile=code)

    answer = client("lambda").invoke(FunctionName=function.name, Qualifier="1")

    told = json.load(answer["Payload"])
    assert (answer["ExecutedVersion"], told["count"]) == ("1", 1)
    assert told["headers"]["Lambda-Runtime-Invoked-Function-Arn"].endswith(f":function:{function.name}:1")
    assert "[1]" in told["environment"]["AWS_LAMBDA_LOG_STREAM_NAME"]
    assert function.answer()["count"] == "new code"


# What a client can ask -----------------------------------------------------------------------------------------------


def test_a_function_is_known_by_name_arn_and_latest(client: Clients, function: Function) -> None:
    arn = function.create()
    invoke = client("lambda").invoke

    for name in (
        function.name,
        arn,
        f"{arn}:$LATEST",
        f"123456789012:function:{function.name}",
        f"{function.name}:$LATEST",
    ):
        assert invoke(FunctionName=name)["ExecutedVersion"] == "$LATEST"
    assert invoke(FunctionName=function.name, Qualifier="$LATEST")["ExecutedVersion"] == "$LATEST"


def test_a_dry_run_runs_nothing(client: Clients, function: Function) -> None:
    function.create()

    answer = client("lambda").invoke(FunctionName=function.name, InvocationType="DryRun")

    assert (answer["StatusCode"], answer["Payload"].read(), function.streams()) == (204, b"", [])


def test_the_tail_of_the_log_comes_with_the_answer(client: Clients, function: Function) -> None:
    function.create()
    payload = json.dumps({"do": "flood"})

    answer = client("lambda").invoke(FunctionName=function.name, Payload=payload, LogType="Tail")

    log = base64.b64decode(answer["LogResult"])
    assert len(log) == 4096
    *_, last, end, report = log.decode().splitlines()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert (last, end) == ("line 1999", f"END RequestId: {request_id}")
    assert report.startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert "LogResult" not in client("lambda").invoke(FunctionName=function.name)


def test_an_unknown_function_is_not_found(client: Clients, name: str) -> None:
    assert refusal(client("lambda").invoke, FunctionName=name) == (
        404,
        "ResourceNotFoundException",
        f"Function not found: arn:aws:lambda:us-east-1:123456789012:function:{name}",
    )


def test_an_unknown_version_is_not_found(client: Clients, function: Function) -> None:
    function.create()

    status, code, message = refusal(client("lambda").invoke, FunctionName=function.name, Qualifier="7")

    assert (status, code) == (404, "ResourceNotFoundException")
    assert message == f"Function not found: arn:aws:lambda:us-east-1:123456789012:function:{function.name}:7"


@pytest.mark.parametrize("payload", [b"not json", b"{", b"NaN", b"\xff"])
def test_a_payload_that_is_not_json_is_refused(client: Clients, function: Function, payload: bytes) -> None:
    function.create()

    status, code, message = refusal(client("lambda").invoke, FunctionName=function.name, Payload=payload)

    assert (status, code) == (400, "InvalidRequestContentException")
    assert message.startswith("Could not parse request body into json: ")


@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", 6291456), ("Event", 1048576)])
def test_a_payload_that_is_too_large_is_refused(client: Clients, function: Function, kind: str, limit: int) -> None:
    function.create()
    payload = b'"' + b"x" * (limit - 1) + b'"'

    assert refusal(client("lambda").invoke, FunctionName=function.name, Payload=payload, InvocationType=kind) == (
        413,
        "RequestTooLargeException",
        f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
    )


def test_an_unknown_invocation_type_is_refused(client: Clients, function: Function) -> None:
    function.create()

    status, code, _ = refusal(client("lambda").invoke, FunctionName=function.name, InvocationType="Later")

    assert (status, code) == (400, "ValidationException")


def test_reserved_concurrency_is_a_limit(client: Clients, function: Function) -> None:
    function.create()
    client("lambda").put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)

    assert refusal(function.invoke) == (429, "TooManyRequestsException", "Rate Exceeded.")

    client("lambda").put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
    assert function.answer()["count"] == 1


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (
            {"Runtime": "python3.13"},
            "running functions with the runtime python3.13, only provided.* (Invoke of Lambda)",
        ),
        ({"alias": "live"}, "invoking a function through an alias (Invoke of Lambda)"),
    ],
)
def test_what_is_not_modelled_is_refused_by_name(
    client: Clients, function: Function, changes: dict[str, Any], what: str
) -> None:
    alias = changes.pop("alias", None)
    function.create(**changes)
    if alias:
        client("lambda").create_alias(FunctionName=function.name, Name=alias, FunctionVersion="$LATEST")

    answer = refusal(client("lambda").invoke, FunctionName=function.name, Qualifier=alias or "$LATEST")

    assert answer == (400, "UnsupportedOperation", f"The sandbox does not model {what}.")


def test_a_zip_that_is_none_is_refused(client: Clients, function: Function) -> None:
    message = "Could not unzip uploaded file. Please check your file, then try to upload again."
    assert refusal(function.create, b"not a zip") == (400, "InvalidParameterValueException", message)

    function = Function(client, f"{function.name}-good")
    function.create()
    update = client("lambda").update_function_code
    assert refusal(update, FunctionName=function.name, ZipFile=b"x") == (400, "InvalidParameterValueException", message)
    assert function.answer()["count"] == 1


def test_reserved_variables_are_refused(function: Function) -> None:
    status, code, message = refusal(function.create, Environment={"Variables": {"AWS_REGION": "here", "COLOR": "blue"}})

    assert (status, code) == (400, "InvalidParameterValueException")
    assert message.endswith("Reserved keys used in this request: AWS_REGION")
