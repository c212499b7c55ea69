"""Who sends a request: the access key and its session token decide. Signatures are not checked."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from moto.iam.models import iam_backends
from werkzeug.wrappers import Request

from sandbox.access import roles
from sandbox.access.model import Keys, Principal
from sandbox.aws.model.wording import Refusal, RefusedError
from sandbox.aws.request import signature
from sandbox.state import ACCOUNT

ADMINISTRATOR = Principal("administrator", f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
"""The account's root user, who has the credentials that `make sandbox` prints. He may do all, but for what the policies
of `resource_policies.BIND_THE_ADMINISTRATOR` deny."""

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


class InvalidCredentialsError(RefusedError):
    """Unknown or expired credentials."""


@dataclass(frozen=True)
class _Session:
    credentials: Credentials
    principal: Principal
    hands_on: Mapping[str, str]


_sessions: dict[str, _Session] = {}
_lock = threading.Lock()


def begin(principal: Principal, seconds: float = 3600, hands_on: Mapping[str, str] | None = None) -> Credentials:
    """Temporary credentials of this principal, valid for so many real seconds.

    `hands_on` are its transitive tags: sessions that it begins inherit them.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    credentials = Credentials(
        access_key="ASIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16)),
        secret=secrets.token_urlsafe(30),
        token=secrets.token_urlsafe(120),
        expiration=now + timedelta(seconds=seconds),
    )
    # What only temporary credentials carry. There are no MFA devices here.
    temporary = {"aws:MultiFactorAuthPresent": ("false",), "aws:TokenIssueTime": (f"{now:%Y-%m-%dT%H:%M:%SZ}",)}
    with _lock:
        _sessions[credentials.access_key] = _Session(
            credentials, replace(principal, keys={**principal.keys, **temporary}), dict(hands_on or {})
        )
    return credentials


def of(request: Request, service: str) -> Principal:
    """Who sent the request to the service (a signing name). Raises InvalidCredentialsError."""
    key = signature.access_key(request)
    if key is None:
        return ANONYMOUS
    principal = holder(key)
    if principal is None:
        raise _invalid(request, service, "key")
    with _lock:
        session = _sessions.get(key)
    token = signature.session_token(request)
    if session is None:
        # A token beside a user's own key is not his. The administrator may have one left in his shell.
        if token and principal is not ADMINISTRATOR:
            raise _invalid(request, service, "token")
        return principal
    if token != session.credentials.token:
        raise _invalid(request, service, "token" if token else "key")
    if datetime.now(UTC) > session.credentials.expiration:
        raise _invalid(request, service, "expired")
    if service == "iam" and principal.kind in ("user", "administrator"):
        # "You cannot call any IAM API operations unless MFA authentication information is included in the request."
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html, and the answer is in
        # https://github.com/cloudyr/aws.iam/issues/15
        raise _invalid(request, service, "key")
    return principal


def holder(key: str) -> Principal | None:
    """Who has this access key; None if it is unknown or not active."""
    if key == ADMINISTRATORS_KEY:
        return ADMINISTRATOR
    with _lock:
        found = _sessions.get(key)
    return found.principal if found else _user(key)


def is_temporary(key: str) -> bool:
    with _lock:
        return key in _sessions


def tags_handed_on(key: str) -> dict[str, str]:
    """The transitive tags of the session with this access key."""
    with _lock:
        found = _sessions.get(key)
    return dict(found.hands_on) if found else {}


def _user(key: str) -> Principal | None:
    """The IAM user with this access key."""
    backend: Any = iam_backends[ACCOUNT]["aws"]
    for user in list(backend.users.values()):
        if any(own.access_key_id == key and own.status == "Active" for own in user.access_keys):
            return Principal("user", user.arn, user.arn, user.id, of_tags(roles.tags(user)))
    return None


def of_tags(tags: Mapping[str, str]) -> Keys:
    """``aws:PrincipalTag/…``: keys have no case."""
    return {f"aws:principaltag/{key.lower()}": (value,) for key, value in tags.items()}


Fault = Literal["key", "token", "expired"]

_INVALID = "The security token included in the request is invalid."
_EXPIRED = "The security token included in the request is expired"
_S3 = {
    # https://github.com/aws/aws-sdk-java-v2/issues/1477; the same for a session's key without its token:
    # https://github.com/prolane/samltoawsstskeys/issues/40
    "key": Refusal("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
    # https://github.com/s3tools/s3cmd/issues/297
    "token": Refusal("InvalidToken", "The provided token is malformed or otherwise invalid.", 400),
    # https://github.com/romange/helio/issues/15
    "expired": Refusal("ExpiredToken", "The provided token has expired.", 400),
}


def _invalid(request: Request, service: str, fault: Fault) -> InvalidCredentialsError:
    return InvalidCredentialsError(_refusal(request, service, fault))


def expired(request: Request, service: str) -> Refusal:
    """What AWS answers once the credentials have expired."""
    return _refusal(request, service, "expired")


def _refusal(request: Request, service: str, fault: Fault) -> Refusal:
    """By the protocol that the request speaks."""
    expired = fault == "expired"
    if service == "s3":
        return _S3[fault]
    if service == "ec2" and expired:
        # https://github.com/aws/aws-sdk-go-v2/issues/1674
        return Refusal("RequestExpired", "Request has expired.", 400)
    if service == "ec2":
        # https://github.com/hashicorp/terraform/issues/17273
        return Refusal("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    if "X-Amz-Target" in request.headers:
        # https://github.com/guregu/dynamo/issues/68, https://github.com/aws/aws-sdk-php/issues/1114
        return _json(expired, 400)
    if request.mimetype == "application/x-www-form-urlencoded" or "Action" in request.args:
        # https://github.com/jenkinsci/ec2-plugin/pull/1008,
        # https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
        code, message = ("ExpiredToken", _EXPIRED) if expired else ("InvalidClientTokenId", _INVALID)
        return Refusal(code, message, 403)
    # https://github.com/cloudquery/cq-provider-aws/pull/1171, https://github.com/iann0036/iamlive/issues/58
    return _json(expired, 403)


def _json(expired: bool, status: int) -> Refusal:
    code, message = ("ExpiredTokenException", _EXPIRED) if expired else ("UnrecognizedClientException", _INVALID)
    return Refusal(code, message, status)
