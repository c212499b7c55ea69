"""What is gone is neither tagged nor deleted again."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sandbox.aws.model.request import Call
from sandbox.aws.rules.apigatewayv2.found import api_of, backend_of
from sandbox.aws.rules.table import rule


@rule(
    "apigatewayv2",
    *("TagResource", "UntagResource", "GetTags"),
    code="NotFoundException",
    status=404,
    source="https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html",
    says="Tags are those of a resource that exists.",
    quote="The resource specified in the request was not found",
    worded=False,
)
def tagged_resource_is_gone(call: Call) -> str | None:
    """A stage that is gone is refused by its API."""
    arn = call.params["ResourceArn"]
    kind, _, rest = arn.partition("::/")[2].partition("/")
    known = {"apis": backend_of(call).apis, "vpclinks": backend_of(call).vpc_links}.get(kind)
    if known is None or rest.split("/")[0] in known:
        return None
    return f"Invalid resource identifier specified: {arn}"


_Known = Callable[[Call], Collection[str]]


def _of_api(kind: str) -> _Known:
    def known(call: Call) -> Collection[str]:
        api = api_of(call)
        # Where the API itself is gone, moto says so.
        return getattr(api, kind) if api else [call.params[_DELETED[kind][1]]]

    return known


_DELETED = {
    # what it is -> operation, the parameter that names it
    "apis": ("DeleteApi", "ApiId"),
    "vpc_links": ("DeleteVpcLink", "VpcLinkId"),
    "integrations": ("DeleteIntegration", "IntegrationId"),
    "routes": ("DeleteRoute", "RouteId"),
    "stages": ("DeleteStage", "StageName"),
}
_KINDS = {"apis": "API", "vpc_links": "VpcLink", "integrations": "Integration", "routes": "Route", "stages": "stage"}
_KNOWN: dict[str, _Known] = {
    "apis": lambda call: backend_of(call).apis,
    "vpc_links": lambda call: backend_of(call).vpc_links,
    **{kind: _of_api(kind) for kind in ("integrations", "routes", "stages")},
}


def _deleted(kind: str, operation: str, parameter: str) -> None:
    @rule(
        "apigatewayv2",
        operation,
        name=f"deleted_{kind.removesuffix('s')}_is_gone",
        code="NotFoundException",
        status=404,
        source="https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html",
        says="What is gone is not deleted.",
        quote="The resource specified in the request was not found",
        worded=False,
    )
    def check(call: Call) -> str | None:
        named = call.params[parameter]
        return None if named in _KNOWN[kind](call) else f"Invalid {_KINDS[kind]} identifier specified {named}"


for _kind, _entry in _DELETED.items():
    _deleted(_kind, *_entry)
