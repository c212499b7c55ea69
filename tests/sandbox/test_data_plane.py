"""From the API's URL to the task and back, as real HTTP."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.http_client import ADDRESS, Answer, ask, proxied
from tests.sandbox.running_stack import Clients, Stack, until


@pytest.fixture(scope="module")
def web(sandbox: Sandbox, client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with one healthy task behind the prod listener, and nothing behind the test listener."""
    stack = Stack(sandbox.facts, client, "web", tmp_path_factory.mktemp("web"))
    stack.service(stack.push())
    stack.running()
    stack.steady()
    yield stack
    stack.remove()


@pytest.fixture(scope="module")
def url(web: Stack) -> str:
    return web.api("ANY /{proxy+}")


# API Gateway ----------------------------------------------------------------------------------------------------------


def test_a_request_reaches_the_task_as_it_was_sent_and_its_answer_comes_back_as_it_is(url: str) -> None:
    answer = ask(f"{url}/a%2Fb/c?x=1&x=2&y=%20", "PUT", body="hello", X_Own="mine", Content_Type="text/plain")

    seen = answer.json
    assert (answer.status, answer.reason) == (200, "OK")
    assert (seen["method"], seen["path"], seen["body"]) == ("PUT", "/a%2Fb/c?x=1&x=2&y=%20", "hello")
    assert (seen["headers"]["X-Own"], seen["headers"]["Content-Type"]) == ("mine", "text/plain")
    assert answer.headers.get_all("X-Twice") == ["1", "2"]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Server"].startswith("BaseHTTP/")
    assert len(answer.headers.get_all("Date", [])) == 1
    assert answer.headers["Apigw-Requestid"]


def test_a_streamed_body_arrives_while_it_is_sent(url: str) -> None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    connection.request("GET", f"{parts.path}/stream")
    response = connection.getresponse()

    # The second piece is only sent once somebody asks for it, which happens when the first one is here.
    assert response.read(5) == b"first"
    ask(f"{url}/go-on", "PATCH")
    assert response.read() == b"second"
    connection.close()


def test_a_body_that_breaks_off_is_not_passed_on_as_whole(url: str) -> None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    connection.request("GET", f"{parts.path}/stream/broken")

    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        connection.getresponse().read()
    connection.close()


def test_large_and_chunked_bodies_go_through(url: str) -> None:
    large = "x" * 5_000_000
    assert ask(f"{url}/large", "POST", body=large).json["body"] == large

    pieces = (piece for piece in (b"one", b"two"))
    assert ask(f"{url}/chunked", "POST", body=pieces).json["body"] == "onetwo"


def test_head_has_no_body(url: str) -> None:
    answer = ask(f"{url}/one", "HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


def test_only_routes_are_answered(web: Stack) -> None:
    own = web.api("GET /one")

    assert ask(f"{own}/one").status == 200
    for method, path in (("GET", "/two"), ("POST", "/one"), ("GET", "/one/more"), ("GET", "")):
        answer = ask(own + path, method)
        assert (answer.status, answer.json) == (404, {"message": "Not Found"})
    nobody = ask(own[:-3] + "zzz/one")
    assert (nobody.status, nobody.json) == (404, {"message": "Not Found"})


def test_a_named_stage_is_the_first_segment_and_goes_to_a_private_integration(web: Stack) -> None:
    own = web.api("GET /one", StageName="v1")

    assert ask(f"{own}/v1/one").json["path"] == "/v1/one"
    assert ask(f"{own}/one").status == 404


def test_the_path_can_be_overwritten(web: Stack) -> None:
    mapping = {"overwrite:path": "/base/$request.path.proxy", "append:header.X-Stage": "$context.stage"}
    own = web.api("ANY /old/{proxy+}", integration={"RequestParameters": mapping})

    seen = ask(f"{own}/old/one?x=1").json

    assert (seen["path"], seen["headers"]["X-Stage"]) == ("/base/one?x=1", "$default")


@pytest.mark.parametrize(
    ("integration", "what"),
    [
        (
            {"ConnectionType": "INTERNET", "IntegrationUri": "https://example.com"},
            "HTTP_PROXY over INTERNET integrations",
        )
    ],
)
def test_an_integration_that_is_not_modelled_is_named(web: Stack, integration: dict[str, Any], what: str) -> None:
    answer = ask(web.api("GET /one", integration=integration) + "/one")

    assert (answer.status, answer.json) == (501, {"message": f"The sandbox does not model {what}."})


def test_an_integration_that_takes_too_long_is_given_up(web: Stack) -> None:
    own = web.api("ANY /{proxy+}", integration={"TimeoutInMillis": 200})

    answer = ask(f"{own}/slow/1")

    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})


def test_a_listener_that_is_gone_is_service_unavailable(web: Stack, client: Clients) -> None:
    listener = web.listener(81, web.blue)
    own = web.api("GET /one", integration={"IntegrationUri": listener})
    assert ask(f"{own}/one").status == 200

    client("elbv2").delete_listener(ListenerArn=listener)

    answer = ask(f"{own}/one")
    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})


def test_the_access_log_has_a_line_in_the_stages_format(web: Stack, client: Clients) -> None:
    client("logs").create_log_group(logGroupName="/web/access")
    names = ("routeKey", "status", "httpMethod", "path", "responseLength", "identity.sourceIp", "integrationStatus")
    line = {name: f"$context.{name}" for name in (*names, "requestId", "integrationErrorMessage", "noSuchThing")}
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/web/access"
    own = web.api("ANY /{proxy+}", AccessLogSettings={"DestinationArn": arn, "Format": json.dumps(line)})

    good = ask(f"{own}/one")
    ask(f"{own}")

    def lines() -> list[dict[str, str]]:
        events = client("logs").filter_log_events(logGroupName="/web/access")["events"]
        return [json.loads(event["message"]) for event in events]

    first, second = until(lines, lambda found: len(found) == 2)
    assert first == {
        "routeKey": "ANY /{proxy+}",
        "status": "200",
        "httpMethod": "GET",
        "path": "/one",
        "responseLength": str(len(good.body)),
        "identity.sourceIp": "127.0.0.1",
        "integrationStatus": "200",
        "requestId": good.headers["Apigw-Requestid"],
        "integrationErrorMessage": "-",
        "noSuchThing": "-",
    }
    assert (second["status"], second["routeKey"], second["path"]) == ("404", "-", "/")


# Load balancer --------------------------------------------------------------------------------------------------------


def test_a_load_balancer_is_reached_by_its_name_through_the_forward_proxy(web: Stack, sandbox: Sandbox) -> None:
    answer = proxied(sandbox, f"http://{web.dns_name}/one?x=1")

    seen = answer.json
    assert (answer.status, seen["path"], seen["headers"]["Host"]) == (200, "/one?x=1", web.dns_name)
    assert seen["headers"]["X-Forwarded-For"] == ADDRESS


def test_the_forward_proxy_reaches_nothing_else(web: Stack, sandbox: Sandbox) -> None:
    elsewhere = proxied(sandbox, "http://example.com/")
    no_listener = proxied(sandbox, f"http://{web.dns_name}:9999/")

    assert (elsewhere.status, no_listener.status) == (502, 502)
    assert elsewhere.body.decode() == (
        "the sandbox's forward proxy reaches its own load balancers only, by HTTP; not example.com\n"
    )
    assert no_listener.body.decode() == f"{web.dns_name} has no listener on port 9999: on AWS, no answer at all\n"


def own_error(answer: Answer) -> tuple[int, str, str]:
    title = re.search("<title>(.*)</title>", answer.body.decode())
    return answer.status, answer.headers["Server"], title[1] if title else ""


def test_a_group_without_targets_is_503(web: Stack, sandbox: Sandbox) -> None:
    answer = proxied(sandbox, f"http://{web.dns_name}:8080/one")

    assert own_error(answer) == (503, "awselb/2.0", "503 Service Temporarily Unavailable")


def test_a_target_that_hangs_up_is_502(url: str) -> None:
    assert own_error(ask(f"{url}/drop")) == (502, "awselb/2.0", "502 Bad Gateway")


def test_a_target_that_stays_silent_is_504(web: Stack, client: Clients, sandbox: Sandbox) -> None:
    balancer = client("elbv2")
    attribute = "idle_timeout.timeout_seconds"
    balancer.modify_load_balancer_attributes(
        LoadBalancerArn=web.balancer_arn, Attributes=[{"Key": attribute, "Value": "1"}]
    )
    try:
        answer = proxied(sandbox, f"http://{web.dns_name}/slow/3")
    finally:
        balancer.modify_load_balancer_attributes(
            LoadBalancerArn=web.balancer_arn, Attributes=[{"Key": attribute, "Value": "60"}]
        )

    assert own_error(answer) == (504, "awselb/2.0", "504 Gateway Time-out")


def test_when_all_targets_are_unhealthy_all_of_them_get_requests(web: Stack, client: Clients, sandbox: Sandbox) -> None:
    group = web.target_group("failing", HealthCheckPath="/health", Matcher={"HttpCode": "418"})
    listener = web.listener(82, group)
    task = web.running()[0]["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
    client("elbv2").register_targets(TargetGroupArn=group, Targets=[{"Id": task, "Port": 3000}])
    assert proxied(sandbox, f"http://{web.dns_name}:82/one").status == 503
    until(lambda: web.health(group)[0][0], lambda state: state == "unhealthy")

    assert proxied(sandbox, f"http://{web.dns_name}:82/one").status == 200
    client("elbv2").delete_listener(ListenerArn=listener)


def test_traffic_follows_the_weights_of_the_target_groups(web: Stack, client: Clients, sandbox: Sandbox) -> None:
    listener = web.listener(83, web.blue)

    def weigh(blue: int, green: int) -> list[int]:
        groups = [{"TargetGroupArn": web.blue, "Weight": blue}, {"TargetGroupArn": web.green, "Weight": green}]
        client("elbv2").modify_listener(
            ListenerArn=listener, DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
        )
        return [proxied(sandbox, f"http://{web.dns_name}:83/one").status for _ in range(60)]

    # Blue has a target, green has none.
    assert set(weigh(100, 0)) == {200}
    assert set(weigh(0, 100)) == {503}
    assert set(weigh(50, 50)) == {200, 503}
    assert set(weigh(0, 0)) == {503}


def test_rules_are_tried_by_priority_before_the_default(web: Stack, client: Clients, sandbox: Sandbox) -> None:
    listener = web.listener(84, web.blue)

    def rule(priority: int, text: str, *conditions: dict[str, Any]) -> None:
        action = {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": text}
        client("elbv2").create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=list(conditions),
            Actions=[{"Type": "fixed-response", "FixedResponseConfig": action}],
        )

    rule(20, "late", {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/early*", "/late"]}})
    rule(10, "early", {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/early?"]}})
    rule(5, "host", {"Field": "host-header", "HostHeaderConfig": {"Values": ["*.example.com"]}})
    rule(
        6,
        "both",
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Kind", "Values": ["a*"]}},
        {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}},
    )

    def text(path: str, **headers: str) -> str:
        return proxied(sandbox, f"http://{web.dns_name}:84{path}", **headers).body.decode()

    assert (text("/early1"), text("/early12"), text("/late")) == ("early", "late", "late")
    assert text("/early1", **{"X-Kind": "Abc"}) == "both"
    assert '"path": "/else"' in text("/else", **{"X-Kind": "b"})


def test_a_redirect_names_the_new_place(web: Stack, client: Clients, sandbox: Sandbox) -> None:
    listener = web.listener(85, web.blue)
    config = {"Protocol": "HTTPS", "Port": "443", "Path": "/new/#{path}", "StatusCode": "HTTP_301"}
    client("elbv2").modify_listener(
        ListenerArn=listener, DefaultActions=[{"Type": "redirect", "RedirectConfig": config}]
    )

    answer = proxied(sandbox, f"http://{web.dns_name}:85/one?x=1")

    assert (answer.status, answer.headers["Location"]) == (301, f"https://{web.dns_name}/new/one?x=1")


def test_metadata_of_an_unknown_task_is_not_found(sandbox: Sandbox) -> None:
    assert ask(f"{sandbox.facts['data_plane_url']}/_metadata/none/v4/none/task").status == 404
