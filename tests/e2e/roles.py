"""The roles that the commands run under: those of `kind: account`, taken as GitHub's workflows take them."""

import base64
import json
import time
from pathlib import Path
from typing import Any

from sandbox.clients import local_client
from sandbox.launch import Sandbox

SETTINGS = """\
kind: account
account: "123456789012"
region: us-east-1
repository: octo-org@123456/octo-repo@456789
apply_environments: [apply]
release_environments: [prod]
branch: main
state_bucket: greenlight-state-123456789012-us-east-1
tags: {team: platform}
aws_provider: "5.100.0"
"""
ISSUER = "https://token.actions.githubusercontent.com"
REPOSITORY = "repo:octo-org@123456/octo-repo@456789"
SUBJECTS = {
    "plan": f"{REPOSITORY}:pull_request",
    "apply": f"{REPOSITORY}:environment:apply",
    "release": f"{REPOSITORY}:environment:prod",
}
SECONDS = 3600


def token(subject: str, ref: str = "refs/heads/main") -> str:
    """What GitHub gives a job, but for the signature: the sandbox has no key to check it with."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "sts.amazonaws.com", "sub": subject, "ref": ref, "iat": now, "exp": now + 300}
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*texts, "c2lnbmF0dXJl"])


class Roles:
    """Credentials of the account's roles, each taken once."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._taken: dict[str, dict[str, str]] = {}

    def write_settings(self, folder: Path) -> None:
        """The account's, beside those of its environments."""
        (folder / "github.yaml").write_text(SETTINGS)

    def variables(self, role: str) -> dict[str, str]:
        """For a command's environment."""
        if role not in self._taken:
            self._taken[role] = self.take(role, token(SUBJECTS[role]))
        return self._taken[role]

    def take(self, role: str, given: str) -> dict[str, str]:
        """Raises botocore's ClientError where the role is not trusted to the token's owner."""
        facts = self._sandbox.facts
        credentials: dict[str, Any] = local_client(
            "sts", facts["region"], facts["endpoint_url"]
        ).assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::123456789012:role/greenlight/github-{role}",
            RoleSessionName="workflow",
            WebIdentityToken=given,
            DurationSeconds=SECONDS,
        )["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        }
