"""Before a release: what would make it fail, or stall for an hour, for certain. All of it is read, nothing changed.

Each look stands alone. One that these credentials may not make, or that AWS does not answer, is a warning: an older
policy, or a service that is away, must not cost the way out.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import architecture, autoscaling, codedeploy, listener_rules, revisions
from greenlight.aws import error_code, explain, is_denied
from greenlight.context import Context
from greenlight.errors import RefusedError
from greenlight.revisions import Live

_NO_GROUP = ("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException")
_DEPLOY_AGAIN = "deploy the stack again, which makes it"
_SHOWN_BY = "AfterAllowTestTraffic"  # the first event at which the test listener shows the candidate


def check(context: Context, revision: Mapping[str, Any], now: Live) -> None:
    """Raises RefusedError with all that was found; production keeps what it has.

    `revision` is what is to be released, as RegisterTaskDefinition takes it or DescribeTaskDefinition gives it.
    """
    looks: dict[str, Callable[[], Iterator[str]]] = {
        "the deployment group": partial(_deployment_group, context),
        "the listeners' rules": partial(_listeners, context, now),
        **of_tasks(context, revision, now),
        "the images' architectures": partial(architecture.check, context.aws, revision),
        "autoscaling": partial(_autoscaling, context),
    }
    _refuse(context, [*_size(context, now), *_found(context, looks)])


def check_production(context: Context, now: Live) -> None:
    """Raises RefusedError where the live version, as ECS has it, gets none of production. Changes nothing."""
    _refuse(context, _found(context, {"production's listener": partial(_production, context, now)}))


def _found(context: Context, looks: Mapping[str, Callable[[], Iterator[str]]]) -> list[str]:
    found: list[str] = []
    for what, look in looks.items():
        try:
            found += look()
        except (ClientError, BotoCoreError) as error:
            _warn(context, what, error)
    return found


def _refuse(context: Context, found: list[str]) -> None:
    if found:
        what = f"{context.manifest.address} cannot be released now, and nothing was changed"
        raise RefusedError("\n".join([f"{what}:", *(f"  {one}" for one in found)]) if found[1:] else found[0])


def of_tasks(context: Context, revision: Mapping[str, Any], now: Live) -> dict[str, Callable[[], Iterator[str]]]:
    """Looks for what lets no task start: a line each, with what repairs it after its last colon."""
    return {
        "the subnets": partial(_subnets, context, now),
        "the security groups": partial(_security_groups, context),
        "the log groups": partial(_log_groups, context, revision),
    }


def _warn(context: Context, what: str, error: Exception) -> None:
    why = f"the role needs what {context.command('policy')} prints now" if is_denied(error) else explain(error)
    context.show.line(f"cannot see beforehand whether {what} would stop this release: {why}", "yellow")


def _asked_by_test_listener(context: Context) -> bool:
    """Whether a hook needs it to reach the candidate; of a function of the team's own its event says so."""
    return bool(context.manifest.log_groups.hooks) or _SHOWN_BY in context.manifest.hooks


def _size(context: Context, now: Live) -> Iterator[str]:
    manifest = context.manifest
    if now.service["desiredCount"] or not manifest.log_groups.hooks:
        return
    scale = f"aws ecs update-service --cluster {manifest.cluster} --service {manifest.ecs_service} --desired-count 1"
    raised = ", and raise scaling.min" if manifest.scalable_target else ""
    yield (
        f"{manifest.ecs_service} is scaled to zero: no task would run, so that the hook gets no answer and lets no "
        f"version pass. Scale it first: {scale} {context.options}{raised}"
    )


def _deployment_group(context: Context) -> Iterator[str]:
    names = context.manifest.codedeploy
    called = f"deployment group {names.application}/{names.group}"
    try:
        group = context.aws.call(
            "codedeploy:GetDeploymentGroup", applicationName=names.application, deploymentGroupName=names.group
        )["deploymentGroupInfo"]
    except ClientError as error:
        if error_code(error) not in _NO_GROUP:
            raise
        yield f"{called} is gone, by which CodeDeploy releases: {_DEPLOY_AGAIN}"
        return
    pair: Mapping[str, Any] = next(iter((group.get("loadBalancerInfo") or {}).get("targetGroupPairInfoList") or ()), {})
    listeners = (pair.get("testTrafficRoute") or {}).get("listenerArns")
    if pair and not listeners and _asked_by_test_listener(context):
        yield (
            f"{called} has no test listener, so that the hook would ask the "
            "live version and never the candidate: deploy the stack again, which sets it"
        )


def _listeners(context: Context, now: Live) -> Iterator[str]:
    yield from _production(context, now)
    if _asked_by_test_listener(context):
        listener = context.manifest.load_balancer.test_listener
        yield from _rules(context, now, "the test listener", listener, partial(_shows_candidate, context))


def _production(context: Context, now: Live) -> Iterator[str]:
    balancer, live = context.manifest.load_balancer, _live_group(context, now)
    if now.target_group and live is None:
        yield (
            f"the live version, {revisions.short(now.arn)}, is in target group {now.target_group}, and CodeDeploy "
            f"releases between {balancer.blue.name} and {balancer.green.name} only: {context.command('doctor')}"
        )
    look = partial(_behind, context, now, live)
    yield from _rules(context, now, "production's listener", balancer.prod_listener, look)


def _live_group(context: Context, now: Live) -> str | None:
    """The name of the live version's target group, if it is one of the pair."""
    balancer = context.manifest.load_balancer
    return next((group.name for group in (balancer.blue, balancer.green) if group.arn == now.target_group), None)


def _rules(
    context: Context, now: Live, what: str, listener: str, look: Callable[[list[listener_rules.Rule]], Iterator[str]]
) -> Iterator[str]:
    try:
        rules = listener_rules.read(context.aws, context.manifest, listener)
    except ClientError as error:
        if error_code(error) != "ListenerNotFound":
            raise
        # Terraform gives a listener that it makes to blue, unless it is told.
        green = _live_group(context, now) == context.manifest.load_balancer.green.name
        told = "; with `live: green` in the service's settings" if green else ""
        yield f"{what}, {listener}, is gone: {_DEPLOY_AGAIN}{told}"
    else:
        yield from look(rules)


def _behind(context: Context, now: Live, live: str | None, rules: list[listener_rules.Rule]) -> Iterator[str]:
    """CodeDeploy fails at once otherwise: "Primary taskset target group must be behind listener"."""
    aws, manifest = context.aws, context.manifest
    if live and not any(rule.weights.get(live) for rule in rules):
        # In the middle of a release it is CodeDeploy that moves it. A release that failed there has left it a part of
        # the traffic, and the next one repairs that, or left it none, and then CodeDeploy refuses.
        if codedeploy.in_flight(aws, manifest):
            return
        sends = {name: part for rule in rules for name, part in rule.weights.items() if part}
        where = ", ".join(sends) or "neither of the service's target groups"
        yield (
            f"production's listener, {manifest.load_balancer.prod_listener}, sends to {where}, and the live version, "
            f"{revisions.short(now.arn)}, is in {live}: CodeDeploy would refuse (Primary taskset target group must be "
            f"behind listener), and trying again does not help. What brings it back: {context.command('doctor')}"
        )


def _shows_candidate(context: Context, rules: list[listener_rules.Rule]) -> Iterator[str]:
    if not rules:
        yield (
            f"the test listener, {context.manifest.load_balancer.test_listener}, forwards to neither of the service's "
            "target groups, so that CodeDeploy cannot show the hook the candidate. What brings it back: "
            f"{context.command('doctor')}"
        )


def _subnets(context: Context, now: Live) -> Iterator[str]:
    wanted = context.manifest.network.subnets
    asked = [{"Name": "subnet-id", "Values": wanted}]
    subnets = context.aws.call("ec2:DescribeSubnets", Filters=asked)["Subnets"]
    if gone := sorted({*wanted} - {subnet["SubnetId"] for subnet in subnets}):
        yield (
            f"subnet {', '.join(gone)} of the release manifest is gone, and no task of the candidate could start: "
            "deploy the stack again with subnets that are there"
        )
        return
    # Only IPv4 addresses are counted.
    if any(subnet.get("Ipv6Native") for subnet in subnets):
        return
    free, tasks = sum(subnet["AvailableIpAddressCount"] for subnet in subnets), now.service["desiredCount"]
    if free < tasks:
        yield (
            f"subnets {', '.join(wanted)} have {free} free addresses together, and the candidate's {tasks} tasks need "
            "one each, next to the live ones: free some, or add a subnet and deploy the stack"
        )


def _security_groups(context: Context) -> Iterator[str]:
    wanted = context.manifest.network.security_groups
    asked = [{"Name": "group-id", "Values": wanted}]
    found = context.aws.call("ec2:DescribeSecurityGroups", Filters=asked)["SecurityGroups"]
    if gone := sorted({*wanted} - {group["GroupId"] for group in found}):
        yield (
            f"security group {', '.join(gone)} of the release manifest is gone, and no task of the candidate could "
            f"start: {_DEPLOY_AGAIN}"
        )


def _log_groups(context: Context, revision: Mapping[str, Any]) -> Iterator[str]:
    """ECS starts no task whose log driver has nowhere to write to: ResourceInitializationError, again and again.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    asked: set[tuple[str, str]] = set()
    for container in revision["containerDefinitions"]:
        log = container.get("logConfiguration") or {}
        options = log.get("options") or {}
        name, region = options.get("awslogs-group"), options.get("awslogs-region", context.aws.region)
        if log.get("logDriver") != "awslogs" or not name or options.get("awslogs-create-group") == "true":
            continue
        if (name, region) in asked:
            continue
        asked.add((name, region))
        try:
            context.aws.in_region(region).call("logs:DescribeLogStreams", logGroupName=name, limit=1)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                yield (
                    f"log group {name} of container {container['name']} is gone, and ECS starts no task without it "
                    f"(ResourceInitializationError): {_DEPLOY_AGAIN}"
                )
            # A team's own group, which `greenlight policy` does not know, need not be seen.
            elif not (is_denied(error) and name != context.manifest.log_groups.service):
                raise


def _autoscaling(context: Context) -> Iterator[str]:
    """What a release before left behind must be readable: it is what autoscaling is given back from."""
    try:
        autoscaling.check(context)
    except RefusedError as error:
        yield str(error)
