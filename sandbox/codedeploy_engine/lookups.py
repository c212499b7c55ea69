"""What a deployment only reads: the group's alarms, and an AppSpec that is kept in S3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.clients import Clients
from sandbox.codedeploy_engine.ports import PortError


class AwsLookups:
    """The port `Lookups`."""

    def __init__(self, clients: Clients, region: str):
        self._clients = clients
        self._region = region

    async def alarms_firing(self, names: Sequence[str]) -> list[str]:
        answer = await self._call("cloudwatch", "describe_alarms", AlarmNames=list(names))
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
        answer = await self._call("s3", "get_object", **named)
        if location.get("eTag") and answer["ETag"].strip('"') != location["eTag"].strip('"'):
            raise PortError(f"The ETag of s3://{named['Bucket']}/{named['Key']} is another one.")
        try:
            return str(answer["Body"].read().decode())
        except UnicodeDecodeError:
            raise PortError("The AppSpec file is no text.") from None

    async def _call(self, service: str, operation: str, **params: Any) -> Any:
        try:
            return await self._clients.call(service, self._region, operation, **params)
        except (ClientError, BotoCoreError) as problem:
            raise PortError(str(problem)) from None
