"""A rollback: the deployment that undoes another. Nobody can stop it, and no alarm is asked: it is the way out."""

from __future__ import annotations

from sandbox.codedeploy_engine.ports import PortError, Ports
from sandbox.codedeploy_engine.records import Deployment, Event
from sandbox.codedeploy_engine.watch import Watch

PUT_BACK_SECONDS = 60
"""For so long a load balancer that answers with errors is asked again: to give up leaves production where it is."""


class Rollback:
    """The life of one rollback, from InProgress to what its deployment ends with. `run` is all of it."""

    def __init__(self, deployment: Deployment, undone: Deployment, ports: Ports, watch: Watch):
        self._deployment = deployment
        self._undone = undone
        self._time = ports.time
        self._task_sets = ports.task_sets
        self._traffic = ports.traffic
        self._watch = watch

    async def run(self) -> None:
        """Production goes back first, in one step; hooks are not asked: the original has had their consent."""
        deployment, undone = self._deployment, self._undone
        with deployment.lock:
            deployment.original, deployment.replacement = undone.original, undone.replacement
            deployment.green_weight = undone.green_weight
        for event in deployment.events:
            if event.name == "AllowTraffic":
                await self._watch.during(event, self._persistently_put_back)
            else:
                event.status = "Skipped"
        if undone.replacement is not None:
            deployment.be("InProgress", "Terminating the replacement task set.")
            await self._watch.remove(undone.replacement)

    async def _persistently_put_back(self, _event: Event) -> None:
        deadline = self._time.now() + PUT_BACK_SECONDS
        while True:
            try:
                return await self._put_back()
            except PortError:
                if self._time.now() >= deadline:
                    raise
                await self._time.pause()

    async def _put_back(self) -> None:
        """What is back already is not touched again."""
        deployment, undone = self._deployment, self._undone
        original = undone.original
        pair = await self._traffic.target_groups(deployment.target_group_names)
        on = [entry.get("targetGroupArn") for entry in original.load_balancers]
        live, other = sorted(pair, key=lambda group: group not in on)
        await self._watch.require_service()
        await self._traffic.restore(deployment.prod_listeners, live, other)
        deployment.green_weight = undone.green_weight = 0.0
        await self._task_sets.make_primary(original)
        if undone.test_moved:
            await self._traffic.restore(deployment.test_listeners, live, other)
