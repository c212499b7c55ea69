"""`greenlight status`: who has the traffic, and whether anything is under way."""

from dataclasses import asdict
from typing import Any

from botocore.exceptions import ClientError

from greenlight import alarms, autoscaling, codedeploy, images, listener_rules, report, revisions
from greenlight.approval import approval
from greenlight.aws import is_denied
from greenlight.commands.command_line import Output, Profile, Region, Target, on_service
from greenlight.context import Context, Result
from greenlight.deployment import Deployment
from greenlight.output import Format


def command(target: Target, output: Output = Format.text, region: Region = None, profile: Profile = None) -> None:
    """Say who has the traffic, and whether a deployment is in flight."""
    on_service("status", target, output, region, profile, run)


def run(context: Context) -> Result:
    """Read from the load balancer and ECS themselves, not from what a deployment says it did. Changes nothing."""
    aws, manifest = context.aws, context.manifest
    live = revisions.live(aws, manifest)
    revision = revisions.describe(aws, live.arn)
    flight = codedeploy.in_flight(aws, manifest)
    balancer = manifest.load_balancer
    rules = {"prod": _rules(context, balancer.prod_listener), "test": _rules(context, balancer.test_listener)}
    content = {
        "target": manifest.address,
        "live": {
            "task_definition": live.arn,
            "image": revision.image(revisions.serving_name(manifest, live, revision)),
            **revision.version,
            "desired": live.desired,
            "running": live.running,
        },
        "others": [asdict(other) for other in live.others],
        "listeners": {name: None if found is None else listener_rules.together(found) for name, found in rules.items()},
        "rules": {name: None if found is None else [asdict(rule) for rule in found] for name, found in rules.items()},
        "targets": {group.name: _health(context, group.arn) for group in (balancer.blue, balancer.green)},
        "alarms": _alarms(context),
        "in_flight": report.deployment_document(context, flight),
        "autoscaling_suspended": autoscaling.is_suspended(context),
    }
    return Result(0, content, _text(context, content, flight))


def _rules(context: Context, listener: str) -> list[listener_rules.Rule] | None:
    """None where these credentials may not see them: a policy of before 0.2.0 does not have the permission."""
    try:
        return listener_rules.read(context.aws, context.manifest, listener)
    except ClientError as error:
        if not is_denied(error):
            raise
        context.show.line(
            f"cannot see the rules of {listener}: elasticloadbalancing:DescribeRules is not allowed. The role needs "
            f"what {context.command('policy')} prints now",
            "yellow",
        )
        return None


def _alarms(context: Context) -> list[str] | None:
    """Those that fire; None where these credentials may not see them."""
    try:
        return alarms.firing(context)
    except ClientError as error:
        if not is_denied(error):
            raise
        context.show.line("cannot see the alarms: cloudwatch:DescribeAlarms is not allowed", "yellow")
        return None


def _health(context: Context, arn: str) -> dict[str, int]:
    health = context.aws.call("elasticloadbalancing:DescribeTargetHealth", TargetGroupArn=arn)
    states = [target["TargetHealth"]["State"] for target in health["TargetHealthDescriptions"]]
    return {state: states.count(state) for state in sorted(set(states))}


def _text(context: Context, content: dict[str, Any], flight: Deployment | None) -> str:
    live = content["live"]
    lines = [
        f"{context.manifest.address}: {revisions.short(live['task_definition'])} is live, {_tasks(live)}",
        f"  image      {live['image']}" + ("" if images.is_pinned(live["image"]) else " (not pinned)"),
    ]
    lines += [f"  {what:<10} {live[what]}" for what in ("tag", "commit") if live[what]]
    for other in content["others"]:
        what = "left over" if flight is None else "old, kept for the way back" if flight.shifted else "candidate"
        lines.append(f"  {what}: {revisions.short(other['task_definition'])}, {_tasks(other)}")
    for name, parts in content["listeners"].items():
        if parts is not None:
            lines.append(f"  {name} traffic  {_shares(parts)}")
            continue
        if content["rules"][name] is None:
            lines.append(f"  {name} traffic  not known: its listener's rules may not be seen")
            continue
        for rule in content["rules"][name]:
            lines.append(f"  {name} traffic of rule {rule['priority']}  {_shares(rule['weights'])}")
    for group, states in content["targets"].items():
        lines.append(f"  targets    {group}: " + (", ".join(f"{n} {state}" for state, n in states.items()) or "none"))
    lines += [f"  {alarm}" for alarm in content["alarms"] or ()]
    if flight:
        state = approval(context, flight) if flight.waits_for_approval else "baking" if flight.baking else flight.status
        lines.append(f"  in flight  {flight.id} {state}")
    if content["autoscaling_suspended"]:
        lines.append(
            f"  autoscaling suspended by a release: {context.command('watch')} restores it when traffic has moved"
        )
    return "\n".join(lines)


def _tasks(counts: dict[str, Any]) -> str:
    return f"{counts['running']} of {counts['desired']} tasks running"


def _shares(parts: dict[str, int]) -> str:
    return ", ".join(f"{part} % {group}" for group, part in parts.items()) or "forwards to neither target group"
