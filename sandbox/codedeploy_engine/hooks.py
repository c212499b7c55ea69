"""Hooks are functions that are handed two ids, and answer through PutLifecycleEventHookExecutionStatus."""

from __future__ import annotations

import json

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.clients import Clients
from sandbox.codedeploy_engine.ports import PortError


class LambdaHooks:
    """The port `Hooks`. Asynchronous: whether AWS waits for the function itself is not documented."""

    def __init__(self, clients: Clients, region: str):
        self._clients = clients
        self._region = region

    async def invoke(self, function: str, deployment_id: str, execution: str) -> None:
        payload = {"DeploymentId": deployment_id, "LifecycleEventHookExecutionId": execution}
        try:
            await self._clients.call(
                "lambda",
                self._region,
                "invoke",
                FunctionName=function,
                InvocationType="Event",
                Payload=json.dumps(payload).encode(),
            )
        except (ClientError, BotoCoreError) as problem:
            raise PortError(str(problem)) from None
