import json
from dataclasses import replace
from typing import Any

from modules.location import Location
from modules.manifest import LIMIT, Manifest, ManifestProps
from modules.traffic import TargetGroup, TrafficRoutes
from tests.synthesis import resource, synth

PROPS = ManifestProps(
    environment="dev",
    service="api",
    location=Location(account="111111111111", region="eu-west-1"),
    cluster_name="dev",
    ecs_service_name="dev-api",
    family="dev-api",
    task_definition_arn="arn:aws:ecs:eu-west-1:111111111111:task-definition/dev-api:1000000",
    container_name="api",
    container_port=3000,
    architecture="arm64",
    repository=None,
    deployment_group="dev-api",
    deployment_config="CodeDeployDefault.ECSAllAtOnce",
    bake_minutes=5,
    dns_name="internal-dev-0123456789.eu-west-1.elb.amazonaws.com",
    traffic_routes=TrafficRoutes(
        prod_listener_arn=(
            "arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener/app/dev/0123456789abcdef/0123456789abcdef"
        ),
        test_listener_arn=(
            "arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener/app/dev/0123456789abcdef/0123456789abcdee"
        ),
        blue=TargetGroup(
            name="dev-api-blue",
            arn="arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/dev-api-blue/0123456789abcdef",
        ),
        green=TargetGroup(
            name="dev-api-green",
            arn="arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/dev-api-green/0123456789abcdef",
        ),
    ),
    prod_port=80,
    test_port=8080,
    cidr="10.0.0.0/16",
    subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    security_group_id="sg-0123456789abcdef0",
    hook_arn="arn:aws:lambda:eu-west-1:111111111111:function:dev-api-hook",
    service_log_group="/ecs/dev/api",
    hook_log_group="/aws/lambda/dev-api-hook",
    api_url="https://0123456789.execute-api.eu-west-1.amazonaws.com",
    api_routes=["GET /one"],
)


def written(props: ManifestProps) -> tuple[str, str | None]:
    """The parameter's value, and why it is refused, if it is."""
    found: list[str | None] = []

    def build(stack: Any) -> None:
        found.append(Manifest(stack, "manifest", props).too_large)

    return str(resource(synth(build), "aws_ssm_parameter")["insecure_value"]), found[0]


def test_a_manifest_is_counted_as_long_as_aws_can_make_it() -> None:
    """The names above are the longest that AWS gives, so that what is counted is what is written."""
    value, _ = written(PROPS)
    room = LIMIT - len(value)
    route = "GET /" + "x" * (room - len(',""') - len("GET /"))

    full, fits = written(replace(PROPS, api_routes=["GET /one", route]))
    over, refused = written(replace(PROPS, api_routes=["GET /one", f"{route}x"]))

    assert (len(full), fits) == (4096, None)
    assert (len(over), refused) == (
        4097,
        "routes: 2 routes make a release manifest of up to 4097 characters, and SSM holds 4096: put routes together "
        "with path variables, such as ANY /orders/{proxy+}",
    )


def test_a_manifest_whose_names_aws_has_yet_to_give_is_counted_with_the_longest() -> None:
    names: dict[str, Any] = {
        "task_definition_arn": "",
        "dns_name": "",
        "api_url": "",
        "hook_arn": "",
        "security_group_id": "",
    }
    value, _ = written(PROPS)
    route = "GET /" + "x" * (LIMIT - len(value))

    _, known = written(replace(PROPS, api_routes=["GET /one", route]))
    _, unknown = written(replace(PROPS, api_routes=["GET /one", route], **names))

    assert known == unknown
    assert json.loads(value)["version"] == 1
