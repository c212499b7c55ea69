"""What becomes of a task whose roles may not do something: in AWS's words, whose sources `pull.py` names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import iam_backends

from sandbox.access import ledger
from sandbox.access.model import Place
from sandbox.scheduler.pull import Start
from sandbox.scheduler.roles import Roles
from sandbox.scheduler.spec import SetSpec
from sandbox.scheduler.tools import StartError, Tools
from sandbox.scheduler.way import Way
from sandbox.state import Settings
from tests.sandbox.trust import trust

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
IMAGE = f"{REGISTRY}/api:one"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/key"
RESOURCES = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed"
MANIFEST = json.dumps({"config": {"digest": "sha256:c"}, "layers": [{"digest": "sha256:l"}]})
LOGS = {"awslogs-group": "/api", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "api"}


class FakeClients:
    """Allows every call but one, which is denied with this message."""

    def __init__(self, operation: str, message: str = "no"):
        self.denied, self.message = operation, message
        self.calls: list[str] = []

    def by(self, _session: Any) -> FakeClients:
        return self

    async def call(self, service: str, _region: str, operation: str, **_params: Any) -> Any:
        self.calls.append(f"{service} {operation}")
        if operation == self.denied:
            metadata = {"HTTPStatusCode": 400, "RequestId": "r"}
            error = {"Code": "AccessDeniedException", "Message": self.message}
            raise ClientError(cast(Any, {"Error": error, "ResponseMetadata": metadata}), operation)
        image = {"imageId": {"imageDigest": "sha256:m"}, "imageManifest": MANIFEST}
        return {"images": [image], "Parameters": [{"Value": "p"}], "SecretString": "s"}


class OpenWay(Way):
    """From where everything answers."""

    def __init__(self) -> None:
        pass

    async def to(self, name: str, region: str, failure: str) -> None:
        pass


PLACE = Place("task", "vpc-1", "subnet-1", "10.0.0.9", ("sg-1",), "us-east-1")


def start(clients: FakeClients, folder: Path) -> Start:
    tools = SimpleNamespace(clients=clients, settings=Settings("http://a", "http://b", log_dir=folder))
    return Start(cast(Tools, tools), "us-east-1", cast(Any, object()), OpenWay())


def reason(work: Any) -> str:
    with pytest.raises(StartError) as caught:
        asyncio.run(work)
    return str(caught.value)


def test_a_task_that_may_not_get_a_token_pulls_nothing(tmp_path: Path) -> None:
    clients = FakeClients("get_authorization_token", "User: u is not authorized to perform: ecr:GetAuthorizationToken")

    stopped = reason(start(clients, tmp_path).authorize([IMAGE, IMAGE]))

    assert stopped == (
        f"{RESOURCES}: unable to retrieve ecr registry auth: service call has been retried 1 time(s): "
        "AccessDeniedException: User: u is not authorized to perform: ecr:GetAuthorizationToken status code: 400, "
        "request id: r"
    )
    assert clients.calls == ["ecr get_authorization_token"]


def test_a_manifest_that_is_denied_is_a_403_of_the_registry(tmp_path: Path) -> None:
    stopped = reason(start(FakeClients("batch_get_image"), tmp_path).pull_image(IMAGE, "X86_64"))

    assert stopped == (
        f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {IMAGE}: "
        f"pulling from host {REGISTRY} failed with status code [manifests one]: 403 Forbidden"
    )


@pytest.mark.parametrize("operation", ["batch_check_layer_availability", "get_download_url_for_layer"])
def test_a_layer_that_is_denied_is_a_403_of_the_registry(tmp_path: Path, operation: str) -> None:
    stopped = reason(start(FakeClients(operation), tmp_path).pull_image(IMAGE, "X86_64"))

    assert stopped == (
        f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {IMAGE}: "
        f"unexpected status from HEAD request to https://{REGISTRY}/v2/api/blobs/sha256:c: 403 Forbidden"
    )


@pytest.mark.parametrize("operation", ["create_log_stream", "create_log_group"])
def test_a_task_that_may_not_make_its_log_stream_does_not_start(tmp_path: Path, operation: str) -> None:
    options = LOGS | {"awslogs-create-group": "true"}
    container = {"name": "api", "logConfiguration": {"logDriver": "awslogs", "options": options}}

    stopped = reason(start(FakeClients(operation), tmp_path).open_logs(container, "t"))

    assert stopped == (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed "
        "to create Cloudwatch log stream: AccessDeniedException: no (log group /api) : exit status 1"
    )


def test_the_log_group_is_made_only_where_the_options_say_so(tmp_path: Path) -> None:
    clients = FakeClients("create_log_group")
    container = {"name": "api", "logConfiguration": {"logDriver": "awslogs", "options": LOGS}}

    asyncio.run(start(clients, tmp_path).open_logs(container, "t"))

    assert clients.calls == ["logs create_log_stream"]


@pytest.mark.parametrize(
    ("source", "operation", "told"),
    [
        (
            SECRET,
            "get_secret_value",
            "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret "
            f"{SECRET} from secrets manager: AccessDeniedException: no status code: 400, request id: r",
        ),
        (
            PARAMETER,
            "get_parameters",
            "unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: no "
            "status code: 400, request id: r",
        ),
    ],
)
def test_a_task_whose_secret_is_denied_does_not_start(tmp_path: Path, source: str, operation: str, told: str) -> None:
    container = {"name": "api", "secrets": [{"name": "KEY", "valueFrom": source}]}

    stopped = reason(start(FakeClients(operation), tmp_path).read_secrets(container))

    assert stopped == f"{RESOURCES}: {told}"


def test_a_task_without_an_execution_role_gets_nothing_from_aws(tmp_path: Path) -> None:
    tools = SimpleNamespace(clients=FakeClients(""), settings=Settings("http://a", "http://b", log_dir=tmp_path))
    nobody = Start(cast(Tools, tools), "us-east-1", None, OpenWay())

    assert reason(nobody.authorize([IMAGE])) == (
        f"{RESOURCES}: the task has no execution role, and an ECR image needs one"
    )


# The roles themselves -------------------------------------------------------------------------------------------------

ECS = {"Service": "ecs-tasks.amazonaws.com"}
Make = Callable[..., str]


@pytest.fixture
def role(tmp_path: Path) -> Iterator[Make]:
    """Makes a role with this trust policy; its ARN."""
    ledger.open_in(tmp_path)
    backend = iam_backends["123456789012"]["aws"]
    made: list[str] = []

    def make(name: str, **statement: Any) -> str:
        made.append(name)
        return str(backend.create_role(name, trust(**statement), "/", None, "", [], "3600").arn)

    yield make
    for name in made:
        backend.delete_role(name)


def roles(**arns: str) -> Roles:
    spec = SimpleNamespace(region="us-east-1", account="123456789012", task_definition=SimpleNamespace(**arns))
    return Roles(cast(SetSpec, spec), "t", PLACE)


@pytest.mark.parametrize(
    ("condition", "trusted"),
    [
        ({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*"}}, True),
        ({"StringEquals": {"aws:SourceAccount": "123456789012"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:task/c/*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-west-2:123456789012:*"}}, False),
        ({"StringEquals": {"aws:SourceAccount": "210987654321"}}, False),
    ],
)
def test_ecs_takes_a_role_as_its_trust_policy_says(role: Make, condition: dict[str, Any], trusted: bool) -> None:
    arn = role("execution", Principal=ECS, Condition=condition)

    problem = None
    try:
        roles(execution_role_arn=arn).take()
    except StartError as failure:
        problem = str(failure)

    assert problem == (None if trusted else UNABLE.format(arn))


UNABLE = (
    "ECS was unable to assume the role '{}' that was provided for this task. Please verify that the role being passed "
    "has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
)


def test_a_role_that_trusts_another_service_or_is_gone_is_not_taken(role: Make) -> None:
    other = role("other", Principal={"Service": "lambda.amazonaws.com"})
    gone = "arn:aws:iam::123456789012:role/gone"

    for arn in (other, gone):
        with pytest.raises(StartError) as caught:
            roles(task_role_arn=arn).take()
        assert str(caught.value) == UNABLE.format(arn)


def test_only_a_task_gets_the_credentials_of_its_role(role: Make) -> None:
    arn = role("task", Principal=ECS)
    of_task = roles(task_role_arn=arn)

    found = of_task.document(of_task.token)

    assert found is not None
    assert found["RoleArn"] == arn
    assert sorted(found) == ["AccessKeyId", "Expiration", "RoleArn", "SecretAccessKey", "Token"]
    assert of_task.document("another") is None
    assert of_task.document(of_task.token) == found
    without = roles(execution_role_arn=arn)
    assert without.document(without.token) is None
