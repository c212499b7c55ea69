"""The hook's function is awake before anything is changed."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from greenlight.commands import deploy, rollback
from greenlight.deployment import Until
from greenlight.errors import RefusedError
from greenlight.release import Conflict

ARN = "arn:aws:lambda:us-east-1:123456789012:function:dev-api-hook"
IDLE = {"State": "Inactive", "StateReasonCode": "Idle", "StateReason": "The function is idle."}
PENDING = {"State": "Pending", "StateReasonCode": "Restoring", "StateReason": "The function is being restored."}
ACTIVE = {"State": "Active"}
EVENT = (Path(__file__).parents[2] / "contracts" / "wake.json").read_bytes()
LOOK, WAKE = "lambda:GetFunctionConfiguration", "lambda:InvokeFunction"
CHANGES = ("ecs:RegisterTaskDefinition", "ssm:PutParameter", "codedeploy:StopDeployment", "codedeploy:CreateDeployment")


@pytest.fixture
def hooked(context: Any) -> Any:
    """A service whose hook has a real name, and that has autoscaling."""
    changes = {"hooks": {"BeforeAllowTraffic": ARN, "AfterAllowTraffic": ARN}, "scalable_target": "service/dev/dev-api"}
    manifest = context.manifest.model_copy(update=changes)
    return type(context)(context.aws, manifest, context.clock, context.show)


def release(context: Any, **changes: Any) -> Any:
    options: dict[str, Any] = {"image": ":blue", "until": Until.done, "conflict": Conflict.refuse}
    return deploy.run(context, deploy.Options(**(options | changes)))


def way_back(context: Any, dry_run: bool = False) -> Any:
    """Live is api:2, which replaced api:1."""
    context.aws.live = context.aws.register(
        image=context.aws.revisions[context.aws.live]["definition"]["containerDefinitions"][0]["image"],
        tags={"greenlight:replaces": context.aws.live},
    )
    return rollback.run(context, until=Until.done, dry_run=dry_run)


def test_an_active_function_is_looked_at_once_and_left_alone(hooked: Any, aws: Any) -> None:
    release(hooked)

    assert aws.made(LOOK) == [{"FunctionName": ARN}]
    assert aws.made(WAKE) == []


@pytest.mark.parametrize("verb", [release, way_back])
def test_a_function_that_sleeps_is_woken_before_anything_is_changed(hooked: Any, aws: Any, verb: Any) -> None:
    aws.hook_states = [IDLE, IDLE, PENDING, ACTIVE]

    result = verb(hooked)

    assert result.exit_code == 0
    assert aws.made(WAKE) == [{"FunctionName": ARN, "InvocationType": "RequestResponse", "Payload": EVENT}]
    made = [action for action, _ in aws.calls]
    awake = len(made) - made[::-1].index(LOOK)
    assert [action for action in made[:awake] if action in CHANGES] == []
    assert "hook dev-api-hook is Inactive (Idle: The function is idle.): waiting until it is Active" in (
        hooked.show.lines
    )
    assert "hook dev-api-hook is Active" in hooked.show.lines


def test_a_function_that_was_just_made_is_waited_for_and_not_invoked(hooked: Any, aws: Any) -> None:
    aws.hook_states = [PENDING, PENDING, ACTIVE]

    assert release(hooked).exit_code == 0
    assert aws.made(WAKE) == []


@pytest.mark.parametrize("verb", [release, way_back])
def test_a_function_that_does_not_wake_in_180_seconds_refuses_the_release(hooked: Any, aws: Any, verb: Any) -> None:
    aws.hook_states = [IDLE, PENDING, IDLE | {"StateReasonCode": "SubnetOutOfIPAddresses", "StateReason": "Full."}]

    with pytest.raises(RefusedError) as refused:
        verb(hooked)

    assert str(refused.value) == (
        "hook dev-api-hook is still Inactive (SubnetOutOfIPAddresses: Full.) after 180 seconds, and no release or "
        "rollback can pass it. Run the command again in a few minutes. If that does not help: do its subnets have free "
        "addresses, are its security group and its role there? Deploying the stack again makes it anew"
    )
    assert 180 <= hooked.clock.time < 200
    assert len(aws.made(WAKE)) == 1
    assert [action for action, _ in aws.calls if action in CHANGES] == []


@pytest.mark.parametrize("verb", [release, way_back])
def test_a_failed_function_refuses_the_release_with_lambdas_reason(hooked: Any, aws: Any, verb: Any) -> None:
    aws.hook_states = [{"State": "Failed", "StateReasonCode": "InvalidSubnet", "StateReason": "No such subnet."}]

    with pytest.raises(RefusedError) as refused:
        verb(hooked)

    assert str(refused.value) == (
        "hook dev-api-hook is Failed (InvalidSubnet: No such subnet.), and no release or rollback can pass it: remove "
        "the cause and deploy the stack again; Lambda says that such a function must be deleted and made again"
    )
    assert [action for action, _ in aws.calls if action in CHANGES] == []


@pytest.mark.parametrize("verb", [release, way_back])
def test_a_missing_function_refuses_the_release_and_says_what_brings_it_back(
    hooked: Any, aws: Any, play: Any, verb: Any
) -> None:
    aws.errors[LOOK] = [play.failure("ResourceNotFoundException", status=404)]

    with pytest.raises(RefusedError) as refused:
        verb(hooked)

    assert str(refused.value) == (
        "hook dev-api-hook is gone, and no release or rollback can pass it: deploy the stack again, which makes it"
    )
    assert [action for action, _ in aws.calls if action in CHANGES] == []


def test_replace_ends_nothing_where_the_hook_cannot_be_passed(hooked: Any, aws: Any, play: Any) -> None:
    aws.play("d-OTHER", play.good[1:])
    aws.hook_states = [{"State": "Failed"}]

    with pytest.raises(RefusedError, match="hook dev-api-hook is Failed, and no release"):
        release(hooked, conflict=Conflict.replace)

    assert [action for action, _ in aws.calls if action in CHANGES] == []


@pytest.mark.parametrize("verb", [release, way_back])
def test_a_role_that_may_not_look_is_warned_and_releases(hooked: Any, aws: Any, play: Any, verb: Any) -> None:
    aws.errors[LOOK] = [play.failure("AccessDeniedException", status=403)]

    assert verb(hooked).exit_code == 0
    assert "cannot see whether hook dev-api-hook is ready: AccessDeniedException: said AWS" in hooked.show.lines


def test_a_network_without_a_way_to_lambda_does_not_cost_the_way_out(hooked: Any, aws: Any) -> None:
    aws.errors[LOOK] = [EndpointConnectionError(endpoint_url="https://lambda")]

    assert way_back(hooked).exit_code == 0


def test_a_role_that_may_look_but_not_wake_is_warned_and_does_not_wait(hooked: Any, aws: Any, play: Any) -> None:
    aws.hook_states = [IDLE]
    aws.errors[WAKE] = [play.failure("AccessDeniedException", status=403)]

    assert release(hooked).exit_code == 0
    assert (
        "cannot wake hook dev-api-hook, so that this release may fail at it, and the next one pass: "
        "AccessDeniedException: said AWS"
    ) in hooked.show.lines


def test_a_dry_run_looks_and_wakes_nothing(hooked: Any, aws: Any) -> None:
    aws.hook_states = [IDLE]
    plain = release(hooked, dry_run=True).document["requests"]

    assert aws.made(WAKE) == []
    assert WAKE not in [one["action"] for one in plain]
    assert hooked.show.lines == [
        "hook dev-api-hook is Inactive (Idle: The function is idle.): the release would wait until it is Active"
    ]


def test_a_dry_run_is_refused_where_the_hook_cannot_be_passed(hooked: Any, aws: Any) -> None:
    aws.hook_states = [{"State": "Failed"}]

    with pytest.raises(RefusedError, match="hook dev-api-hook is Failed"):
        way_back(hooked, dry_run=True)


def test_what_runs_already_needs_no_hook(hooked: Any, aws: Any) -> None:
    aws.hook_states = [{"State": "Failed"}]

    assert release(hooked, image=None).document["outcome"] == "nothing-to-do"


OWN = "arn:aws:lambda:us-east-1:123456789012:function:announce:live"


@pytest.fixture
def with_own(context: Any) -> Any:
    """A service with a function of the team's own after its traffic has moved."""
    changes = {"hooks": {"BeforeAllowTraffic": ARN, "AfterAllowTraffic": OWN}}
    return type(context)(context.aws, context.manifest.model_copy(update=changes), context.clock, context.show)


def test_a_function_of_the_teams_own_is_looked_at_and_never_invoked_by_the_cli(with_own: Any, aws: Any) -> None:
    aws.hook_states = [ACTIVE, IDLE]

    assert release(with_own).exit_code == 0
    assert aws.made(LOOK) == [{"FunctionName": ARN}, {"FunctionName": OWN}]
    assert aws.made(WAKE) == []
    assert (
        "hook announce:live is Inactive (Idle: The function is idle.), and a function of your own: this release may "
        "fail at it, and wakes it"
    ) in with_own.show.lines


def test_a_function_of_the_teams_own_that_is_gone_refuses_the_release(with_own: Any, aws: Any, play: Any) -> None:
    gone = play.failure("ResourceNotFoundException", status=404)
    aws.hook_states = [ACTIVE]
    look = aws.lambda_GetFunctionConfiguration

    def only_ours(FunctionName: str) -> Any:  # noqa: N803
        if FunctionName == OWN:
            raise gone
        return look()

    aws.lambda_GetFunctionConfiguration = only_ours

    with pytest.raises(RefusedError) as refused:
        release(with_own)

    assert str(refused.value) == (
        "hook announce:live is gone, and no release or rollback can pass it: bring it back, or take it out of the "
        "service's deployment.hooks and deploy the stack"
    )
    assert [action for action, _ in aws.calls if action in CHANGES] == []


def test_a_refusal_of_the_teams_own_function_says_whose_it_is(with_own: Any, aws: Any, play: Any) -> None:
    back = {"rollbackInfo": {"rollbackDeploymentId": "d-BACK"}}
    aws.play("d-BACK", [play.step("Succeeded")], rollbackInfo={"rollbackTriggeringDeploymentId": "d-NEW1"})
    aws.next_script = [play.step("Failed", failed="AfterAllowTraffic", weight=100.0, **back)]

    result = release(with_own)

    assert result.exit_code == 3
    assert (
        "AfterAllowTraffic asks announce:live, a function of your own: why it did not agree is in its log"
    ) in result.document["causes"]
