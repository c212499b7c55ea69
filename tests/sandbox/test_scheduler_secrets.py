"""What a container's secrets stand for, and in which words of AWS's a task says that it cannot read one."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from sandbox.scheduler import secrets
from sandbox.scheduler.secrets import RESOURCES
from sandbox.scheduler.tools import StartError

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/team/token"
DOCUMENT = '{"user": "orders", "port": 5432, "tls": true, "list": [1]}'


class Role:
    """Of what is asked, and with what; it may read all that there is."""

    def __init__(self, parameters: dict[str, str], answer: dict[str, Any]):
        self._parameters, self._answer = parameters, answer
        self.asked: list[Any] = []

    async def call(self, _service: str, region: str, operation: str, **params: Any) -> dict[str, Any]:
        self.asked.append((region, operation, params))
        if operation == "get_parameters":
            return {"Parameters": [{"Value": self._parameters[n]} for n in params["Names"] if n in self._parameters]}
        return self._answer


class Way:
    async def to_parameter_store(self, region: str) -> None: ...

    async def to_secrets_manager(self, region: str, secret: str) -> None: ...


def read(role: Role, source: str) -> str:
    secret = {"name": "A", "valueFrom": source}
    return asyncio.run(secrets.read(cast(Any, role), cast(Any, Way()), "us-east-1", secret))


def role(document: str = DOCUMENT, **parameters: str) -> Role:
    return Role({name.replace("_", "/"): value for name, value in parameters.items()}, {"SecretString": document})


@pytest.mark.parametrize(
    ("suffix", "value", "asked"),
    [
        ("", DOCUMENT, {}),
        (":user::", "orders", {}),
        (":port::", "5432", {}),
        (":tls::", "true", {}),
        (":user:AWSPREVIOUS:", "orders", {"VersionStage": "AWSPREVIOUS"}),
        (":::0d1f", DOCUMENT, {"VersionId": "0d1f"}),
    ],
)
def test_a_secret_is_read_as_a_whole_or_by_json_key_and_version(suffix: str, value: str, asked: Any) -> None:
    known = role()

    assert read(known, f"{SECRET}{suffix}") == value
    assert known.asked == [("eu-west-1", "get_secret_value", {"SecretId": SECRET, **asked})]


def test_a_parameter_is_read_decrypted_by_its_name_in_the_arns_region() -> None:
    known = role(_team_token="one")

    assert read(known, PARAMETER) == "one"
    assert known.asked == [("eu-west-1", "get_parameters", {"Names": ["/team/token"], "WithDecryption": True})]


def test_a_parameter_whose_name_has_no_slash_is_found_by_its_arn_too() -> None:
    assert read(role(token="one"), PARAMETER.replace("/team", "")) == "one"


@pytest.mark.parametrize(
    ("document", "source", "why"),
    [
        (DOCUMENT, PARAMETER, "secrets from ssm: {}: invalid ssm parameters: /team/token"),
        (
            DOCUMENT,
            f"{SECRET}:password::",
            "secret from asm: {}: retrieved secret from Secrets Manager did not contain json key password",
        ),
        ("plain", f"{SECRET}:user::", "secret from asm: {}: invalid character 'p' looking for beginning of value"),
    ],
)
def test_what_is_not_there_stops_the_task_in_awss_words(document: str, source: str, why: str) -> None:
    with pytest.raises(StartError) as caught:
        read(role(document), source)

    retried = "service call has been retried 1 time(s)"
    assert str(caught.value) == f"{RESOURCES}: unable to retrieve {why.format(retried)}"


def test_a_value_whose_text_in_ecs_is_not_known_is_not_made_up() -> None:
    with pytest.raises(StartError, match="does not know how ECS writes the value of json key list"):
        read(role(), f"{SECRET}:list::")
    with pytest.raises(StartError, match="does not know how ECS refuses a binary secret"):
        read(Role({}, {"SecretBinary": b"x"}), SECRET)
