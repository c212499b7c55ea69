from typing import Any

import pytest

from greenlight.comparison import Difference, concealed, differences, network, render


def containers(**container: Any) -> dict[str, Any]:
    return {"containerDefinitions": [{"name": "api"} | container]}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"memory": "512"}, {"memory": "512"}, []),
        ({"memory": "512"}, {"memory": "1024"}, [Difference("memory", "512", "1024")]),
        # Nothing said is nothing there.
        (containers(mountPoints=[], cpu=256), containers(cpu=256), []),
        ({"volumes": []}, {}, []),
        # An empty text is something.
        (
            containers(environment=[{"name": "A", "value": "1"}]),
            containers(environment=[{"name": "A", "value": "1"}, {"name": "B", "value": ""}]),
            [Difference("containerDefinitions.api.environment.B", None, "")],
        ),
        (
            containers(),
            containers(dockerLabels={"a": ""}),
            [Difference("containerDefinitions.api.dockerLabels.a", None, "")],
        ),
        ({}, {"volumes": [{"name": "tmp", "host": {}}]}, [Difference("volumes.tmp", None, {})]),
        ({"volumes": [{"name": "tmp", "host": {}}]}, {"volumes": []}, [Difference("volumes.tmp", {}, None)]),
        (
            containers(mountPoints=[{"sourceVolume": "a", "containerPath": "/b"}]),
            containers(
                mountPoints=[{"sourceVolume": "t", "containerPath": "/a"}, {"sourceVolume": "a", "containerPath": "/b"}]
            ),
            [Difference("containerDefinitions.api.mountPoints./a.sourceVolume", None, "t")],
        ),
        (
            containers(dependsOn=[{"containerName": "side", "condition": "START"}]),
            containers(dependsOn=[{"containerName": "side", "condition": "HEALTHY"}]),
            [Difference("containerDefinitions.api.dependsOn.side.condition", "START", "HEALTHY")],
        ),
        (
            containers(),
            {"containerDefinitions": [{"name": "api"}, {"name": "side", "image": "side:1", "essential": False}]},
            [
                Difference("containerDefinitions.side.essential", None, False),
                Difference("containerDefinitions.side.image", None, "side:1"),
            ],
        ),
        ({}, {"ephemeralStorage": {"sizeInGiB": 30}}, [Difference("ephemeralStorage.sizeInGiB", None, 30)]),
        (containers(image="a"), containers(image="b"), [Difference("containerDefinitions.api.image", "a", "b")]),
        (
            containers(environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]),
            containers(environment=[{"name": "B", "value": "3"}, {"name": "A", "value": "1"}]),
            [Difference("containerDefinitions.api.environment.B", "2", "3")],
        ),
        (
            containers(environment=[{"name": "A", "value": "1"}]),
            containers(environment=[{"name": "B", "value": "1"}]),
            [
                Difference("containerDefinitions.api.environment.A", "1", None),
                Difference("containerDefinitions.api.environment.B", None, "1"),
            ],
        ),
        (
            containers(command=["a", "b"]),
            containers(command=["b", "a"]),
            [Difference("containerDefinitions.api.command", ["a", "b"], ["b", "a"])],
        ),
    ],
)
def test_differences_are_named_down_to_the_value(
    before: dict[str, Any], after: dict[str, Any], expected: list[Difference]
) -> None:
    assert differences(before, after) == expected


def test_the_order_of_subnets_means_nothing() -> None:
    assert network({"subnets": ["a", "b"]}, {"subnets": ["b", "a"]}) == []


def test_differences_are_shown_as_diff_does() -> None:
    found = [Difference("a", None, "1"), Difference("b", "1", None), Difference("c", 1, 2)]

    assert render(found) == ['+ a: "1"', '- b: "1"', "~ c: 1 -> 2"]


def test_a_secret_is_told_by_its_name_and_where_it_is() -> None:
    plain, arn = (
        containers(environment=[{"name": "TOKEN", "value": "t0ken"}]),
        "arn:aws:ssm:eu-west-1:1:parameter/token",
    )
    secret = containers(secrets=[{"name": "TOKEN", "valueFrom": arn}])

    assert render(concealed(differences(plain, secret))) == [
        "- containerDefinitions.api.environment.TOKEN: (hidden)",
        f'+ containerDefinitions.api.secrets.TOKEN.valueFrom: "{arn}"',
    ]


def test_the_values_of_variables_are_hidden_and_no_others() -> None:
    before = containers(environment=[{"name": "A", "value": "1"}], image="a") | {"memory": "512"}
    after = containers(environment=[{"name": "A", "value": "s3cret"}, {"name": "B", "value": ""}], image="b")

    assert render(concealed(differences(before, after))) == [
        "~ containerDefinitions.api.environment.A: (hidden) -> (hidden)",
        "+ containerDefinitions.api.environment.B: (hidden)",
        '~ containerDefinitions.api.image: "a" -> "b"',
        '- memory: "512"',
    ]
