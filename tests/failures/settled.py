"""What must hold after every failure: one version has all of production, and nothing is left of the other."""

from typing import Any

from tests.failures.drill import NAME, Drill, Live
from tests.failures.patience import poll

_TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceIds": [f"service/{NAME}/{NAME}-api"],
    "ScalableDimension": "ecs:service:DesiredCount",
}
SUSPENDED = f"/greenlight/{NAME}/api/suspended"


def settle(drill: Drill) -> Live:
    """Asserts it, once what is on its way out has gone; who is live."""
    assert drill.under_way() == []
    poll("one task set is left", lambda: len(drill.service()["taskSets"]) == 1)
    service = drill.service()
    (task_set,) = service["taskSets"]
    live = drill.live()
    poll("nothing but its tasks is left", lambda: _tasks(drill) == [(live.task_definition, "RUNNING")] * 2)
    assert wholly(drill.weights()) == live.group
    assert (task_set["status"], task_set["runningCount"], service["desiredCount"]) == ("PRIMARY", 2, 2)
    assert {drill.answer() for _ in range(4)} == {live.version}
    assert not suspended(drill)
    return live


def wholly(weights: dict[str, int]) -> str:
    """The target group that has all of a listener's traffic."""
    (group,) = (name for name, weight in weights.items() if weight)
    return group


def suspended(drill: Drill) -> bool:
    """Whether autoscaling is, or its record says that it is."""
    (target,) = drill.client("application-autoscaling").describe_scalable_targets(**_TARGET)["ScalableTargets"]
    return any(target.get("SuspendedState", {}).values()) or bool(
        drill.client("ssm").get_parameters(Names=[SUSPENDED])["Parameters"]
    )


def _tasks(drill: Drill) -> list[tuple[str, str]]:
    """Of each task that has not stopped its revision, and whether it runs."""
    ecs = drill.client("ecs")
    arns = [
        arn
        for wanted in ("RUNNING", "STOPPED")
        for arn in ecs.list_tasks(cluster=NAME, serviceName=f"{NAME}-api", desiredStatus=wanted)["taskArns"]
    ]
    found = ecs.describe_tasks(cluster=NAME, tasks=arns)["tasks"] if arns else []
    return [(one["taskDefinitionArn"], one["lastStatus"]) for one in found if one["lastStatus"] != "STOPPED"]


def as_terraform_sees_it(drill: Drill) -> dict[str, Any]:
    """What a plan would refresh of what a release, its failure or a test could have touched, as AWS tells it.

    Without what Terraform is told to leave alone: listeners' actions, the service's revision, target group and count.
    """
    elb = drill.client("elbv2")
    arns = [drill.balancer[listener] for listener in ("prod_listener", "test_listener")]
    listeners = elb.describe_listeners(ListenerArns=arns)["Listeners"]
    rules = [elb.describe_rules(ListenerArn=arn)["Rules"] for arn in arns]
    groups = list(drill.groups)
    kept = (
        "healthCheckGracePeriodSeconds",
        "deploymentConfiguration",
        "deploymentController",
        "propagateTags",
        "status",
    )
    service = drill.service()
    group = drill.client("codedeploy").get_deployment_group(**drill.named)["deploymentGroupInfo"]
    past = ("lastSuccessfulDeployment", "lastAttemptedDeployment", "targetRevision")
    hook = drill.client("lambda").get_function_configuration(FunctionName=f"{NAME}-api-hook")
    (target,) = drill.client("application-autoscaling").describe_scalable_targets(**_TARGET)["ScalableTargets"]
    return {
        "listeners": [without(one, "DefaultActions") for one in listeners],
        "rules": [[without(rule, "Actions") for rule in one] for one in rules],
        "target groups": [
            without(one, "LoadBalancerArns")
            for one in elb.describe_target_groups(TargetGroupArns=groups)["TargetGroups"]
        ],
        "attributes": [elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"] for arn in groups],
        "service": {key: service.get(key) for key in kept},
        "deployment group": without(group, *past),
        "hook": {key: hook[key] for key in ("CodeSha256", "Environment", "Timeout", "MemorySize", "Role")},
        "scalable target": without(target, "CreationTime"),
        "manifest": drill.manifest(),
    }


def without(described: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in described.items() if key not in keys}
