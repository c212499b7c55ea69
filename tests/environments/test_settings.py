from pathlib import Path

import pytest

from environments.load import SettingsError, load, names
from environments.schema import FILE, schema
from environments.settings import Environment, native_architecture

MINIMAL = """\
account: "111111111111"
region: eu-west-1
services:
  api:
    image: 111111111111.dkr.ecr.eu-west-1.amazonaws.com/api:v1
    routes: [GET /one]
"""


def loaded(folder: Path, text: str) -> Environment:
    (folder / "dev.yaml").write_text(text)
    return load("dev", folder)


def mistakes(folder: Path, text: str) -> list[str]:
    """What is said about the file, without the file's own name."""
    with pytest.raises(SettingsError) as refused:
        loaded(folder, text)
    prefix = f"{folder}/dev.yaml: "
    lines = str(refused.value).splitlines()
    assert all(line.startswith(prefix) for line in lines)
    return [line.removeprefix(prefix) for line in lines]


def test_account_region_and_one_service_are_enough(tmp_path: Path) -> None:
    settings = loaded(tmp_path, MINIMAL)

    assert settings.name == "dev"
    assert settings.architecture == "arm64"
    assert settings.bucket == "greenlight-state-111111111111-eu-west-1"
    assert settings.availability_zones == ["eu-west-1a", "eu-west-1b"]
    assert settings.target_group_name("api", "blue") == "dev-api-blue"
    assert settings.target_group_name("api", "green") == "dev-api-green"


def test_the_hook_asks_the_literal_get_routes_and_the_health_path(tmp_path: Path) -> None:
    text = MINIMAL.replace("[GET /one]", "[GET /one, POST /two, 'GET /three/{id}', GET /four]")

    assert loaded(tmp_path, text).services["api"].effective_checks == [
        {"path": "/one"},
        {"path": "/four"},
        {"path": "/health"},
    ]


def test_given_checks_replace_the_default_ones(tmp_path: Path) -> None:
    text = MINIMAL + "    checks: [{path: /one, status: 201, json: {a: 1}, max_ms: 500}]\n"

    assert loaded(tmp_path, text).services["api"].effective_checks == [
        {"path": "/one", "status": 201, "json": {"a": 1}, "max_ms": 500}
    ]


def test_without_nat_every_endpoint_is_there_that_the_image_the_logs_and_the_hook_need(tmp_path: Path) -> None:
    text = MINIMAL + "network: {egress: endpoints, endpoints: [secretsmanager]}\n"

    assert loaded(tmp_path, text).network.interface_endpoints == [
        "codedeploy",
        "ecr.api",
        "ecr.dkr",
        "logs",
        "secretsmanager",
    ]


def test_with_nat_only_the_endpoints_asked_for_are_there(tmp_path: Path) -> None:
    assert loaded(tmp_path, MINIMAL + "network: {endpoints: [ecr.api]}\n").network.interface_endpoints == ["ecr.api"]


def test_without_nat_an_image_from_elsewhere_is_refused(tmp_path: Path) -> None:
    text = MINIMAL.replace("111111111111.dkr.ecr.eu-west-1.amazonaws.com/api:v1", "nginx:latest")

    assert mistakes(tmp_path, text + "network: {egress: endpoints}\n") == [
        "services.api: with network.egress endpoints the image must be in private ECR, which is all "
        "that can be reached, got nginx:latest"
    ]


def test_native_is_this_machines_architecture(tmp_path: Path) -> None:
    assert loaded(tmp_path, MINIMAL + "architecture: native\n").architecture == native_architecture()


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        (
            'account: "111111111111"',
            "account: 111111111111",
            "account: input should be a valid string, got 111111111111 "
            "(The only AWS account this may be deployed to; 12 digits, in quotes)",
        ),
        ("region: eu-west-1\n", "", "region: is required, and missing"),
        ("    routes: [GET /one]", "    route: [GET /one]", "services.api.routes: is required, and missing"),
        ("region:", "regoin: x\nregion:", "regoin: unknown key; did you mean region?"),
        (
            "    routes:",
            "    hook: {memry: 1}\n    routes:",
            "services.api.hook.memry: unknown key; did you mean memory?",
        ),
        (
            "    routes:",
            "    hook: {zzz: 1}\n    routes:",
            "services.api.hook.zzz: unknown key; known here: "
            "memory, request_timeout_ms, timeout_seconds, warmup_seconds",
        ),
        (
            "    routes: [GET /one]",
            "    routes: [get /one]",
            'services.api: routes must be "<METHOD> /path" or "$default", got "get /one"',
        ),
        (
            "    routes: [GET /one]",
            "    routes: [POST /one]",
            "services.api: checks is required where no route is a literal GET path, got routes POST /one",
        ),
        (
            "    routes:",
            "    cpu: 300\n    routes:",
            "services.api: cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384, got 300",
        ),
        (
            "    routes:",
            "    memory: 4096\n    routes:",
            "services.api: memory with cpu 256 must be one of 512, 1024, 2048, got 4096",
        ),
        (
            "    routes:",
            "    test_port: 80\n    routes:",
            "services.api: test_port must differ from prod_port, got 80 for both",
        ),
        (
            "    routes:",
            "    request_timeout_seconds: 20\n    routes:",
            "services.api: a stopping task would cut requests off: request_timeout_seconds <= "
            "target_groups.deregistration_delay_seconds < container.stop_timeout_seconds is needed, got 20, 15, 30",
        ),
        (
            "    routes:",
            "    hook: {timeout_seconds: 40, warmup_seconds: 30}\n    routes:",
            "services.api.hook: timeout_seconds must leave 20 s after warmup_seconds to answer CodeDeploy, "
            "got timeout_seconds 40 and warmup_seconds 30",
        ),
        (
            "    routes:",
            "    target_groups: {health_check: {timeout_seconds: 5}}\n    routes:",
            "services.api.target_groups.health_check: timeout_seconds must be less than interval_seconds, got 5 and 5",
        ),
        (
            "region:",
            "network: {cidr: 10.0.0.0/20}\nregion:",
            "network: cidr must be from /16 to /19: it is cut into 18 subnets of /24, got 10.0.0.0/20",
        ),
        (
            "region:",
            "network: {availability_zones: [eu-west-1a, us-east-1b]}\nregion:",
            "network.availability_zones must be like eu-west-1a, got us-east-1b",
        ),
        (
            "region:",
            "network: {availability_zones: [eu-west-1a]}\nregion:",
            "network.availability_zones must be 2 to 6 different zones (a load balancer needs two), got ['eu-west-1a']",
        ),
        (
            "region:",
            "name: a-rather-long-environment-name\nregion:",
            'services.api: target group name "a-rather-long-environment-name-api-blue" has 39 characters, '
            "AWS allows 32: set target_groups.blue, or shorten name or the service's key",
        ),
        (
            "region:",
            "log_retention_days: 10\nregion:",
            "log_retention_days must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, "
            "1827, 2192, 2557, 2922, 3288, 3653, got 10",
        ),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(tmp_path: Path, was: str, becomes: str, expected: str) -> None:
    assert was in MINIMAL

    assert expected in mistakes(tmp_path, MINIMAL.replace(was, becomes))


def second_service(**keys: str) -> str:
    lines = [f"    {key}: {value}\n" for key, value in {"image": "x", "routes": "[GET /two]", **keys}.items()]
    return MINIMAL + "  orders:\n" + "".join(lines)


def test_two_services_live_side_by_side(tmp_path: Path) -> None:
    settings = loaded(tmp_path, second_service(prod_port="81", test_port="8081"))

    assert list(settings.services) == ["api", "orders"]


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
    ],
)
def test_two_services_cannot_claim_one_port_or_route(tmp_path: Path, keys: dict[str, str], expected: str) -> None:
    assert mistakes(tmp_path, second_service(**keys)) == [expected]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = 'account: "1"\nservices: {api: {image: x, routes: [GET /one], cpus: 1}}\n'

    assert len(mistakes(tmp_path, text)) == 3


def test_a_key_given_twice_is_refused_not_lost(tmp_path: Path) -> None:
    assert "key 'region' is given twice" in mistakes_text(tmp_path, MINIMAL + "region: us-east-1\n")


def test_what_is_not_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    assert "line 7" in mistakes_text(tmp_path, MINIMAL + "]\n")


def test_an_empty_file_is_told_from_a_mapping(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "") == ["must be a mapping of settings such as `account:`, got NoneType"]


def mistakes_text(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as refused:
        loaded(folder, text)
    return str(refused.value)


def test_an_unknown_environment_is_told_with_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "dev.yaml").write_text(MINIMAL)

    with pytest.raises(SettingsError) as refused:
        load("prod", tmp_path)

    assert str(refused.value) == f"{tmp_path}/prod.yaml: no such environment, there are: dev"


@pytest.mark.parametrize("name", names())
def test_every_environment_of_the_project_loads(name: str) -> None:
    assert load(name).services


def test_the_editors_schema_is_up_to_date() -> None:
    assert FILE.read_text() == schema(), "run `make schema`"
