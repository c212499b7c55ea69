"""`greenlight deploy` where others release too, and where CodeDeploy does not answer: one deployment, or none."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from greenlight.commands import deploy
from greenlight.errors import InFlightError, LostSightError, RefusedError
from greenlight.release import Conflict


def run(context: Any, image: str | None = ":blue", **changes: Any) -> Any:
    return deploy.run(context, deploy.Options(image=image, **changes))


def test_in_flight_already_is_refused_with_its_id_and_the_ways_on(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-OTHER", play.good[1:])

    with pytest.raises(RefusedError) as refused:
        run(context)

    assert str(refused.value) == (
        "dev/api has deployment d-OTHER in flight (InProgress, begun by user), and takes one at a time: wait for it "
        "with --queue, end it with --replace, or see how it goes with "
        "greenlight watch dev/api d-OTHER --region us-east-1"
    )
    assert aws.made("ecs:RegisterTaskDefinition") == []


def test_queue_waits_for_the_one_in_flight_and_then_looks_anew_at_what_is_live(
    context: Any, aws: Any, play: Any
) -> None:
    second = aws.register(image=f"{play.repository}@{play.blue}")
    aws.play("d-OTHER", play.good[1:], releases=second)

    result = run(context, ":green", conflict=Conflict.queue)

    assert aws.made("codedeploy:StopDeployment") == []
    assert (result.exit_code, result.document["replaces"]) == (0, second)


def test_replace_stops_the_one_in_flight_with_rollback_and_follows_that(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-OTHER", play.good[1:3])
    aws.play("d-BACK", [play.step("Succeeded", rollbackInfo={"rollbackTriggeringDeploymentId": "d-OTHER"})])
    aws.stop_script = [play.step("Stopped", failed="Install", rollbackInfo={"rollbackDeploymentId": "d-BACK"})]

    result = run(context, conflict=Conflict.replace)

    assert aws.made("codedeploy:StopDeployment") == [{"deploymentId": "d-OTHER", "autoRollbackEnabled": True}]
    assert "rollback d-BACK Succeeded" in context.show.lines
    assert result.exit_code == 0


@pytest.mark.parametrize("image", [":purple", ""])
def test_replace_stops_nothing_for_an_image_that_is_not_there(context: Any, aws: Any, play: Any, image: str) -> None:
    aws.play("d-OTHER", play.good[1:])

    with pytest.raises(RefusedError):
        run(context, image, conflict=Conflict.replace)

    assert aws.made("codedeploy:StopDeployment") == []


def test_replace_ends_the_bake_of_one_that_only_bakes(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-OTHER", play.good[4:])

    result = run(context, conflict=Conflict.replace)

    asked = {"deploymentId": "d-OTHER", "deploymentWaitType": "TERMINATION_WAIT"}
    assert aws.made("codedeploy:ContinueDeployment") == [asked]
    assert aws.made("codedeploy:StopDeployment") == []
    assert result.exit_code == 0


def test_replace_does_not_stop_a_rollback(context: Any, aws: Any, play: Any) -> None:
    undoing = {"rollbackTriggeringDeploymentId": "d-BAD"}
    aws.play("d-BACK", [play.step(at="AllowTraffic"), play.step("Succeeded")], rollbackInfo=undoing)

    result = run(context, conflict=Conflict.replace)

    assert aws.made("codedeploy:StopDeployment") == []
    assert result.exit_code == 0


def test_losing_the_race_for_the_group_is_refused_with_the_winners_id(context: Any, aws: Any, play: Any) -> None:
    aws.errors["codedeploy:CreateDeployment"] = [play.failure("DeploymentLimitExceededException")]
    aws.play("d-WON", play.good[1:])
    aws.not_yet = {"d-WON"}
    register = aws.ecs_RegisterTaskDefinition

    def meanwhile(**request: Any) -> Any:
        aws.not_yet = set()
        return register(**request)

    aws.ecs_RegisterTaskDefinition = meanwhile

    with pytest.raises(InFlightError, match=r"dev/api has deployment d-WON in flight"):
        run(context)


def test_queue_waits_when_others_are_quicker_and_does_not_register_the_same_again(
    context: Any, aws: Any, play: Any
) -> None:
    aws.errors["codedeploy:CreateDeployment"] = [play.failure("DeploymentLimitExceededException") for _ in range(10)]

    assert run(context, conflict=Conflict.queue).exit_code == 0
    assert len(aws.made("ecs:RegisterTaskDefinition")) == 1
    assert context.clock.time > 30


def test_queue_gives_up_when_codedeploy_takes_no_more_though_nothing_is_in_flight(
    context: Any, aws: Any, play: Any
) -> None:
    aws.errors["codedeploy:CreateDeployment"] = [play.failure("DeploymentLimitExceededException") for _ in range(99)]

    with pytest.raises(InFlightError, match="DeploymentLimitExceededException: said AWS"):
        run(context, conflict=Conflict.queue)

    assert 60 < context.clock.time < 600


def test_a_lost_answer_is_looked_up_before_the_deployment_is_asked_for_again(context: Any, aws: Any) -> None:
    create = aws.codedeploy_CreateDeployment

    def answer_is_lost(**request: Any) -> Any:
        create(**request)
        raise ReadTimeoutError(endpoint_url="https://codedeploy")

    aws.codedeploy_CreateDeployment = answer_is_lost

    result = run(context)

    assert len(aws.made("codedeploy:CreateDeployment")) == 1
    assert (result.exit_code, result.document["deployment"]["id"]) == (0, "d-NEW0")


def test_a_request_that_was_never_taken_is_made_again(context: Any, aws: Any, play: Any) -> None:
    aws.errors["codedeploy:CreateDeployment"] = [
        EndpointConnectionError(endpoint_url="https://codedeploy"),
        play.failure("ThrottlingException"),
        play.failure("InternalFailure", status=500),
    ]

    assert run(context).exit_code == 0
    assert len({asked["description"] for asked in aws.made("codedeploy:CreateDeployment")}) == 1


def test_not_even_knowing_whether_it_began_is_told_as_such(context: Any, aws: Any) -> None:
    away = EndpointConnectionError(endpoint_url="https://codedeploy")
    listed = aws.codedeploy_ListDeployments

    def list_deployments(**request: Any) -> Any:
        if aws.made("codedeploy:CreateDeployment"):
            raise away
        return listed(**request)

    aws.errors["codedeploy:CreateDeployment"] = [away]
    aws.codedeploy_ListDeployments = list_deployments

    with pytest.raises(LostSightError, match=r"nor whether it began: .*greenlight watch dev/api --region us-east-1"):
        run(context)


def test_a_lost_answer_and_then_a_refusal_may_mean_that_it_began_all_the_same(
    context: Any, aws: Any, play: Any
) -> None:
    lost = ReadTimeoutError(endpoint_url="https://codedeploy")
    aws.errors["codedeploy:CreateDeployment"] = [lost, play.failure("ExpiredTokenException")]

    with pytest.raises(LostSightError, match="nor whether it began: ExpiredTokenException"):
        run(context)


def test_a_refused_deployment_is_an_error_with_awss_code(context: Any, aws: Any, play: Any) -> None:
    aws.errors["codedeploy:CreateDeployment"] = [play.failure("InvalidRoleException")]

    with pytest.raises(RefusedError) as refused:
        run(context)

    assert str(refused.value) == (
        "CodeDeploy refused the deployment: InvalidRoleException: said AWS. "
        "api:2 was registered for it, and nothing runs it"
    )


@pytest.mark.parametrize("code", ["", "DeploymentLimitExceededException", "ExpiredTokenException"])
def test_a_deployment_that_was_taken_though_every_answer_was_lost_is_found_when_it_is_listed_at_last(
    context: Any, aws: Any, play: Any, code: str
) -> None:
    create, lost = aws.codedeploy_CreateDeployment, ReadTimeoutError(endpoint_url="https://codedeploy")
    aws.not_yet = {"d-NEW0"}
    answers = [lost, play.failure(code)] if code else [lost] * 5

    def taken_and_lost(**request: Any) -> Any:
        if not aws.deployments:
            create(**request)
        raise answers.pop(0)

    def list_it_at_last() -> None:
        if not answers:
            aws.not_yet = set()

    aws.codedeploy_CreateDeployment, context.clock.each_sleep = taken_and_lost, list_it_at_last

    result = run(context, conflict=Conflict.replace)

    assert (result.exit_code, result.document["deployment"]["id"]) == (0, "d-NEW0")
    assert aws.made("codedeploy:StopDeployment") == []


def test_a_release_that_has_just_failed_is_waited_for_until_codedeploy_has_undone_it(
    context: Any, aws: Any, play: Any
) -> None:
    failed = play.step("Failed", failed="AllowTraffic", completeTime=play.began)
    named = play.step("Failed", failed="AllowTraffic", rollbackInfo={"rollbackDeploymentId": "d-BACK"})
    aws.play("d-BACK", [play.step("Succeeded")], rollbackInfo={"rollbackTriggeringDeploymentId": "d-1"})
    aws.not_yet = {"d-BACK"}
    aws.play("d-1", [failed, failed, failed, failed, named])

    with pytest.raises(InFlightError, match=r"d-1 in flight \(Failed, and being undone"):
        run(context)
    assert run(context, conflict=Conflict.queue).exit_code == 0
    assert "rollback d-BACK Succeeded" in context.show.lines


def test_the_image_is_what_its_tag_stood_for_when_the_command_was_given(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-OTHER", play.good[1:])
    context.clock.each_sleep = lambda: aws.images.update({":blue": play.green})

    result = run(context, conflict=Conflict.queue)

    assert result.document["image"] == f"{play.repository}@{play.blue}"


def test_replace_stops_nothing_whose_end_it_could_not_recognise(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-OTHER", play.good[1:])
    # Beforehand that is a warning.
    aws.errors["codedeploy:GetDeploymentGroup"] = [play.failure("AccessDeniedException") for _ in range(2)]

    with pytest.raises(ClientError, match="AccessDeniedException"):
        run(context, conflict=Conflict.replace)

    assert aws.made("codedeploy:StopDeployment") == []


def test_a_queue_that_ends_badly_releases_nothing_and_its_json_says_so(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-OTHER", [play.step(at="AllowTraffic", weight=50.0)])

    result = run(context, conflict=Conflict.queue)

    assert (result.exit_code, result.document["deployment"]["id"]) == (4, "d-OTHER")
    assert [result.document[key] for key in ("task_definition", "replaces", "differences")] == [None, None, None]
    assert result.document["image"] == f"{play.repository}@{play.blue}"


def test_replace_stops_nothing_for_a_release_that_cannot_be_made(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-OTHER", play.good[1:])
    gone = context.manifest.model_copy(update={"task_definition": f"{play.family}:99"})

    with pytest.raises(RefusedError, match=r"there is no task definition .*api:99"):
        run(type(context)(aws, gone, context.clock, context.show), conflict=Conflict.replace)

    assert aws.made("codedeploy:StopDeployment") == []
