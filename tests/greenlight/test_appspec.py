import json
from pathlib import Path
from typing import Any

import pytest

from greenlight import appspec
from greenlight.appspec import Placement
from greenlight.commands import appspec as verb
from greenlight.commands import deploy, rollback
from greenlight.containers import Serving
from greenlight.deployment import Until

SERVING = Serving("api", 3000)
PLACEMENT = Placement(platform_version="1.4.0")
CONTRACT = Path(__file__).parents[2] / "contracts" / "appspec"


def test_the_appspec_has_the_revision_the_hooks_and_the_network_configuration_of_the_manifest(context: Any) -> None:
    assert json.loads(appspec.build(context.manifest, "arn:api:7", SERVING, PLACEMENT).content) == {
        "version": "0.0",
        "Resources": [
            {
                "TargetService": {
                    "Type": "AWS::ECS::Service",
                    "Properties": {
                        "TaskDefinition": "arn:api:7",
                        "LoadBalancerInfo": {"ContainerName": "api", "ContainerPort": 3000},
                        "PlatformVersion": "1.4.0",
                        "NetworkConfiguration": {
                            "AwsvpcConfiguration": {
                                "Subnets": ["subnet-1", "subnet-2"],
                                "SecurityGroups": ["sg-1"],
                                "AssignPublicIp": "DISABLED",
                            }
                        },
                    },
                }
            }
        ],
        "Hooks": [{"BeforeAllowTraffic": "arn:hook"}],
    }


def test_a_service_without_hooks_has_no_hooks_section(context: Any) -> None:
    bare = context.manifest.model_copy(update={"hooks": {}})

    assert "Hooks" not in json.loads(appspec.build(bare, "arn:api:7", SERVING, PLACEMENT).content)


def test_the_same_release_is_the_same_text_and_so_the_same_sha256(context: Any) -> None:
    assert (
        appspec.build(context.manifest, "arn:api:7", SERVING, PLACEMENT).sha256
        == appspec.build(context.manifest, "arn:api:7", SERVING, PLACEMENT).sha256
    )


@pytest.mark.parametrize(("file", "expected"), json.loads((CONTRACT / "released.json").read_text()).items())
def test_the_task_definition_is_found_however_the_appspec_is_spelt(file: str, expected: str | None) -> None:
    assert appspec.released((CONTRACT / file).read_bytes().decode()) == expected


@pytest.mark.parametrize(
    "content",
    [
        "resources: nonsense",
        "just text",
        "",
        "a: 2026-13-01",
        "[" * 10_000,
        '{"Resources": [{"T": {"Properties": 1}}]}',
    ],
)
def test_what_is_no_appspec_releases_nothing(content: str) -> None:
    assert appspec.released(content) is None


@pytest.mark.parametrize("named", ["api", "arn:aws:ecs:us-east-1:123456789012:task-definition/api", "api:latest"])
def test_a_family_without_a_revision_does_not_say_what_was_released(named: str) -> None:
    content = {"Resources": [{"TargetService": {"Properties": {"TaskDefinition": named}}}]}

    assert appspec.released(json.dumps(content)) is None


def test_the_verb_prints_it_as_other_clients_take_it(context: Any) -> None:
    live = "arn:aws:ecs:us-east-1:123456789012:task-definition/api:1"

    result = verb.run(context, live)

    assert json.loads(result.text) == json.loads(result.document["content"])
    assert result.document["sha256"] == appspec.build(context.manifest, live, SERVING, PLACEMENT).sha256


def test_on_what_the_live_tasks_run_is_kept(context: Any, aws: Any) -> None:
    aws.placement = {
        "platformVersion": "1.3.0",
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 2, "base": 1}],
    }
    deploy.run(context, deploy.Options(image=":blue"))
    rollback.run(context, until=Until.done, dry_run=False)

    contents = [
        *(one["revision"]["appSpecContent"]["content"] for one in aws.made("codedeploy:CreateDeployment")),
        verb.run(context, None).document["content"],
    ]

    released = [json.loads(content)["Resources"][0]["TargetService"]["Properties"] for content in contents]
    assert [properties["PlatformVersion"] for properties in released] == ["1.3.0"] * 3
    strategy = [{"CapacityProvider": "FARGATE_SPOT", "Weight": 2, "Base": 1}]
    assert [properties["CapacityProviderStrategy"] for properties in released] == [strategy] * 3


def test_tasks_that_are_not_on_fargate_have_no_platform_version(context: Any) -> None:
    content = json.loads(appspec.build(context.manifest, "arn:api:7", SERVING, Placement()).content)

    assert set(content["Resources"][0]["TargetService"]["Properties"]) == {
        *("TaskDefinition", "LoadBalancerInfo", "NetworkConfiguration")
    }
