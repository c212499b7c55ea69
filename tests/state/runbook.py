"""What happens to a deploy, and the steps of docs/operations.md, typed as they stand there."""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from botocore.exceptions import ClientError

from sandbox import leftovers
from sandbox.stream import RequestStream
from tests.documentation import ROOT, blocks
from tests.e2e.harness import LOCK, Command, Environment, poll
from tests.state.gate import Gate, kill_all_in

PAGE = ROOT / "docs" / "operations.md"
SETTINGS = (ROOT / "environments" / "sandbox.yaml").read_text()
KINDS = {  # as sandbox/leftovers.py calls them, and Terraform does
    "VPC": "aws_vpc",
    "subnet": "aws_subnet",
    "internet gateway": "aws_internet_gateway",
    "NAT gateway": "aws_nat_gateway",
    "elastic IP": "aws_eip",
    "flow log": "aws_flow_log",
    "load balancer": "aws_lb",
    "target group": "aws_lb_target_group",
    "ECS cluster": "aws_ecs_cluster",
    "ECS service": "aws_ecs_service",
    "Lambda function": "aws_lambda_function",
    "CodeDeploy application": "aws_codedeploy_app",
    "API": "aws_apigatewayv2_api",
    "VPC link": "aws_apigatewayv2_vpc_link",
    "IAM role": "aws_iam_role",
    "log group": "aws_cloudwatch_log_group",
    "EventBridge rule": "aws_cloudwatch_event_rule",
    "SSM parameter": "aws_ssm_parameter",
}


def killed_at(stack: Environment, moment: str, *arguments: str) -> str:
    """Runs Terraform until the moment, and returns what it said. Raises AssertionError if that never came."""
    kill = partial(kill_all_in, stack.stack_folder)
    with Gate(stack.sandbox.facts["endpoint_url"], moment, kill) as gate:
        environment = stack.environment(None) | {"CI": "1", "AWS_ENDPOINT_URL": gate.url}
        command = Command(["terraform", *arguments, "-no-color"], environment, stack.stack_folder)
        code = command.wait()
        assert gate.killed.is_set(), f"{moment} never came:\n{command.output}"
    assert code == -9, command.output
    return command.output


def lock_id(stack: Environment) -> str | None:
    """Of the lock that somebody has."""
    try:
        return str(json.load(stack.client("s3").get_object(**LOCK)["Body"])["ID"])
    except ClientError:
        return None


def steps(containing: str) -> str:
    """The block of the page that has this in it, for the environment and the account that are here."""
    (found,) = [one for one in blocks() if one.file == PAGE and any(containing in command for command in one.commands)]
    return re.sub(r"\bdev\b", "sandbox", "\n".join(found.commands).replace("111111111111", "123456789012"))


def typed(stack: Environment, commands: str) -> tuple[int, str]:
    """Typed by an administrator in the folder of `cdktf.out`: the exit code of what failed, or 0, and what was said."""
    shell = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"source {ROOT}/.venv/bin/activate\n{commands}"],
        cwd=stack.output_folder.parent,
        env=stack.sandbox.environment | {"PYTHONPATH": str(ROOT)},  # this checkout's own `greenlight`
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return shell.returncode, shell.stdout


def succeeds(stack: Environment, commands: str) -> str:
    code, said = typed(stack, commands)
    assert code == 0, f"{commands}\n{said}"
    return said


def recover(stack: Environment) -> list[str]:
    """The steps after a deploy that was killed. Returns what `imports` finds to be done by hand after the next one."""
    if lock := lock_id(stack):
        succeeds(stack, f"export LOCK_ID={lock}\n{steps('force-unlock')}")
    while True:
        code, said = typed(stack, steps("greenlight imports"))
        before = re.findall(r"(aws (?:ec2 revoke-security-group-egress|ssm delete-parameter) .*)", said)
        after = re.findall(r"(\S+) is left of an earlier try", said)
        assert code == (2 if before or after else 0), said
        if not before:
            return after
        for command in before:
            succeeds(stack, command)


def made(stack: Environment) -> Counter[str]:
    """How many things of each kind AWS has."""
    found = Counter(line.rpartition(" ")[0] for line in leftovers.find(stack.sandbox.facts["endpoint_url"]))
    return Counter({KINDS[kind]: count for kind, count in found.items() if kind in KINDS})


def managed(stack: Environment) -> Counter[str]:
    """How many things of each of these kinds Terraform's state knows."""
    known = Counter(one.partition(".")[0] for one in stack.terraform("state", "list").succeed().split())
    return Counter({kind: known[kind] for kind in KINDS.values() if known[kind]})


@contextmanager
def served(stack: Environment) -> Iterator[None]:
    """Raises AssertionError where a request failed meanwhile."""
    with RequestStream(f"{stack.manifest()['urls']['api']}/one") as stream:
        poll("the stream is answered", lambda: stream.sent > 10)
        yield
    assert stream.failed == {}
