"""The names that the CLI and the Terraform modules agree on: contracts/names.json."""

import json
from pathlib import Path
from typing import Any

from greenlight import autoscaling, manifest, policy
from greenlight.commands import deploy
from tests.greenlight.test_policy import EXAMPLE

NAMES: Any = json.loads((Path(__file__).parents[2] / "contracts" / "names.json").read_text())
SERVICE = {"environment": "dev", "service": "api"}
PARAMETER, SUSPENDED = (NAMES["parameters"][name].format(**SERVICE) for name in ("manifest", "suspended"))


def test_the_manifest_is_read_where_terraform_writes_it(aws: Any) -> None:
    manifest.load(aws, "dev/api")
    manifest.load(aws, "dev")

    assert aws.made("ssm:GetParameter") == [{"Name": PARAMETER}]
    assert aws.made("ssm:GetParametersByPath") == [{"Path": PARAMETER.rpartition("/")[0], "Recursive": False}]


def test_autoscaling_is_written_down_next_to_the_manifest(context: Any, aws: Any) -> None:
    scaled = context.manifest.model_copy(update={"scalable_target": "service/dev/dev-api"})

    autoscaling.suspend(type(context)(aws, scaled, context.clock, context.show))

    assert list(aws.parameters) == [PARAMETER, SUSPENDED]


def test_a_releasing_role_reads_and_writes_just_these_parameters() -> None:
    arns = {arn for action, arn in _arns() if action in ("ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter")}

    assert arns == {f"arn:aws:ssm:us-east-1:123456789012:parameter{name}" for name in (PARAMETER, SUSPENDED)}


def test_a_revision_has_the_tags_that_all_agree_on_and_no_other(context: Any, aws: Any, play: Any) -> None:
    revision = aws.revisions[aws.live]
    revision["tags"] = {NAMES["tags"]["environment"]: "dev"}
    revision["definition"]["containerDefinitions"][0]["image"] = f"{play.repository}:green"

    deploy.run(context, deploy.Options(image=":blue"))

    (asked,) = aws.made("ecs:RegisterTaskDefinition")
    assert {tag["key"] for tag in asked["tags"]} == set(NAMES["tags"].values())


def _arns() -> list[tuple[str, str]]:
    statements = policy.policy(EXAMPLE)["Statement"]
    return [(action, arn) for one in statements for action in one["Action"] for arn in one["Resource"]]
