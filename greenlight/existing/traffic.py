"""Load balancers and HTTP APIs. An API's name is nobody's own: AWS makes a second one of it without a word."""

from collections.abc import Iterator

from greenlight.existing.search import Finder, Object, Search, pages, tags_of, there
from greenlight.review.plan import Change


def _with_tags(search: Search, arn: str) -> Object:
    (found,) = search.client("elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"]
    return Object(id=arn, tags=tags_of(found["Tags"]))


def _load_balancer(search: Search, change: Change) -> Iterator[Object]:
    name, client = search.value(change, "name"), search.client("elbv2")
    for answer in there(client.describe_load_balancers, "LoadBalancerNotFound", Names=[name]):
        for one in answer["LoadBalancers"]:
            yield _with_tags(search, one["LoadBalancerArn"])


def _target_group(search: Search, change: Change) -> Iterator[Object]:
    name, client = search.value(change, "name"), search.client("elbv2")
    for answer in there(client.describe_target_groups, "TargetGroupNotFound", Names=[name]):
        for one in answer["TargetGroups"]:
            yield _with_tags(search, one["TargetGroupArn"])


def _listener(search: Search, change: Change) -> Iterator[Object]:
    balancer, port = search.value(change, "load_balancer_arn"), change.value(change.after, "port")
    for one in pages(search.client("elbv2"), "describe_listeners", "Listeners", LoadBalancerArn=balancer):
        if one["Port"] == port:
            yield _with_tags(search, one["ListenerArn"])


def _api(search: Search, change: Change) -> Iterator[Object]:
    name = search.value(change, "name")
    for one in pages(search.client("apigatewayv2"), "get_apis", "Items"):
        if one["Name"] == name:
            yield Object(id=one["ApiId"], tags=one.get("Tags", {}))


def _vpc_link(search: Search, change: Change) -> Iterator[Object]:
    """Also one that sleeps: its status is INACTIVE."""
    name, client = search.value(change, "name"), search.client("apigatewayv2")
    request: dict[str, str] = {}
    while True:  # boto3 has no paginator for it
        answer = client.get_vpc_links(**request)
        for one in answer["Items"]:
            if one["Name"] == name and one.get("VpcLinkStatus") not in ("DELETING", "FAILED"):
                yield Object(id=one["VpcLinkId"], tags=one.get("Tags", {}))
        if not answer.get("NextToken"):
            return
        request = {"NextToken": answer["NextToken"]}


def _stage(search: Search, change: Change) -> Iterator[Object]:
    api, name = search.value(change, "api_id"), search.value(change, "name")
    for one in pages(search.client("apigatewayv2"), "get_stages", "Items", ApiId=api):
        if one["StageName"] == name:
            yield Object(id=f"{api}/{name}", tags=one.get("Tags", {}))


def _integration(search: Search, change: Change) -> Iterator[Object]:
    api, listener = search.value(change, "api_id"), search.value(change, "integration_uri")
    for one in pages(search.client("apigatewayv2"), "get_integrations", "Items", ApiId=api):
        if one.get("IntegrationUri") == listener:
            yield Object(id=f"{api}/{one['IntegrationId']}")


def _route(search: Search, change: Change) -> Iterator[Object]:
    api, key = search.value(change, "api_id"), search.value(change, "route_key")
    for one in pages(search.client("apigatewayv2"), "get_routes", "Items", ApiId=api):
        if one["RouteKey"] == key:
            yield Object(id=f"{api}/{one['RouteId']}")


FINDERS: dict[str, Finder] = {
    "aws_apigatewayv2_api": _api,
    "aws_apigatewayv2_integration": _integration,
    "aws_apigatewayv2_route": _route,
    "aws_apigatewayv2_stage": _stage,
    "aws_apigatewayv2_vpc_link": _vpc_link,
    "aws_lb": _load_balancer,
    "aws_lb_listener": _listener,
    "aws_lb_target_group": _target_group,
}
