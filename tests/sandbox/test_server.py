"""The sandbox as a process: how it comes up, what it prints, how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import leftovers
from sandbox.launch import Sandbox, SandboxError, ready
from sandbox.server import greeting
from sandbox.state import Settings
from tests.sandbox.stack import make, service
from tests.sandbox.trust import TRUST

Client = Callable[[str], Any]


def command(state_dir: Path, *flags: str) -> list[str]:
    return [sys.executable, "-m", "sandbox", "--state-dir", str(state_dir), *flags]


def run(state_dir: Path, *flags: str) -> tuple[int, str, str]:
    done = subprocess.run(command(state_dir, *flags), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@contextlib.contextmanager
def started(state_dir: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command(state_dir, "--port", "0", "--data-plane-port", "0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_ready(process: subprocess.Popen[str], state_dir: Path) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while (facts := ready(state_dir, process.pid)) is None:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return facts


def listening(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) == 0


def test_it_prints_what_a_second_shell_needs_and_ends_in_order_at_the_first_ctrl_c(tmp_path: Path) -> None:
    with started(tmp_path) as process:
        facts = wait_ready(process, tmp_path)
        assert urllib.request.urlopen(f"{facts['endpoint_url']}/_sandbox/health").read() == b"ready\n"
        assert listening(facts["data_plane_url"])

        process.send_signal(signal.SIGINT)
        # A second one, as of somebody impatient, breaks nothing.
        process.send_signal(signal.SIGINT)
        printed, errors = process.communicate(timeout=20)

    assert (process.returncode, errors) == (0, "sandbox: stopping\n")
    exports = dict(re.findall(r"^  export (\w+)=(\S+)$", printed, re.MULTILINE))
    exports.pop("TF_CLI_CONFIG_FILE", None)
    assert exports == {
        "AWS_ENDPOINT_URL": facts["endpoint_url"],
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CHECKPOINT_DISABLE": "1",
    }
    assert not listening(facts["endpoint_url"])
    assert not listening(facts["data_plane_url"])
    assert not (tmp_path / "run" / "sandbox.json").exists()


def test_a_killed_sandbox_leaves_nothing_that_hinders_the_next(tmp_path: Path) -> None:
    with started(tmp_path) as first:
        wait_ready(first, tmp_path)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    (tmp_path / "run" / "old").write_text("")

    with started(tmp_path) as second:
        facts = wait_ready(second, tmp_path)
        assert listening(facts["endpoint_url"])
        assert not (tmp_path / "run" / "old").exists()


@pytest.mark.parametrize("flag", ["--port", "--data-plane-port"])
def test_a_port_in_use_is_one_line_that_names_port_and_flag(tmp_path: Path, flag: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        others = {"--port": "0", "--data-plane-port": "0", flag: str(port)}
        code, printed, errors = run(tmp_path, *(word for pair in others.items() for word in pair))

    assert (code, printed) == (1, "")
    assert errors == f"sandbox: port {port} is in use; choose another with {flag}\n"


def test_two_sandboxes_do_not_share_a_state_directory(sandbox: Sandbox) -> None:
    code, _, errors = run(sandbox.state_dir, "--port", "0", "--data-plane-port", "0")

    assert code == 1
    assert errors == (
        f"sandbox: another sandbox is running from {sandbox.state_dir}; stop it or choose another --state-dir\n"
    )


def test_a_second_sandbox_that_may_not_start_leaves_the_first_one_to_be_found(tmp_path: Path) -> None:
    with started(tmp_path) as first:
        facts = wait_ready(first, tmp_path)
        with pytest.raises(SandboxError, match=f"another sandbox is running from {re.escape(str(tmp_path))}"):
            Sandbox(tmp_path).start()

        assert ready(tmp_path, first.pid) == facts


def test_the_users_own_aws_variables_are_taken_out_of_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.example")

    text = greeting(Settings("http://127.0.0.1:1", "http://127.0.0.1:2", state_dir=tmp_path), [])

    assert "\n  unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL_S3\n" in text


def test_it_listens_on_loopback_only(sandbox: Sandbox) -> None:
    ports = {f"{int(sandbox.facts[key].rsplit(':', 1)[1]):04X}" for key in ("endpoint_url", "data_plane_url")}
    tables = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    rows = [line.split() for line in tables.splitlines() if ":" in line.split()[1]]

    addresses = {row[1].split(":")[0] for row in rows if row[1].split(":")[1] in ports and row[3] == "0A"}

    assert addresses == {"0100007F"}


def test_a_web_page_has_no_access(sandbox: Sandbox) -> None:
    asked = urllib.request.Request(f"{sandbox.facts['endpoint_url']}/", headers={"Origin": "https://evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked)

    assert (refused.value.code, refused.value.headers["Access-Control-Allow-Origin"]) == (403, None)


def test_leftovers_name_what_is_there_and_nothing_of_awss_own(client: Client, sandbox: Sandbox, name: str) -> None:
    url = sandbox.facts["endpoint_url"]
    stack = make(client, name)
    service(client, stack)
    client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    client("logs").create_log_group(logGroupName=f"/{name}")
    client("ssm").put_parameter(Name=f"/greenlight/{name}", Value="{}", Type="String")
    client("s3").create_bucket(Bucket=name)

    # Other tests' things are here too.
    found = {line for line in leftovers.find(url) if name in line or stack.subnet in line}

    assert found == {
        f"subnet {stack.subnet}",
        f"load balancer {name}",
        f"target group {name}-blue",
        f"target group {name}-green",
        f"ECS cluster {name}",
        f"ECS service arn:aws:ecs:us-east-1:123456789012:service/{name}/{name}",
        f"IAM role {name}",
        f"log group /{name}",
        f"SSM parameter /greenlight/{name}",
    }


def test_nothing_is_left_over_in_a_region_where_nothing_was_made(sandbox: Sandbox, client: Client) -> None:
    # IAM is one for all regions, so what other tests make in it is seen from here as well.
    client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")

    found = leftovers.find(sandbox.facts["endpoint_url"], "eu-west-1")

    assert [line for line in found if not line.startswith(("IAM role test-", "IAM policy test-"))] == []


def test_an_answer_that_got_lost_is_given_again_to_its_owner_instead_of_doing_it_twice(
    sandbox: Sandbox, name: str
) -> None:
    def create(attempt: int, invocation: str, key: str = "sandbox") -> int:
        request = urllib.request.Request(
            sandbox.facts["endpoint_url"],
            data=json.dumps({"applicationName": name, "computePlatform": "ECS"}).encode(),
            headers={
                "X-Amz-Target": "CodeDeploy_20141006.CreateApplication",
                "Content-Type": "application/x-amz-json-1.1",
                "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/codedeploy/aws4_request",
                "amz-sdk-invocation-id": invocation,
                "amz-sdk-request": f"attempt={attempt}; max=3",
            },
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert create(1, f"{name}-first") == 200
    assert create(2, f"{name}-first") == 200
    assert create(1, f"{name}-another") == 400
    assert create(2, f"{name}-first", key="AKIASOMEBODYELSES") == 400
