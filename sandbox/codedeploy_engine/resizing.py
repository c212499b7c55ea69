"""A service that is scaled while traffic moves.

"If a service is in the process of a blue/green deployment and a scaling event occurs, traffic will continue to shift
for 5 minutes. If the service doesn't reach steady state within 5 minutes, CodeDeploy will stop the deployment and mark
it as failed.": https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-bluegreen.html
"""

from __future__ import annotations

from sandbox.codedeploy_engine.ports import Ports
from sandbox.codedeploy_engine.records import Deployment
from sandbox.codedeploy_engine.watch import EndedError

SECONDS = 300


class Resizing:
    """Watches the size of one deployment's service from now on."""

    def __init__(self, deployment: Deployment, ports: Ports):
        self._deployment = deployment
        self._task_sets = ports.task_sets
        self._time = ports.time
        self._wanted = deployment.replacement.computedDesiredCount
        self._since: float | None = None
        """When it was scaled, as long as it has not become steady."""

    async def ends_the_wait(self) -> bool:
        """Never: a shift waits for its time. Raises EndedError where the service was scaled and does not settle."""
        wanted = self._deployment.replacement.computedDesiredCount
        if wanted != self._wanted:
            self._wanted, self._since = wanted, self._time.now()
        if self._since is not None:
            both = (self._deployment.original, self._deployment.replacement)
            steady = [await self._task_sets.desired_if_steady(one) for one in both]
            if None not in steady:
                self._since = None
            elif self._time.now() - self._since >= SECONDS:
                raise EndedError(
                    "TIMEOUT",
                    "The ECS service was scaled while traffic was shifted, and did not reach a steady state within "
                    f"{SECONDS // 60} minutes.",
                )
        return False
