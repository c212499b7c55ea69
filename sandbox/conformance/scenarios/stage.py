"""A service with one task that CodeDeploy releases, and the views of it that a transcript is made of.

The hook's function only writes down that it was asked: the scenario answers CodeDeploy itself, so it can look around
while CodeDeploy waits, and what it sees does not depend on how fast anything is.
"""

from __future__ import annotations

import json
from functools import cached_property
from itertools import groupby
from typing import Any

from sandbox.conformance.account import Outcome, RefusedError, until
from sandbox.conformance.parts.balancing import PORT
from sandbox.conformance.scenarios.transcript import Transcript
from sandbox.conformance.world import World
from sandbox.images import native_architecture

HOOKS = ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic")
ENDED = ("Succeeded", "Failed", "Stopped")


class Stage:
    """The service, made when a scenario first asks for it. Every scenario leaves it with nothing under way."""

    def __init__(self, world: World, image: str, born_with: str | None = None):
        self.world = world
        self.account = world.account
        self.image = image
        self._failure: Exception | None = None
        self._born_with = born_with
        """The image of the service's first version, where that is another: one that does not exist never runs."""

    # What there is ----------------------------------------------------------------------------------------------------

    @cached_property
    def group(self) -> dict[str, str]:
        """The deployment group's names; with it everything is there, and the service's one task runs, if it can."""
        world = self.world
        assert world.internet
        first = self.task_definition(self._born_with or self.image)
        settings = world.service_settings(world.name, taskDefinition=first, desiredCount=1)
        self.account.call("ecs", "CreateService", **settings)
        if len(self.service()["taskSets"]) != 1:
            raise LookupError(f"a new service has one task set, this one has {self.service()['taskSets']}")
        # What the deployment group is made for; the world would make one without tasks.
        world.__dict__["service"] = world.name
        if self._born_with is None:
            until(lambda: self.service()["taskSets"][0]["stabilityStatus"], "STEADY_STATE".__eq__)
        return {"applicationName": world.application, "deploymentGroupName": world.deployment_group}

    def task_definition(self, image: str | None = None) -> str:
        """A new revision, so that there is something to release."""
        world = self.world
        container = {
            "name": "app",
            "image": f"{self.account.number}.dkr.ecr.{self.account.region}.amazonaws.com/{image or self.image}",
            "essential": True,
            "portMappings": [{"containerPort": PORT}],
        }
        architecture = {"cpuArchitecture": native_architecture().upper(), "operatingSystemFamily": "LINUX"}
        settings = world.task_definition_settings(containerDefinitions=[container], runtimePlatform=architecture)
        answer = self.account.call("ecs", "RegisterTaskDefinition", **settings)
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def service(self) -> dict[str, Any]:
        name = self.world.name
        return dict(self.account.read("ecs", "DescribeServices", cluster=name, services=[name])["services"][0])

    def begin(self) -> None:
        """What is live now is the old version of the scenario that begins. Raises whatever a call does; where the
        stage could not be made once, no later scenario tries again."""
        if self._failure is not None:
            raise self._failure
        try:
            assert self.group
        except Exception as failure:
            self._failure = failure
            raise
        live = self._forwards(self.world.production_listener)
        if len(live) != 1 or len(self.service()["taskSets"]) != 1:
            raise LookupError(f"an earlier scenario left production on {live}")
        self._old = next(iter(live))

    # What is done -----------------------------------------------------------------------------------------------------

    def create(self, hooks: tuple[str, ...] = (), **changes: Any) -> Outcome:
        service = {
            "TaskDefinition": self.task_definition(),
            "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": PORT},
        }
        function = self.world.arn("lambda", f"function:{self.world.function}") if hooks else ""
        content = {
            "version": 0.0,
            "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": service}}],
            "Hooks": [{event: function} for event in hooks],
        }
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(content)}}
        return self.account.attempt("codedeploy", "CreateDeployment", {**self.group, "revision": revision, **changes})

    def deploy(self, hooks: tuple[str, ...] = (), **changes: Any) -> str:
        """A deployment of a new revision of the same. Raises RefusedError."""
        outcome = self.create(hooks, **changes)
        if not outcome.accepted:
            raise RefusedError("codedeploy", "CreateDeployment", outcome)
        return str(outcome.answer["deploymentId"])

    def change_group(self, **changes: Any) -> None:
        """For the deployments that come."""
        names = {"applicationName": self.group["applicationName"]}
        current = {"currentDeploymentGroupName": self.group["deploymentGroupName"]}
        self.account.call("codedeploy", "UpdateDeploymentGroup", **names, **current, **changes)

    def asked(self, deployment: str, times: int) -> dict[str, str]:
        """Wait until the function was asked so many times for this deployment: the newest event it was given."""
        return until(lambda: self.invocations(deployment), lambda found: len(found) >= times)[-1][1]

    def invocations(self, deployment: str) -> list[tuple[str, dict[str, str]]]:
        """What the function was asked for this deployment, oldest first: Lambda's request id, and the event."""
        group = f"/aws/lambda/{self.world.function}"
        found = self.account.read("logs", "FilterLogEvents", logGroupName=group, filterPattern='"asked"')["events"]
        lines = [event["message"].strip().split(" ", 2) for event in sorted(found, key=lambda item: item["timestamp"])]
        return [(line[1], json.loads(line[2])) for line in lines if deployment in line[2]]

    def answer(self, event: dict[str, str], verdict: str) -> Outcome:
        request = {
            "deploymentId": event["DeploymentId"],
            "lifecycleEventHookExecutionId": event["LifecycleEventHookExecutionId"],
            "status": verdict,
        }
        return self.account.attempt("codedeploy", "PutLifecycleEventHookExecutionStatus", request)

    def consent(self, deployment: str, transcript: Transcript, *hooks: str, before: int = 0) -> None:
        """Say yes to these hooks, one after the other, and tell what is seen while each is waited for."""
        for number, hook in enumerate(hooks, before + 1):
            event = self.asked(deployment, number)
            transcript.say(f"{hook}: the function is asked, with {', '.join(sorted(event))}")
            self.tell(deployment, transcript)
            outcome = self.answer(event, "Succeeded")
            transcript.say(f"    Succeeded: {outcome.code or 'accepted'}")

    def end(self, deployment: str) -> dict[str, Any]:
        """Wait for the deployment's end, and its rollback's. The deployment, as GetDeployment has it."""
        found = until(lambda: self.info(deployment), lambda info: info["status"] in ENDED, 1800)
        rollback = found.get("rollbackInfo", {}).get("rollbackDeploymentId")
        if rollback:
            until(lambda: self.info(rollback), lambda info: info["status"] in ENDED, 1800)
        until(lambda: len(self.service()["taskSets"]), (1).__eq__, 1800)
        return found

    # What is seen -----------------------------------------------------------------------------------------------------

    def info(self, deployment: str) -> dict[str, Any]:
        return dict(self.account.read("codedeploy", "GetDeployment", deploymentId=deployment)["deploymentInfo"])

    def target(self, deployment: str) -> dict[str, Any]:
        target = f"{self.world.name}:{self.world.name}"
        answer = self.account.read("codedeploy", "GetDeploymentTarget", deploymentId=deployment, targetId=target)
        return dict(answer["deploymentTarget"]["ecsTarget"])

    def tell(self, deployment: str, transcript: Transcript) -> None:
        """The deployment, its events, its task sets and the listeners, as they are now."""
        info, target = self.info(deployment), self.target(deployment)
        transcript.say(f"    deployment {info['status']}, target {target['status']}")
        self.tell_events(target, transcript)
        for item in target.get("taskSetsInfo", []):
            group = self.short(item["targetGroup"]["name"])
            running = f"{item['runningCount']} of {item['desiredCount']} running in the {group} group"
            traffic = f"{item['trafficWeight']:.0f} % of the traffic"
            transcript.say(f"    {item['taskSetLabel']} task set: {item['status']}, {running}, {traffic}")
        for name, listener in (("production", self.world.production_listener), ("test", self.world.test_listener)):
            transcript.say(f"    {name} listener: {self.weights(listener)}")

    def tell_events(self, target: dict[str, Any], transcript: Transcript) -> None:
        parts = []
        for status, items in groupby(target["lifecycleEvents"], key=lambda item: item["status"]):
            names = [item["lifecycleEventName"] for item in items]
            parts.append(f"{names[0]}{f' to {names[-1]}' if len(names) > 1 else ''} {status}")
        transcript.say(f"    events: {', '.join(parts)}")

    def tell_end(self, deployment: str, transcript: Transcript) -> None:
        """How it ended: status, error, what of GetDeployment is there, and its rollback's end."""
        info = self.end(deployment)
        error = info.get("errorInformation", {}).get("code")
        counts = ", ".join(f"{name} {count}" for name, count in info["deploymentOverview"].items() if count)
        transcript.say(f"the deployment is {info['status']}; error: {error}; overview: {counts}")
        self.tell(deployment, transcript)
        rollback = info.get("rollbackInfo", {}).get("rollbackDeploymentId")
        if rollback is None:
            transcript.say(f"    rollbackInfo: {sorted(info['rollbackInfo']) if 'rollbackInfo' in info else None}")
            return
        undone = self.info(rollback)
        members = sorted(undone.get("rollbackInfo", {}))
        transcript.say(f"its rollback, by {undone['creator']}, is {undone['status']}; rollbackInfo: {members}")
        self.tell(rollback, transcript)

    def weights(self, listener: str) -> str:
        """Where the listener's default action sends requests, in percent."""
        shares = self._forwards(listener)
        whole = sum(shares.values())
        return ", ".join(f"{self.short(name)} {share * 100 // whole} %" for name, share in shares.items())

    def _forwards(self, listener: str) -> dict[str, int]:
        """Target group's name -> weight, without those that get nothing."""
        found = self.account.read("elbv2", "DescribeListeners", ListenerArns=[listener])["Listeners"][0]
        action = found["DefaultActions"][0]
        groups = action.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": action["TargetGroupArn"]}]
        shares = {group["TargetGroupArn"].split("/")[1]: int(group.get("Weight", 1)) for group in groups}
        return {name: share for name, share in shares.items() if share}

    def short(self, group: str) -> str:
        """A target group by its part in this scenario, and not by its colour, which changes with each release."""
        return "old" if group == self._old else "new"
