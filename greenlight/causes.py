"""Why a deployment failed: gathered from everybody who knows a part of it."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from greenlight import alarms
from greenlight.candidate import Candidate
from greenlight.context import Context
from greenlight.deployment import Deployment
from greenlight.hook_log import HookLog

T = TypeVar("T")


class Aside(Protocol):
    """Makes a look that may fail without harm."""

    def __call__(self, what: str, look: Callable[[], T], otherwise: T) -> T: ...


# A hook's lines reach its log group some seconds after it has answered.
_LOOKS, _PAUSE_SECONDS = 5, 2.0


def gather(
    context: Context, deployment: Deployment, hooks: Mapping[str, HookLog], candidate: Candidate | None, aside: Aside
) -> list[str]:
    """What others than CodeDeploy saw, one line each."""
    found: list[str] = []
    own = context.manifest.own_hooks
    for event in deployment.events:
        if event.status == "Failed" and event.name in own:
            name = own[event.name].rpartition(":function:")[2]
            found.append(f"{event.name} asks {name}, a function of your own: why it did not agree is in its log")
        if event.status == "Failed" and event.name in hooks:
            log = hooks[event.name]
            found += aside("the hook's log", lambda log=log: _hook(context, log, deployment), [])  # type: ignore[misc]
    if candidate:
        aside("the candidate's tasks", lambda: bool(candidate.look(deployment)), False)
        found += [*candidate.stopped.values(), *candidate.unhealthy.values()]
        found += aside("the candidate's log", candidate.last_words, [])
    found += aside("the alarms", lambda: alarms.firing(context), [])
    return found


def of_deployment(deployment: Deployment) -> list[str]:
    """What CodeDeploy itself says."""
    found = [f"{deployment.id} {deployment.status}"]
    if deployment.error:
        found[0] += ": " + ": ".join(word for word in deployment.error if word)
    if deployment.not_approved:
        found.append(f"nobody approved it within {deployment.approval_wait_minutes} minutes")
    found += [
        f"{event.name} {event.status}: {event.reason or 'no reason given'}"
        for event in deployment.events
        if event.status == "Failed"
    ]
    return found


def _hook(context: Context, log: HookLog, deployment: Deployment) -> list[str]:
    for look in range(_LOOKS):
        if look:
            context.clock.sleep(_PAUSE_SECONDS)
        log.read()
        if log.verdict:
            return log.failures
    # No verdict: it crashed, ran out of time, was still at work or never started.
    silent = "had given no verdict yet" if log.seen else "wrote nothing to its log: was it invoked at all?"
    return log.failures or log.last_words(deployment.completed) or [f"hook: {silent}"]
