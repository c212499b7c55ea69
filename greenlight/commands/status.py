"""`greenlight status`: who has the traffic, and whether anything is under way."""

from typing import Any

from greenlight import autoscaling, codedeploy, images, report, revisions
from greenlight.commands.command_line import Output, Profile, Region, Target, on_service
from greenlight.context import Context, Result
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
    listeners = {"prod": manifest.load_balancer.prod_listener, "test": manifest.load_balancer.test_listener}
    found = aws.call("elasticloadbalancing:DescribeListeners", ListenerArns=list(listeners.values()))["Listeners"]
    actions = {listener["ListenerArn"]: listener["DefaultActions"] for listener in found}
    groups = (manifest.load_balancer.blue, manifest.load_balancer.green)
    names = {group.arn: group.name for group in groups}
    content = {
        "target": manifest.address,
        "live": {
            "task_definition": live.arn,
            "image": revision.image(revisions.serving_name(manifest, live, revision)),
            "commit": revision.tags.get(revisions.COMMIT),
            "desired": live.service["desiredCount"],
            "running": live.service["runningCount"],
        },
        "listeners": {name: weights(actions.get(arn, []), names) for name, arn in listeners.items()},
        "targets": {group.name: _health(context, group.arn) for group in groups},
        "in_flight": report.deployment_document(flight),
        "autoscaling_suspended": autoscaling.is_suspended(context),
    }
    return Result(0, content, _text(context, content))


def weights(actions: list[dict[str, Any]], names: dict[str, str]) -> dict[str, int]:
    """Target group -> its part of the listener's traffic in per cent. AWS has two ways to write down a single group."""
    for action in actions:
        if action.get("Type") != "forward":
            continue
        groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or [
            {"TargetGroupArn": action["TargetGroupArn"]}
        ]
        parts = {
            names.get(group["TargetGroupArn"], group["TargetGroupArn"]): group.get("Weight", 1) for group in groups
        }
        whole = sum(parts.values()) or 1
        return {name: round(100 * part / whole) for name, part in parts.items()}
    return {}


def _health(context: Context, arn: str) -> dict[str, int]:
    health = context.aws.call("elasticloadbalancing:DescribeTargetHealth", TargetGroupArn=arn)
    states = [target["TargetHealth"]["State"] for target in health["TargetHealthDescriptions"]]
    return {state: states.count(state) for state in sorted(set(states))}


def _text(context: Context, content: dict[str, Any]) -> str:
    live, flight = content["live"], content["in_flight"]
    lines = [
        f"{context.manifest.address}: {revisions.short(live['task_definition'])} is live, "
        f"{live['running']} of {live['desired']} tasks running",
        f"  image      {live['image']}" + ("" if images.is_pinned(live["image"]) else " (not pinned)"),
    ]
    if live["commit"]:
        lines.append(f"  commit     {live['commit']}")
    for name, parts in content["listeners"].items():
        shares = ", ".join(f"{part} % {group}" for group, part in parts.items()) or "forwards to neither target group"
        lines.append(f"  {name} traffic  {shares}")
    for group, states in content["targets"].items():
        lines.append(f"  targets    {group}: " + (", ".join(f"{n} {state}" for state, n in states.items()) or "none"))
    if flight:
        lines.append(f"  in flight  {flight['id']} {'baking' if flight['baking'] else flight['status']}")
    if content["autoscaling_suspended"]:
        lines.append(
            f"  autoscaling suspended by a release: {context.command('watch')} restores it when traffic has moved"
        )
    return "\n".join(lines)
