"""CloudWatch: the state of an alarm that nobody has set."""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend

from sandbox.aws.patch import replaces

_STATE = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")


@replaces(CloudWatchBackend)
def put_metric_alarm(self: CloudWatchBackend, **kwargs: Any) -> Alarm:
    """A new alarm has no data yet, and one that is there keeps its state. moto makes both OK."""
    there = self.alarms.get(kwargs["name"])
    alarm = put_metric_alarm.moto(self, **kwargs)
    alarm.state_value = "INSUFFICIENT_DATA"
    for name in _STATE if there is not None else ():
        setattr(alarm, name, getattr(there, name))
    return alarm
