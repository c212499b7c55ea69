"""The scenarios. Each starts with one version live and nothing under way, and leaves it so."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.conformance.account import until
from sandbox.conformance.scenarios.stage import ENDED, HOOKS, Stage
from sandbox.conformance.scenarios.transcript import Transcript
from sandbox.conformance.world import World


def a_new_service(stage: Stage, transcript: Transcript) -> None:
    """What a service that waits for its first release looks like."""
    names = stage.group
    service = stage.service()
    transcript.say(f"deployments: {len(service['deployments'])}; task sets: {len(service['taskSets'])}")
    task_set = service["taskSets"][0]
    for member in ("status", "stabilityStatus", "computedDesiredCount", "runningCount", "pendingCount", "scale"):
        transcript.say(f"    {member}: {task_set[member]}")
    for member in ("startedBy", "externalId"):
        transcript.say(f"    {member}: {task_set.get(member)}")
    same = service["taskDefinition"] == task_set["taskDefinition"]
    transcript.say(f"the service's task definition is the task set's: {same}")
    group = stage.account.read("codedeploy", "GetDeploymentGroup", **names)["deploymentGroupInfo"]
    blue_green = group["blueGreenDeploymentConfiguration"]
    transcript.say(f"deploymentReadyOption: {blue_green['deploymentReadyOption']}")
    transcript.say(f"terminate: {blue_green['terminateBlueInstancesOnDeploymentSuccess']}")
    transcript.say(f"deploymentConfigName: {group['deploymentConfigName']}")
    for member in ("lastSuccessfulDeployment", "lastAttemptedDeployment", "targetRevision"):
        transcript.say(f"{member}: {'there' if member in group else 'absent'}")


def release(stage: Stage, transcript: Transcript) -> None:
    """Every hook asked, and consenting."""
    deployment = stage.deploy(HOOKS)
    stage.consent(deployment, transcript, *HOOKS)
    stage.tell_end(deployment, transcript)
    names = [event["lifecycleEventName"] for event in stage.target(deployment)["lifecycleEvents"]]
    transcript.say(f"events in order: {', '.join(names)}")
    info = stage.info(deployment)
    for member in ("previousRevision", "loadBalancerInfo", "startTime", "completeTime"):
        transcript.say(f"{member}: {'there' if member in info else 'absent'}")


def refusal(stage: Stage, transcript: Transcript) -> None:
    """The hook before production refuses."""
    deployment = stage.deploy(("BeforeAllowTraffic",))
    outcome = stage.answer(stage.asked(deployment, 1), "Failed")
    transcript.say(f"Failed: {outcome.code or 'accepted'}")
    stage.tell_end(deployment, transcript)
    events = stage.target(deployment)["lifecycleEvents"]
    diagnostics = next(event["diagnostics"] for event in events if event["lifecycleEventName"] == "BeforeAllowTraffic")
    transcript.say(f"BeforeAllowTraffic's diagnostics: {diagnostics.get('errorCode')}")


def rollback(stage: Stage, transcript: Transcript) -> None:
    """Stopped, with rollback, when production is wholly on the new version."""
    deployment = stage.deploy(("AfterAllowTraffic",))
    stage.asked(deployment, 1)
    stage.tell(deployment, transcript)
    _stop(stage, deployment, transcript)
    stage.tell_end(deployment, transcript)


def stopped_on_the_test_listener(stage: Stage, transcript: Transcript) -> None:
    """Stopped, with rollback, while the hook of AfterAllowTestTraffic is waited for."""
    deployment = stage.deploy(("AfterAllowTestTraffic",))
    stage.asked(deployment, 1)
    _stop(stage, deployment, transcript)
    stage.tell_end(deployment, transcript)


def stopped_before_install(stage: Stage, transcript: Transcript) -> None:
    """Stopped, with rollback, while the hook of BeforeInstall is waited for: nothing was made yet."""
    deployment = stage.deploy(("BeforeInstall",))
    stage.asked(deployment, 1)
    _stop(stage, deployment, transcript)
    stage.tell_end(deployment, transcript)


def stopped_at_once(stage: Stage, transcript: Transcript) -> None:
    """Stopped, with rollback, in the second after CreateDeployment. Which event that hits is chance; this is not."""
    deployment = stage.deploy(("BeforeInstall",))
    stage.account.call("codedeploy", "StopDeployment", deploymentId=deployment, autoRollbackEnabled=True)
    info = stage.end(deployment)
    transcript.say(f"the deployment is {info['status']}; error: {info.get('errorInformation', {}).get('code')}")
    transcript.say(f"a rollback: {'there' if 'rollbackDeploymentId' in info.get('rollbackInfo', {}) else 'none'}")
    transcript.say(f"production listener: {stage.weights(stage.world.production_listener)}")


def failing_function(stage: Stage, transcript: Transcript) -> None:
    """The hook's function ends in an error. How often it is asked again says how CodeDeploy invokes it."""
    function = stage.world.function
    _configure(stage, {"FAIL": "yes"})
    deployment = stage.deploy(("BeforeAllowTraffic",))
    try:
        until(lambda: len(stage.invocations(deployment)), (3).__le__, 360)
    finally:
        _configure(stage, {})
    asked = stage.invocations(deployment)
    requests = len({request for request, _ in asked})
    executions = len({event["LifecycleEventHookExecutionId"] for _, event in asked})
    transcript.say(
        f"{function.rpartition('-')[2]} asked {len(asked)} times: {requests} requests, {executions} executions"
    )
    transcript.say(f"the deployment is {stage.info(deployment)['status']} meanwhile")
    _stop(stage, deployment, transcript)
    stage.tell_end(deployment, transcript)


def under_way(stage: Stage, transcript: Transcript) -> None:
    """What is refused while a deployment waits for its hook."""
    deployment = stage.deploy(("BeforeAllowTraffic",))
    event = stage.asked(deployment, 1)
    account, name = stage.account, stage.world.name
    service = {"cluster": name, "service": name}
    green = stage.world.green
    attempts = {
        "another CreateDeployment": stage.create(),
        "UpdateService of the task definition": account.attempt(
            "ecs", "UpdateService", {**service, "taskDefinition": stage.task_definition()}
        ),
        "UpdateService with forceNewDeployment": account.attempt(
            "ecs", "UpdateService", {**service, "forceNewDeployment": True}
        ),
        "DeleteTargetGroup": account.attempt("elbv2", "DeleteTargetGroup", {"TargetGroupArn": green}),
        "ContinueDeployment": account.attempt("codedeploy", "ContinueDeployment", {"deploymentId": deployment}),
        "an answer with another execution's id": stage.answer(
            {**event, "LifecycleEventHookExecutionId": "nobody"}, "Succeeded"
        ),
        "the hook's answer": stage.answer(event, "Succeeded"),
        "the hook's answer again": stage.answer(event, "Succeeded"),
    }
    for what, outcome in attempts.items():
        transcript.say(f"{what}: {outcome.code or 'accepted'}")
    stage.end(deployment)
    late = account.attempt("codedeploy", "StopDeployment", {"deploymentId": deployment})
    transcript.say(f"StopDeployment after the end: {late.code or 'accepted'}")
    again = stage.answer(event, "Failed")
    transcript.say(f"the hook's answer after the end: {again.code or 'accepted'}")


def canary(stage: Stage, transcript: Transcript) -> None:
    """A tenth of the traffic first, the rest five minutes later."""
    deployment = stage.deploy(deploymentConfigName="CodeDeployDefault.ECSCanary10Percent5Minutes")
    seen: list[str] = []

    def look() -> str:
        now = stage.weights(stage.world.production_listener)
        if now not in seen[-1:]:
            seen.append(now)
        return str(stage.info(deployment)["status"])

    until(look, ENDED.__contains__, 1800)
    transcript.say(f"production listener: {', then '.join(seen)}")
    stage.tell_end(deployment, transcript)


def own_numbers(stage: Stage, transcript: Transcript) -> None:
    """A configuration of one's own, which nobody can delete while something uses it."""
    account, name = stage.account, f"{stage.world.name}-own"
    canary = {"canaryPercentage": 20, "canaryInterval": 1}
    routing = {"type": "TimeBasedCanary", "timeBasedCanary": canary}
    made = {"deploymentConfigName": name, "computePlatform": "ECS", "trafficRoutingConfig": routing}
    account.call("codedeploy", "CreateDeploymentConfig", **made)

    def delete(when: str) -> None:
        code = account.attempt("codedeploy", "DeleteDeploymentConfig", {"deploymentConfigName": name}).code
        transcript.say(f"DeleteDeploymentConfig {when}: {code or 'accepted'}")

    stage.change_group(deploymentConfigName=name)
    delete("of what the group names")
    stage.change_group(deploymentConfigName="CodeDeployDefault.ECSAllAtOnce")
    deployment = stage.deploy(deploymentConfigName=name)
    whole = stage.weights(stage.world.production_listener)
    until(lambda: stage.weights(stage.world.production_listener), lambda now: now != whole, 900)
    transcript.say(f"production listener: {stage.weights(stage.world.production_listener)}")
    delete("while a deployment goes by it")
    stage.tell_end(deployment, transcript)
    delete("afterwards")


def _wait_for_approval(stage: Stage, minutes: int) -> None:
    """From now on; 0: no longer."""
    option: dict[str, Any] = {"actionOnTimeout": "CONTINUE_DEPLOYMENT"}
    if minutes:
        option = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": minutes}
    terminate = {"action": "TERMINATE", "terminationWaitTimeInMinutes": 0}
    ready = {"deploymentReadyOption": option, "terminateBlueInstancesOnDeploymentSuccess": terminate}
    stage.change_group(blueGreenDeploymentConfiguration=ready)


def approval(stage: Stage, transcript: Transcript) -> None:
    """A deployment that waits for ContinueDeployment before production moves."""
    _wait_for_approval(stage, 60)
    deployment = stage.deploy()
    until(lambda: stage.info(deployment)["status"], "Ready".__eq__, 900)
    stage.tell(deployment, transcript)
    request = {"deploymentId": deployment, "deploymentWaitType": "READY_WAIT"}
    transcript.say(
        f"ContinueDeployment: {stage.account.attempt('codedeploy', 'ContinueDeployment', request).code or 'accepted'}"
    )
    stage.tell_end(deployment, transcript)
    _wait_for_approval(stage, 0)


def approval_not_given(stage: Stage, transcript: Transcript) -> None:
    """A deployment that nobody continues: it is stopped, and rolled back as one that is stopped on request."""
    _wait_for_approval(stage, 1)
    deployment = stage.deploy()
    until(lambda: stage.info(deployment)["status"], "Ready".__eq__, 900)
    stage.tell_end(deployment, transcript)
    request = {"deploymentId": deployment, "deploymentWaitType": "READY_WAIT"}
    transcript.say(f"ContinueDeployment: {stage.account.attempt('codedeploy', 'ContinueDeployment', request).code}")
    _wait_for_approval(stage, 0)


def nothing_running(stage: Stage, transcript: Transcript) -> None:
    """A release of a service that is scaled to zero."""
    name = stage.world.name
    stage.account.call("ecs", "UpdateService", cluster=name, service=name, desiredCount=0)
    until(lambda: stage.service()["runningCount"], (0).__eq__)
    try:
        stage.tell_end(stage.deploy(), transcript)
    finally:
        stage.account.call("ecs", "UpdateService", cluster=name, service=name, desiredCount=1)
        until(lambda: stage.service()["taskSets"][0]["stabilityStatus"], "STEADY_STATE".__eq__)


def original_never_ran(stage: Stage, transcript: Transcript) -> None:
    """A release of a service whose first image does not exist, which is how a first deploy often goes."""
    other = Stage(World(stage.account, "n"), stage.image, born_with=f"{stage.image}-that-never-was")
    other.begin()
    other.tell_end(other.deploy(), transcript)


def _stop(stage: Stage, deployment: str, transcript: Transcript) -> None:
    request = {"deploymentId": deployment, "autoRollbackEnabled": True}
    outcome = stage.account.attempt("codedeploy", "StopDeployment", request)
    transcript.say(f"StopDeployment: {outcome.code or outcome.answer['status']}")


def _configure(stage: Stage, variables: dict[str, str]) -> None:
    function = stage.world.function
    stage.account.call(
        "lambda", "UpdateFunctionConfiguration", FunctionName=function, Environment={"Variables": variables}
    )
    read = partial(stage.account.read, "lambda", "GetFunctionConfiguration", FunctionName=function)
    until(lambda: read()["LastUpdateStatus"], "Successful".__eq__)
