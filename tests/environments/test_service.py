import json
from pathlib import Path

import pytest

from environments.deployment import PREDEFINED_CONFIGS
from environments.service import FARGATE_MEMORY
from modules.inputs import MOST_APPROVAL_MINUTES, MOST_BAKE_MINUTES, MOST_SHIFT_MINUTES

from .conftest import MINIMAL, Loaded, Mistakes

CONTRACTS = Path(__file__).parents[2] / "contracts"
CONTAINER, LIMITS = (json.loads((CONTRACTS / f"{file}.json").read_text()) for file in ("container", "aws-limits"))


def test_what_aws_takes_of_a_service_is_what_the_sandbox_takes() -> None:
    assert {int(cpu): memory for cpu, memory in LIMITS["fargate_memory"].items()} == FARGATE_MEMORY
    assert tuple(LIMITS["deployment_configs"]) == PREDEFINED_CONFIGS
    assert LIMITS["bake_minutes"] == MOST_BAKE_MINUTES
    assert LIMITS["shift_minutes"] == MOST_SHIFT_MINUTES
    assert LIMITS["approval_wait_minutes"] == MOST_APPROVAL_MINUTES


def test_a_service_is_asked_where_a_container_listens_unless_told_otherwise(loaded: Loaded) -> None:
    service = loaded(MINIMAL).services["api"]

    assert service.container.port == CONTAINER["port"]
    assert service.target_groups.health_check.path == CONTAINER["health_path"]


def test_a_container_drains_after_its_last_request_and_before_it_is_killed(loaded: Loaded) -> None:
    service = loaded(MINIMAL).services["api"]
    waits = (
        service.request_timeout_seconds,
        service.target_groups.deregistration_delay_seconds,
        CONTAINER["drain_seconds"],
        service.container.stop_timeout_seconds,
    )

    assert waits == (10, 15, 20, 30)


def test_the_hook_asks_the_literal_get_routes_and_the_health_path(loaded: Loaded) -> None:
    text = MINIMAL.replace("[GET /one]", "[GET /one, POST /two, 'GET /three/{id}', GET /four]")

    assert loaded(text).services["api"].effective_checks == [{"path": "/one"}, {"path": "/four"}, {"path": "/health"}]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            "routes: [POST /one]",
            "services.api: checks is required where no route is a literal GET path, got routes ['POST /one']",
        ),
        ("cpu: 300", "services.api: cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384, got 300"),
        ("memory: 4096", "services.api: memory with cpu 256 must be one of 512, 1024, 2048, got 4096"),
        (
            "container: {memory_reservation: 513}",
            "services.api: container.memory_reservation must be at most memory, 512, got 513",
        ),
        (
            "target_groups: {blue: one, green: one}",
            'services.api: target group "one" is also that of its other one; each needs its own',
        ),
        ("hook: []", "services.api.hook: must be a mapping, got []"),
        (
            "checks: {path: /one}",
            "services.api.checks: must be a list, got {'path': '/one'} (What the hook asks; "
            "default: the literal GET routes and the health path)",
        ),
        ("test_port: 80", "services.api: test_port must differ from prod_port, got 80 for both"),
        (
            "request_timeout_seconds: 20",
            "services.api: a stopping task would cut requests off: request_timeout_seconds <= "
            "target_groups.deregistration_delay_seconds < container.stop_timeout_seconds is needed, got 20, 15, 30",
        ),
        (
            "target_groups: {health_check: {timeout_seconds: 5}}",
            "services.api.target_groups.health_check: timeout_seconds must be less than interval_seconds, got 5 and 5",
        ),
        (
            "container: {health_command: [/image, health]}",
            "services.api.container.health_command: must be CMD or CMD-SHELL and then a command, "
            "got ['/image', 'health']",
        ),
        (
            "container: {health_command: []}",
            "services.api.container.health_command: must be CMD or CMD-SHELL and then a command, got []",
        ),
        (
            "container: {health_command: [CMD]}",
            "services.api.container.health_command: must be CMD or CMD-SHELL and then a command, got ['CMD']",
        ),
        (
            'container: {health_command: [CMD-SHELL, " "]}',
            "services.api.container.health_command: must be CMD or CMD-SHELL and then a command, "
            "got ['CMD-SHELL', ' ']",
        ),
        (
            "container: {name: rust api}",
            "services.api.container.name: must be letters, digits, _ and -, got 'rust api'",
        ),
        (
            "target_groups: {health_check: {path: /a b}}",
            "services.api.target_groups.health_check.path: must be a path such as /health, with anything but letters, "
            "digits and -._~!$&'()*+,;=:@/ as %XX, got '/a b'",
        ),
        (
            "deployment: {config: Half At A Time}",
            "services.api.deployment.config: must be letters, digits and +=,.@_-, got 'Half At A Time'",
        ),
        (
            "deployment: {config: CodeDeployDefault.AllAtOnce}",
            "services.api.deployment: config must be one's own or one of CodeDeployDefault.ECSAllAtOnce, "
            "CodeDeployDefault.ECSCanary10Percent15Minutes, CodeDeployDefault.ECSCanary10Percent5Minutes, "
            "CodeDeployDefault.ECSLinear10PercentEvery1Minutes, CodeDeployDefault.ECSLinear10PercentEvery3Minutes, "
            "got CodeDeployDefault.AllAtOnce",
        ),
        (
            "deployment: {bake_minutes: 2881}",
            "services.api.deployment.bake_minutes: input should be less than or equal to 2880, got 2881 "
            "(How long the old tasks are kept, so that the way back is instant; at most 2 days)",
        ),
        (
            "environment: {PORT: 3000}",
            "services.api.environment.PORT: input should be a valid string, got 3000; put it in quotes",
        ),
        (
            "environment: {DEBUG: no}",
            "services.api.environment.DEBUG: input should be a valid string, got false; put it in quotes",
        ),
        (
            'environment: {"": x, "A=B": x}',
            "services.api.environment: a variable's name must not be empty, or have an = or a line break in it, "
            "got 'A=B'",
        ),
        ("environment: {A: null}", "services.api.environment.A: input should be a valid string, got null"),
        (
            f"container: {{name: {'c' * 240}}}",
            f"services.api.container.name: must have at most 239 characters, got 240: '{'c' * 37}...{'c' * 38}'",
        ),
    ],
)
def test_what_fargate_or_codedeploy_would_refuse_is_refused(mistakes: Mistakes, keys: str, expected: str) -> None:
    text = MINIMAL.replace("routes: [GET /one]", keys) if keys.startswith("routes") else MINIMAL + f"    {keys}\n"

    assert expected in mistakes(text)


@pytest.mark.parametrize("matcher", ["200", "200,204", "200-299", "200-299,301", "499", "200-200"])
def test_a_matcher_has_codes_and_ranges(loaded: Loaded, matcher: str) -> None:
    text = MINIMAL + f'    target_groups: {{health_check: {{matcher: "{matcher}"}}}}\n'

    assert loaded(text).services["api"].target_groups.health_check.matcher == matcher


@pytest.mark.parametrize(
    "matcher",
    ["", "199", "500", "999", "200-599", "299-200", "200-299-300", "200,", "\N{FULLWIDTH DIGIT TWO}00", "2xx"],
)
def test_a_matcher_that_no_load_balancer_takes_is_refused(mistakes: Mistakes, matcher: str) -> None:
    assert mistakes(MINIMAL + f'    target_groups: {{health_check: {{matcher: "{matcher}"}}}}\n') == [
        "services.api.target_groups.health_check.matcher: "
        f'must be codes from 200 to 499, as in "200", "200,204" or "200-299", got {matcher!r}'
    ]


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        (
            "https://111111111111.dkr.ecr.eu-west-1.amazonaws.com/api:v1",
            "leave out https://, an image reference has no scheme",
        ),
        (
            "111111111111.dkr.ecr.eu-west-1.amazonaws.com/Api:v1",
            "an ECR repository has 2 to 256 lower-case letters, digits and ._-/",
        ),
        (
            "111111111111.dkr.ecr.eu-west-1.amazonaws.com/api:${TAG}",
            "a tag is up to 128 letters, digits and ._- that do not begin with . or -",
        ),
        (
            "111111111111.ecr.eu-west-1.amazonaws.com/api:v1",
            "a private ECR registry is <12 digits>.dkr.ecr.<region>.amazonaws.com",
        ),
    ],
)
def test_what_is_no_image_is_refused(mistakes: Mistakes, image: str, problem: str) -> None:
    text = MINIMAL.replace("111111111111.dkr.ecr.eu-west-1.amazonaws.com/api:v1", image)

    assert mistakes(text) == [f"services.api.image: {problem}, got {image!r}"]


@pytest.mark.parametrize(
    ("region", "problem"),
    [
        ("eu-wets-1", "must be in a region of AWS, got 'eu-wets-1'; did you mean eu-west-1?"),
        ("us-gov-west-1", "must be in the partition of eu-west-1, got us-gov-west-1, which is in aws-us-gov"),
        ("cn-north-1", "must be in the partition of eu-west-1, got cn-north-1, which is in aws-cn"),
    ],
)
def test_an_image_that_tasks_could_not_pull_is_refused(mistakes: Mistakes, region: str, problem: str) -> None:
    text = MINIMAL.replace("ecr.eu-west-1.", f"ecr.{region}.")

    assert mistakes(text) == [f"services.api.image {problem}"]


def test_an_image_of_another_region_is_pulled_through_nat(loaded: Loaded) -> None:
    assert loaded(MINIMAL.replace("ecr.eu-west-1.", "ecr.us-east-1.")).services["api"].image.count("us-east-1") == 1


def test_an_image_longer_than_ecs_takes_is_refused(mistakes: Mistakes) -> None:
    text = MINIMAL.replace("111111111111.dkr.ecr.eu-west-1.amazonaws.com/api:v1", "a" * 256)

    assert mistakes(text) == ["services.api.image: ECS allows 255 characters before a digest, got 256"]
