"""A stack whose plan is guarded: its service, deployment group and listener, and the review of a plan."""

import hashlib
from collections.abc import Callable
from typing import Any

from greenlight.review import read
from greenlight.review.fingerprint import fingerprint
from greenlight.review.made_against import made_against

ACCOUNT = "us-east-1:123456789012"
BALANCING = f"arn:aws:elasticloadbalancing:{ACCOUNT}"
BLUE, GREEN = (f"{BALANCING}:targetgroup/dev-api-{color}/0123456789abcdef" for color in ("blue", "green"))
LISTENER = f"{BALANCING}:listener/app/dev/0123456789abcdef/0123456789abcdef"
FILE = b"a plan file"

AGAIN = "plan again, and have that reviewed"


def resource(address: str, values: dict[str, Any], actions: tuple[str, ...] = ("no-op",), **more: Any) -> Any:
    kind, name = address.split(".")
    before = None if actions == ("create",) else values
    after = None if actions == ("delete",) else values | more
    change = {"actions": list(actions), "before": before, "after": after, "after_unknown": {}}
    return {"address": address, "mode": "managed", "type": kind, "name": name, "change": change}


SERVICE = {
    "id": f"arn:aws:ecs:{ACCOUNT}:service/dev/dev-api",
    "cluster": f"arn:aws:ecs:{ACCOUNT}:cluster/dev",
    "name": "dev-api",
    "task_definition": f"arn:aws:ecs:{ACCOUNT}:task-definition/api:1",
    "deployment_controller": [{"type": "CODE_DEPLOY"}],
    "load_balancer": [{"target_group_arn": BLUE}],
    "desired_count": 2,
}
GROUP = {
    "arn": f"arn:aws:codedeploy:{ACCOUNT}:deploymentgroup:dev-api/dev-api",
    "app_name": "dev-api",
    "deployment_group_name": "dev-api",
    "ecs_service": [{"cluster_name": "dev", "service_name": "dev-api"}],
    "load_balancer_info": [
        {
            "target_group_pair_info": [
                {
                    "prod_traffic_route": [{"listener_arns": [LISTENER]}],
                    "target_group": [{"name": "dev-api-blue"}, {"name": "dev-api-green"}],
                }
            ]
        }
    ],
}

Plan = dict[str, Any]


def plan(*resources: Any, **more: Any) -> Plan:
    return {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": list(resources), **more}


def listener(arn: str = BLUE) -> Any:
    action = {"type": "forward", "target_group_arn": arn, "forward": []}
    return resource("aws_lb_listener.prod", {"id": LISTENER, "arn": LISTENER, "default_action": [action]})


SIZE = resource("aws_ecs_service.api", SERVICE, ("update",), desired_count=3)
RELEASED_BY = resource("aws_codedeploy_deployment_group.api", GROUP)
PLAN = plan(SIZE, RELEASED_BY, listener())


def review(document: Plan, **changes: Any) -> dict[str, Any]:
    """As the plan would be reviewed."""
    live = made_against(read.plan(document, "dev"))
    stack = {"stack": "dev", "verdict": "safe", "fingerprint": fingerprint(document, None), "live": live}
    stack |= {"plan_sha256": hashlib.sha256(FILE).hexdigest()}
    return {"version": 1, "command": "review", "exit_code": 0, "stacks": [stack | changes]}


def weighted(blue: int, green: int) -> list[dict[str, Any]]:
    groups = [{"TargetGroupArn": BLUE, "Weight": blue}, {"TargetGroupArn": GREEN, "Weight": green}]
    actions = [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
    return [{"Priority": "default", "IsDefault": True, "Actions": actions}]


Guard = Callable[..., tuple[int, Any]]
