"""The hooks' functions: before a release needs them, and how often Lambda tries one again.

Lambda reclaims the network interfaces of a function that was not invoked for some weeks, and sets it Inactive. The next
invocation fails, and brings it back within a minute or two. Without a look beforehand, the first release after a quiet
month would meet that at its hook. A function that is gone or Failed can pass no release at all.
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from greenlight.aws import Aws, error_code, explain, is_denied
from greenlight.clock import Pace
from greenlight.context import Context
from greenlight.errors import RefusedError
from greenlight.manifest import Manifest

WAKE_SECONDS = 180.0
# The hook answers it without checks, and tells CodeDeploy nothing.
_WAKE = b'{"greenlight": "wake"}'
# Of an asynchronous invocation, where nothing else is set.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
DEFAULT_RETRIES = 2
REPLACED = (
    "remove the cause and deploy the stack again; Lambda says that such a function must be deleted and made again"
)
"""What brings a Failed function back."""


@dataclass(frozen=True)
class State:
    """As Lambda has it: Pending, Active, Inactive or Failed, and why."""

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
        found = _look(context, function)
        if found is None or found.name == "Active":
            continue
        if function in own and found.name == "Inactive":
            context.show.line(
                f"{called(function)} is {found}, and a function of your own: this release may fail at it, and wakes it",
                "yellow",
            )
        elif dry_run:
            context.show.line(f"{called(function)} is {found}: the release would wait until it is Active", "yellow")
        else:
            _await_active(context, function, found)


def state(aws: Aws, function: str) -> State | None:
    """None where the function is gone."""
    try:
        found = aws.call("lambda:GetFunctionConfiguration", FunctionName=function)
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
        return None
    reason = ": ".join(found[key] for key in ("StateReasonCode", "StateReason") if found.get(key))
    return State(found.get("State", "Active"), reason)


def retries(context: Context, function: str) -> int:
    """How often Lambda repeats an invocation by CodeDeploy that fails."""
    try:
        found = context.aws.call("lambda:GetFunctionEventInvokeConfig", FunctionName=function)
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException" and not is_denied(error):
            raise
        return DEFAULT_RETRIES  # so it is, or may be
    return int(found.get("MaximumRetryAttempts", DEFAULT_RETRIES))


def _await_active(context: Context, function: str, found: State | None) -> None:
    clock, pace, woken = context.clock, Pace(), False
    end = clock.now() + WAKE_SECONDS
    context.show.line(f"{called(function)} is {found}: waiting until it is Active", "yellow")
    while found and found.name != "Active":
        if clock.now() >= end:
            raise RefusedError(
                f"{called(function)} is still {found} after {WAKE_SECONDS:.0f} seconds, and no release or rollback can "
                "pass it. Run the command again in a few minutes. If that does not help: do its subnets have free "
                "addresses, are its security group and its role there? Deploying the stack again makes it anew"
            )
        if found.name == "Inactive" and not woken:
            if not _wake(context, function):
                return
            woken = True
        context.show.status(f"{called(function)} is {found}")
        clock.sleep(pace.next())
        found = _look(context, function)
    if found:
        context.show.line(f"{called(function)} is Active", "dim")


def _look(context: Context, function: str) -> State | None:
    """None where it cannot be seen: an older policy must not cost the way out."""
    try:
        found = state(context.aws, function)
    except (ClientError, BotoCoreError) as error:
        context.show.line(f"cannot see whether {called(function)} is ready: {explain(error)}", "yellow")
        return None
    if found is None:
        back = way_back(context.manifest, function)
        raise RefusedError(f"{called(function)} is gone, and no release or rollback can pass it: {back}")
    if found.name == "Failed":
        raise RefusedError(f"{called(function)} is {found}, and no release or rollback can pass it: {REPLACED}")
    return found


def way_back(manifest: Manifest, function: str) -> str:
    """What brings a function back that is gone."""
    if function in manifest.own_hooks.values():
        return "bring it back, or take it out of the service's deployment.hooks and deploy the stack"
    return "deploy the stack again, which makes it"


def _wake(context: Context, function: str) -> bool:
    """Whether that was allowed. Synchronously, because Lambda documents what that does: it fails, and wakes it."""
    try:
        context.aws.call_once(
            "lambda:InvokeFunction", FunctionName=function, InvocationType="RequestResponse", Payload=_WAKE
        )
    except (ClientError, BotoCoreError) as error:
        if is_denied(error):
            context.show.line(
                f"cannot wake {called(function)}, so that this release may fail at it, and the next one pass: "
                f"{explain(error)}",
                "yellow",
            )
            return False
        # ResourceNotReadyException, CodeArtifactUserPendingException: just what wakes it.
    return True


def called(function: str) -> str:
    """What people call it, given its ARN."""
    return f"hook {function.rpartition(':function:')[2]}"
