"""Containers next to the one that takes the traffic: their images are pinned and checked as its own is."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from greenlight.commands import deploy, diff, policy, rollback
from greenlight.deployment import Until

ENVOY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/envoy"


def with_sidecars(context: Any, aws: Any, play: Any, **images: str) -> Any:
    """Terraform's newest revision has these containers too; the live one has none."""
    newest = aws.register(image=f"{play.repository}:green")
    containers = aws.revisions[newest]["definition"]["containerDefinitions"]
    containers += [{"name": name, "image": image, "essential": True} for name, image in images.items()]
    return replace(context, manifest=context.manifest.model_copy(update={"task_definition": newest}))


def registered(aws: Any) -> dict[str, str]:
    return {one["name"]: one["image"] for one in aws.made("ecs:RegisterTaskDefinition")[-1]["containerDefinitions"]}


def test_containers_with_the_services_own_image_are_released_with_it(context: Any, aws: Any, play: Any) -> None:
    changed = with_sidecars(context, aws, play, migrate=f"{play.repository}:green")

    deploy.run(changed, deploy.Options(image=":blue"))

    assert registered(aws) == dict.fromkeys(["api", "migrate"], f"{play.repository}@{play.blue}")


def test_an_image_of_another_tag_or_repository_is_pinned_to_what_it_is_now(context: Any, aws: Any, play: Any) -> None:
    changed = with_sidecars(context, aws, play, proxy=f"{ENVOY}:blue")

    deploy.run(changed, deploy.Options(image=":green"))

    assert registered(aws) == {"api": f"{play.repository}@{play.green}", "proxy": f"{ENVOY}@{play.blue}"}


def test_a_tag_of_a_sidecar_that_has_moved_is_a_difference(context: Any, aws: Any, play: Any) -> None:
    changed = with_sidecars(context, aws, play, proxy=f"{ENVOY}:blue")
    aws.live = changed.manifest.task_definition
    ran = [{"name": "api", "imageDigest": play.green}, {"name": "proxy", "imageDigest": play.blue}]
    aws.tasks = [{"taskArn": "t/1", "desiredStatus": "RUNNING", "taskDefinitionArn": aws.live, "containers": ran}]
    assert diff.run(changed, None, show_values=False).exit_code == 0

    aws.images[":blue"] = play.green

    assert diff.run(changed, None, show_values=False).document["differences"] == [
        {"path": "containerDefinitions.proxy.image", "before": f"{ENVOY}@{play.blue}", "after": f"{ENVOY}@{play.green}"}
    ]


def test_a_sidecar_that_ecr_does_not_have_yet_is_told_and_costs_no_release(context: Any, aws: Any, play: Any) -> None:
    changed = with_sidecars(context, aws, play, proxy=f"{ENVOY}:purple")

    assert deploy.run(changed, deploy.Options(image=":blue")).exit_code == 0
    assert registered(aws)["proxy"] == f"{ENVOY}:purple"
    (told,) = (line for line in context.show.lines if line.startswith("cannot see the image of container proxy"))
    assert "no image :purple in ECR repository envoy" in told


def test_a_tag_of_another_registry_stays_and_this_is_said(context: Any, aws: Any, play: Any) -> None:
    changed = with_sidecars(context, aws, play, agent="docker.io/datadog/agent:7")

    deploy.run(changed, deploy.Options(image=":blue"))

    assert registered(aws)["agent"] == "docker.io/datadog/agent:7"
    assert (
        "container agent takes docker.io/datadog/agent:7 by its tag, which may move: only private ECR's can be pinned "
        "here"
    ) in context.show.lines


def test_a_repository_that_may_not_be_seen_costs_no_release(context: Any, aws: Any, play: Any) -> None:
    changed = with_sidecars(context, aws, play, proxy=f"{ENVOY}:blue")
    describe = aws.ecr_DescribeImages

    def denied(**request: Any) -> Any:
        if request["repositoryName"] == "envoy":
            raise play.failure("AccessDeniedException")
        return describe(**request)

    aws.ecr_DescribeImages = denied

    assert deploy.run(changed, deploy.Options(image=":blue")).exit_code == 0
    assert registered(aws)["proxy"] == f"{ENVOY}:blue"
    assert f"cannot see the image of container proxy, {ENVOY}:blue: AccessDeniedException: said AWS" in (
        context.show.lines
    )


@pytest.fixture
def unreachable(aws: Any, play: Any, request: pytest.FixtureRequest) -> str:
    """ECR answers for the service's own repository only; what is told of the other."""
    describe = aws.ecr_DescribeImages
    failures = {
        "denied": (play.failure("AccessDeniedException"), "AccessDeniedException: said AWS"),
        "away": (
            EndpointConnectionError(endpoint_url="https://api.ecr"),
            'Could not connect to the endpoint URL: "https://api.ecr"',
        ),
    }
    error, told = failures[request.param]

    def only_its_own(**asked: Any) -> Any:
        if asked["repositoryName"] == "envoy":
            raise error
        return describe(**asked)

    aws.ecr_DescribeImages = only_its_own
    return told


@pytest.mark.parametrize("unreachable", ["denied", "away"], indirect=True)
def test_a_live_sidecar_whose_repository_cannot_be_seen_costs_neither_diff_nor_release(
    context: Any, aws: Any, play: Any, unreachable: str
) -> None:
    changed = with_sidecars(context, aws, play, proxy=f"{ENVOY}:blue")
    aws.live = changed.manifest.task_definition
    told = f"cannot see the image of container proxy, {ENVOY}:blue: {unreachable}"

    assert diff.run(changed, ":green", show_values=False).exit_code == 0
    assert context.show.lines == [told]
    assert deploy.run(changed, deploy.Options(image=":blue")).exit_code == 0
    assert registered(aws)["proxy"] == f"{ENVOY}:blue"
    assert context.show.lines.count(told) == 2


@pytest.mark.parametrize("unreachable", ["denied", "away"], indirect=True)
def test_a_sidecar_whose_repository_cannot_be_seen_costs_no_rollback(
    context: Any, aws: Any, play: Any, unreachable: str
) -> None:
    changed = with_sidecars(context, aws, play, proxy=f"{ENVOY}@{play.blue}")
    back = changed.manifest.task_definition
    aws.live = aws.register(f"{play.repository}@{play.blue}", {"greenlight:replaces": back})

    assert rollback.run(changed, until=Until.done, dry_run=False).exit_code == 0
    assert f"cannot see the image of container proxy, {ENVOY}@{play.blue}: {unreachable}" in context.show.lines


def test_a_rollback_says_which_images_may_not_be_what_ran(context: Any, aws: Any, play: Any) -> None:
    changed = with_sidecars(context, aws, play, proxy=f"{ENVOY}:blue", pinned=f"{ENVOY}@{play.blue}")
    back = changed.manifest.task_definition
    aws.live = aws.register(f"{play.repository}@{play.blue}", {"greenlight:replaces": back})

    result = rollback.run(changed, until=Until.done, dry_run=False)

    assert (result.exit_code, result.document["task_definition"]) == (0, back)
    assert [line for line in context.show.lines if line.startswith("container ")] == [
        f"container proxy takes {ENVOY}:blue by its tag, which may have moved since it ran"
    ]


def test_the_policy_lets_a_role_see_the_images_of_all_containers(context: Any, aws: Any, play: Any) -> None:
    changed = with_sidecars(context, aws, play, proxy=f"{ENVOY}:blue", agent="docker.io/datadog/agent:7")

    statements = policy.run(changed).document["policy"]["Statement"]

    (resources,) = (one["Resource"] for one in statements if "ecr:DescribeImages" in one["Action"])
    assert resources == [f"arn:aws:ecr:us-east-1:123456789012:repository/{name}" for name in ("api", "envoy")]
