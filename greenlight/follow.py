"""Follows a deployment to its end, and its rollback to that one's: what is shown, and when a release is stopped."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import autoscaling, causes, codedeploy, hook_function, interrupts, limits
from greenlight.approval import approval
from greenlight.aws import explain, is_passing, is_unanswered
from greenlight.candidate import Candidate
from greenlight.clock import Pace
from greenlight.context import Context
from greenlight.deployment import Deployment, Line, OnTimeout, Until, changes
from greenlight.errors import LostSightError, RefusedError
from greenlight.hook_log import HookLog
from greenlight.outcome import Exit, outcome

T = TypeVar("T")
_VERDICT_LOOKS = 3
_AUTOSCALING = "autoscaling, which the next deploy restores"


@dataclass(frozen=True, kw_only=True)
class Followed:
    exit: Exit
    id: str
    deployment: Deployment | None = None  # as last seen
    rollback: Deployment | None = None
    causes: list[str] = field(default_factory=list)
    interrupted: bool = False  # though it was seen to end


def follow(
    context: Context,
    deployment_id: str,
    *,
    until: Until,
    seconds: float,
    guard: bool,
    on_timeout: OnTimeout = OnTimeout.stop,
    stopping: bool = False,
    approved: bool = False,
) -> Followed:
    """Watches until the end, or as far as `until`, and at most `seconds`.

    With `guard` a candidate that keeps crashing, a hook that can no longer answer, or, unless `on_timeout` is detach,
    the end of the time, stops the deployment with rollback while production is not wholly on it yet. Without, nothing
    is ever stopped; `stopping` and `approved` say that this was asked for already. Neither a lost connection nor Ctrl-C
    ends a deployment: nothing that is done here is needed for it to end well.
    """
    follower = _Follower(context, deployment_id, until, guard, on_timeout, stopping, approved)
    try:
        try:
            return follower.run(seconds)
        finally:
            interrupts.ignore()
    except KeyboardInterrupt:
        # It may have been seen to end already.
        return follower.ended() or follower.so_far(Exit.DETACHED, "detached")
    except (ClientError, BotoCoreError) as error:
        return follower.so_far(Exit.LOST, f"lost sight of it: {explain(error)}")
    except Exception as error:
        # Whatever it is: exit code 1 would say that nothing was changed.
        return follower.so_far(Exit.LOST, f"lost sight of it: {error or repr(error)}")


@dataclass(frozen=True)
class _GivenUp:
    """A lifecycle event whose hook's answer cannot come any more, by the hook's log."""

    event: str
    why: str
    seen: Deployment  # before the log was read

    def holds(self, now: Deployment) -> bool:
        """Its answer may have come nevertheless, and only have been lost on the way back: a later look decides."""
        return now is not self.seen and any(
            event.name == self.event and event.status == "InProgress" for event in now.events
        )


def interrupted(context: Context, found: Deployment, what: str) -> Followed:
    """Of a request to end it that nobody knows the answer to."""
    interrupts.ignore()
    causes = [f"{found.id} may be {what}", *autoscaling.unwatched(context)]
    return Followed(exit=Exit.DETACHED, id=found.id, deployment=found, causes=causes)


class _Follower:
    def __init__(
        self,
        context: Context,
        deployment_id: str,
        until: Until,
        guard: bool,
        on_timeout: OnTimeout,
        stopping: bool,
        approved: bool,
    ) -> None:
        self._context = context
        self._id = deployment_id
        self._until = until
        self._guard = guard
        self._on_timeout = on_timeout
        self._stopping = stopping
        self._approved = approved
        self._seen: dict[str, Deployment] = {}
        self._rollback_id: str | None = None
        self._causes: list[str] = []
        self._candidate: Candidate | None = None
        self._hooks: dict[str, HookLog] = {}
        self._given_up: _GivenUp | None = None
        self._retries: dict[str, int] = {}
        self._told: set[str] = set()
        self._restored = False
        self._unanswered = False  # the request to stop it
        self._left_alone = False  # though it failed, nothing undoes it
        self._asked = ""  # why it was to be stopped, where that may have been what ended it

    def run(self, seconds: float) -> Followed:
        deployment = self._watch(self._id, self._until, seconds, guard=self._guard)
        rollback = None
        if deployment.over and deployment.status != "Succeeded":
            if self._asked and not self._causes and deployment.error and deployment.error[0] == "MANUAL_STOP":
                self._causes.append(f"greenlight asked to stop it with rollback: {self._asked}")
            # Skip MANUAL_STOP if we stopped it ourselves.
            if not (self._causes and deployment.error and deployment.error[0] == "MANUAL_STOP"):
                self._causes += causes.of_deployment(deployment)
            # At once, while the evidence is there: the rollback takes the candidate away.
            self._causes += causes.gather(self._context, deployment, self._hooks, self._candidate, self._aside)
            rollback = self._follow_rollback(deployment)
            if rollback and rollback.status != "Succeeded":
                self._causes += causes.of_deployment(rollback)
        else:
            self._wait_for_verdicts(deployment)
        if deployment.over or deployment.reached(Until.traffic):
            self._restore_autoscaling(autoscaling.restore_patiently)
        else:
            self._aside(_AUTOSCALING, lambda: autoscaling.remind(self._context), None)
        # An end that `until` asked for is as good as the end.
        ended = outcome(deployment, rollback) if deployment.over else Exit.OK
        if ended is None:
            raise LostSightError(f"rollback {self._rollback_id} has not ended")
        return Followed(exit=ended, id=self._id, deployment=deployment, rollback=rollback, causes=self._causes)

    def ended(self) -> Followed | None:
        """What came of it, where that was seen already; None while anything goes on."""
        deployment, rollback = self._seen.get(self._id), self._seen.get(self._rollback_id or "")
        if deployment is None or (rollback is None and self._may_be_undone(deployment)):
            return None
        ended = outcome(deployment, rollback)
        if ended is None:
            return None
        left = [] if self._restored else autoscaling.unwatched(self._context)
        causes = [*self._causes, *left]
        return Followed(
            exit=ended, id=self._id, deployment=deployment, rollback=rollback, causes=causes, interrupted=True
        )

    def _may_be_undone(self, deployment: Deployment) -> bool:
        return bool(deployment.rollback_id) or (deployment.rollback_expected and not self._left_alone)

    def so_far(self, exit: Exit, why: str) -> Followed:
        deployment, rollback = self._seen.get(self._id), self._seen.get(self._rollback_id or "")
        goes_on = f"deployment {self._id} goes on"
        if deployment and deployment.over:
            goes_on = f"rollback {self._rollback_id} goes on" if self._rollback_id else f"{self._id} is over"
        elif self._causes:
            goes_on = f"{self._id} {'may be' if self._unanswered else 'is'} being stopped"
        left = [] if self._restored else autoscaling.unwatched(self._context)
        said = [*self._causes, f"{why}; {goes_on}", *left]
        return Followed(exit=exit, id=self._id, deployment=deployment, rollback=rollback, causes=said)

    def _watch(self, deployment_id: str, until: Until, seconds: float, *, guard: bool) -> Deployment:
        clock, pace = self._context.clock, Pace()
        deadline = clock.now() + seconds
        stopping = False
        while True:
            before, now = self._seen.get(deployment_id), self._read(deployment_id)
            news = False
            if now:
                lines = [*changes(before, now), *self._look_around(now)]
                self._show(lines)
                news = bool(lines)
                if now.over or (now.reached(until) and not stopping):
                    return now
                if now.reached(Until.traffic):
                    self._restore_autoscaling()
            seen = now or before
            self._context.show.status(f"{deployment_id} {seen.waits_for}" if seen else deployment_id)
            late = clock.now() >= deadline
            why = self._reason_to_stop(now, late) if now and guard and not stopping else None
            if now and why:
                stopping, guard = self._stop(now, why)
                if stopping:
                    # From here on it is a rollback that is waited for.
                    deadline = clock.now() + limits.ROLLBACK_SECONDS
            if clock.now() >= deadline + (limits.SLACK_SECONDS if why and guard else 0):
                status = f", last seen {before.status}" if before else ""
                raise LostSightError(f"not over after {seconds / 60:.0f} minutes{status}")
            clock.sleep(pace.next(changed=news))

    def _reason_to_stop(self, now: Deployment, late: bool) -> str | None:
        if now.shifted or now.undoes:
            return None
        if self._candidate and self._candidate.crash_looping:
            return f"the candidate keeps crashing: {len(self._candidate.stopped)} of its tasks have stopped"
        if self._given_up and self._given_up.holds(now):
            return self._given_up.why
        if late and self._on_timeout is OnTimeout.stop:
            return "it took longer than its deployment group allows"
        return None

    def _stop(self, now: Deployment, why: str) -> tuple[bool, bool]:
        """Whether it is being stopped, and whether it is still worth trying."""
        try:
            was_running = codedeploy.end(self._context.aws, codedeploy.ending(now))
        except KeyboardInterrupt:
            self._causes.append(f"greenlight asked to stop it with rollback: {why}")
            self._unanswered = True
            raise
        except (ClientError, BotoCoreError) as error:
            self._asked = why if is_unanswered(error) else self._asked
            self._tell(f"could not stop {now.id}, though {why}: {explain(error)}")
            return False, is_passing(error)
        self._stopping = True
        # It was over already, perhaps by this very request, of which the first answer was lost.
        self._asked = why
        if was_running:
            self._causes.append(f"stopped with rollback by greenlight: {why}")
            self._context.show.line(self._causes[-1], "red")
        return True, False

    def _read(self, deployment_id: str) -> Deployment | None:
        """None where AWS cannot be asked just now: that says nothing about the deployment."""
        try:
            found = codedeploy.read(self._context.aws, self._context.manifest, deployment_id)
        except (ClientError, BotoCoreError) as error:
            if not is_passing(error):
                raise
            self._tell(f"cannot ask CodeDeploy, trying again: {explain(error)}")
            return None
        self._seen[deployment_id] = found
        return found

    def _look_around(self, now: Deployment) -> list[Line]:
        """The hook's own lines and the candidate's troubles."""
        if now.undoes:
            return []
        lines: list[Line] = []
        groups = self._context.manifest.log_groups.hooks
        for event in now.events:
            if event.name not in groups or event.status in ("Pending", "Skipped"):
                continue
            since = event.started or now.created
            log = self._hooks.setdefault(event.name, HookLog(self._context.aws, groups[event.name], now.id, since))
            if not log.answered:
                lines += self._aside("the hook's log", log.read, [])
                if event.status == "InProgress" and log.failed:
                    look = partial(self._look_at_hook, now, event.name, log)
                    self._aside("the hook's function", look, None)
        group_config = self._context.manifest.codedeploy.config
        if now.config and now.config != group_config:
            self._tell(f"traffic moves by {now.config} this time; the deployment group has {group_config}")
        if now.waits_for_approval and not self._stopping and not self._approved:
            self._tell(approval(self._context, now))
        if now.status in ("InProgress", "Ready") and not now.shifted:
            lines += self._aside("the candidate's tasks", lambda: self._look_at_candidate(now), [])
        return lines

    def _look_at_hook(self, now: Deployment, event: str, log: HookLog) -> None:
        """CodeDeploy would wait for an hour for an answer that can no longer come."""
        function = self._context.manifest.hooks.get(event)
        if function is None or (self._given_up and self._given_up.event == event):
            return
        if event not in self._retries:
            self._retries[event] = hook_function.retries(self._context, function)
        if why := log.given_up(self._retries[event]):
            self._given_up = _GivenUp(event, f"the hook of {event} can no longer answer: {why}", now)
            if now.shifted or not self._guard:
                self._tell(f"{self._given_up.why}. Waiting is of no use: {self._context.command('stop')}")

    def _wait_for_verdicts(self, now: Deployment) -> None:
        """A hook's lines reach its log group a little after it has answered: they are the proof, and worth a moment."""
        for _ in range(_VERDICT_LOOKS):
            silent = [
                log
                for event in now.events
                if event.status == "Succeeded" and (log := self._hooks.get(event.name)) and not log.verdict
            ]
            if not silent:
                return
            self._context.clock.sleep(1.0)
            for log in silent:
                self._show(self._aside("the hook's log", log.read, []))

    def _look_at_candidate(self, now: Deployment) -> list[Line]:
        if self._candidate is None:
            aws, manifest = self._context.aws, self._context.manifest
            task_definition = codedeploy.released(aws, manifest, now)
            if task_definition is None:
                return []
            self._candidate = Candidate(aws, manifest, task_definition)
        return self._candidate.look(now)

    def _follow_rollback(self, deployment: Deployment) -> Deployment | None:
        clock, pace = self._context.clock, Pace()
        end, lost = clock.now() + codedeploy.ROLLBACK_NAMED_SECONDS, clock.now() + limits.ROLLBACK_SECONDS
        while deployment.rollback_expected and not deployment.rollback_id:
            late = clock.now() >= end or not codedeploy.may_be_undone(clock, deployment)
            found = self._read(self._id)
            deployment = found or deployment
            if found and late:
                # Only a look from after that time says so: the one before may be old, because AWS or we were away.
                self._left_alone = not deployment.rollback_id
                break
            if clock.now() >= lost:
                raise LostSightError(f"nobody knows whether {self._id} is undone")
            clock.sleep(pace.next())
        self._rollback_id = deployment.rollback_id
        if self._rollback_id is None:
            return None
        return self._watch(self._rollback_id, Until.done, limits.ROLLBACK_SECONDS, guard=False)

    def _restore_autoscaling(self, restore: Callable[[Context], bool] = autoscaling.restore) -> None:
        """Once traffic has been moved, or was given back. A rollback may have begun since that was seen: until its
        traffic has moved, autoscaling keeps still, and the next look restores it."""
        if not self._restored:
            self._restored = self._aside(_AUTOSCALING, lambda: restore(self._context), False)

    def _aside(self, what: str, look: Callable[[], T], otherwise: T) -> T:
        """What is good to know, but must not cost the sight of the deployment."""
        try:
            return look()
        except (ClientError, BotoCoreError, RefusedError) as error:
            self._tell(f"cannot see {what}: {explain(error)}")
            return otherwise

    def _tell(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._context.show.line(text, "yellow")

    def _show(self, lines: list[Line]) -> None:
        for line in lines:
            self._context.show.line(line.text, line.style)
