import json

import pytest

from .conftest import MINIMAL, Loaded, Mistakes


def routed(*routes: str) -> str:
    return MINIMAL.replace("[GET /one]", json.dumps(["GET /one", *routes], ensure_ascii=False))


@pytest.mark.parametrize(
    "routes",
    [
        ("$default",),
        ("ANY /{proxy+}", "GET /{id}", "GET /pets/{id}", "POST /pets/{id}", "GET /pets/{id}/toys/{toy}"),
        ("GET /", "HEAD /a.b-c_d~e", "PUT /a%20b", "OPTIONS /a:b@c"),
        tuple(f"GET /{n}" for n in range(299)),
    ],
)
def test_routes_of_an_http_api_are_accepted(loaded: Loaded, routes: tuple[str, ...]) -> None:
    assert loaded(routed(*routes)).services["api"].routes == ["GET /one", *routes]


METHODS = "the method one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS and ANY"
PARTS = (
    "a path is made of letters, digits, -._~!$&'()*+,;=:@, %XX, and of variables that are a whole segment, such as {id}"
)


@pytest.mark.parametrize(
    ("route", "problem"),
    [
        ("get /two", f'must be "<METHOD> /path" or "$default", {METHODS}, got \'get /two\''),
        ("TRACE /two", f'must be "<METHOD> /path" or "$default", {METHODS}, got \'TRACE /two\''),
        ("GET two", f'must be "<METHOD> /path" or "$default", {METHODS}, got \'GET two\''),
        ("GET  /two", f'must be "<METHOD> /path" or "$default", {METHODS}, got \'GET  /two\''),
        ("GET /two ", f'must be "<METHOD> /path" or "$default", {METHODS}, got \'GET /two \''),
        ("/two", f'must be "<METHOD> /path" or "$default", {METHODS}, got \'/two\''),
        ("GET /{proxy+}/two", "{proxy+} must be the end of the path, got 'GET /{proxy+}/two'"),
        ("GET /{id", f"{PARTS}; got 'GET /{{id'"),
        ("GET /{}", f"{PARTS}; got 'GET /{{}}'"),
        ("GET /two-{id}", f"{PARTS}; got 'GET /two-{{id}}'"),
        ("GET /${id}", f"{PARTS}; got 'GET /${{id}}'"),
        ("GET /two?x=1", f"{PARTS}; got 'GET /two?x=1'"),
        ("GET /größe", f"{PARTS}; got 'GET /größe'"),
        ("GET /a%2", f"{PARTS}; got 'GET /a%2'"),
    ],
)
def test_what_is_no_route_key_is_refused(mistakes: Mistakes, route: str, problem: str) -> None:
    assert mistakes(routed(route)) == [f"services.api.routes.1: {problem}"]


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ("GET /pets/{id}", "GET /pets/{pet}", ("{id}", "{pet}")),
        ("GET /pets/{id}", "POST /pets/{pet}/toys", ("{id}", "{pet}")),
        ("ANY /pets/{proxy+}", "GET /pets/{rest+}", ("{proxy+}", "{rest+}")),
    ],
)
def test_a_variable_has_one_name_at_one_place(
    mistakes: Mistakes, first: str, second: str, names: tuple[str, str]
) -> None:
    assert mistakes(routed(first, second)) == [
        f'services.api: route "{second}" has {names[1]} where "{first}" has {names[0]}: '
        "API Gateway wants one name for the variable at one place"
    ]


def test_a_route_given_twice_is_refused(mistakes: Mistakes) -> None:
    assert mistakes(routed("GET /one")) == ['services.api: route "GET /one" is given more than once']


def test_an_api_has_at_most_300_routes(mistakes: Mistakes) -> None:
    assert mistakes(routed(*(f"GET /{n}" for n in range(300)))) == ["services: the API may have 300 routes, got 301"]
