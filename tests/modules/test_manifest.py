import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from modules.inputs import ReleaseSettings
from modules.manifest import LIMIT, Manifest, ManifestProps
from tests.modules.example import DEPLOYMENT, HOOK, PLACEMENT, PLACES, PUBLISHED, ROUTES, RUNNING, SERVICE
from tests.synthesis import resource, synth

BALANCING = "arn:aws:elasticloadbalancing:eu-west-1:111111111111"
LISTENER = f"{BALANCING}:listener/app/dev/0123456789abcdef/0123456789abcdef"
UNKNOWN = ManifestProps(
    service=SERVICE, running=RUNNING, deployment=DEPLOYMENT, routes=ROUTES, hook=HOOK, published=PUBLISHED
)
"""Before AWS has given any name."""

PROPS = replace(
    UNKNOWN,
    running=replace(
        RUNNING,
        task_definition_arn="arn:aws:ecs:eu-west-1:111111111111:task-definition/dev-api:1000000",
        placement=replace(
            PLACEMENT,
            places=replace(PLACES, subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]),
            security_group_id="sg-0123456789abcdef0",
        ),
    ),
    routes=replace(
        ROUTES,
        load_balancer=replace(ROUTES.load_balancer, dns_name="internal-dev-0123456789.eu-west-1.elb.amazonaws.com"),
        prod=replace(ROUTES.prod, arn=LISTENER),
        test=replace(ROUTES.test, arn=LISTENER),
        blue=replace(ROUTES.blue, arn=f"{BALANCING}:targetgroup/dev-api-blue/0123456789abcdef"),
        green=replace(ROUTES.green, arn=f"{BALANCING}:targetgroup/dev-api-green/0123456789abcdef"),
    ),
    hook=replace(HOOK, arn="arn:aws:lambda:eu-west-1:111111111111:function:dev-api-hook"),
    published=replace(PUBLISHED, url="https://0123456789.execute-api.eu-west-1.amazonaws.com"),
)
"""With names as long as AWS makes them."""


def test_a_manifest_may_be_as_long_as_ssm_and_the_sandbox_take() -> None:
    limits = json.loads((Path(__file__).parents[2] / "contracts" / "aws-limits.json").read_text())

    assert limits["parameter_characters"] == LIMIT


def serving(props: ManifestProps, routes: Sequence[str]) -> ManifestProps:
    return replace(props, published=replace(props.published, keys=routes))


def written(props: ManifestProps) -> tuple[str, str | None]:
    """The parameter's value, and why it is refused, if it is."""
    found: list[str | None] = []

    def build(stack: Any) -> None:
        found.append(Manifest(stack, "manifest", props).too_large)

    return str(resource(synth(build), "aws_ssm_parameter")["insecure_value"]), found[0]


def test_a_manifest_is_counted_as_long_as_aws_can_make_it() -> None:
    """What is counted is then what is written."""
    value, _ = written(PROPS)
    room = LIMIT - len(value)
    route = "GET /" + "x" * (room - len(',""') - len("GET /"))

    full, fits = written(serving(PROPS, ["GET /one", route]))
    over, refused = written(serving(PROPS, ["GET /one", f"{route}x"]))

    assert (len(full), fits) == (4096, None)
    assert (len(over), refused) == (
        4097,
        "routes: 2 routes make a release manifest of up to 4097 characters, and SSM holds 4096: put routes together "
        "with path variables, such as ANY /orders/{proxy+}",
    )


def test_it_says_how_a_release_goes_and_which_functions_it_asks() -> None:
    settings = ReleaseSettings(approval_wait_minutes=60, bake_minutes=3, hooks={"AfterInstall": "arn:announce:7"})
    deployment = replace(DEPLOYMENT, config="dev-api-canary-5-percent-3-minutes", settings=settings)
    content = json.loads(written(replace(PROPS, deployment=deployment))[0])

    assert content["codedeploy"] == {
        "application": "dev-api",
        "group": "dev-api",
        "config": "dev-api-canary-5-percent-3-minutes",
        "approval_wait_minutes": 60,
        "bake_minutes": 3,
    }
    assert content["hooks"] == {"AfterInstall": "arn:announce:7", "BeforeAllowTraffic": PROPS.hook.arn}
    # Of the others' functions nobody here knows where they log.
    assert content["log_groups"]["hooks"] == {"BeforeAllowTraffic": "/aws/lambda/dev-api-hook"}


def test_a_manifest_whose_names_aws_has_yet_to_give_is_counted_with_the_longest() -> None:
    value, _ = written(PROPS)
    route = "GET /" + "x" * (LIMIT - len(value))

    _, known = written(serving(PROPS, ["GET /one", route]))
    _, unknown = written(serving(UNKNOWN, ["GET /one", route]))

    assert known == unknown
    assert json.loads(value)["version"] == 1


def test_the_alarms_that_stop_a_release_are_named_and_counted() -> None:
    watched = replace(PROPS, deployment=replace(DEPLOYMENT, alarms=["dev-api-blue-errors", "x" * 255]))

    value, _ = written(watched)
    _, refused = written(serving(watched, ["GET /" + "x" * LIMIT]))

    assert json.loads(value)["alarms"] == ["dev-api-blue-errors", "x" * 255]
    assert refused is not None
    assert refused.startswith("routes: 1 routes and 2 alarms make a release manifest of up to ")
    assert refused.endswith(" such as ANY /orders/{proxy+}, or shorten the names in alarms.more")
