"""The workflows to copy: nothing of a plan goes where it can be read, and no code of a pull request near AWS."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = {
    file.stem: yaml.safe_load(file.read_text()) for file in sorted((ROOT / "docs" / "workflows").glob("*.yml"))
}
JOBS = [(workflow, name, job) for workflow, document in WORKFLOWS.items() for name, job in document["jobs"].items()]
STEPS = [(f"{workflow}.{name}", step) for workflow, name, job in JOBS for step in job["steps"]]


def job(workflow: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = WORKFLOWS[workflow]["jobs"][name]
    return found


def commands(workflow: str, name: str) -> str:
    return "\n".join(step.get("run", "") for step in job(workflow, name)["steps"])


def test_every_workflow_is_looked_at() -> None:
    assert list(WORKFLOWS) == ["apply", "drift", "plan", "release"]


@pytest.mark.parametrize(("where", "step"), STEPS)
def test_actions_are_pinned_and_commands_have_no_expression_in_them(where: str, step: dict[str, Any]) -> None:
    assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step.get("uses", "a@" + "0" * 40)), where
    assert "${{" not in step.get("run", ""), where


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_jobs_get_only_the_permissions_that_they_name(workflow: str) -> None:
    assert WORKFLOWS[workflow]["permissions"] == {}
    assert all("permissions" in one for name, _, one in JOBS if name == workflow)


@pytest.mark.parametrize("workflow", ["plan", "drift"])
def test_what_is_synthesized_runs_without_credentials(workflow: str) -> None:
    synth = job(workflow, "synth")

    assert synth["permissions"] == {"contents": "read"}
    assert "secrets." not in str(synth)
    assert "role-to-assume" not in str(synth)
    assert "npx cdktf synth" in commands(workflow, "synth")


def test_no_code_of_the_pull_request_runs_where_the_credentials_are() -> None:
    plan = job("plan", "plan")
    checkout = next(step for step in plan["steps"] if step.get("uses", "").startswith("actions/checkout@"))

    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert [line for line in commands("plan", "plan").splitlines() if line.strip().startswith(("make ", "npx "))] == []
    # YAML 1.1 reads the key `on` as true.
    assert WORKFLOWS["plan"][True] == "pull_request"


def test_a_configuration_is_checked_before_there_are_credentials() -> None:
    order = [step.get("name") or step.get("uses", "").partition("@")[0] for step in job("plan", "plan")["steps"]]

    check, credentials = (
        order.index(one)
        for one in ("Take what a plan needs, if it runs no program", "aws-actions/configure-aws-credentials")
    )
    assert check < credentials < order.index("Plan")


def test_a_fork_gets_no_plan() -> None:
    condition = job("plan", "plan")["if"]

    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    assert "needs" in job("plan", "plan")


@pytest.mark.parametrize("workflow", ["plan", "drift", "apply"])
def test_terraform_prints_no_value_into_a_log(workflow: str) -> None:
    job_name = {"plan": "plan", "drift": "drift", "apply": "apply"}[workflow]
    lines = [line.strip() for line in commands(workflow, job_name).splitlines() if "terraform -chdir" in line]

    assert lines
    assert [line for line in lines if " > " not in line] == []


def test_plans_are_short_lived() -> None:
    kept = {
        (where, step["with"]["name"]): step["with"]["retention-days"]
        for where, step in STEPS
        if step.get("uses", "").startswith("actions/upload-artifact@")
    }

    assert kept == {("plan.synth", "stacks"): 1, ("plan.plan", "plans"): 14, ("drift.synth", "stacks"): 1}


def test_a_plan_takes_no_lock_and_an_apply_only_what_was_saved() -> None:
    assert "-lock=false" in commands("plan", "plan")
    assert "-lock=false" in commands("drift", "drift")
    applying = [line.strip() for line in commands("apply", "apply").splitlines() if " apply " in line]

    assert applying == ['terraform -chdir="plans/$stack" apply -input=false -no-color tfplan > /dev/null']


def test_who_pushes_does_not_release_and_only_a_digest_is_handed_on() -> None:
    push, prod = job("release", "push"), job("release", "prod")
    roles = [
        step["with"]["role-to-assume"]
        for one in (push, prod)
        for step in one["steps"]
        if step.get("uses", "").startswith("aws-actions/configure-aws-credentials@")
    ]

    assert roles == ["${{ vars.PUSH_ROLE }}", "${{ vars.RELEASE_ROLE }}"]
    assert push["outputs"] == {"digest": "${{ steps.push.outputs.digest }}"}
    assert prod["steps"][-1]["env"] == {
        "SERVICE": "prod/api",
        "DIGEST": "${{ inputs.digest || needs.push.outputs.digest }}",
    }


def test_an_apply_and_a_release_wait_for_consent() -> None:
    assert {f"{workflow}.{name}": one["environment"] for workflow, name, one in JOBS if "environment" in one} == {
        "apply.apply": "apply",
        "release.push": "push",  # of a role of its own, without reviewers
        "release.prod": "prod",
    }


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_runs_of_the_same_do_not_overlap(workflow: str) -> None:
    assert WORKFLOWS[workflow]["concurrency"]["group"]
    assert WORKFLOWS[workflow]["concurrency"]["cancel-in-progress"] == (workflow == "plan")
