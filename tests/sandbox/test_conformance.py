"""The conformance kit: it finds what differs, by name, and leaves nothing, however it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from sandbox import leftovers
from sandbox.aws.rules import RULES
from sandbox.conformance import account, probe, probes, scenarios
from sandbox.conformance.account import Account, Clients
from sandbox.conformance.ledger import Ledger, read
from sandbox.conformance.probes import PROBES
from sandbox.conformance.scenarios import SCENARIOS
from sandbox.conformance.undo import KINDS
from sandbox.conformance.world import World
from sandbox.images import push
from sandbox.launch import Sandbox
from sandbox.state import ACCOUNT
from tests.sandbox.running_stack import REGION, until, write_container

IMAGE = "app:one"
UNTRIED = {
    "function_is_pending",  # again only after weeks without an invocation
    "listeners_policy_is_missing",  # AWS looks at it along with a real certificate, and the kit has none
    "load_balancers_subnet_is_full",  # filled with other things first
    "zip_is_too_large",  # 50 MB would be sent
}
"""Rules that no single request can try."""

MOTOS_OWN = ["container_has_no_memory", "target_group_name_is_taken"]
"""Rules that moto knows too, where nothing of ours comes before."""

CLAIMED = [rule.name for rule in RULES if rule.name not in UNTRIED]


class RulesOff(Sandbox):
    """A sandbox whose rules can be switched off, by their names in the file `off`."""

    def __init__(self, state_dir: Path):
        super().__init__(state_dir, time_scale=60)
        self.off = self.state_dir / "off"
        self.off.write_text("")
        self.command = (sys.executable, "-m", "tests.sandbox.rules_off", str(self.off))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RulesOff]:
    folder = tmp_path_factory.mktemp("conformance")
    with RulesOff(folder) as running:
        url = running.facts["endpoint_url"]
        push(IMAGE, write_container(folder), environment={}, architecture=None, endpoint_url=url, region=REGION)
        yield running


def start(environment: dict[str, str], folder: Path) -> subprocess.Popen[str]:
    """The kit, as ``make conformance`` runs it, in a folder of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox.conformance", "--image", IMAGE],
        env=environment | {"PYTHONPATH": os.getcwd()},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Where the tests themselves run in a shell's background, Ctrl-C would be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def run(environment: dict[str, str], folder: Path, answer: str = ACCOUNT) -> tuple[int, str]:
    kit = start(environment, folder)
    output, _ = kit.communicate(f"{answer}\n", timeout=600)
    return kit.returncode, output


def clean_up(environment: dict[str, str], ledger: Path) -> list[str]:
    """What the janitor could not remove. Raises subprocess.TimeoutExpired where it goes on waiting."""
    janitor = subprocess.run(
        [sys.executable, "-m", "sandbox.conformance.janitor", str(ledger), ledger.stem],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        timeout=240,
        check=True,
    )
    return list(json.loads(janitor.stdout))


def report(folder: Path) -> dict[str, Any]:
    (path,) = (folder / ".sandbox" / "conformance").glob("*.json")
    return dict(json.loads(path.read_text()))


def begun(folder: Path, calls: int) -> Callable[[], bool]:
    """Whether the kit has had so many answers."""
    return lambda: any(
        path.read_text().count('"answer"') >= calls for path in (folder / ".sandbox" / "conformance").glob("*.ledger")
    )


# What is claimed


def test_every_claim_has_a_name_of_its_own_and_the_address_of_its_source() -> None:
    names = [probe.name for probe in PROBES] + [story.name for story in SCENARIOS]

    assert sorted(names) == sorted(set(names))
    assert [probe.name for probe in PROBES if not probe.source.startswith("https://")] == []


def test_every_rule_of_the_sandbox_is_a_claim_that_can_be_tried() -> None:
    claimed = {re.split(r"[ :]+", probe.name)[1] for probe in PROBES}

    assert [name for name in CLAIMED if name not in claimed] == []


def test_what_a_claim_may_make_can_be_removed_again() -> None:
    """Whatever is made has a way back, or goes with what it is a part of."""
    parts = {
        ("apigatewayv2", "CreateDeployment"),
        ("cloudwatch", "PutMetricData"),
        ("ec2", "CreateTags"),
        ("ecr", "PutImage"),
        ("elbv2", "AddTags"),
        ("logs", "PutLogEvents"),
        ("logs", "PutRetentionPolicy"),
        ("s3", "PutBucketEncryption"),
        ("s3", "PutBucketLifecycleConfiguration"),
        ("s3", "PutBucketPolicy"),
        ("s3", "PutBucketTagging"),
        ("s3", "PutBucketVersioning"),
        ("s3", "PutObjectTagging"),
        ("ecs", "CreateTaskSet"),
        ("lambda", "PutFunctionConcurrency"),
        ("codedeploy", "PutLifecycleEventHookExecutionStatus"),
        ("codedeploy", "RegisterApplicationRevision"),
        ("sns", "Publish"),
        ("ssm", "AddTagsToResource"),
    }
    making = re.compile("Create|Put|Register|Allocate|Add[A-Z]|Attach|Run|Publish")
    tried = {(probe.service, probe.operation) for probe in PROBES}

    assert sorted(item for item in tried - parts if making.match(item[1]) and item not in KINDS) == []


def test_every_file_of_probes_and_every_transcript_is_tried() -> None:
    folder = Path(probes.__file__).parent
    tried = {module.__name__.rpartition(".")[2] for module in probes.MODULES}

    assert {file.stem for file in folder.glob("[!_]*.py")} == tried
    assert {file.stem for file in Path(scenarios.__file__).parent.glob("*.txt")} == {story.name for story in SCENARIOS}


def test_a_way_back_is_an_operation_of_its_service() -> None:
    unknown = [
        (service, name)
        for (service, create), kind in KINDS.items()
        for name in (create, *(step for step, _ in kind.steps))
        if name not in get_service_model(service).operation_names or not xform_name(name)
    ]

    assert unknown == []


def test_the_secret_of_a_key_is_not_written_down(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    entry = ledger.before("iam", "CreateAccessKey", {"UserName": "a"})

    ledger.answered(entry, {"AccessKey": {"AccessKeyId": "AKIA", "SecretAccessKey": "hidden"}})

    assert read(tmp_path / "ledger")[0].answer == {"AccessKey": {"AccessKeyId": "AKIA"}}


# On the sandbox


def test_every_claim_holds_on_the_sandbox_and_nothing_is_left(sandbox: RulesOff, tmp_path: Path) -> None:
    before = leftovers.find(sandbox.facts["endpoint_url"])

    code, output = run(sandbox.environment, tmp_path)

    claims = len(PROBES) + len(SCENARIOS)
    assert f"{claims} claims tried: {claims} same, 0 different, 0 not run" in output, output
    assert code == 0
    assert leftovers.find(sandbox.facts["endpoint_url"]) == before

    # A run can be killed between a removal and the line that says so, whatever was removed.
    (ledger,) = (tmp_path / ".sandbox" / "conformance").glob("*.ledger")
    lines = [line for line in ledger.read_text().splitlines() if '"over": true' not in line]
    ledger.write_text("\n".join(lines))
    assert clean_up(sandbox.environment, ledger) == []
    assert leftovers.find(sandbox.facts["endpoint_url"]) == before


def test_nothing_is_made_in_an_account_that_was_not_confirmed(sandbox: RulesOff, tmp_path: Path) -> None:
    assert run(sandbox.environment, tmp_path, answer="yes")[0] == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_ended_half_way_leaves_nothing(sandbox: RulesOff, tmp_path: Path, number: signal.Signals) -> None:
    before = leftovers.find(sandbox.facts["endpoint_url"])
    kit = start(sandbox.environment, tmp_path)
    assert kit.stdin is not None
    kit.stdin.write(f"{ACCOUNT}\n")
    kit.stdin.flush()
    until(begun(tmp_path, calls=12), seconds=120)
    assert leftovers.find(sandbox.facts["endpoint_url"]) != before

    kit.send_signal(number)
    kit.communicate(timeout=120)

    until(lambda: leftovers.find(sandbox.facts["endpoint_url"]), before.__eq__, seconds=120)
    assert kit.returncode == (-number if number == signal.SIGKILL else 130)
    if number != signal.SIGKILL:
        told = report(tmp_path)
        assert (told["finished"], told["left"]) == (False, [])


def test_a_call_that_comes_too_soon_for_aws_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """API Gateway deletes a VPC link every 30 seconds."""
    too_soon = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "DeleteVpcLink")
    answers: list[Any] = [too_soon, too_soon, {}]

    class Gateway:
        def delete_vpc_link(self, **_request: str) -> dict[str, Any]:
            answer = answers.pop(0)
            if isinstance(answer, ClientError):
                raise answer
            return dict(answer)

    class Fake(Clients):
        def __call__(self, _service: str) -> Any:
            return Gateway()

    monkeypatch.setattr(account, "POLL_SECONDS", 0)
    asked = Account(Fake(), Ledger(tmp_path / "ledger"), "run", ACCOUNT, REGION)

    assert (asked.attempt("apigatewayv2", "DeleteVpcLink", {"VpcLinkId": "012345"}).accepted, answers) == (True, [])


# Differences


@pytest.fixture(scope="module")
def world(sandbox: RulesOff, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        run = f"glc-{time.monotonic_ns() % 10**6:06}"
        ledger = Ledger(tmp_path_factory.mktemp("ledger") / run)
        yield World(Account(Clients(), ledger, run, ACCOUNT, REGION))


@pytest.mark.parametrize("name", CLAIMED)
def test_a_rule_that_is_switched_off_is_a_difference_that_names_it(sandbox: RulesOff, world: World, name: str) -> None:
    claims = [item for item in PROBES if re.split(r"[ :]+", item.name)[1] == name]
    sandbox.off.write_text(name)
    try:
        found = {result.name: result.verdict for result in (probe.run(claim, world) for claim in claims)}
    finally:
        sandbox.off.write_text("")

    assert "different" in found.values(), found


# On something that is not AWS


@pytest.fixture
def moto() -> Iterator[str]:
    """The address of a plain moto server, which the sandbox is made from."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = Path(sys.executable).with_name("moto_server")
    variables = os.environ | {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    server = subprocess.Popen(
        [command, "-p", str(port)], env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def test_plain_moto_differs_in_what_we_know_it_to_differ_in(sandbox: RulesOff, moto: str, tmp_path: Path) -> None:
    code, output = run(sandbox.environment | {"AWS_ENDPOINT_URL": moto}, tmp_path)

    verdicts: dict[str, set[str]] = {}
    for result in report(tmp_path)["results"]:
        verdicts.setdefault(result["name"].split(": ")[-1].split(" ")[0], set()).add(result["verdict"])
    assert code == 3, output
    assert sorted(name for name in CLAIMED if "different" not in verdicts[name]) == MOTOS_OWN
    assert [story.name for story in SCENARIOS if verdicts[story.name] != {"not run"}] == []
