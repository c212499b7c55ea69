"""The hooks' functions: before a release needs them, and how often Lambda tries one again.

Lambda reclaims the network interfaces of a function that was not invoked for some weeks, and sets it Inactive. The next
invocation fails, and brings it back within a minute or two. Without a look beforehand, the first release after a quiet
month would meet that at its hook. A function that is gone or Failed can pass no release at all.
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from greenlight.aws import error_code, explain, is_denied
from greenlight.clock import Pace
from greenlight.context import Context
from greenlight.errors import RefusedError

WAKE_SECONDS = 180.0
# The hook answers it without checks, and tells CodeDeploy nothing.
_WAKE = b'{"greenlight": "wake"}'
# Of an asynchronous invocation, where nothing else is set.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
DEFAULT_RETRIES = 2


@dataclass(frozen=True)
class _State:
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})" if self.reason else self.name


def prepare(context: Context, *, dry_run: bool = False) -> None:
    """Returns once every hook's function can be invoked, or where these credentials cannot see whether it can.

    Wakes an Inactive one, and waits for at most 180 seconds; a dry run only looks. A function of the team's own is not
    invoked but by a release: nobody here knows what it does. Traffic is not touched. Raises RefusedError where one is
    gone, Failed, or does not become Active in time.
    """
    own = set(context.manifest.own_hooks.values())
    for function in dict.fromkeys(context.manifest.hooks.values()):
        state = _look(context, function)
        if state is None or state.name == "Active":
            continue
        if function in own and state.name == "Inactive":
            context.show.line(
                f"{_name(function)} is {state}, and a function of your own: this release may fail at it, and wakes it",
                "yellow",
            )
        elif dry_run:
            context.show.line(f"{_name(function)} is {state}: the release would wait until it is Active", "yellow")
        else:
            _await_active(context, function, state)


def retries(context: Context, function: str) -> int:
    """How often Lambda repeats an invocation by CodeDeploy that fails."""
    try:
        found = context.aws.call("lambda:GetFunctionEventInvokeConfig", FunctionName=function)
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException" and not is_denied(error):
            raise
        return DEFAULT_RETRIES  # so it is, or may be
    return int(found.get("MaximumRetryAttempts", DEFAULT_RETRIES))


def _await_active(context: Context, function: str, state: _State | None) -> None:
    clock, pace, woken = context.clock, Pace(), False
    end = clock.now() + WAKE_SECONDS
    context.show.line(f"{_name(function)} is {state}: waiting until it is Active", "yellow")
    while state and state.name != "Active":
        if clock.now() >= end:
            raise RefusedError(
                f"{_name(function)} is still {state} after {WAKE_SECONDS:.0f} seconds, and no release or rollback can "
                "pass it. Run the command again in a few minutes. If that does not help: do its subnets have free "
                "addresses, are its security group and its role there? Deploying the stack again makes it anew"
            )
        if state.name == "Inactive" and not woken:
            if not _wake(context, function):
                return
            woken = True
        context.show.status(f"{_name(function)} is {state}")
        clock.sleep(pace.next())
        state = _look(context, function)
    if state:
        context.show.line(f"{_name(function)} is Active", "dim")


def _look(context: Context, function: str) -> _State | None:
    """None where it cannot be seen: an older policy must not cost the way out."""
    try:
        found = context.aws.call("lambda:GetFunctionConfiguration", FunctionName=function)
    except (ClientError, BotoCoreError) as error:
        if error_code(error) == "ResourceNotFoundException":
            back = "deploy the stack again, which makes it"
            if function in context.manifest.own_hooks.values():
                back = "bring it back, or take it out of the service's deployment.hooks and deploy the stack"
            raise RefusedError(f"{_name(function)} is gone, and no release or rollback can pass it: {back}") from error
        context.show.line(f"cannot see whether {_name(function)} is ready: {explain(error)}", "yellow")
        return None
    reason = ": ".join(found[key] for key in ("StateReasonCode", "StateReason") if found.get(key))
    state = _State(found.get("State", "Active"), reason)
    if state.name == "Failed":
        raise RefusedError(
            f"{_name(function)} is {state}, and no release or rollback can pass it: remove the cause and deploy the "
            "stack again; Lambda says that such a function must be deleted and made again"
        )
    return state


def _wake(context: Context, function: str) -> bool:
    """Whether that was allowed. Synchronously, because Lambda documents what that does: it fails, and wakes it."""
    try:
        context.aws.call_once(
            "lambda:InvokeFunction", FunctionName=function, InvocationType="RequestResponse", Payload=_WAKE
        )
    except (ClientError, BotoCoreError) as error:
        if is_denied(error):
            context.show.line(
                f"cannot wake {_name(function)}, so that this release may fail at it, and the next one pass: "
                f"{explain(error)}",
                "yellow",
            )
            return False
        # ResourceNotReadyException, CodeArtifactUserPendingException: just what wakes it.
    return True


def _name(function: str) -> str:
    return f"hook {function.rpartition(':function:')[2]}"
