import json
from pathlib import Path
from typing import Any

import pytest

from environments.checks import MAX_REQUEST_TIMEOUT_MS, MAX_WARMUP_SECONDS, Hook
from environments.service import Service

from .conftest import MINIMAL, Loaded, Mistakes

CONTRACT = json.loads((Path(__file__).parents[2] / "contracts" / "checks.json").read_text())
DEFAULTS = {"method": "GET", "headers": {}, "status": 200, "json": None, "max_ms": None}


def with_check(check: dict[str, Any]) -> str:
    return MINIMAL + f"    checks: [{json.dumps(check, ensure_ascii=False)}]\n"


@pytest.mark.parametrize("check", CONTRACT["valid"], ids=json.dumps)
def test_a_valid_check_reaches_the_hook_with_the_meaning_it_has(loaded: Loaded, check: dict[str, Any]) -> None:
    (sent,) = loaded(with_check(check)).services["api"].effective_checks
    meant = DEFAULTS | {key: value for key, value in check.items() if value is not None}

    assert DEFAULTS | sent == meant | {"method": str(meant["method"]).upper()}


@pytest.mark.parametrize("case", CONTRACT["invalid"], ids=json.dumps)
def test_an_invalid_check_is_refused_by_the_name_of_its_key(mistakes: Mistakes, case: dict[str, Any]) -> None:
    (line,) = mistakes(with_check(case["check"]))

    assert line.removeprefix("services.api.checks.0").lstrip(".: ").startswith(case["key"])


@pytest.mark.parametrize("name", CONTRACT["identity_header"]["not_sent"])
def test_no_check_may_send_what_proves_the_candidates_identity(mistakes: Mistakes, name: str) -> None:
    assert mistakes(with_check({"path": "/one", "headers": {name: "dev-api:7"}})) == [
        f"services.api: checks.0.headers must not have {name}, the hook's identity_header: an echo would look like a "
        "proof"
    ]


def test_the_identity_header_may_be_sent_where_another_one_is_the_proof(loaded: Loaded) -> None:
    check = {"path": "/one", "headers": {"X-Task-Definition": "dev-api:7"}}

    settings = loaded(with_check(check) + "    hook: {identity_header: x-version}\n")

    assert settings.services["api"].effective_checks == [check]


def test_all_wrong_headers_are_named_at_once_and_no_value_is_shown(mistakes: Mistakes) -> None:
    headers = {"X_A": "s3cr3t", "X-B": "s3cr3t\n", "te": "s3cr3t", "x-forwarded-proto": "s3cr3t", "Host": "s3cr3t/"}

    assert mistakes(with_check({"path": "/one", "headers": headers | {"HOST": "s3cr3t"}})) == [
        f"services.api.checks.0.headers: {mistake}"
        for mistake in (
            "a name must be letters, digits and hyphens: the load balancer drops others, got 'X_A'",
            "X-B must be printable ASCII, not empty and without spaces around it",
            "te must be left out: it is the connection's, not the check's",
            "x-forwarded-proto must be left out: the load balancer writes it itself",
            "Host must be a host's name, which may have a port, such as api.example.com",
            "host must be there once, in whichever case, got 2 of it",
        )
    ]


def test_only_what_differs_from_the_hooks_own_defaults_is_sent(loaded: Loaded) -> None:
    check = {"path": "/one", "method": "GET", "status": 201, "json": {"a": 1}, "max_ms": 500}

    assert loaded(with_check(check)).services["api"].effective_checks == [
        {"path": "/one", "status": 201, "json": {"a": 1}, "max_ms": 500}
    ]


@pytest.mark.parametrize(
    ("field", "variable", "most"),
    [
        ("request_timeout_ms", "REQUEST_TIMEOUT_MS", MAX_REQUEST_TIMEOUT_MS),
        ("warmup_seconds", "WARMUP_SECONDS", MAX_WARMUP_SECONDS),
    ],
)
def test_the_hooks_numbers_have_the_hooks_own_bounds(field: str, variable: str, most: int) -> None:
    schema = Hook.model_json_schema()["properties"][field]

    assert CONTRACT["numbers"][variable] == {
        "default": schema["default"],
        "least": schema["minimum"],
        "most": schema["maximum"],
    }
    assert schema["maximum"] == most


def test_the_hook_reads_the_header_that_the_image_sends_unless_told_otherwise() -> None:
    identity = json.loads((Path(__file__).parents[2] / "contracts" / "identity.json").read_text())

    assert Hook().identity_header == identity["header"]


def hook(keys: str) -> str:
    return MINIMAL + f"    hook: {keys}\n"


@pytest.mark.parametrize(
    "keys",
    [
        "{timeout_seconds: 69}",
        "{timeout_seconds: 900, warmup_seconds: 861}",
        "{timeout_seconds: 52, identity: header}",
        '{timeout_seconds: 52, identity: "off"}',
    ],
)
def test_a_hook_that_can_still_answer_is_accepted(loaded: Loaded, keys: str) -> None:
    assert isinstance(loaded(hook(keys)).services["api"], Service)


@pytest.mark.parametrize(
    ("keys", "times", "rest", "identity", "needed", "got"),
    [
        ("{timeout_seconds: 68}", 2, 35, "auto", "69", 68),
        ("{timeout_seconds: 68, identity: listener}", 2, 35, "listener", "69", 68),
        ("{timeout_seconds: 51, identity: header}", 1, 20, "header", "52", 51),
        ("{request_timeout_ms: 70001, identity: header}", 1, 20, "header", "120.001", 120),
        ("{timeout_seconds: 900, warmup_seconds: 900}", 2, 35, "auto", "939", 900),
        ("{timeout_seconds: 900, request_timeout_ms: 900000}", 2, 35, "auto", "1865", 900),
    ],
)
def test_a_hook_that_could_not_answer_in_time_is_refused(
    mistakes: Mistakes, keys: str, times: int, rest: int, identity: str, needed: str, got: int
) -> None:
    assert mistakes(hook(keys)) == [
        f"services.api.hook: timeout_seconds must be at least warmup_seconds + {times} x request_timeout_ms + {rest} s "
        f"with identity {identity}, or the hook could not answer CodeDeploy: {needed}, got {got}"
    ]


@pytest.mark.parametrize("identity", CONTRACT["identities"])
def test_every_way_to_know_the_candidate_may_be_chosen(loaded: Loaded, identity: str) -> None:
    assert loaded(hook(f'{{identity: "{identity}"}}')).services["api"].hook.identity == identity


def test_off_needs_no_quotes(loaded: Loaded) -> None:
    """YAML reads it as a boolean."""
    assert loaded(hook("{identity: off}")).services["api"].hook.identity == "off"


@pytest.mark.parametrize("header", CONTRACT["identity_header"]["valid"])
def test_the_header_that_names_the_version_may_be_chosen(loaded: Loaded, header: str) -> None:
    assert loaded(hook(f"{{identity_header: {header}}}")).services["api"].hook.identity_header == header


@pytest.mark.parametrize("header", CONTRACT["identity_header"]["invalid"])
def test_what_is_no_headers_name_is_refused(mistakes: Mistakes, header: str) -> None:
    assert mistakes(hook(json.dumps({"identity_header": header}, ensure_ascii=False))) == [
        f"services.api.hook.identity_header: must be the name of an HTTP header, such as x-version, got {header!r}"
    ]


@pytest.mark.parametrize("identity", ["listener", "off"])
def test_a_header_that_is_never_read_is_refused(mistakes: Mistakes, identity: str) -> None:
    assert mistakes(hook(f'{{identity: "{identity}", identity_header: x-version}}')) == [
        f"services.api.hook: identity_header is not read with identity {identity}: leave one of them out"
    ]
