import json
from pathlib import Path
from typing import Any

import pytest

from greenlight import appspec
from greenlight.commands import appspec as verb
from greenlight.containers import Serving

SERVING = Serving("api", 3000)
CONTRACT = Path(__file__).parents[2] / "contracts" / "appspec"


def test_the_appspec_has_the_revision_the_hooks_and_the_network_configuration_of_the_manifest(context: Any) -> None:
    assert json.loads(appspec.build(context.manifest, "arn:api:7", SERVING).content) == {
        "version": "0.0",
        "Resources": [
            {
                "TargetService": {
                    "Type": "AWS::ECS::Service",
                    "Properties": {
                        "TaskDefinition": "arn:api:7",
                        "LoadBalancerInfo": {"ContainerName": "api", "ContainerPort": 3000},
                        "PlatformVersion": "LATEST",
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

    assert "Hooks" not in json.loads(appspec.build(bare, "arn:api:7", SERVING).content)


def test_the_same_release_is_the_same_text_and_so_the_same_sha256(context: Any) -> None:
    assert (
        appspec.build(context.manifest, "arn:api:7", SERVING).sha256
        == appspec.build(context.manifest, "arn:api:7", SERVING).sha256
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
    assert result.document["sha256"] == appspec.build(context.manifest, live, SERVING).sha256
