"""Other clients and this CLI release one service in turn, and none is confused by what another one did."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import AWS_CLI, Command
from tests.failures.drill import NAME, Drill
from tests.failures.patience import poll
from tests.failures.phases import held
from tests.failures.scene import Scene, cause, refusal

# What `aws ecs describe-task-definition` says beside what `register-task-definition` takes.
ANSWERED = {"taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt"}
ANSWERED |= {"registeredBy", "deregisteredAt"}
GROUP = ("--application-name", f"{NAME}-api", "--deployment-group-name", f"{NAME}-api")


def definition(drill: Drill) -> dict[str, Any]:
    """Terraform's task definition with the image of another version, as one registers it."""
    made = drill.manifest()["task_definition"]
    described = drill.aws("ecs", "describe-task-definition", "--task-definition", made)["taskDefinition"]
    (container,) = described["containerDefinitions"]
    container["image"] = f"{container['image'].rpartition(':')[0]}:{drill.good()}"
    return {key: value for key, value in described.items() if key not in ANSWERED}


def written(file: Path, content: Any) -> str:
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


def aws_ecs_deploy(drill: Drill, folder: Path) -> Command:
    """It puts the revision that it registers into the AppSpec, and waits for the end."""
    spec = written(folder / "appspec.json", drill.greenlight("appspec", NAME).succeed())
    return drill.run(
        *(AWS_CLI, "ecs", "deploy", "--cluster", NAME, "--service", f"{NAME}-api"),
        *("--codedeploy-application", f"{NAME}-api", "--codedeploy-deployment-group", f"{NAME}-api"),
        *("--task-definition", written(folder / "definition.json", definition(drill)), "--codedeploy-appspec", spec),
    )


def create(drill: Drill, folder: Path) -> str:
    """The id of the deployment that `aws deploy create-deployment` begins, of a revision that it registers before."""
    registered = "file://" + written(folder / "definition.json", definition(drill))
    made = drill.aws("ecs", "register-task-definition", "--cli-input-json", registered)["taskDefinition"]
    spec = json.loads(drill.greenlight("appspec", NAME, "--task-definition", made["taskDefinitionArn"]).succeed())
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(spec)}}
    file = "file://" + written(folder / "revision.json", revision)
    return str(drill.aws("deploy", "create-deployment", *GROUP, "--revision", file)["deploymentId"])


def aws_deploy(drill: Drill, folder: Path) -> Command:
    deployment = create(drill, folder)
    return drill.run(AWS_CLI, "deploy", "wait", "deployment-successful", "--deployment-id", deployment)


WAITER = """\
import boto3, sys
boto3.client("codedeploy").get_waiter("deployment_successful").wait(
    deploymentId=sys.argv[1], WaiterConfig={"Delay": 1, "MaxAttempts": 300})
"""


def boto3_waiter(drill: Drill, folder: Path) -> Command:
    return drill.run(str(Path(AWS_CLI).with_name("python")), "-c", WAITER, create(drill, folder))


def greenlight(drill: Drill, _folder: Path) -> Command:
    return drill.deploy(drill.good())


CLIENTS: dict[str, Callable[[Drill, Path], Command]] = {
    "`aws ecs deploy`": aws_ecs_deploy,
    "`aws deploy create-deployment` and `wait`": aws_deploy,
    "boto3's waiter": boto3_waiter,
    "`greenlight deploy`": greenlight,
}


def printed(command: Command) -> dict[str, Any]:
    said = command.succeed()
    return dict(json.loads(said[said.index("{\n") :]))


@pytest.mark.parametrize("client", CLIENTS)
def test_what_any_client_releases_the_cli_watches_tells_and_takes_back(
    drill: Drill, scene: Scene, tmp_path: Path, client: str
) -> None:
    release = CLIENTS[client](drill, tmp_path)
    (deployment,) = poll("it is under way", drill.under_way)
    watch = drill.greenlight("watch", NAME)
    drill.finish(deployment)
    release.succeed()
    watch.succeed()
    live = drill.live()
    assert live.version not in ("", scene.before.version)

    status = printed(drill.greenlight("status", NAME, "-o", "json"))
    assert (status["live"]["task_definition"], status["in_flight"]) == (live.task_definition, None)
    assert status["listeners"]["prod"][live.group] == 100
    (newest,) = printed(drill.greenlight("history", NAME, "--limit", "1", "-o", "json"))["deployments"]
    told = (newest["id"], newest["status"], newest["task_definition"])
    assert told == (deployment, "Succeeded", live.task_definition)
    rollback = drill.greenlight("rollback", NAME)
    back = drill.begun(rollback)
    drill.aws("deploy", "get-deployment", "--deployment-id", back)
    drill.finish(back)
    rollback.succeed()

    scene.settles("before", seen=True)
    fault = f"{client} releases a version, and `watch`, `status`, `history` and `rollback` follow"
    scene.row("clients", fault, "", **{"the client": release}, watch=watch, rollback=rollback)


def test_a_release_of_another_client_is_refused_a_second_one_and_stopped_like_our_own(
    drill: Drill, scene: Scene, tmp_path: Path
) -> None:
    with drill.gates.held("AfterInstall"):
        deployment = create(drill, tmp_path)
        drill.reaches(deployment, "AfterInstall")
        deploy = drill.deploy(drill.good())
        assert deploy.wait() == 1
        stop = drill.greenlight("stop", NAME)
        stop.succeed()

    assert f"has deployment {deployment} in flight" in refusal(deploy)
    scene.settles("before")
    fault = "`greenlight deploy` and `stop` while a release of `aws deploy` is under way"
    scene.row("clients", fault, refusal(deploy), deploy=deploy, stop=stop)


def test_a_release_of_ours_that_another_client_stops_ends_as_if_we_had(drill: Drill, scene: Scene) -> None:
    with held(drill, "AllowTraffic") as release:
        scene.both_answer()
        drill.aws("deploy", "stop-deployment", "--deployment-id", release.deployment, "--auto-rollback-enabled")
        assert release.deploy.wait() == 3

    scene.settles("before", seen=True)
    fault = "`aws deploy stop-deployment` of a release of `greenlight deploy`"
    scene.row("clients", fault, cause(release.deploy, "MANUAL_STOP"), deploy=release.deploy)
