"""Plans that Terraform 1.11 with the provider 5.100 cannot make, written by hand after the sources of what makes them.

The keys are those of `internal/command/jsonplan/plan.go` of the version that is named.
"""

from typing import Any

_LISTENER = "aws_lb_listener.prod"
_GROUP = "aws_lb_target_group.blue"
_LOGS = "aws_cloudwatch_log_group.api"
_SERVICE = "aws_ecs_service.api"


def _change(address: str, actions: list[str], before: Any, after: Any, **more: Any) -> dict[str, Any]:
    kind, _, name = address.partition(".")
    inner = {"after_unknown", "replace_paths"} & more.keys()
    change = {
        "actions": actions,
        "before": before,
        "after": after,
        "after_unknown": {},
        "before_sensitive": {},
        "after_sensitive": {},
    }
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": change | {key: more[key] for key in inner},
    } | {key: value for key, value in more.items() if key not in inner}


def _plan(version: str, *changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "format_version": "1.2",
        "terraform_version": version,
        "resource_changes": list(changes),
        "output_changes": {},
        "configuration": {"root_module": {}},
        "errored": False,
        "applyable": True,
        "complete": True,
    } | more


def _of_opentofu(version: str, *changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in _plan(version, *changes).items() if key not in ("applyable", "complete")}


_FAMILY = "arn:aws:ecs:us-east-1:123456789012:task-definition/api"
_NATIVE = {
    "name": "api",
    "cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/shop",
    "deployment_controller": [{"type": "ECS"}],
    "deployment_configuration": [{"strategy": "BLUE_GREEN", "bake_time_in_minutes": "5", "lifecycle_hook": []}],
    "desired_count": 2,
}
_TARGET_GROUP = {"name": "shop-blue", "port": 80, "protocol": "HTTP", "target_type": "ip"}
_PROD = {
    "port": 80,
    "protocol": "HTTP",
    "load_balancer_arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/1",
}

TYPED: dict[str, dict[str, Any]] = {
    # The provider 6.x; in 5.100 the service has no such argument.
    "ecs-blue-green": _plan(
        "1.13.0",
        _change(
            _SERVICE,
            ["update"],
            _NATIVE | {"task_definition": f"{_FAMILY}:1"},
            _NATIVE | {"task_definition": f"{_FAMILY}:2"},
        ),
    ),
    "opentofu-forget-and-create": _of_opentofu(
        "1.12.0",
        _change(
            _GROUP,
            ["forget", "create"],
            _TARGET_GROUP,
            _TARGET_GROUP | {"name": "shop-blue-2"},
            action_reason="replace_because_cannot_update",
            replace_paths=[["name"]],
        ),
    ),
    "opentofu-no-change": _of_opentofu("1.10.0", _change(_LISTENER, ["no-op"], _PROD, _PROD)),
    # Terraform 1.9 and later, with deferral allowed.
    "deferred": _plan(
        "1.13.0",
        deferred_changes=[
            {
                "reason": "provider_config_unknown",
                "resource_change": _change(_LISTENER, ["update"], _PROD, _PROD | {"port": 81}),
            }
        ],
        complete=False,
    ),
    # Terraform 1.14.
    "action": _plan(
        "1.14.0",
        _change(
            _LOGS,
            ["update"],
            {"name": "/ecs/api", "retention_in_days": 7},
            {"name": "/ecs/api", "retention_in_days": 30},
        ),
        action_invocations=[
            {
                "address": "action.aws_lambda_invoke.migrate",
                "type": "aws_lambda_invoke",
                "name": "migrate",
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "config_values": {"function_name": "migrate"},
                "lifecycle_action_trigger": {
                    "triggering_resource_address": _LOGS,
                    "action_trigger_event": "AfterUpdate",
                    "action_trigger_block_index": 0,
                    "actions_list_index": 0,
                },
            }
        ],
    ),
    "errored": {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "errored": True,
        "applyable": False,
        "complete": False,
    },
    "unknown-action": _plan("1.99.0", _change(_LISTENER, ["suspend"], _PROD, _PROD)),
    "no-action": _plan("1.99.0", _change(_LISTENER, [], _PROD, _PROD | {"port": 81})),
    "unknown-reason": _plan(
        "1.99.0",
        _change(
            _LOGS,
            ["delete", "create"],
            {"name": "/ecs/api", "retention_in_days": 7},
            {"name": "/ecs/api", "retention_in_days": 7},
            action_reason="replace_because_of_the_moon",
        ),
    ),
}

NOT_PLANS: dict[str, Any] = {
    "nothing": {},
    "another format": _plan("2.0.0", format_version="2.0"),
    "a state": {
        "format_version": "1.0",
        "terraform_version": "1.11.4",
        "values": {
            "root_module": {"resources": [{"address": _LOGS, "mode": "managed", "type": "aws_cloudwatch_log_group"}]}
        },
    },
    "a state file": {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 1,
        "lineage": "1",
        "outputs": {},
        "resources": [],
    },
    "a list": [],
}
"""What somebody gives for a plan by mistake."""
