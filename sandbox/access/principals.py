"""Whose a request's credentials are: an access key, with its session token, is enough. Nobody checks signatures."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.iam.models import iam_backends
from werkzeug.wrappers import Request

from sandbox.access.model import Principal
from sandbox.aws.model.wording import Refusal
from sandbox.aws.request import signature
from sandbox.state import ACCOUNT

ADMINISTRATOR = Principal("administrator", f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
"""Who has the credentials that `make sandbox` prints: he may do all, but for what a bucket's policy denies him."""

ADMINISTRATORS_KEY = "sandbox"
ANONYMOUS = Principal("anonymous", "", "")

_ALPHABET = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class Credentials:
    access_key: str
    secret: str
    token: str
    expiration: datetime

    @property
    def for_boto3(self) -> dict[str, str]:
        return {
            "aws_access_key_id": self.access_key,
            "aws_secret_access_key": self.secret,
            "aws_session_token": self.token,
        }

    @property
    def variables(self) -> dict[str, str]:
        """As Lambda gives them to a function."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_SESSION_TOKEN": self.token,
        }


class InvalidCredentialsError(Exception):
    """The refusal is what AWS answers."""

    def __init__(self, refusal: Refusal):
        super().__init__(refusal.message)
        self.refusal = refusal


_sessions: dict[str, tuple[Credentials, Principal]] = {}
_lock = threading.Lock()


def begin(principal: Principal, seconds: float = 3600) -> Credentials:
    """A session of this principal: temporary credentials that are good for so many real seconds."""
    credentials = Credentials(
        access_key="ASIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16)),
        secret=secrets.token_urlsafe(30),
        token=secrets.token_urlsafe(120),
        expiration=datetime.now(UTC) + timedelta(seconds=seconds),
    )
    with _lock:
        _sessions[credentials.access_key] = credentials, principal
    return credentials


def of(request: Request) -> Principal:
    """Who sent the request. Raises InvalidCredentialsError for keys that nobody has, and sessions that are over."""
    key = signature.access_key(request)
    if key is None:
        return ANONYMOUS
    if key == ADMINISTRATORS_KEY:
        return ADMINISTRATOR
    with _lock:
        found = _sessions.get(key)
    if found is not None:
        return _in_session(request, *found)
    user = _user(key)
    if user is None:
        raise InvalidCredentialsError(Refusal("InvalidClientTokenId", INVALID_TOKEN, 403))
    return user


INVALID_TOKEN = "The security token included in the request is invalid."
EXPIRED_TOKEN = "The security token included in the request is expired"


def _in_session(request: Request, credentials: Credentials, principal: Principal) -> Principal:
    if signature.session_token(request) != credentials.token:
        raise InvalidCredentialsError(Refusal("InvalidClientTokenId", INVALID_TOKEN, 403))
    if datetime.now(UTC) > credentials.expiration:
        raise InvalidCredentialsError(Refusal("ExpiredToken", EXPIRED_TOKEN, 403))
    return principal


def _user(key: str) -> Principal | None:
    """The IAM user with this access key."""
    backend: Any = iam_backends[ACCOUNT]["aws"]
    users: Mapping[str, Any] = backend.users
    for user in list(users.values()):
        for own in user.access_keys:
            if own.access_key_id == key and own.status == "Active":
                return Principal("user", user.arn, user.arn, user.id)
    return None
