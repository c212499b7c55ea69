"""AssumeRoleWithWebIdentity: a role is taken by whom an OIDC provider vouches for.

The token's signature is not checked: its issuer's keys are on the internet.
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import iam_backends
from moto.sts.responses import TokenResponse as Response

from sandbox.access import principals, roles, trust
from sandbox.access.model import Keys
from sandbox.aws.errors import NotModelled
from sandbox.aws.model.wording import Refusal, RefusedError
from sandbox.aws.patch import replaces
from sandbox.aws.sts import sessions
from sandbox.state import ACCOUNT

_GITHUB = "token.actions.githubusercontent.com"
_KEYS = {
    _GITHUB: (
        *("actor", "actor_id", "job_workflow_ref", "repository", "repository_id", "workflow", "ref", "environment"),
        "enterprise_id",
    )
}
"""Claims that are condition keys beside aud, sub and amr, by provider; not in the session that follows.

https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/,
https://cageyv.dev/posts/aws-sts-oidc-claim-validation
"""

_UNKNOWN = ("https://aws.amazon.com/tags", "https://aws.amazon.com/source_identity")
"""Claims that tag the session, or say on whose behalf it is. GitHub's tokens have neither."""


@dataclass(frozen=True)
class _Token:
    claims: dict[str, Any]

    @property
    def issuer(self) -> str:
        return str(self.claims["iss"])

    @property
    def provider(self) -> str:
        """As IAM names it: without its scheme."""
        return self.issuer.removeprefix("https://")

    @property
    def audience(self) -> tuple[str, ...]:
        """Whom it is for: the authorized party, where it says one."""
        return _texts(self.claims.get("azp")) or _texts(self.claims["aud"])

    def keys(self, session_name: str) -> Keys:
        """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif"""
        more = {f"{self.provider}:{name}": _texts(self.claims.get(name)) for name in _KEYS.get(self.provider, ())}
        return {**self.lasting_keys, **more, "sts:RoleSessionName": (session_name,)}

    @property
    def lasting_keys(self) -> Keys:
        """Those that the session's own calls carry as well."""
        return {
            f"{self.provider}:aud": self.audience,
            f"{self.provider}:sub": _texts(self.claims["sub"]),
            f"{self.provider}:amr": _texts(self.claims.get("amr")),
        }


@replaces(Response)
def assume_role_with_web_identity(self: Response) -> ActionResult:
    if self._get_param("ProviderId"):
        raise NotModelled("ProviderId of AssumeRoleWithWebIdentity: OAuth 2.0 access tokens")
    token = _token(self._get_param("WebIdentityToken"))
    provider = _provider(token)
    arn, name = self._get_param("RoleArn"), self._get_param("RoleSessionName")
    role = roles.find(arn)
    if role is None or not trust.with_web_identity(arn, provider.arn, token.keys(name), self.region).allowed:
        # https://github.com/aws/aws-sdk-js-v3/issues/6225
        raise sessions.denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
    session = trust.session(
        role,
        name,
        keys={**token.lasting_keys, "aws:FederatedProvider": (provider.arn,)},
        policies=sessions.session_policies(self),
    )
    answer = sessions.as_answered(session, principals.begin(session, sessions.duration(self, role, chained=False)))
    told = {"SubjectFromWebIdentityToken": token.claims["sub"], "Audience": token.audience[0], "Provider": token.issuer}
    return ActionResult(answer | told)


def _token(text: str) -> _Token:
    try:
        _, payload, _ = text.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError as problem:
        raise _invalid("The ID Token provided is not a valid JWT.") from problem
    if not isinstance(claims, dict):
        raise _invalid("The ID Token provided is not a valid JWT.")
    for name in ("iss", "sub", "aud", "exp"):
        # https://github.com/aws-actions/configure-aws-credentials/issues/502, aws/aws-sdk-ruby/issues/2698
        if not claims.get(name):
            raise _invalid(f"Missing a required claim: {name}")
    if not isinstance(claims["exp"], int | float):
        raise _invalid("The ID Token provided is not a valid JWT.")
    for name in _UNKNOWN:
        if name in claims:
            raise NotModelled(f"the claim {name} of a web identity token")
    return _Token(claims)


def _provider(token: _Token) -> Any:
    """The account's provider that vouches for this token now. Raises RefusedError."""
    known = iam_backends[ACCOUNT]["aws"].open_id_providers.values()
    provider = next((provider for provider in known if provider.url == token.provider), None)
    if provider is None or not token.issuer.startswith("https://"):
        # https://github.com/aws-actions/configure-aws-credentials/issues/280
        raise _invalid(f"No OpenIDConnect provider found in your account for {token.issuer}")
    now, until = int(time.time()), int(token.claims["exp"])
    if now >= until:
        # https://github.com/aws/aws-sdk-java-v2/issues/5709
        message = f"Token expired: current date/time {now} must be before the expiration date/time {until}"
        raise RefusedError(Refusal("ExpiredTokenException", message))
    if not set(token.audience) & set(provider.client_id_list):
        # https://github.com/awslabs/amazon-eks-irsa-cfn/pull/18
        raise _invalid("Incorrect token audience")
    return provider


def _texts(claim: Any) -> tuple[str, ...]:
    """A claim's values, as conditions compare them."""
    found = claim if isinstance(claim, list) else [claim]
    return tuple(str(value) for value in found if isinstance(value, str | int) and value != "")


def _invalid(message: str) -> RefusedError:
    return RefusedError(Refusal("InvalidIdentityToken", message))
