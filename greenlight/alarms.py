"""The alarms that stop a release of the service: which of them fire, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight.aws import Aws, explain
from greenlight.context import Context
from greenlight.errors import RefusedError

FIRING = "ALARM"


def firing(context: Context) -> list[str]:
    """A line for each that fires: what it watches, and what it saw."""
    return [line(alarm) for alarm in _look(context).values() if alarm["StateValue"] == FIRING]


def check(context: Context) -> None:
    """Raises RefusedError while an alarm fires, before anything is changed: CodeDeploy would stop the release.

    One that is not there, or that these credentials cannot see, is a warning: what CodeDeploy makes of it, it decides.
    """
    try:
        alarms = _look(context)
    except (ClientError, BotoCoreError) as error:
        context.show.line(f"cannot see the alarms that would stop this release: {explain(error)}", "yellow")
        return
    for name in context.manifest.alarms:
        if name not in alarms:
            context.show.line(
                f"alarm {name} stops releases and is not in account {context.aws.account}, region "
                f"{context.aws.region}: CodeDeploy stops a release whose alarms it cannot read",
                "yellow",
            )
    lines = [line(alarm) for alarm in alarms.values() if alarm["StateValue"] == FIRING]
    if lines:
        raise RefusedError(
            f"{'; '.join(lines)}. Meanwhile CodeDeploy stops every release: wait until it is over, or release all the "
            f"same with --ignore-alarms; no alarm stops {context.command('rollback')}"
        )


def _look(context: Context) -> dict[str, Mapping[str, Any]]:
    return named(context.aws, context.manifest.alarms)


def named(aws: Aws, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """By name; without those that are not there."""
    if not names:
        return {}
    found = aws.call(
        "cloudwatch:DescribeAlarms",
        AlarmNames=list(names),
        # Without it AWS tells of metric alarms only.
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
    )
    return {alarm["AlarmName"]: alarm for kind in ("MetricAlarms", "CompositeAlarms") for alarm in found.get(kind, [])}


def line(alarm: Mapping[str, Any]) -> str:
    """What it watches, and what it saw."""
    reason = alarm.get("StateReason") or "no reason given"
    return f"alarm {alarm['AlarmName']} fires ({_watched(alarm)}): {reason}"


def _watched(alarm: Mapping[str, Any]) -> str:
    """In the words of whoever made it, of which the first paragraph says that; else what AWS calls it."""
    if description := str(alarm.get("AlarmDescription") or "").strip():
        return " ".join(description.partition("\n\n")[0].split()).removesuffix(".")
    if metric := alarm.get("MetricName"):
        statistic = alarm.get("Statistic") or alarm.get("ExtendedStatistic") or ""
        return " ".join(word for word in (statistic, "of", alarm.get("Namespace"), metric) if word)
    computed = [query["Expression"] for query in alarm.get("Metrics", []) if query.get("Expression")]
    return str(alarm.get("AlarmRule") or ", ".join(computed) or "without a description")
