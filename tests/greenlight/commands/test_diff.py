from typing import Any

from greenlight.commands import diff


def test_a_terraform_change_and_the_image_are_seen_before_they_ship(context: Any, aws: Any, play: Any) -> None:
    newest = aws.register(
        image="whatever:created-with", memory="1024", container={"environment": [{"name": "A", "value": "1"}]}
    )
    changed = context.manifest.model_copy(update={"task_definition": newest})

    result = diff.run(type(context)(aws, changed, context.clock, context.show), ":blue")

    assert (result.exit_code, result.text.splitlines()) == (
        2,
        [
            "a release would change api:1, which is live:",
            '+ containerDefinitions.api.environment.A: "1"',
            f'~ containerDefinitions.api.image: "{play.repository}@{play.green}" -> "{play.repository}@{play.blue}"',
            '~ memory: "512" -> "1024"',
        ],
    )


def test_no_difference_is_exit_code_0(context: Any) -> None:
    result = diff.run(context, None)

    assert (result.exit_code, result.document["differences"]) == (0, [])
