"""Sessions: of roles that are taken, and of oneself."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.sts.responses import TokenResponse as Response

from sandbox.access import gate, policies, principals, roles, trust
from sandbox.access.model import Need, Policy, Principal
from sandbox.access.needs.sts import keys_of
from sandbox.access.principals import Credentials
from sandbox.aws.errors import NotModelled
from sandbox.aws.model.wording import Refusal, RefusedError
from sandbox.aws.patch import replaces
from sandbox.aws.request import signature
from sandbox.aws.rules.iam import documents
from sandbox.state import ACCOUNT

_HOUR = 3600
_SOURCE = "aws:SourceIdentity"


def denied(message: str) -> RefusedError:
    return RefusedError(Refusal("AccessDenied", message, 403))


def _key(self: Response) -> str:
    """The caller's access key; moto's own way to find it knows no key but those of twenty characters."""
    query = {name: values[0] for name, values in self.querystring.items()}
    return signature.key_in(self.headers.get("Authorization", ""), query) or ""


def _caller(self: Response) -> Principal:
    """An unsigned request gets the words of https://github.com/mulgadc/spinifex/pull/272."""
    principal = principals.holder(_key(self))
    if principal is None:
        raise RefusedError(Refusal("MissingAuthenticationToken", "Request is missing Authentication Token", 403))
    return principal


# Who is it ------------------------------------------------------------------------------------------------------------


@replaces(Response)
def get_caller_identity(self: Response) -> ActionResult:
    """The administrator is the account itself: https://github.com/kubeflow/testing/pull/961"""
    principal = _caller(self)
    return ActionResult({"UserId": principal.user_id, "Account": ACCOUNT, "Arn": principal.arn})


@replaces(Response)
def get_access_key_info(self: Response) -> ActionResult:
    """moto tells the account of any key. There is one account here, and a key that is not its is not known."""
    key = self._get_param("AccessKeyId")
    if principals.holder(key) is None:
        raise RefusedError(Refusal("ValidationError", f"There is no access key {key}."))
    return ActionResult({"Account": ACCOUNT})


# Of oneself -----------------------------------------------------------------------------------------------------------


@replaces(Response)
def get_session_token(self: Response) -> ActionResult:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html: 12 hours, and one for the account's
    own credentials, however long is asked for.
    """
    principal = _caller(self)
    if principals.is_temporary(_key(self)):
        # https://github.com/fwdcloudsec/granted/issues/151 has the same of GetFederationToken
        raise denied("Cannot call GetSessionToken with session credentials")
    _without_codes(self)
    seconds = self._get_int_param("DurationSeconds", 12 * _HOUR)
    if principal.kind == "administrator":
        seconds = min(seconds, _HOUR)
    return ActionResult({"Credentials": _as_answered(principals.begin(principal, seconds))})


@replaces(Response)
def get_federation_token(_self: Response) -> ActionResult:
    raise NotModelled("GetFederationToken of sts")


@replaces(Response)
def assume_role_with_saml(_self: Response) -> ActionResult:
    raise NotModelled("AssumeRoleWithSAML of sts")


# Of a role ------------------------------------------------------------------------------------------------------------


@replaces(Response)
def assume_role(self: Response) -> ActionResult:
    """The gate has asked the caller's policies and the role's trust policy by now, of all but the administrator."""
    principal, arn = _caller(self), self._get_param("RoleArn")
    if principal.kind == "administrator":
        # https://github.com/kubeflow/testing/pull/961
        raise denied("Roles may not be assumed by root accounts.")
    _without_codes(self)
    if self._get_param("ProvidedContexts"):
        raise NotModelled("ProvidedContexts of AssumeRole")
    role = roles.find(arn)
    seconds = duration(self, role, chained=principals.is_temporary(_key(self)))
    tags = {tag["Key"]: tag["Value"] for tag in self._get_param("Tags", [])}
    handed_on = principals.tags_handed_on(_key(self))
    source = _source(self, principal)
    _may_hand_on(self, principal, tags, handed_on, source)
    hands_on = {**handed_on, **{key: tags[key] for key in self._get_param("TransitiveTagKeys", []) if key in tags}}
    session = trust.session(
        role,
        self._get_param("RoleSessionName"),
        keys={_SOURCE: (source,)} if source else {},
        tags={**tags, **handed_on},
        policies=session_policies(self),
        # Credentials do not change where their calls come from.
        place=principal.place,
    )
    answer = as_answered(session, principals.begin(session, seconds, hands_on))
    return ActionResult(answer | ({"SourceIdentity": source} if source else {}))


def _source(self: Response, principal: Principal) -> str | None:
    """A session's source identity stays, and cannot be changed:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
    """
    given: str | None = self._get_param("SourceIdentity")
    kept = next(iter(principal.keys.get(_SOURCE, ())), None)
    if kept and given and kept != given:
        raise denied(f"The source identity of this session is {kept}, and cannot be set to {given}.")
    return given or kept


def _may_hand_on(
    self: Response, principal: Principal, tags: dict[str, str], handed_on: dict[str, str], source: str | None
) -> None:
    """What comes from the caller's own session asks for the same permissions as what is given in the call.

    https://github.com/aws/aws-cdk-cli/pull/762 (tags), https://github.com/noqdev/iambic/issues/357 (source identity)
    """
    arn = self._get_param("RoleArn")
    keys = {**keys_of(self._get_params()), "sts:SourceIdentity": (source,) if source else ()}
    if same := {key.lower() for key in tags} & {key.lower() for key in handed_on}:
        # "…you receive an error": https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
        raise denied(f"The tags {', '.join(sorted(same))} were handed on by this session, and cannot be given anew.")
    if handed_on:
        _require(principal, roles.taking("sts:TagSession", arn, keys, {**tags, **handed_on}), self.region)
    if source and not self._get_param("SourceIdentity"):
        _require(principal, roles.taking("sts:SetSourceIdentity", arn, keys), self.region)


def _require(principal: Principal, need: Need, region: str) -> None:
    try:
        gate.require(principal, need, region)
    except gate.AccessDeniedError as problem:
        raise denied(str(problem)) from problem


# Of both --------------------------------------------------------------------------------------------------------------


def duration(self: Response, role: Any, *, chained: bool) -> int:
    """Seconds. Raises RefusedError where that is longer than the role's sessions, or a session's session, may be."""
    seconds: int = self._get_int_param("DurationSeconds", _HOUR)
    if chained and seconds > _HOUR:
        # https://github.com/99designs/aws-vault/issues/263; for a user's session: mmmorris1975/aws-runas/issues/11
        raise _invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        )
    # https://github.com/kreuzwerker/awsu/issues/27
    if seconds > int(role.max_session_duration or _HOUR):
        raise _invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return seconds


def session_policies(self: Response) -> tuple[Policy, ...] | None:
    """None where none were given."""
    text, arns = self._get_param("Policy"), [given["arn"] for given in self._get_param("PolicyArns", [])]
    if not text and not arns:
        return None
    found = []
    for arn in arns:
        try:
            found.append(policies.managed(arn))
        except KeyError as problem:
            raise _invalid(f"There is no policy {arn}.") from problem
    return (*([Policy("session policy", _document(text))] if text else []), *found)


def _document(text: str) -> Any:
    """AWS's parser has words of its own: https://github.com/ansible-collections/amazon.aws/pull/2778"""
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise RefusedError(Refusal("MalformedPolicyDocument", str(problem))) from problem
    if not documents.is_sound(document):
        raise RefusedError(Refusal("MalformedPolicyDocument", "Syntax errors in policy."))
    return document


def _invalid(message: str) -> RefusedError:
    return RefusedError(Refusal("ValidationError", message))


def _without_codes(self: Response) -> None:
    if self._get_param("SerialNumber") or self._get_param("TokenCode"):
        raise NotModelled("MFA devices: SerialNumber and TokenCode")


def as_answered(session: Principal, credentials: Credentials) -> dict[str, Any]:
    """What every answer with a role's session has."""
    return {
        "Credentials": _as_answered(credentials),
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
    }


def _as_answered(credentials: Credentials) -> dict[str, Any]:
    return {
        "AccessKeyId": credentials.access_key,
        "SecretAccessKey": credentials.secret,
        "SessionToken": credentials.token,
        "Expiration": credentials.expiration,
    }
