"""What goes wrong where Terraform is part of it."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.failures.drill import NAME, Drill
from tests.failures.patience import poll
from tests.failures.phases import held
from tests.failures.scene import Scene, refusal


@contextmanager
def locked(drill: Drill, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Inside, somebody's `terraform apply` has the state's lock: it waits for a yes."""
    synthesized = drill.stack_folder / "cdk.tf.json"
    before = synthesized.read_text()
    config = json.loads(before)
    (service,) = config["resource"]["aws_ecs_service"].values()
    service["health_check_grace_period_seconds"] += 1
    synthesized.write_text(json.dumps(config))
    said = folder / "apply.txt"
    with said.open("w") as output:
        apply = subprocess.Popen(
            ["terraform", "apply", "-no-color"],
            cwd=drill.stack_folder,
            env=drill.environment(None),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        poll("it asks", lambda: "Enter a value" in said.read_text())
        synthesized.write_text(before)
        yield apply
    finally:
        synthesized.write_text(before)
        apply.kill()
        apply.wait()


def shown(output: str) -> str:
    """Who has the lock, as Terraform says it, without whose machine that is."""
    (who,) = re.findall(r"Who:\s+(\S+)@\S+", output)
    (operation,) = re.findall(r"Operation:\s+(\S+)", output)
    assert who
    return f"Error acquiring the state lock … Operation: {operation} … Who: USER@HOST"


def test_a_second_apply_is_refused_or_waits_and_the_state_stays_whole(
    drill: Drill, scene: Scene, tmp_path: Path
) -> None:
    with locked(drill, tmp_path) as first:
        second = drill.terraform("plan", "-detailed-exitcode", "-input=false")
        assert second.wait() == 1
        patient = drill.terraform("plan", "-detailed-exitcode", "-input=false", "-lock-timeout=5m")
        first.communicate("no\n")
        assert patient.wait() == 0

    scene.settles("before")
    fault = "An apply is under way, and waits for its yes"
    scene.row("state", fault, shown(second.output), plan=second, **{"plan -lock-timeout=5m": patient})


def test_a_lock_that_was_left_behind_shows_its_owner_and_is_taken_away_by_its_id(
    drill: Drill, scene: Scene, tmp_path: Path
) -> None:
    with locked(drill, tmp_path) as apply:
        apply.send_signal(signal.SIGKILL)
        apply.wait()
    blocked = drill.terraform("plan", "-detailed-exitcode", "-input=false")
    assert blocked.wait() == 1
    (lock,) = re.findall(r"ID:\s+([0-9a-f-]{36})", blocked.output)
    unlock = drill.terraform("force-unlock", "-force", lock)
    unlock.succeed()

    scene.settles("before", plan=True)
    fault = "Terraform is killed, and its lock stays"
    scene.row("state", fault, shown(blocked.output), plan=blocked, **{"force-unlock": unlock})


def test_an_apply_in_mid_shift_changes_nothing_and_guard_refuses_it(drill: Drill, scene: Scene, tmp_path: Path) -> None:
    plan, shown = tmp_path / "tfplan", tmp_path / "plan.json"
    review = tmp_path / "review.json"
    with held(drill, "AllowTraffic") as release:
        planned = drill.terraform("plan", "-detailed-exitcode", "-input=false", f"-out={plan}")
        assert planned.wait() == 0
        shown.write_text(drill.terraform("show", "-json", str(plan)).succeed())
        review.write_text(drill.greenlight("review", str(shown), "--plan-file", str(plan), "-o", "json").succeed())
        guard = drill.greenlight("guard", str(shown), "--plan-file", str(plan), "--reviewed", str(review), "-o", "json")
        assert guard.wait() == 2
        refused = json.loads(guard.output)["refusals"][0]
        assert refused.startswith(f"deployment {release.deployment} of {NAME}/{NAME}-api is InProgress: ")
        apply = drill.terraform("apply", "-auto-approve", "-input=false")
        apply.succeed()
        assert sorted(drill.weights().values()) == [10, 90]
        release.let_go()
        drill.finish(release.deployment)
        release.deploy.succeed()

    scene.settles("candidate")
    fault = "`terraform plan` and `apply` in AllowTraffic (10 %)"
    scene.row("state", fault, refused, plan=planned, guard=guard, apply=apply, deploy=release.deploy)


def test_both_colours_leave_the_plan_empty(drill: Drill, scene: Scene) -> None:
    groups = [scene.before.group]
    for _ in range(2):
        deploy = drill.deploy(drill.good())
        drill.finish(drill.begun(deploy))
        deploy.succeed()
        groups.append(drill.live().group)
        plan = drill.terraform("plan", "-detailed-exitcode", "-input=false")
        assert plan.wait() == 0, plan.output

    assert groups == [groups[0], groups[1], groups[0]]
    assert groups[0] != groups[1]
    scene.settles("candidate", seen=True)
    scene.row("state", "Production is on the other target group, and `terraform plan` is run", "No changes", plan=plan)


def test_a_listener_that_was_put_back_is_found_and_repaired_before_a_release_fails_of_it(
    drill: Drill, scene: Scene
) -> None:
    idle = next(arn for arn, name in drill.groups.items() if name != scene.before.group)
    elb, listener = drill.client("elbv2"), drill.balancer["prod_listener"]
    elb.modify_listener(ListenerArn=listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": idle}])
    poll("requests are lost", lambda: any(one.startswith("failed") for one in scene.answers))
    deploy = drill.deploy(drill.candidate_of(scene.before.version))
    assert deploy.wait() == 1
    doctor = drill.greenlight("doctor", NAME, "--fix")
    assert "repaired reverted-listener" in doctor.succeed()
    again = drill.deploy(drill.good())
    drill.finish(drill.begun(again))
    again.succeed()

    scene.settles("candidate", lost=True, plan=True)
    fault = "Production's listener is put back to the target group of before the last release"
    scene.row("state", fault, refusal(deploy), deploy=deploy, doctor=doctor, again=again)


def test_a_second_target_group_is_not_put_on_the_service(drill: Drill, scene: Scene) -> None:
    """With both every Install hangs: https://github.com/umotif-public/terraform-aws-ecs-fargate/issues/51"""
    balancers = [{"targetGroupArn": arn, "containerName": "api", "containerPort": 3000} for arn in sorted(drill.groups)]
    with pytest.raises(ClientError) as refused:
        drill.client("ecs").update_service(cluster=NAME, service=f"{NAME}-api", loadBalancers=balancers)

    scene.settles("before")
    scene.row("state", "Both target groups are to be put on the service", str(refused.value))
