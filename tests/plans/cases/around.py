"""Of what is around the traffic: roles, hook, logs, manifest, cluster."""

from tests.plans.case import Case, settings
from tests.plans.edits import put, reworded, tagged, without

_EXECUTION, _CODEDEPLOY = "service-api/service/execution-role", "service-api/deployment/role"
_HOOK, _MANIFEST = "service-api/hook/function", "service-api/manifest/parameter"
_DENY = '"Statement": [{"Effect": "Deny", "Action": ["ecr:BatchGetImage"], "Resource": "*"}, '

ROLES = (
    Case(name="task-role-name", edits=(put("service-api/service/task-role/role", {"name": "dev-api-shop"}),)),
    Case(name="codedeploy-role-name", edits=(put(f"{_CODEDEPLOY}/role", {"name": "dev-api-release"}),)),
    Case(name="role-description", edits=(put(f"{_EXECUTION}/role", {"description": "Starts the tasks"}),)),
    Case(
        name="trust-narrowed",
        edits=(reworded(f"{_EXECUTION}/role", "assume_role_policy", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com"),),
    ),
    Case(
        name="policy-narrowed",
        edits=(
            reworded(
                f"{_EXECUTION}/policy", "policy", '"logs:CreateLogStream", "logs:PutLogEvents"', '"logs:PutLogEvents"'
            ),
        ),
    ),
    Case(
        name="policy-widened",
        edits=(reworded(f"{_EXECUTION}/policy", "policy", '"ecr:GetAuthorizationToken"', '"ecr:*"'),),
    ),
    Case(
        name="policy-denies",
        edits=(
            reworded(
                f"{_CODEDEPLOY}/policy", "policy", '"Statement": [', _DENY.replace("ecr:BatchGetImage", "iam:PassRole")
            ),
        ),
    ),
    Case(name="policy-name", edits=(put(f"{_EXECUTION}/policy", {"name": "execution"}),)),
    Case(
        name="policy-reordered",
        edits=(
            reworded(
                f"{_EXECUTION}/policy",
                "policy",
                '"logs:CreateLogStream", "logs:PutLogEvents"',
                '"logs:PutLogEvents", "logs:CreateLogStream"',
            ),
        ),
    ),
)

HOOK = (
    Case(name="hook-name", edits=(put(_HOOK, {"function_name": "dev-api-prove"}),)),
    Case(name="hook-timeout", edits=(put(_HOOK, {"timeout": 30, "memory_size": 128}),)),
    Case(name="hook-checks", edits=(put(_HOOK, {"environment.variables.CHECKS": '[{"path":"/one","status":200}]'}),)),
    Case(name="hook-code", edits=(put(_HOOK, {"source_code_hash": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}),)),
    Case(
        name="hook-network",
        edits=(put(_HOOK, {"vpc_config.subnet_ids": ["${@{network/isolated-a}.id}", "${@{network/isolated-b}.id}"]}),),
    ),
    Case(
        name="hook-not-kept-awake",
        edits=(
            without(
                "service-api/hook/awake-target", "service-api/hook/awake-permission", "service-api/hook/invocation"
            ),
        ),
    ),
    Case(name="awake-description", edits=(put("service-api/hook/awake", {"description": "Wakes the hook"}),)),
)

STORES = (
    Case(name="retention-shorter", settings=settings(("services:", "log_retention_days: 7\nservices:"))),
    Case(name="retention-longer", settings=settings(("services:", "log_retention_days: 731\nservices:"))),
    Case(name="log-group-name", edits=(put("service-api/service/logs", {"name": "/ecs/dev/shop"}),)),
    Case(name="manifest-name", edits=(put(_MANIFEST, {"name": "/greenlight/dev/shop"}),)),
    Case(
        name="manifest-value",
        edits=(reworded(_MANIFEST, "insecure_value", '"version":1,', '"version":1,"owner":"payments",'),),
    ),
    Case(name="manifest-deleted", edits=(without(_MANIFEST), lambda stack: stack.content["output"].pop("manifests"))),
    Case(name="cluster-name", edits=(put("cluster/cluster", {"name": "dev-2"}),)),
    Case(name="cluster-setting", edits=(put("cluster/cluster", {"setting.0.value": "enhanced"}),)),
    Case(name="flow-log-interval", edits=(put("flow-logs/flow-log", {"max_aggregation_interval": 600}),)),
    Case(name="tags", edits=(tagged,)),
)

AROUND = (*ROLES, *HOOK, *STORES)
