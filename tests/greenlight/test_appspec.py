import json
from typing import Any

import pytest

from greenlight import appspec


def test_the_appspec_has_the_revision_the_hooks_and_the_network_configuration_of_the_manifest(context: Any) -> None:
    assert json.loads(appspec.build(context.manifest, "arn:api:7").content) == {
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

    assert "Hooks" not in json.loads(appspec.build(bare, "arn:api:7").content)


def test_the_same_release_is_the_same_text_and_so_the_same_sha256(context: Any) -> None:
    assert appspec.build(context.manifest, "arn:api:7").sha256 == appspec.build(context.manifest, "arn:api:7").sha256


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"Resources": [{"T": {"Properties": {"TaskDefinition": "arn:api:7"}}}]}', "arn:api:7"),
        ("version: 0.0\nresources:\n- any:\n    properties:\n      taskDefinition: arn:api:7\n", "arn:api:7"),
        ("resources: nonsense", None),
        ("a: [", None),
        ("just text", None),
    ],
)
def test_whoever_wrote_an_appspec_its_task_definition_is_found(content: str, expected: str | None) -> None:
    assert appspec.released(content) == expected


def test_the_verb_prints_it_as_other_clients_take_it(context: Any) -> None:
    result = appspec.run(context, "arn:api:7")

    assert json.loads(result.text) == json.loads(result.document["content"])
    assert result.document["sha256"] == appspec.build(context.manifest, "arn:api:7").sha256
