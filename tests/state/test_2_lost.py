"""A state that is old or lost comes back, while the service answers as if nothing were."""

import json

from tests.e2e.harness import STATE_BUCKET, Environment
from tests.state.runbook import SETTINGS, killed_at, made, managed, recover, served, steps, succeeds

WITH_A_ZONE = SETTINGS.replace(
    "egress: nat-single", "egress: nat-single\n  availability_zones: [us-east-1a, us-east-1b, us-east-1c]"
)
KEY = "sandbox/terraform.tfstate"


def deployed(stack: Environment) -> None:
    """The last of the runbook's steps."""
    plan = stack.terraform("plan", "-input=false").succeed()
    assert " 0 to destroy" in plan, plan
    assert " must be replaced" not in plan, plan
    stack.terraform("apply", "-auto-approve", "-input=false").succeed()
    (stack.stack_folder / "imports.tf").unlink()
    stack.assert_plan_is_empty()
    assert made(stack) == managed(stack)


def versions(stack: Environment) -> list[str]:
    """Of the state, the newest first."""
    found = stack.client("s3").list_object_versions(Bucket=STATE_BUCKET, Prefix=KEY)["Versions"]
    return [one["VersionId"] for one in found if one["Key"] == KEY]


def test_a_change_that_was_killed_is_finished_by_the_next_deploy(stack: Environment) -> None:
    """A VPC link cannot be changed: a new one is made before the old one goes, and the state knows one of them."""
    stack.synth(WITH_A_ZONE)
    with served(stack):
        killed_at(stack, "POST /v2/vpclinks", "apply", "-auto-approve", "-input=false")
        (left,) = recover(stack)
        stack.terraform("apply", "-auto-approve", "-input=false").succeed()
        succeeds(stack, f"export LINK_ID={left}\n{steps('delete-vpc-link')}")

    (stack.stack_folder / "imports.tf").unlink()
    stack.assert_plan_is_empty()
    assert made(stack) == managed(stack)


def test_an_old_version_of_the_state_is_brought_up_to_date(stack: Environment) -> None:
    """It knows nothing of the zone, and of a VPC link that is gone: the oldest whole one, from before the change."""
    before_the_change = whole(stack, zones=2)
    with served(stack):
        succeeds(stack, f"export VERSION_ID={before_the_change}\n{steps('put-object')}")
        assert recover(stack) == []
        deployed(stack)


def test_a_state_that_was_deleted_comes_back_in_the_version_before(stack: Environment) -> None:
    stack.client("s3").delete_object(Bucket=STATE_BUCKET, Key=KEY)
    succeeds(stack, f"export VERSION_ID={versions(stack)[0]}\n{steps('put-object')}")

    stack.assert_plan_is_empty()


def test_a_stack_whose_bucket_is_lost_is_taken_over_as_it_is(stack: Environment) -> None:
    before = made(stack)
    with served(stack):
        bucket_is_lost(stack)
        succeeds(stack, steps("greenlight bootstrap"))
        assert recover(stack) == []
        deployed(stack)

    assert made(stack) == before


def bucket_is_lost(stack: Environment) -> None:
    s3 = stack.client("s3")
    found = s3.list_object_versions(Bucket=STATE_BUCKET)
    for one in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=STATE_BUCKET, Key=one["Key"], VersionId=one["VersionId"])
    s3.delete_bucket(Bucket=STATE_BUCKET)


def whole(stack: Environment, zones: int) -> str:
    """The newest version of the state that knows all of the stack, with this number of zones."""
    for version in versions(stack):
        body = stack.client("s3").get_object(Bucket=STATE_BUCKET, Key=KEY, VersionId=version)["Body"]
        kinds = [one["type"] for one in json.load(body)["resources"] if one["mode"] == "managed"]
        if kinds.count("aws_subnet") == 3 * zones and "aws_ssm_parameter" in kinds:
            return version
    raise AssertionError(f"no version has {zones} zones")
