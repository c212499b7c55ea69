"""The container and the port that an AppSpec names are those of the revision released."""

import json
from typing import Any

import pytest

from greenlight.commands import appspec, deploy, diff, rollback, status
from greenlight.containers import Serving, serving, serving_name
from greenlight.deployment import Until
from greenlight.errors import RefusedError
from greenlight.manifest import Container
from greenlight.release import Conflict

NEWEST = Container(name="api", port=3000)
WAY_ON = "Release the image that you want with `greenlight deploy --image`, which takes Terraform's newest revision"


def definition(**containers: list[int]) -> dict[str, Any]:
    return {"containerDefinitions": [container(name, *ports) for name, ports in containers.items()]}


def container(name: str, *ports: int) -> dict[str, Any]:
    return {"name": name, "portMappings": [{"containerPort": port, "protocol": "tcp"} for port in ports]}


def called(name: str, *ports: int) -> Any:
    """What a fake revision has instead of container api and port 3000."""
    return {"container": container(name, *ports)}


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        ({"api": [3000]}, Serving("api", 3000)),
        ({"api": [3000, 9000]}, Serving("api", 3000)),
        ({"api": [8080]}, Serving("api", 8080)),
        ({"web": [3000]}, Serving("web", 3000)),
        ({"web": [8080]}, Serving("web", 8080)),
        ({"web": [8080], "log-router": []}, Serving("web", 8080)),
        ({"web": [3000], "metrics": [4317]}, Serving("web", 3000)),
        ({"api": [8080], "metrics": [3000]}, Serving("api", 8080)),
        ({"api": [], "proxy": [8080]}, Serving("proxy", 8080)),
    ],
)
def test_the_revisions_own_container_and_port_take_the_traffic(containers: Any, expected: Serving) -> None:
    assert serving(definition(**containers), "api:2", NEWEST) == expected


@pytest.mark.parametrize(
    ("containers", "told"),
    [
        (
            {"api": [8080, 9000]},
            "container api of api:2 maps ports 8080, 9000 but not 3000, the release manifest's: no AppSpec can be "
            "written for it. ",
        ),
        ({"api": []}, "container api of api:2 maps no port: no AppSpec can be written for it. "),
        (
            {"web": [8080], "metrics": [4317], "log-router": []},
            "api:2 has no container api, the release manifest's, and which of its containers takes the traffic is not "
            "clear: web maps 8080; metrics maps 4317; log-router maps no port. ",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_with_what_there_is(containers: Any, told: str) -> None:
    with pytest.raises(RefusedError) as refused:
        serving(definition(**containers), "api:2", NEWEST)

    assert str(refused.value) == told + WAY_ON


def test_a_port_that_takes_udp_takes_no_requests() -> None:
    found = definition(web=[8080], metrics=[8125])
    found["containerDefinitions"][1]["portMappings"][0]["protocol"] = "udp"

    assert serving_name(found, "api:2", NEWEST) == "web"


@pytest.mark.parametrize("old", [("api", 8080), ("web", 3000), ("web", 8080)])
def test_a_rollback_to_before_a_change_names_what_that_revision_has(
    context: Any, aws: Any, play: Any, old: tuple[str, int]
) -> None:
    before = aws.register(image=f"{play.repository}@{play.blue}", **called(*old))
    aws.live = aws.register(image=f"{play.repository}@{play.green}", tags={"greenlight:replaces": before})

    rollback.run(context, until=Until.done, dry_run=False)

    assert released(aws) == {"ContainerName": old[0], "ContainerPort": old[1]}


def test_a_rollback_that_ecs_would_refuse_is_refused_before_anything_is_changed(
    context: Any, aws: Any, play: Any
) -> None:
    before = aws.register(image=f"{play.repository}@{play.blue}", **called("api", 8080, 9000))
    aws.live = aws.register(image=f"{play.repository}@{play.green}", tags={"greenlight:replaces": before})

    with pytest.raises(RefusedError, match="container api of api:2 maps ports 8080, 9000 but not 3000"):
        rollback.run(context, until=Until.done, dry_run=False)

    assert aws.made("codedeploy:CreateDeployment") == []


@pytest.mark.parametrize("image", [None, ":blue"])
def test_a_release_from_an_old_name_and_port_to_new_ones_keeps_or_replaces_the_image(
    context: Any, aws: Any, play: Any, image: str | None
) -> None:
    aws.live = aws.register(image=f"{play.repository}@{play.green}", **called("web", 8080))
    options: Any = {"until": Until.done, "conflict": Conflict.refuse, "ignore_alarms": False, "dry_run": False}

    deploy.run(context, deploy.Options(image=image, **options))

    (registered,) = aws.made("ecs:RegisterTaskDefinition")
    (one,) = registered["containerDefinitions"]
    assert (one["name"], one["image"]) == ("api", f"{play.repository}@{play.blue if image else play.green}")
    assert released(aws) == {"ContainerName": "api", "ContainerPort": 3000}


def test_the_digest_of_a_live_tag_is_read_from_its_own_container(context: Any, aws: Any, play: Any) -> None:
    aws.live = aws.register(image=f"{play.repository}:moved", **called("web", 8080))
    ran = {"name": "web", "imageDigest": play.green}
    aws.tasks = [{"taskArn": "t/1", "desiredStatus": "RUNNING", "taskDefinitionArn": aws.live, "containers": [ran]}]

    assert diff.run(context, None, show_values=False).document["image"] == f"{play.repository}@{play.green}"


def test_a_change_of_port_is_shown_before_it_ships(context: Any, aws: Any, play: Any) -> None:
    aws.live = aws.register(image=f"{play.repository}@{play.green}", **called("api", 8080))

    assert [one["path"] for one in diff.run(context, None, show_values=False).document["differences"]] == [
        "containerDefinitions.api.portMappings"
    ]


def test_ecs_knows_best_which_of_the_live_containers_takes_the_traffic(context: Any, aws: Any, play: Any) -> None:
    aws.live = aws.register(image=f"{play.repository}@{play.green}", **called("web", 8080))
    aws.revisions[aws.live]["definition"]["containerDefinitions"].insert(0, container("metrics", 4317))
    aws.balancers = [{"targetGroupArn": "arn:green", "containerName": "web", "containerPort": 8080}]

    assert status.run(context).document["live"]["image"] == f"{play.repository}@{play.green}"
    assert properties(appspec.run(context, None).document["content"]) == {"ContainerName": "web", "ContainerPort": 8080}


def test_the_appspec_of_an_old_revision_names_what_that_has(context: Any, aws: Any, play: Any) -> None:
    old = aws.register(image=f"{play.repository}@{play.green}", **called("web", 8080))

    assert properties(appspec.run(context, old).document["content"]) == {"ContainerName": "web", "ContainerPort": 8080}


def test_the_appspec_of_a_revision_that_is_not_there_is_refused(context: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        appspec.run(context, "nonsense")

    assert str(refused.value) == "there is no task definition nonsense"


def released(aws: Any) -> dict[str, Any]:
    (asked,) = aws.made("codedeploy:CreateDeployment")
    return properties(asked["revision"]["appSpecContent"]["content"])


def properties(content: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(content)["Resources"][0]["TargetService"]["Properties"]["LoadBalancerInfo"]
    return found
