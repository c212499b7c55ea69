"""Hooks are functions that are handed two ids, and answer through PutLifecycleEventHookExecutionStatus."""

from __future__ import annotations

import json

from sandbox.codedeploy_engine.role import ServiceRole


class LambdaHooks:
    """The port `Hooks`. Asynchronous: whether AWS waits for the function itself is not documented."""

    def __init__(self, role: ServiceRole):
        self._role = role

    async def invoke(self, function: str, deployment_id: str, execution: str) -> None:
        payload = {"DeploymentId": deployment_id, "LifecycleEventHookExecutionId": execution}
        await self._role.call(
            "lambda", "invoke", FunctionName=function, InvocationType="Event", Payload=json.dumps(payload).encode()
        )
