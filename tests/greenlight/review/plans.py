"""Plans as `terraform show -json` prints them, of a few changes: what a test is about, and nothing else."""

import json
from typing import Any

from greenlight.review import assess, read
from greenlight.review.findings import Review
from greenlight.review.plan import Plan

Json = dict[str, Any]


def change(
    address: str,
    before: Json | None,
    after: Json | None,
    actions: list[str] | None = None,
    *,
    unknown: Json | None = None,
    replace_paths: list[list[str | int]] | None = None,
    before_sensitive: Any = False,
    after_sensitive: Any = False,
    **outside: Any,
) -> Json:
    """One of `resource_changes`. Which actions it has follows from the two sides, unless it is said."""
    if actions is None:
        actions = ["create"] if before is None else ["delete"] if after is None else ["update"]
    details: Json = {
        "actions": actions,
        "before": before,
        "after": after,
        "after_unknown": unknown or {},
        "before_sensitive": before_sensitive,
        "after_sensitive": after_sensitive,
    }
    if replace_paths:
        details["replace_paths"] = replace_paths
    kind, name = address.split("[")[0].split(".")[-2:]
    whole = {"address": address, "mode": "managed", "type": kind, "name": name, "change": details}
    return whole | {"provider_name": "registry.terraform.io/hashicorp/aws"} | outside


def same(address: str, values: Json) -> Json:
    return change(address, values, values, ["no-op"])


def expressions(**arguments: str | Json | list[Json]) -> Json:
    """Of a resource's configuration: a text names what the argument refers to, several separated by spaces."""
    return {
        name: {"references": given.split()} if isinstance(given, str) else given for name, given in arguments.items()
    }


def document(*changes: Json, configuration: dict[str, Json] | None = None, **top: Any) -> Json:
    """The whole of it; `configuration`: address -> its expressions."""
    resources = [{"address": address, "expressions": content} for address, content in (configuration or {}).items()]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "applyable": True,
        "complete": True,
        "errored": False,
        "resource_changes": list(changes),
        "configuration": {"root_module": {"resources": resources}},
    } | top


def plan(*changes: Json, **top: Any) -> Plan:
    content = document(*changes, **top)
    return read.plan(read.document(json.dumps(content).encode(), "plan.json"), "dev")


def review(*changes: Json, **top: Any) -> Review:
    return assess.review(plan(*changes, **top))


# A service as CodeDeploy releases it, green live.
BLUE, GREEN = "arn:aws:tg/blue", "arn:aws:tg/green"


def forward(*arns: str) -> list[Json]:
    """An action as the provider reads it after a release: all of the traffic to the first."""
    groups = [{"arn": arn, "weight": 100 if arn == arns[0] else 0} for arn in arns]
    return [{"type": "forward", "target_group_arn": "", "forward": [{"target_group": groups}]}]


SERVICE: Json = {
    "name": "dev-api",
    "cluster": "dev",
    "task_definition": "arn:aws:ecs:us-east-1:123456789012:task-definition/dev-api:9",
    "desired_count": 2,
    "deployment_controller": [{"type": "CODE_DEPLOY"}],
    "load_balancer": [{"target_group_arn": GREEN, "container_name": "api", "container_port": 3000}],
}
PROD: Json = {"arn": "arn:aws:listener/prod", "port": 80, "default_action": forward(GREEN, BLUE)}
TEST: Json = {"arn": "arn:aws:listener/test", "port": 8080, "default_action": forward(GREEN, BLUE)}
GROUP: Json = {
    "deployment_group_name": "dev-api",
    "ecs_service": [{"cluster_name": "dev", "service_name": "dev-api"}],
    "deployment_config_name": "CodeDeployDefault.ECSAllAtOnce",
    "load_balancer_info": [
        {
            "target_group_pair_info": [
                {
                    "prod_traffic_route": [{"listener_arns": [PROD["arn"]]}],
                    "test_traffic_route": [{"listener_arns": [TEST["arn"]]}],
                    "target_group": [{"name": "dev-api-blue"}, {"name": "dev-api-green"}],
                }
            ]
        }
    ],
}
MANIFEST: Json = {
    "name": "/greenlight/dev/api",
    "insecure_value": json.dumps(
        {"environment": "dev", "service": "api", "ecs_service": "dev-api", "hooks": {"BeforeAllowTraffic": "arn:hook"}}
    ),
}
TARGETS = {color: {"arn": arn, "name": f"dev-api-{color}"} for color, arn in (("blue", BLUE), ("green", GREEN))}
STACK: dict[str, Json] = {
    "aws_ecs_service.api": SERVICE,
    "aws_lb_listener.prod": PROD,
    "aws_lb_listener.test": TEST,
    "aws_lb_target_group.blue": TARGETS["blue"],
    "aws_lb_target_group.green": TARGETS["green"],
    "aws_codedeploy_deployment_group.api": GROUP,
    "aws_ssm_parameter.manifest": MANIFEST,
}


def around(*changes: Json) -> list[Json]:
    """The changes, and the rest of the service as it is."""
    changed = {one["address"] for one in changes}
    return [*changes, *(same(address, values) for address, values in STACK.items() if address not in changed)]
