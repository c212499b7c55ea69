"""What API Gateway and a load balancer make of a request's headers, and which requests a load balancer turns away."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from multidict import CIMultiDict

from sandbox.data_plane.desync import Tier, blocks, classify
from sandbox.data_plane.http import Inbound
from sandbox.launch import Sandbox
from tests.sandbox.http_client import ADDRESS, ask, proxied
from tests.sandbox.running_stack import Clients, Stack, until

DESYNC = "routing.http.desync_mitigation_mode"
FORWARDED_FOR = "routing.http.xff_header_processing.mode"
DROP_INVALID = "routing.http.drop_invalid_header_fields.enabled"
PRESERVE_HOST = "routing.http.preserve_host_header.enabled"
BAD_REQUEST = (
    b"<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n"
    b"</body>\r\n</html>\r\n"
)


@pytest.fixture(scope="module")
def stack(sandbox: Sandbox, client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with one healthy task behind both listeners."""
    made = Stack(sandbox.facts, client, "headers", tmp_path_factory.mktemp("headers"))
    client("elbv2").modify_listener(
        ListenerArn=made.test, DefaultActions=[{"Type": "forward", "TargetGroupArn": made.blue}]
    )
    made.service(made.push())
    made.running()
    made.steady()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def url(stack: Stack) -> str:
    return stack.api("ANY /{proxy+}")


SetAttribute = Callable[[str, str], None]


@pytest.fixture
def attribute(stack: Stack, client: Clients) -> Iterator[SetAttribute]:
    """Sets an attribute of the load balancer for the time of the test."""
    defaults = {DESYNC: "defensive", FORWARDED_FOR: "append", DROP_INVALID: "false", PRESERVE_HOST: "false"}

    def modify(attributes: dict[str, str]) -> None:
        client("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=stack.balancer_arn,
            Attributes=[{"Key": key, "Value": value} for key, value in attributes.items()],
        )

    yield lambda key, value: modify({key: value})
    modify(defaults)


# API Gateway ----------------------------------------------------------------------------------------------------------


def test_the_clients_address_is_in_forwarded_only(url: str) -> None:
    headers = ask(f"{url}/one").json["headers"]

    host = f"{url.rsplit('/', 1)[1]}.execute-api.us-east-1.amazonaws.com"
    assert headers["Host"] == host
    assert headers["Forwarded"] == f"for=127.0.0.1;host={host};proto=https"
    assert headers["Via"] == "HTTP/1.1 AmazonAPIGateway"
    # The load balancer's client is the VPC link, in the first of its subnets.
    assert headers["X-Forwarded-For"] == "10.0.0.10"
    assert (headers["X-Forwarded-Proto"], headers["X-Forwarded-Port"]) == ("http", "80")
    assert re.fullmatch(r"Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers["X-Amzn-Trace-Id"])


def test_forwarding_headers_of_the_client_become_part_of_forwarded(url: str) -> None:
    given = {"X_Forwarded_For": "203.0.113.7, 203.0.113.8", "X_Forwarded_Host": "a", "X_Forwarded_Proto": "ftp"}
    headers = ask(f"{url}/one", Forwarded="for=203.0.113.6", **given).json["headers"]

    host = headers["Host"]
    assert headers["Forwarded"] == (
        f"for=203.0.113.6,for=203.0.113.7,for=203.0.113.8,for=127.0.0.1;host={host};proto=https"
    )
    assert (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"]) == ("10.0.0.10", "http")
    assert "X-Forwarded-Host" not in headers


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_request_without_a_body_says_so(url: str, method: str) -> None:
    headers = ask(f"{url}/one", method).json["headers"]

    assert (headers["Content-Length"], headers["Content-Type"]) == ("0", "application/x-www-form-urlencoded")


def test_a_content_type_of_the_clients_own_stays(url: str) -> None:
    headers = ask(f"{url}/one", "POST", Content_Type="application/json").json["headers"]

    assert headers["Content-Type"] == "application/json"


def test_a_vpc_link_that_is_gone_is_service_unavailable(stack: Stack) -> None:
    url, gateway = stack.api("GET /one"), stack.client("apigatewayv2")
    api = url.rpartition("/")[2]
    (route,) = gateway.get_routes(ApiId=api)["Items"]
    (integration,) = gateway.get_integrations(ApiId=api)["Items"]
    # As long as a route leads through it, the link stays.
    gateway.delete_route(ApiId=api, RouteId=route["RouteId"])
    gateway.delete_vpc_link(VpcLinkId=integration["ConnectionId"])
    gateway.create_route(ApiId=api, RouteKey="GET /one", Target=route["Target"])

    answer = ask(f"{url}/one")

    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})


# Load balancer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "seen"), [("append", f"203.0.113.7, {ADDRESS}"), ("preserve", "203.0.113.7"), ("remove", None)]
)
def test_the_load_balancers_attribute_says_what_becomes_of_forwarded_for(
    stack: Stack, sandbox: Sandbox, attribute: SetAttribute, mode: str, seen: str | None
) -> None:
    attribute(FORWARDED_FOR, mode)

    headers = proxied(sandbox, f"http://{stack.dns_name}/", **{"X-Forwarded-For": "203.0.113.7"}).json["headers"]

    assert headers.get("X-Forwarded-For") == seen
    assert (headers["X-Forwarded-Proto"], headers["X-Forwarded-Port"]) == ("http", "80")


@pytest.mark.parametrize(("drop", "seen"), [("true", None), ("false", "1")])
def test_headers_with_other_characters_than_letters_digits_hyphens_can_be_dropped(
    stack: Stack, sandbox: Sandbox, attribute: SetAttribute, drop: str, seen: str | None
) -> None:
    attribute(DROP_INVALID, drop)

    headers = proxied(sandbox, f"http://{stack.dns_name}/", **{"X_Own": "1", "X-Own": "2"}).json["headers"]

    assert (headers.get("X_Own"), headers["X-Own"]) == (seen, "2")


@pytest.mark.parametrize(
    ("preserve", "port", "seen"),
    [("false", "", ""), ("false", ":80", ""), ("false", ":8080", ":8080"), ("true", ":80", ":80")],
)
def test_the_host_has_the_listeners_port_unless_it_is_a_default_one(
    stack: Stack, sandbox: Sandbox, attribute: SetAttribute, preserve: str, port: str, seen: str
) -> None:
    attribute(PRESERVE_HOST, preserve)

    headers = proxied(sandbox, f"http://{stack.dns_name}{port}/").json["headers"]

    assert headers["Host"] == f"{stack.dns_name}{seen}"


@pytest.mark.parametrize(("port", "seen"), [("80", "api.example.com"), ("8080", "api.example.com:8080")])
def test_the_host_of_a_client_inside_the_vpc_may_be_another_than_the_load_balancers(
    stack: Stack, sandbox: Sandbox, port: str, seen: str
) -> None:
    headers = proxied(sandbox, f"http://{stack.dns_name}:{port}/", Host="api.example.com").json["headers"]

    assert headers["Host"] == seen


def test_a_port_that_is_no_default_one_is_added_to_the_apis_host(stack: Stack) -> None:
    own = stack.api("GET /one", integration={"IntegrationUri": stack.test})

    host = ask(f"{own}/one").json["headers"]["Host"]

    assert host == f"{own.rsplit('/', 1)[1]}.execute-api.us-east-1.amazonaws.com:8080"


# Desync mitigation ----------------------------------------------------------------------------------------------------


def test_strictest_refuses_requests_of_the_api_without_a_body_but_none_of_the_hook(
    stack: Stack, sandbox: Sandbox, url: str, attribute: SetAttribute
) -> None:
    attribute(DESYNC, "strictest")

    refused = ask(f"{url}/one")

    assert (refused.status, refused.headers["Server"], refused.body) == (400, "awselb/2.0", BAD_REQUEST)
    assert ask(f"{url}/one", "HEAD").status == 400
    # These have a body, or may have one.
    assert ask(f"{url}/one", "POST", body="x").status == 200
    assert ask(f"{url}/one", "DELETE").status == 200
    # The hook asks the test listener, and sends no Content-Length.
    assert proxied(sandbox, f"http://{stack.dns_name}:8080/one").status == 200


def test_new_tasks_become_healthy_behind_a_strictest_load_balancer(
    stack: Stack, client: Clients, attribute: SetAttribute
) -> None:
    attribute(DESYNC, "strictest")

    client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=2)

    until(lambda: stack.health(stack.blue), lambda health: health == [("healthy", None, None)] * 2)


@pytest.mark.parametrize("mode", ["defensive", "monitor"])
def test_other_modes_let_requests_without_a_body_pass(url: str, attribute: SetAttribute, mode: str) -> None:
    attribute(DESYNC, mode)

    assert (ask(f"{url}/one").status, ask(f"{url}/one", "HEAD").status) == (200, 200)


async def _body() -> AsyncIterator[bytes]:
    yield b"x"


def inbound(method: str, headers: dict[str, str], body: AsyncIterator[bytes] | None = None) -> Inbound:
    return Inbound(method, "/", "", CIMultiDict(headers), "127.0.0.1", body)


@pytest.mark.parametrize(
    ("request_", "tier", "reason"),
    [
        (inbound("GET", {}), Tier.COMPLIANT, None),
        (inbound("POST", {"Content-Length": "0"}), Tier.COMPLIANT, None),
        (inbound("POST", {}, _body()), Tier.COMPLIANT, None),
        (inbound("GET", {"Content-Length": "0"}), Tier.ACCEPTABLE, "GetHeadZeroContentLength"),
        (inbound("HEAD", {"Content-Length": "0"}), Tier.ACCEPTABLE, "GetHeadZeroContentLength"),
        (inbound("GET", {"X-Name": "Zoë"}), Tier.ACCEPTABLE, "NonCompliantHeader"),
        (inbound("GET", {"Content-Length": "1"}, _body()), Tier.AMBIGUOUS, "UndefinedContentLengthSemantics"),
        (inbound("GET", {}, _body()), Tier.AMBIGUOUS, "UndefinedTransferEncodingSemantics"),
        (inbound("POST", {"Content_Length": "1"}), Tier.AMBIGUOUS, "SuspiciousHeader"),
        (inbound("POST", {"Transfer-Encoding-": "chunked"}), Tier.AMBIGUOUS, "SuspiciousHeader"),
        (inbound("POST", {"X-Content-Length": "1"}), Tier.COMPLIANT, None),
        (inbound("POST", {"X-Name": "Zoë", "Content_Length": "1"}), Tier.AMBIGUOUS, "SuspiciousHeader"),
    ],
)
def test_a_request_is_classed_as_by_awss_own_library(request_: Inbound, tier: Tier, reason: str | None) -> None:
    assert classify(request_) == (tier, reason)
    assert blocks("strictest", request_) is (tier is not Tier.COMPLIANT)
    assert blocks("defensive", request_) is False
    assert blocks("monitor", request_) is False
