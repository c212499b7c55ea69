"""What `make policy` finds, and that it never passes what it could not read."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import environments
from main import EnvironmentStack
from tests.checkov import SKIPPED, findings, needed, skip_nothing
from tests.synthesis import synth_stack
from tools import policy

# isort: split
from cdktf import Testing

ROOT = Path(__file__).parent.parent.parent
pytestmark = needed

ANYONE = ["10.0.0.0/8", "0.0.0.0/0"]
RULE = {"from_port": 22, "to_port": 22, "protocol": "tcp"}
OPEN: dict[str, dict[str, Any]] = {
    "aws_lb": {"public": {"internal": False}, "public_by_default": {}, "internal": {"internal": True}},
    "aws_ssm_parameter": {
        "password": {"name": "/password", "type": "String"},
        "manifest": {"name": "/greenlight/dev/api", "type": "String"},
        "secret": {"name": "/password", "type": "SecureString"},
    },
    "aws_vpc_security_group_ingress_rule": {
        "all_ipv4": {"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "tcp", "from_port": 5432, "to_port": 5432},
        "all_ipv6": {"cidr_ipv6": "::/0", "ip_protocol": "-1"},
        "network": {"cidr_ipv4": "10.0.0.0/16", "ip_protocol": "tcp", "from_port": 22, "to_port": 22},
        "group": {"referenced_security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 0, "to_port": 65535},
    },
    "aws_security_group": {
        "all_ipv4": {"ingress": [RULE | {"cidr_blocks": ANYONE}]},
        "all_ipv6": {"ingress": [RULE | {"cidr_blocks": ANYONE[:1]}, RULE | {"ipv6_cidr_blocks": ["::/0"]}]},
        "network": {"ingress": [RULE | {"cidr_blocks": ANYONE[:1]}]},
        "no_rules": {"name": "empty"},
    },
    "aws_security_group_rule": {
        "all_ipv4": RULE | {"type": "ingress", "cidr_blocks": ANYONE},
        "all_ipv6": RULE | {"type": "ingress", "ipv6_cidr_blocks": ["::/0"]},
        "out": RULE | {"type": "egress", "cidr_blocks": ANYONE},
        "network": RULE | {"type": "ingress", "cidr_blocks": ANYONE[:1]},
    },
}


def stack(folder: Path, name: str, config: object) -> Path:
    file = folder / "stacks" / name / "cdk.tf.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(config, indent=2))
    return folder


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every committed stack, as `cdktf synth` writes it."""
    folder = tmp_path_factory.mktemp("committed")
    environment = os.environ | {"CDKTF_OUTDIR": str(folder)}
    subprocess.run([sys.executable, "main.py"], cwd=ROOT, env=environment, check=True)
    return folder


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_nothing_is_found_in_the_environments(committed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = policy.main(committed)

    assert (code, findings(capfd.readouterr().out)) == (0, set())


def test_every_check_that_is_skipped_would_find_something(
    committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A skip that hides nothing is a leftover."""
    monkeypatch.chdir(skip_nothing(tmp_path))
    code = policy.main(committed)

    assert (code, {check for check, _ in findings(capfd.readouterr().out)}) == (1, SKIPPED)


def test_what_is_open_to_everyone_is_found_in_each_of_its_forms(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = policy.main(stack(tmp_path, "dev", {"resource": OPEN}))
    found = {finding for finding in findings(capfd.readouterr().out) if "GREENLIGHT" in finding[0]}

    assert code == 1
    assert found == {
        ("CKV2_GREENLIGHT_1", "aws_lb.public"),
        ("CKV2_GREENLIGHT_1", "aws_lb.public_by_default"),
        ("CKV2_GREENLIGHT_2", "aws_vpc_security_group_ingress_rule.all_ipv4"),
        ("CKV2_GREENLIGHT_2", "aws_vpc_security_group_ingress_rule.all_ipv6"),
        ("CKV2_GREENLIGHT_3", "aws_security_group.all_ipv4"),
        ("CKV2_GREENLIGHT_3", "aws_security_group.all_ipv6"),
        ("CKV2_GREENLIGHT_4", "aws_security_group_rule.all_ipv4"),
        ("CKV2_GREENLIGHT_4", "aws_security_group_rule.all_ipv6"),
        ("CKV2_GREENLIGHT_5", "aws_ssm_parameter.password"),
    }


def test_an_environment_of_ones_own_needs_deletion_protection(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = environments.load("sandbox")
    protected = settings.model_copy(update={"deletion_protection": True})
    for name, chosen in (("try", settings), ("prod", protected)):
        stack(tmp_path, name, synth_stack(EnvironmentStack(Testing.app(), name, chosen)))
    code = policy.main(tmp_path)
    printed = capfd.readouterr().out

    assert code == 1
    assert re.findall(r"^Check: (\w+):|^\s+File: (\S+):", printed, re.MULTILINE) == [
        ("CKV_AWS_150", ""),
        ("", "/stacks/try/cdk.tf.json"),
    ]


def plan(**resources: dict[str, object]) -> dict[str, Any]:
    """A plan of load balancers, with as much as checkov reads of one."""
    planned = [
        {"address": f"aws_lb.{name}", "mode": "managed", "type": "aws_lb", "name": name, "values": values}
        for name, values in resources.items()
    ]
    changes = [
        one | {"change": {"actions": ["create"], "before": None, "after": one["values"], "after_unknown": {}}}
        for one in planned
    ]
    root = {"root_module": {"resources": planned}} if planned else {"root_module": {}}
    versions = {"format_version": "1.2", "terraform_version": "1.11.4"}
    return versions | {"planned_values": root, "resource_changes": changes, "configuration": {}}


def test_a_plan_is_checked_whatever_its_name_and_encoding(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "saved.txt"
    file.write_text(json.dumps(plan(public={"internal": False, "drop_invalid_header_fields": True})), encoding="utf-16")
    code = policy.main(file)

    # checkov's own says that a public load balancer has no web application firewall.
    found = {("CKV2_GREENLIGHT_1", "aws_lb.public"), ("CKV2_AWS_28", "aws_lb.public")}
    assert (code, findings(capfd.readouterr().out)) == (1, found)


def test_a_plan_that_destroys_everything_has_nothing_to_check(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan()))
    code = policy.main(file)

    assert (code, capfd.readouterr().out) == (0, f"{file} leaves no resource: there is nothing to check\n")


NO_PLAN = "is no plan as JSON: make one with `terraform show -json PLAN > plan.json`"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"PK\x03\x04", NO_PLAN), (b"{}", NO_PLAN), (b'{"format_version": "1.0"}', NO_PLAN), (None, "is not there")],
    ids=["binary plan", "empty object", "state", "absent"],
)
def test_what_is_no_plan_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes | None, reason: str
) -> None:
    file = tmp_path / "plan.json"
    if content is not None:
        file.write_bytes(content)
    code = policy.main(file)

    assert (code, capfd.readouterr().err) == (1, f"error: {file} {reason}\n")


def test_a_stack_that_cannot_be_read_is_refused_next_to_one_that_can(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = stack(tmp_path, "fine", {"resource": {"aws_lb": {"internal": OPEN["aws_lb"]["internal"]}}})
    stack(tmp_path, "broken", {})
    (broken / "stacks" / "broken" / "cdk.tf.json").write_text('{"resource": {')
    code = policy.main(broken)

    assert (code, capfd.readouterr().err) == (1, f"error: {broken} has what checkov cannot parse\n")


def test_a_folder_without_stacks_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = policy.main(tmp_path)

    assert (code, capfd.readouterr().err) == (1, f"error: {tmp_path} has nothing that checkov could check\n")
