import json
from pathlib import Path

import pytest

from environments.load import load_file, names
from environments.schema import FILE, schema
from environments.settings import RETENTION_DAYS, SANDBOX_ACCOUNT
from environments.stack import STATE_BUCKET

from .conftest import MINIMAL, Loaded, Mistakes

CONTRACTS = Path(__file__).parents[2] / "contracts"
ARCHITECTURES, LIMITS, NAMES = (
    json.loads((CONTRACTS / f"{file}.json").read_text()) for file in ("architectures", "aws-limits", "names")
)


def test_account_region_and_one_service_are_enough(loaded: Loaded) -> None:
    settings = loaded(MINIMAL)

    assert settings.name == "dev"
    assert settings.architecture == "arm64"
    assert settings.bucket == "greenlight-state-111111111111-eu-west-1"
    assert settings.availability_zones == ["eu-west-1a", "eu-west-1b"]
    assert settings.target_group_name("api", "blue") == "dev-api-blue"
    assert settings.target_group_name("api", "green") == "dev-api-green"
    assert settings.family("api") == "dev-api"
    assert settings.aws_provider == "~> 5.100.0"


def test_a_new_service_has_a_minute_to_start(loaded: Loaded) -> None:
    service = loaded(MINIMAL).services["api"]

    assert service.health_check_grace_period_seconds == 60
    assert service.target_groups.health_check.unhealthy_threshold == 3


def test_a_service_may_have_a_task_family_of_its_own(loaded: Loaded) -> None:
    assert loaded(MINIMAL + "    family: Rust_Api\n").family("api") == "Rust_Api"


@pytest.mark.parametrize(
    ("machine", "architecture"),
    [(machine, name) for name, known in ARCHITECTURES.items() for machine in known["machines"]],
)
def test_native_is_this_machines_architecture(
    monkeypatch: pytest.MonkeyPatch, loaded: Loaded, machine: str, architecture: str
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)

    assert loaded(MINIMAL + "architecture: native\n").architecture == architecture


def test_names_that_others_look_for_are_those_of_the_contract() -> None:
    assert NAMES["state_bucket"] == STATE_BUCKET
    assert NAMES["sandbox_account"] == SANDBOX_ACCOUNT


def test_logs_are_kept_for_any_time_that_cloudwatch_knows() -> None:
    assert LIMITS["log_retention_days"] == list(RETENTION_DAYS)


FULL_WIDTH = 12 * "\N{FULLWIDTH DIGIT ONE}"


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        (
            'account: "111111111111"',
            "account: 111111111111",
            "account: input should be a valid string, got 111111111111; put it in quotes",
        ),
        ('"111111111111"', f'"{FULL_WIDTH}"', f"account: must be 12 digits, got '{FULL_WIDTH}'"),
        ('"111111111111"', '"111111111111\\n"', "account: must be 12 digits, got '111111111111\\n'"),
        ("region: eu-west-1\n", "", "region: is required, and missing"),
        ("    routes: [GET /one]\n", "", "services.api.routes: is required, and missing"),
        ("region:", "regoin: x\nregion:", "regoin: unknown key; did you mean region?"),
        ("region:", "throttling: {'': 1}\nregion:", "throttling.'': unknown key; known here: burst, rate"),
        (
            "    routes:",
            "    hook: {memry: 1}\n    routes:",
            "services.api.hook.memry: unknown key; did you mean memory?",
        ),
        (
            "    routes:",
            "    hook: {zzz: 1}\n    routes:",
            "services.api.hook.zzz: unknown key; known here: "
            "identity, identity_header, memory, request_timeout_ms, timeout_seconds, warmup_seconds",
        ),
        (
            "region:",
            "log_retention_days: 10\nregion:",
            "log_retention_days must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, "
            "1827, 2192, 2557, 2922, 3288, 3653, got 10",
        ),
        (
            "region:",
            "aws_provider: latest\nregion:",
            "aws_provider: must be a version constraint of Terraform, such as \"~> 5.100.0\", got 'latest'",
        ),
        (
            "region:",
            "state_bucket: My_State\nregion:",
            "state_bucket: must be a name that S3 allows: 3 to 63 lower-case letters, digits, . and -, and none of its "
            "reserved beginnings and endings, got 'My_State'",
        ),
        (
            "services:",
            "throttling: {burst: 1.5}\nservices:",
            "throttling.burst: input should be a valid integer, got 1.5 (Requests at once)",
        ),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(mistakes: Mistakes, was: str, becomes: str, expected: str) -> None:
    assert was in MINIMAL

    assert expected in mistakes(MINIMAL.replace(was, becomes))


@pytest.mark.parametrize("constraint", ["~> 5.100.0", ">= 5.100, < 7", "6.9.0", "= 6.0.0-beta1", ">=5.100,<7"])
def test_another_provider_version_may_be_chosen(loaded: Loaded, constraint: str) -> None:
    assert loaded(MINIMAL + f'aws_provider: "{constraint}"\n').aws_provider == constraint


@pytest.mark.parametrize("number", ['"256"', "true", "256.0", "0x100", "null"])
def test_what_only_looks_like_a_number_is_refused(mistakes: Mistakes, number: str) -> None:
    (line,) = mistakes(MINIMAL + f"    desired_count: {number}\n")

    assert line.startswith("services.api.desired_count: ")


@pytest.mark.parametrize("bucket", LIMITS["bucket_names"]["valid"])
def test_a_state_bucket_may_have_any_name_that_s3_takes(loaded: Loaded, bucket: str) -> None:
    assert loaded(MINIMAL + f"state_bucket: {bucket!r}\n").bucket == bucket


@pytest.mark.parametrize("bucket", [*LIMITS["bucket_names"]["invalid"], "state--x-s3", "größe"])
def test_a_state_bucket_that_s3_refuses_is_refused(mistakes: Mistakes, bucket: str) -> None:
    (line,) = mistakes(MINIMAL + f"state_bucket: {bucket!r}\n")

    assert line.startswith("state_bucket: must be a name that S3 allows")


def second_service(**keys: str) -> str:
    lines = [f"    {key}: {value}\n" for key, value in {"image": "x", "routes": "[GET /two]", **keys}.items()]
    return MINIMAL + "  orders:\n" + "".join(lines)


def test_two_services_live_side_by_side(loaded: Loaded) -> None:
    assert list(loaded(second_service(prod_port="81", test_port="8081")).services) == ["api", "orders"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            {"prod_port": "8080", "test_port": "81"},
            'services.orders: port "8080" is taken by services.api; each needs its own',
        ),
        (
            {"prod_port": "81", "test_port": "8081", "routes": "[GET /one]"},
            'services.orders: route "GET /one" is taken by services.api; each needs its own',
        ),
        (
            {"prod_port": "81", "test_port": "8081", "target_groups": "{green: dev-api-blue}"},
            'services.orders: target group "dev-api-blue" is also that of services.api; each needs its own',
        ),
        (
            {"prod_port": "81", "test_port": "8081", "family": "dev-api"},
            'services.orders: task definition family "dev-api" is also that of services.api; each needs its own',
        ),
    ],
)
def test_two_services_cannot_claim_one_thing(mistakes: Mistakes, keys: dict[str, str], expected: str) -> None:
    assert mistakes(second_service(**keys)) == [expected]


def test_a_load_balancer_has_listeners_for_25_services(mistakes: Mistakes) -> None:
    more = "".join(
        f"  s{n}:\n    image: x\n    routes: [GET /s{n}]\n    prod_port: {1000 + n}\n    test_port: {2000 + n}\n"
        for n in range(25)
    )

    assert mistakes(MINIMAL + more) == ["services: a load balancer has 50 listeners, enough for 25 services, got 26"]


def test_all_mistakes_are_named_at_once(mistakes: Mistakes) -> None:
    text = 'account: "1"\nservices: {api: {image: x, routes: [GET /one], cpus: 1}}\n'

    assert mistakes(text) == [
        "account: must be 12 digits, got '1'",
        "region: is required, and missing",
        "services.api.cpus: unknown key; did you mean cpu?",
    ]


def test_a_required_key_that_is_misspelled_is_one_mistake(mistakes: Mistakes) -> None:
    assert mistakes(MINIMAL.replace("routes:", "rotues:")) == ["services.api.rotues: unknown key; did you mean routes?"]


def test_mistakes_between_keys_are_named_at_once_too(mistakes: Mistakes) -> None:
    assert len(mistakes(second_service(routes="[GET /one]") + "log_retention_days: 2\n")) == 4


@pytest.mark.parametrize("name", names())
def test_every_file_of_the_project_loads(name: str) -> None:
    assert load_file(name).account


def test_the_editors_schema_is_up_to_date() -> None:
    assert FILE.read_text() == schema(), "run `make schema`"
