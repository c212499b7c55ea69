"""Who calls, in tests of access: users with keys, roles, and the tokens that a web provider would give out."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from sandbox.launch import Sandbox

ACCOUNT = "123456789012"
GITHUB = "token.actions.githubusercontent.com"
GITHUB_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trusting(principal: Mapping[str, Any], action: str | list[str] = "sts:AssumeRole", **more: Any) -> str:
    return policy({"Effect": "Allow", "Principal": principal, "Action": action, **more})


def arn_of_role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


class As:
    """Clients with some credentials: ``As(sandbox, …)("ecs")``. They ask once."""

    def __init__(self, sandbox: Sandbox, key: str = "", secret: str = "x", token: str | None = None):
        self._endpoint_url = sandbox.facts["endpoint_url"]
        self._session: Any = boto3.session.Session(
            aws_access_key_id=key or "nobody", aws_secret_access_key=secret, aws_session_token=token
        )
        self._signature = {} if key else {"signature_version": UNSIGNED}

    @property
    def credentials(self) -> Any:
        """botocore's."""
        return self._session.get_credentials()

    def __call__(self, service: str) -> Any:
        config = Config(proxies={}, retries={"total_max_attempts": 1}, **self._signature)
        return self._session.client(service, "us-east-1", endpoint_url=self._endpoint_url, config=config)


def session(sandbox: Sandbox, answer: Mapping[str, Any]) -> As:
    """With what STS answered."""
    given = answer["Credentials"]
    return As(sandbox, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def user(sandbox: Sandbox, client: Any, name: str, *statements: Mapping[str, Any]) -> As:
    """A new IAM user who may do this."""
    client("iam").create_user(UserName=name)
    if statements:
        client("iam").put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
    key = client("iam").create_access_key(UserName=name)["AccessKey"]
    return As(sandbox, key["AccessKeyId"], key["SecretAccessKey"])


def token(**changes: Any) -> str:
    """Of a job of GitHub's; without the claims that are None."""
    now = int(time.time())
    claims = {
        "iss": f"https://{GITHUB}",
        "aud": "sts.amazonaws.com",
        "sub": "repo:o/r:ref:refs/heads/main",
        "ref": "refs/heads/main",
        "iat": now,
        "exp": now + 300,
        **changes,
    }
    parts = ({"alg": "RS256", "typ": "JWT"}, {name: value for name, value in claims.items() if value is not None})
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "x"]
    )
