"""The data plane's pure parts: which route, which rule, which status is healthy."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from sandbox.data_plane.http import Inbound, NotModelledError
from sandbox.data_plane.load_balancer import choose_group
from sandbox.data_plane.mapping import Values, apply
from sandbox.data_plane.moto_state import Rule
from sandbox.data_plane.routes import choose_route
from sandbox.data_plane.rules import first_match
from sandbox.data_plane.targets import matches

ROUTES = [
    "$default",
    "ANY /pets/{proxy+}",
    "GET /pets/{id}",
    "ANY /pets/{id}",
    "GET /pets/dog",
    "POST /pets/{id}/toys/{toy}",
    "GET /",
]


@pytest.mark.parametrize(
    ("method", "path", "route", "variables"),
    [
        ("GET", "/pets/dog", "GET /pets/dog", {}),
        ("POST", "/pets/dog", "ANY /pets/{id}", {"id": "dog"}),
        ("GET", "/pets/cat", "GET /pets/{id}", {"id": "cat"}),
        ("GET", "/pets/big%20cat", "GET /pets/{id}", {"id": "big cat"}),
        ("PUT", "/pets/cat", "ANY /pets/{id}", {"id": "cat"}),
        ("GET", "/pets/cat/toys", "ANY /pets/{proxy+}", {"proxy": "cat/toys"}),
        ("POST", "/pets/cat/toys/1", "POST /pets/{id}/toys/{toy}", {"id": "cat", "toy": "1"}),
        ("GET", "/pets/cat/toys/1", "ANY /pets/{proxy+}", {"proxy": "cat/toys/1"}),
        ("GET", "/", "GET /", {}),
        ("POST", "/", "$default", {}),
        ("GET", "/pets", "$default", {}),
        ("GET", "/pets/", "$default", {}),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, route: str, variables: dict[str, str]) -> None:
    assert choose_route(ROUTES, method, path) == (route, variables)
    assert choose_route(reversed(ROUTES), method, path) == (route, variables)


def test_without_a_default_route_nobody_answers() -> None:
    assert choose_route(["GET /one"], "GET", "/two") is None


def inbound(path: str = "/", query: str = "", **headers: str) -> Inbound:
    named = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return Inbound(method="GET", path=path, query=query, headers=named, source_ip="127.0.0.1", body=None)


@pytest.mark.parametrize(
    ("condition", "request_", "holds"),
    [
        ({"Field": "path-pattern", "Values": ["/img/*"]}, inbound("/img/a/b"), True),
        ({"Field": "path-pattern", "Values": ["/img/*"]}, inbound("/IMG/a"), False),
        ({"Field": "path-pattern", "Values": ["/a.b"]}, inbound("/axb"), False),
        ({"Field": "path-pattern", "Values": ["/a?"]}, inbound("/a"), False),
        ({"Field": "host-header", "Values": ["*.Example.com"]}, inbound(Host="api.example.com:8080"), True),
        ({"Field": "host-header", "Values": ["example.com"]}, inbound(Host="api.example.com"), False),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "1*"}]}},
            inbound(query="a=1&v=12"),
            True,
        ),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "1"}]}},
            inbound(query="a=1"),
            False,
        ),
    ],
)
def test_a_condition_holds_as_on_aws(condition: dict[str, object], request_: Inbound, holds: bool) -> None:
    rule, default = Rule([condition], [{"Type": "rule"}]), Rule([], [{"Type": "default"}])

    assert first_match([rule, default], request_) is (rule if holds else default)


def test_a_condition_that_is_not_modelled_is_an_error() -> None:
    rule = Rule([{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}], [])

    with pytest.raises(NotModelledError, match="listener rule condition source-ip"):
        first_match([rule], inbound())


@pytest.mark.parametrize(
    ("matcher", "status", "healthy"),
    [
        ("200", 200, True),
        ("200", 204, False),
        ("200-299", 204, True),
        ("200-299,301", 301, True),
        ("200-299,301", 302, False),
    ],
)
def test_the_matcher_says_which_status_is_healthy(matcher: str, status: int, healthy: bool) -> None:
    assert matches(matcher, status) is healthy


def test_weights_choose_the_group() -> None:
    assert {choose_group([("blue", 1), ("green", 0)]) for _ in range(50)} == {"blue"}
    assert {choose_group([("blue", 1), ("green", 1)]) for _ in range(200)} == {"blue", "green"}
    assert choose_group([("blue", 0)]) is None
    assert choose_group([]) is None


def test_parameter_mapping_changes_path_headers_and_query() -> None:
    values = Values(
        path="/old",
        path_variables={"id": "a b"},
        context={"requestId": "r1"},
        stage_variables={"base": "v2"},
        request=inbound("/stage/old", "keep=1&drop=2", X_Old="1", X_Gone="1"),
    )

    mapped = apply(
        {
            "overwrite:path": "/${stageVariables.base}$request.path/$request.path.id",
            "overwrite:header.X-Old": "$request.header.x-gone-$context.requestId",
            "remove:header.X-Gone": "''",
            "append:querystring.keep": "3",
            "remove:querystring.drop": "''",
        },
        values,
    )

    assert mapped.path == "/v2/old/a%20b"
    assert mapped.query == "keep=1&keep=3"
    assert "X-Gone" not in mapped.headers
