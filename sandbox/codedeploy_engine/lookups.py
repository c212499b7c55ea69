"""What a deployment only reads: the group's alarms, and an AppSpec that is kept in S3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.codedeploy_engine.ports import PortError, RoleError
from sandbox.codedeploy_engine.role import ServiceRole


class AwsLookups:
    """The port `Lookups`."""

    def __init__(self, role: ServiceRole):
        self._role = role

    async def alarms_firing(self, names: Sequence[str]) -> list[str]:
        try:
            answer = await self._role.call("cloudwatch", "describe_alarms", AlarmNames=list(names))
        except RoleError as problem:
            # "If alarm status information can't be retrieved", the group says what follows, whatever the reason.
            raise PortError(str(problem)) from None
        alarms = [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
        missing = set(names) - {alarm["AlarmName"] for alarm in alarms}
        if missing:
            raise PortError(f"no such alarm: {', '.join(sorted(missing))}")
        return [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]

    async def revision_text(self, revision: dict[str, Any]) -> str:
        location = revision["s3Location"]
        named = {"Bucket": location["bucket"], "Key": location["key"]}
        if location.get("version"):
            named["VersionId"] = location["version"]
        answer = await self._role.call("s3", "get_object", **named)
        if location.get("eTag") and answer["ETag"].strip('"') != location["eTag"].strip('"'):
            raise PortError(f"The ETag of s3://{named['Bucket']}/{named['Key']} is another one.")
        try:
            return str(answer["Body"].read().decode())
        except UnicodeDecodeError:
            raise PortError("The AppSpec file is no text.") from None
