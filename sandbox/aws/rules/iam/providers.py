"""Providers of identities by OpenID Connect."""

from __future__ import annotations

from urllib.parse import urlsplit

from sandbox.aws.model.request import Call
from sandbox.aws.rules.iam.found import backend_of
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule


@rule(
    "iam",
    "CreateOpenIDConnectProvider",
    code="InvalidInput",
    source=tried("iam/pf-iam-oidc-provider-url-https"),
    says="Who gives identities away is asked over HTTPS.",
    quote="CreateOpenIDConnectProvider with --url http://nope.example.com -> InvalidInput",
    worded=False,
)
def provider_is_not_asked_over_https(call: Call) -> str | None:
    url = call.params["Url"]
    return None if url.startswith("https://") else f"The URL {url} does not begin with https://."


@rule(
    "iam",
    "CreateOpenIDConnectProvider",
    code="InvalidInput",
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html",
    says="An issuer is a host, with or without a path.",
    quote="Per the OIDC standard, path components are allowed but query parameters are not.",
    worded=False,
    coded=False,
)
def provider_has_a_query(call: Call) -> str | None:
    url = call.params["Url"]
    return f"The URL {url} has query parameters." if "?" in url else None


@rule(
    "iam",
    "CreateOpenIDConnectProvider",
    code="EntityAlreadyExists",
    status=409,
    source="https://github.com/getscaf/sfu-fullstack-template/issues/75",
    says="An account has one provider of a URL.",
    quote="EntityAlreadyExists: Provider with url https://token.actions.githubusercontent.com already exists.",
)
def provider_is_there_already(call: Call) -> str | None:
    url = call.params["Url"]
    parts = urlsplit(url)
    known = [provider.url for provider in backend_of(call).open_id_providers.values()]
    return f"Provider with url {url} already exists." if parts.netloc + parts.path in known else None
