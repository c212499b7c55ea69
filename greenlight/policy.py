"""What a releasing role may do: exactly the calls that the CLI makes, on one service. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_GROUP = "arn:{partition}:codedeploy:{region}:{account}:deploymentgroup:{application}/{group}"
_APPLICATION = "arn:{partition}:codedeploy:{region}:{account}:application:{application}"
_PARAMETER = "arn:{partition}:ssm:{region}:{account}:parameter/greenlight/{environment}/{service}"
_REVISIONS = "arn:{partition}:ecs:{region}:{account}:task-definition/{family}:*"
_ANY = "*"

# Each call that `Session.call` lets through, in IAM's name, and what it is made on: ARNs, with a space between two.
ACTIONS: dict[str, str] = {
    "apigateway:GET": "arn:{partition}:apigateway:{region}::/vpclinks/{vpc_links}",
    "application-autoscaling:DescribeScalableTargets": _ANY,
    "application-autoscaling:RegisterScalableTarget": (
        "arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/*"
    ),
    "cloudwatch:DescribeAlarms": _ANY,  # composite alarms are seen with * only
    "codedeploy:BatchGetDeployments": _GROUP,
    "codedeploy:ContinueDeployment": _ANY,  # as StopDeployment
    "codedeploy:CreateDeployment": _GROUP,
    "codedeploy:GetApplicationRevision": _APPLICATION,
    "codedeploy:GetDeployment": _GROUP,
    "codedeploy:GetDeploymentConfig": "arn:{partition}:codedeploy:{region}:{account}:deploymentconfig:*",
    "codedeploy:GetDeploymentGroup": _GROUP,
    "codedeploy:GetDeploymentTarget": _ANY,  # as StopDeployment
    "codedeploy:ListDeploymentConfigs": _ANY,
    "codedeploy:ListDeployments": _GROUP,
    "codedeploy:StopDeployment": _ANY,  # the reference has no resource type; CodeDeploy's guide says the group
    "ec2:DescribeSecurityGroups": _ANY,
    "ec2:DescribeSubnets": _ANY,
    "ecr:BatchGetImage": "{repositories}",
    "ecr:DescribeImages": "{repositories}",
    "ecr:GetDownloadUrlForLayer": "{repositories}",
    "ecs:DescribeServices": "arn:{partition}:ecs:{region}:{account}:service/{cluster}/{ecs_service}",
    "ecs:DescribeTaskDefinition": _ANY,
    "ecs:DescribeTasks": "arn:{partition}:ecs:{region}:{account}:task/{cluster}/*",
    "ecs:ListTaskDefinitions": _ANY,
    "ecs:ListTasks": _ANY,
    "ecs:RegisterTaskDefinition": _ANY,  # whether the family's ARN is enough has not been tried
    "elasticloadbalancing:DescribeRules": _ANY,
    "elasticloadbalancing:DescribeTargetGroupAttributes": _ANY,
    "elasticloadbalancing:DescribeTargetHealth": _ANY,
    "lambda:GetFunctionConfiguration": "{hooks} {own_hooks}",
    "lambda:GetFunctionEventInvokeConfig": "{hooks}",
    "lambda:InvokeFunction": "{hooks}",
    "logs:DescribeLogStreams": "arn:{partition}:logs:{region}:{account}:log-group:{service_log_group}:*",
    "logs:FilterLogEvents": "arn:{partition}:logs:{region}:{account}:log-group:{hook_log_groups}:*",
    "logs:GetLogEvents": "arn:{partition}:logs:{region}:{account}:log-group:{service_log_group}:*",
    "ssm:DeleteParameter": f"{_PARAMETER}/suspended",
    "ssm:GetParameter": f"{_PARAMETER} {_PARAMETER}/suspended",
    "ssm:GetParametersByPath": "arn:{partition}:ssm:{region}:{account}:parameter/greenlight*",
    "ssm:PutParameter": f"{_PARAMETER}/suspended",
}

# What `greenlight doctor --fix` calls besides. A releasing role does not have them: with them a release could take
# production traffic without its hooks' consent. Who changes the stack by hand has them.
REPAIRS = ("elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule")

# Of these, what `greenlight guard` calls: under the role that applies, on all that its plans have. It only reads.
GUARD = (
    "codedeploy:BatchGetDeployments",
    "codedeploy:GetDeployment",
    "codedeploy:GetDeploymentTarget",
    "codedeploy:ListDeployments",
    "ecs:DescribeServices",
    "elasticloadbalancing:DescribeRules",
    "ssm:GetParameter",
)

# What AWS asks for beside the call itself.
IMPLIED: dict[str, tuple[str, str]] = {
    "codedeploy:RegisterApplicationRevision": (_APPLICATION, "CreateDeployment, which stores the AppSpec"),
    "codedeploy:UpdateDeploymentGroup": (
        _GROUP,
        "CreateDeployment that ignores alarms: rollback, deploy --ignore-alarms",
    ),
    "ecs:TagResource": (_REVISIONS, "RegisterTaskDefinition with tags"),
    "ecs:UpdateService": (
        "arn:{partition}:ecs:{region}:{account}:service/{cluster}/{ecs_service}",
        "RegisterScalableTarget: Application Auto Scaling looks whether its caller may scale the service",
    ),
    "iam:PassRole": ("{roles}", "RegisterTaskDefinition, which names the tasks' roles"),
}

_CONDITIONS: dict[str, dict[str, Any]] = {
    "iam:PassRole": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    "ecs:TagResource": {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
    "ecs:ListTasks": {"ArnEquals": {"ecs:cluster": "arn:{partition}:ecs:{region}:{account}:cluster/{cluster}"}},
}


@dataclass(frozen=True, kw_only=True)
class Service:
    """The one service that the role may release; the names are those of its release manifest."""

    partition: str
    region: str
    account: str
    environment: str
    service: str
    application: str
    group: str
    cluster: str
    ecs_service: str
    family: str
    service_log_group: str
    # Of these there may be none, or several.
    repositories: tuple[str, ...]  # ARNs
    hooks: tuple[str, ...]  # ARNs of the functions that the modules make
    own_hooks: tuple[str, ...]  # … of the team's own, which are looked at and not invoked
    hook_log_groups: tuple[str, ...]  # names
    vpc_links: tuple[str, ...]  # ids
    roles: tuple[str, ...]  # ARNs of the tasks' roles


def policy(service: Service) -> dict[str, Any]:
    """An IAM policy document. It lets nobody change the deployment group, the service or the listeners themselves."""
    names = asdict(service)
    on = ACTIONS | {action: resource for action, (resource, _) in IMPLIED.items()}
    together: dict[str, list[str]] = {}
    for action in sorted(on):
        key = on[action] if action not in _CONDITIONS else f"{on[action]} only for {action}"
        together.setdefault(key, []).append(action)
    statements = (_statement(actions, on[actions[0]], names) for actions in together.values())
    return {"Version": "2012-10-17", "Statement": [one for one in statements if one["Resource"]]}


def _statement(actions: list[str], resource: str, names: Mapping[str, Any]) -> dict[str, Any]:
    arns = [arn for template in resource.split() for arn in _filled(template, names)]
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": arns}
    condition = _CONDITIONS.get(actions[0])
    if condition:
        statement["Condition"] = {
            operator: {key: value.format(**names) for key, value in keys.items()}
            for operator, keys in condition.items()
        }
    return statement


def _filled(template: str, names: Mapping[str, Any]) -> list[str]:
    """The ARN, or one for each of the several that it names."""
    several = next(
        (name for name, value in names.items() if isinstance(value, tuple) and f"{{{name}}}" in template), None
    )
    if several is None:
        return [template.format(**names)]
    return [template.format(**{**names, several: one}) for one in dict.fromkeys(names[several])]
