"""The AWS CLI alone releases a version too, unchanged, with the documented policy and no more."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.codedeploy_engine.records import EVENTS
from sandbox.stream import RequestStream
from tests.e2e.harness import AWS_CLI, ROOT, Command, Stack, poll

pytestmark = pytest.mark.usefixtures("images")

GROUP = ("--application-name", "sandbox-api", "--deployment-group-name", "sandbox-api")
# What `aws ecs describe-task-definition` says beside what `register-task-definition` takes.
ANSWERED = {"taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt"}
ANSWERED |= {"registeredBy", "deregisteredAt"}


TRUST = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
# What docs/releases.md says of `aws ecs deploy`.
APPLICATION = {
    "Effect": "Allow",
    "Action": "codedeploy:GetApplication",
    "Resource": "arn:aws:codedeploy:us-east-1:123456789012:application:sandbox-api",
}


class Releaser:
    """Somebody who has the AWS CLI, and may take a role with the policy that `greenlight policy` prints."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._iam = stack.client("iam")
        role = self._iam.create_role(RoleName="cli", AssumeRolePolicyDocument=json.dumps(document(TRUST)))["Role"]
        printed = json.loads(stack.greenlight("policy", "sandbox").succeed())
        allowed = document(*printed["Statement"], APPLICATION)
        self._iam.put_role_policy(RoleName="cli", PolicyName="greenlight", PolicyDocument=json.dumps(allowed))
        # The account's root user takes no roles.
        self._iam.create_user(UserName="cli")
        take = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role["Arn"]}
        self._iam.put_user_policy(UserName="cli", PolicyName="take", PolicyDocument=json.dumps(document(take)))
        self._key = self._iam.create_access_key(UserName="cli")["AccessKey"]
        self._variables = {
            "AWS_ACCESS_KEY_ID": self._key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self._key["SecretAccessKey"],
        }
        taken = self.aws("sts", "assume-role", "--role-arn", role["Arn"], "--role-session-name", "cli")["Credentials"]
        self._variables = {
            "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
            "AWS_SESSION_TOKEN": taken["SessionToken"],
        }

    def aws(self, *arguments: str) -> Any:
        """What the CLI answers, read; nothing, where it is no JSON."""
        command = [AWS_CLI, *arguments, "--output", "json"]
        said = Command(command, self._stack.environment(None) | self._variables, ROOT).succeed()
        return json.loads(said) if said.startswith("{") else None

    def go(self) -> None:
        self._iam.delete_access_key(UserName="cli", AccessKeyId=self._key["AccessKeyId"])
        self._iam.delete_user_policy(UserName="cli", PolicyName="take")
        self._iam.delete_user(UserName="cli")
        self._iam.delete_role_policy(RoleName="cli", PolicyName="greenlight")
        self._iam.delete_role(RoleName="cli")


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture(scope="module")
def cli(stack: Stack) -> Iterator[Releaser]:
    releaser = Releaser(stack)
    yield releaser
    releaser.go()


def with_image(stack: Stack, cli: Releaser, tag: str) -> dict[str, Any]:
    """Terraform's task definition with another image, as one registers it."""
    described = cli.aws("ecs", "describe-task-definition", "--task-definition", stack.manifest()["task_definition"])[
        "taskDefinition"
    ]
    definition = {key: value for key, value in described.items() if key not in ANSWERED}
    (container,) = definition["containerDefinitions"]
    container["image"] = f"{container['image'].rpartition(':')[0]}:{tag}"
    return definition


def written(file: Path, content: Any) -> str:
    file.write_text(json.dumps(content))
    return str(file)


def appspec(stack: Stack, task_definition: str) -> dict[str, Any]:
    properties = {
        "TaskDefinition": task_definition,
        "LoadBalancerInfo": {"ContainerName": "api", "ContainerPort": 3000},
    }
    return {
        "version": 0.0,
        "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}],
        "Hooks": [{"BeforeAllowTraffic": stack.manifest()["hooks"]["BeforeAllowTraffic"]}],
    }


def assert_answers(stream: RequestStream, version: str) -> None:
    """From now on every answer is of this version, and none was missing since the stream began."""
    stream.phase("after")
    poll("answers after the release", lambda: stream.answers["after"].total() > 20)
    assert stream.failed == {}
    assert set(stream.answers["after"]) == {version}


def test_create_deployment_and_its_waiter_release_a_version(
    stack: Stack, cli: Releaser, stream: RequestStream, tmp_path: Path
) -> None:
    definition = "file://" + written(tmp_path / "definition.json", with_image(stack, cli, "print-blue"))
    made = cli.aws("ecs", "register-task-definition", "--cli-input-json", definition)["taskDefinition"]
    content = {"content": json.dumps(appspec(stack, made["taskDefinitionArn"]))}
    revision = "file://" + written(
        tmp_path / "revision.json", {"revisionType": "AppSpecContent", "appSpecContent": content}
    )

    begun = cli.aws("deploy", "create-deployment", *GROUP, "--revision", revision)
    cli.aws("deploy", "wait", "deployment-successful", "--deployment-id", begun["deploymentId"])

    assert_answers(stream, "Blue")


def test_its_deployment_target_has_all_eight_events_in_order_each_with_its_times(cli: Releaser) -> None:
    newest = cli.aws("deploy", "list-deployments", *GROUP)["deployments"][0]
    named = ("--deployment-id", newest, "--target-id", "sandbox:sandbox-api")
    target = cli.aws("deploy", "get-deployment-target", *named)["deploymentTarget"]["ecsTarget"]
    events = target["lifecycleEvents"]
    times = [(event["startTime"], event["endTime"]) for event in events]

    assert [event["lifecycleEventName"] for event in events] == list(EVENTS)
    assert {event["status"] for event in events} == {"Succeeded"}
    assert times == sorted(times)


def test_the_plan_is_empty_after_that(stack: Stack) -> None:
    stack.assert_plan_is_empty()


def test_greenlight_rolls_back_what_another_client_released(stack: Stack, stream: RequestStream) -> None:
    stack.greenlight("rollback", "sandbox").succeed()

    assert_answers(stream, "Green")


def test_aws_ecs_deploy_releases_a_version(stack: Stack, cli: Releaser, stream: RequestStream, tmp_path: Path) -> None:
    # It puts the revision that it registers into the AppSpec.
    spec = written(tmp_path / "appspec.json", appspec(stack, "to be replaced"))
    definition = written(tmp_path / "definition.json", with_image(stack, cli, "print-blue"))

    cli.aws(
        *("ecs", "deploy", "--cluster", "sandbox", "--service", "sandbox-api"),
        *("--codedeploy-application", "sandbox-api", "--codedeploy-deployment-group", "sandbox-api"),
        *("--task-definition", definition, "--codedeploy-appspec", spec),
    )

    assert_answers(stream, "Blue")
