from dataclasses import replace
from typing import Any

from greenlight.commands import diff


def test_a_terraform_change_and_the_image_are_seen_before_they_ship(context: Any, aws: Any, play: Any) -> None:
    newest = aws.register(
        image="whatever:created-with", memory="1024", container={"environment": [{"name": "A", "value": "1"}]}
    )
    changed = context.manifest.model_copy(update={"task_definition": newest})

    result = diff.run(type(context)(aws, changed, context.clock, context.show), ":blue", show_values=True)

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
    result = diff.run(context, None, show_values=False)

    assert (result.exit_code, result.document["differences"]) == (0, [])


def test_values_of_variables_are_shown_on_request_only(context: Any, aws: Any, play: Any) -> None:
    secret = {"environment": [{"name": "TOKEN", "value": "s3cret"}]}
    newest = aws.register(image=f"{play.repository}@{play.green}", container=secret)
    changed = replace(context, manifest=context.manifest.model_copy(update={"task_definition": newest}))

    hidden, shown = (diff.run(changed, None, show_values=show) for show in (False, True))

    path = "containerDefinitions.api.environment.TOKEN"
    assert "s3cret" not in hidden.text
    assert hidden.document["differences"] == [{"path": path, "before": None, "after": "(hidden)"}]
    assert shown.document["differences"] == [{"path": path, "before": None, "after": "s3cret"}]


def test_a_change_of_tags_alone_is_a_difference(context: Any, aws: Any) -> None:
    aws.revisions[aws.live]["tags"] = {"greenlight:replaces": "what it replaced", "team": "a"}
    newest = aws.register(image="whatever:created-with", tags={"team": "b", "aws:cloudformation": "x"})
    changed = replace(context, manifest=context.manifest.model_copy(update={"task_definition": newest}))

    result = diff.run(changed, None, show_values=False)

    assert result.document["differences"] == [{"path": "tags.team", "before": "a", "after": "b"}]
