"""Is the candidate coming up? Its stopped tasks and unhealthy targets, with ECS's and the load balancer's reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from greenlight import container_log, revisions, tasks
from greenlight.aws import Aws
from greenlight.deployment import Deployment, Line
from greenlight.manifest import Manifest

# What a task that cannot live ends with. Others are ended by people, or by AWS for maintenance.
_FAILED = {"TaskFailedToStart", "EssentialContainerExited", "ServiceSchedulerInitiated"}
_FEWEST = 3


@dataclass
class Candidate:
    """Looks again and again; a task or a target that is news is told once."""

    aws: Aws
    manifest: Manifest
    task_definition: str
    stopped: dict[str, str] = field(default_factory=dict)
    unhealthy: dict[str, str] = field(default_factory=dict)  # as last seen
    most_desired: int = 0
    crashed: Mapping[str, Any] | None = None  # the task that did so last, as ECS describes it

    def look(self, deployment: Deployment) -> list[Line]:
        """What is new since the last look."""
        news = {task: f"candidate task {task} stopped: {why}" for task, why in self._stopped(deployment).items()}
        lines = [Line(text, "red") for task, text in news.items() if task not in self.stopped]
        self.stopped |= news
        if deployment.candidate:
            self.most_desired = max(self.most_desired, deployment.candidate.desired)
        # Once it is over its targets leave, and what they were says more.
        targets = self.unhealthy if deployment.over else self._unhealthy(deployment)
        lines += [Line(text, "yellow") for target, text in targets.items() if self.unhealthy.get(target) != text]
        self.unhealthy = targets
        return lines

    def last_words(self) -> list[str]:
        """What the containers of the task that crashed last wrote at their end, one line each."""
        if self.crashed is None:
            return []
        definition = revisions.describe(self.aws, self.task_definition).content
        return container_log.last_words(self.aws, definition, _id(self.crashed), _exited(self.crashed))

    @property
    def crash_looping(self) -> bool:
        """Every task was replaced at least once, and the replacement failed as well: waiting longer cannot help.

        CodeDeploy would go on waiting for up to an hour. ECS's own circuit breaker is not for such deployments.
        """
        # The most there were: when the service is scaled in, ECS stops tasks that are well.
        return len(self.stopped) >= max(_FEWEST, self.most_desired + 1)

    def _stopped(self, deployment: Deployment) -> dict[str, str]:
        # Once it is over ECS ends the candidate's tasks on CodeDeploy's behalf, which is no trouble of theirs.
        failed = _FAILED - {"ServiceSchedulerInitiated"} if deployment.over else _FAILED
        found = [
            task
            for task in tasks.read(self.aws, self.manifest, "STOPPED")
            if task["taskDefinitionArn"] == self.task_definition
            and task.get("stopCode") in failed
            # The same revision may have failed in an earlier deployment: ECS remembers its tasks for an hour.
            and not (deployment.created and task.get("createdAt") and task["createdAt"] < deployment.created)
        ]
        crashes = [task for task in found if _exited(task)]
        self.crashed = max(crashes, key=lambda task: str(task.get("stoppedAt", "")), default=self.crashed)
        return {_id(task): reason(task) for task in found}

    def _unhealthy(self, deployment: Deployment) -> dict[str, str]:
        arn = self.manifest.group_arn(deployment.candidate.group) if deployment.candidate else None
        if arn is None:
            return {}
        health = self.aws.call("elasticloadbalancing:DescribeTargetHealth", TargetGroupArn=arn)
        found = {}
        for target in health["TargetHealthDescriptions"]:
            state = target["TargetHealth"]
            if state["State"] == "unhealthy":
                name = f"{target['Target']['Id']}:{target['Target'].get('Port', '')}"
                why = ": ".join(state[key] for key in ("Reason", "Description") if state.get(key))
                found[name] = f"candidate target {name} unhealthy: {why}"
        return found


def _id(task: Mapping[str, Any]) -> str:
    return str(task["taskArn"]).rsplit("/", 1)[-1]


def _exited(task: Mapping[str, Any]) -> list[str]:
    """Its containers that ended by themselves, badly."""
    return [container["name"] for container in task.get("containers", []) if container.get("exitCode")]


def reason(task: Mapping[str, Any]) -> str:
    """Why ECS stopped it, and what its containers ended with."""
    words = [task.get("stoppedReason") or task.get("stopCode") or "no reason given"]
    for container in task.get("containers", []):
        said = []
        if container.get("exitCode") is not None:
            said.append(f"exit code {container['exitCode']}")
        if container.get("reason") and container["reason"] not in words[0]:
            said.append(container["reason"])
        if said:
            words.append(f"{container['name']}: {', '.join(said)}")
    return "; ".join(words)
