"""Changes of an environment's settings: applied without losing a request, or refused by the plan, by name."""

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import leftovers
from sandbox.stream import RequestStream
from sandbox.watching import notifications
from tests.e2e.changing import CONFIG, DEPLOYED, RENAMED, SITE, TAGGED, TOPIC, networked
from tests.e2e.harness import ROOT, Command, Environment, Stack, poll

pytestmark = pytest.mark.usefixtures("images")


def changed(*replacements: tuple[str, str], text: str = DEPLOYED) -> str:
    """The settings with something else in places."""
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.fixture(scope="module")
def dev(stack: Stack, dev_under_way: tuple[Environment, Command]) -> Iterator[Environment]:
    dev, apply = dev_under_way
    apply.succeed()
    make_what_the_team_has(dev)
    yield dev
    dev.destroy()
    dev.client("codedeploy").delete_deployment_config(deploymentConfigName=CONFIG)
    dev.client("sns").delete_topic(TopicArn=TOPIC)
    assert [line for line in leftovers.find(stack.sandbox.facts["endpoint_url"]) if re.search(r"\bdev\b", line)] == []


def make_what_the_team_has(dev: Environment) -> None:
    """A topic that CloudWatch and EventBridge may publish to, and a deployment configuration."""
    may = {
        "Effect": "Allow",
        "Principal": {"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]},
        "Action": "sns:Publish",
        "Resource": TOPIC,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    dev.client("sns").create_topic(Name=TOPIC.rpartition(":")[2], Attributes={"Policy": policy})
    dev.client("codedeploy").create_deployment_config(
        deploymentConfigName=CONFIG,
        computePlatform="ECS",
        trafficRoutingConfig={
            "type": "TimeBasedCanary",
            "timeBasedCanary": {"canaryPercentage": 50, "canaryInterval": 1},
        },
    )


def streamed(dev: Environment, path: str) -> RequestStream:
    return RequestStream(f"{dev.manifest()['urls']['api']}{path}")


def task_definition(dev: Environment, service: str = "api") -> dict[str, Any]:
    """The newest revision that Terraform has made."""
    arn = dev.manifest(service)["task_definition"]
    return dict(dev.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"])


REFUSED = {
    "a target group that is renamed": (
        changed(("deregistration_delay_seconds: 5}", "deregistration_delay_seconds: 5, blue: api-blue-2}")),
        "services.api.target_groups.blue: the group is deployed as dev-api-blue and cannot be renamed to api-blue-2",
    ),
    "two target groups that exchange their names": (
        changed(
            (
                "deregistration_delay_seconds: 5}",
                "deregistration_delay_seconds: 5, blue: dev-api-green, green: dev-api-blue}",
            )
        ),
        "services.api.target_groups.green: the group is deployed as dev-api-green and cannot be renamed to "
        "dev-api-blue",
    ),
    "a service under another key on its old ports": (
        changed(("  web:", "  site:")),
        "services.site.prod_port: 81 is deployed as services.web.prod_port, and AWS refuses two listeners on a port",
    ),
    "a service under another key that takes its routes along": (
        changed(("  web:", "  site:"), ("prod_port: 81", "prod_port: 82"), ("test_port: 8081", "test_port: 8082")),
        "services.site.routes: GET /three is served by services.web now, and services.site is not deployed yet",
    ),
    "a service that is taken away while its routes move to another": (
        changed(("[GET /one, GET /two]", "[GET /one, GET /two, GET /three]")).partition("  web:")[0],
        "services.api.routes: GET /three is served by services.web, which this change takes away",
    ),
    "two ports that are exchanged": (
        changed(("prod_port: 81", "prod_port: 8081"), ("test_port: 8081", "test_port: 81")),
        "services.web.test_port: 81 is deployed as services.web.prod_port, and AWS refuses two listeners on a port",
    ),
    "another block for the VPC": (
        changed(("cidr: 10.16.0.0/16", "cidr: 10.1.0.0/16")),
        "network.cidr: the VPC is deployed with 10.16.0.0/16 and cannot become 10.1.0.0/16",
    ),
    "a zone whose id has no VPC links": (  # the sandbox's us-east-1e is use1-az3
        changed(("egress: nat-single", "egress: nat-single, availability_zones: [us-east-1a, us-east-1e]")),
        "network.availability_zones: us-east-1e is use1-az3 in this account, where API Gateway has no VPC links or ECS "
        "no Fargate; choose from us-east-1a, us-east-1b, us-east-1c, us-east-1d, us-east-1f",
    ),
}


def test_what_the_last_release_deployed_is_kept_by_what_is_here(dev: Environment, stack: Stack, tmp_path: Path) -> None:
    dev.code, dev.roles = ROOT, stack.roles
    dev.synth(DEPLOYED)
    dev.terraform("init", "-input=false").succeed()
    dev.terraform("plan", "-input=false", "-out", str(tmp_path / "plan")).succeed()

    # A revision of a task definition carries nothing: its service stays with the one that it has.
    assert [
        found for found in dev.replaced(tmp_path / "plan") if not found.startswith("aws_ecs_task_definition.")
    ] == []

    with streamed(dev, "/one") as stream:
        poll("the stream is answered", lambda: stream.sent > 10)
        dev.terraform("apply", "-input=false", str(tmp_path / "plan")).succeed()
    assert stream.failed == {}
    dev.assert_plan_is_empty()


def test_the_network_has_the_name_and_the_block_of_the_settings(dev: Environment) -> None:
    ec2 = dev.client("ec2")
    subnets = ec2.describe_subnets(SubnetIds=dev.manifest()["network"]["subnets"])["Subnets"]
    (found,) = ec2.describe_vpcs(VpcIds=[*{subnet["VpcId"] for subnet in subnets}])["Vpcs"]

    assert found["CidrBlock"] == "10.16.0.0/16"
    assert [tag["Value"] for tag in found["Tags"] if tag["Key"] == "Name"] == ["crossroads"]


@pytest.mark.parametrize("change", REFUSED)
def test_what_can_never_be_applied_is_refused_by_the_plan_by_name(dev: Environment, change: str) -> None:
    settings, reason = REFUSED[change]
    plan = dev.plan(settings)

    assert plan.wait() == 1
    # Terraform breaks lines where it likes.
    assert reason in " ".join(plan.output.split())


def test_once_a_refused_change_is_taken_back_the_plan_is_empty(dev: Environment) -> None:
    assert dev.plan(DEPLOYED).wait() == 0


def test_a_route_moves_to_another_service_without_losing_a_request(dev: Environment) -> None:
    with streamed(dev, "/two") as stream:
        poll("the stream is answered", lambda: stream.sent > 10)
        dev.apply(changed(("[GET /one, GET /two]", "[GET /one]"), ("[GET /three]", "[GET /two, GET /three]"))).succeed()
        stream.phase("after")
        poll("answers after the move", lambda: stream.answers["after"].total() > 20)

    assert stream.failed == {}
    assert set(stream.answers["after"]) == {"Blue"}
    dev.assert_plan_is_empty()


def test_values_reach_aws_as_they_are_written(dev: Environment) -> None:
    written = {"CWD": "${path.cwd}", "SUM": "${1+1}", "ESC": "$${HOME}", "LOG": "%{User-Agent}i 100%% $$", "NONE": ""}
    variables = json.dumps({"DRAIN_SECONDS": "5", **written})
    # The other settings go with it, and back with the next test: whoever applies may change each of them.
    others = (
        ("deregistration_delay_seconds: 5}", "deregistration_delay_seconds: 5, health_check: {interval_seconds: 6}}"),
        ("    request_timeout_seconds: 5", "    request_timeout_seconds: 5\n    health_check_grace_period_seconds: 61"),
    )
    dev.apply(changed(('{DRAIN_SECONDS: "5"}', variables), *others, text=TAGGED)).succeed()

    (container,) = task_definition(dev)["containerDefinitions"]
    assert {one["name"]: one["value"] for one in container["environment"]} == {"DRAIN_SECONDS": "5", **written}
    dev.assert_plan_is_empty()


def told(dev: Environment, words: str) -> list[dict[str, Any]]:
    """What the team's own topic was told."""
    entries = notifications.read(dev.sandbox.state_dir)
    return [one for one in entries if one["topic"] == TOPIC and words in one["message"]]


def test_the_teams_own_topic_is_told_of_an_alarm_and_of_a_release_that_is_stopped(dev: Environment) -> None:
    exercise = {"StateValue": "ALARM", "StateReason": "an exercise"}
    dev.client("cloudwatch").set_alarm_state(AlarmName="dev-api-no-tasks", **exercise)
    deploy = dev.greenlight("deploy", "dev/api", "--force")
    poll("it is under way", lambda: "Install" in deploy.output)
    dev.greenlight("stop", "dev/api").succeed()

    assert deploy.wait() == 3
    deployment = re.findall(r"deployment (d-\w+) of dev/api", deploy.output)[0]
    poll("the topic is told of the release", lambda: told(dev, f"STOP: CodeDeploy deployment {deployment} of dev/api"))
    (alarm,) = poll("the topic is told of the alarm", lambda: told(dev, '"NewStateReason":"an exercise"'))
    assert alarm["subject"] == 'ALARM: "dev-api-no-tasks" in US East (N. Virginia)'


def test_a_container_port_changes_with_a_release_and_back_with_its_rollback(dev: Environment) -> None:
    port = ("container: {stop_timeout_seconds: 15}", "container: {stop_timeout_seconds: 15, port: 3001}")
    with streamed(dev, "/one") as stream:
        poll("the stream is answered", lambda: stream.sent > 10)
        dev.apply(changed(port, text=TAGGED)).succeed()
        assert live_ports(dev) == [3000]
        dev.greenlight("deploy", "dev/api", "--image", ":print-blue").succeed()
        assert live_ports(dev) == [3001]
        stream.phase("released")
        poll("answers after the release", lambda: stream.answers["released"].total() > 20)
        stream.phase("rollback under way")
        dev.greenlight("rollback", "dev/api").succeed()
        assert live_ports(dev) == [3000]
        stream.phase("rolled back")
        poll("answers after the rollback", lambda: stream.answers["rolled back"].total() > 20)

    assert stream.failed == {}
    assert set(stream.answers["released"]) == {"Blue"}
    assert set(stream.answers["rolled back"]) == {"Green"}
    dev.assert_plan_is_empty()


def live_ports(dev: Environment) -> list[int]:
    """The container ports to which the live task set's group leads."""
    (service,) = dev.client("ecs").describe_services(cluster="dev", services=["dev-api"])["services"]
    return [
        balancer["containerPort"]
        for task_set in service["taskSets"]
        if task_set["status"] == "PRIMARY"
        for balancer in task_set["loadBalancers"]
    ]


def test_a_service_is_renamed_in_three_deploys_without_losing_a_request(dev: Environment) -> None:
    with streamed(dev, "/three") as stream:
        poll("the stream is answered", lambda: stream.sent > 10)
        dev.apply(TAGGED + SITE.replace("[GET /three]", "[GET /health]")).succeed()
        poll("the new service answers", lambda: answers(dev, "/health"))
        dev.apply(TAGGED.replace("[GET /three]", "[GET /health]") + SITE).succeed()
        dev.apply(RENAMED).succeed()

    assert stream.failed == {}
    dev.assert_plan_is_empty()


def test_a_zone_is_added_without_losing_a_request(dev: Environment) -> None:
    """The VPC link is immutable: a new one has to be there before the old one goes."""
    with streamed(dev, "/one") as stream:
        poll("the stream is answered", lambda: stream.sent > 10)
        dev.apply(networked("nat-per-az", "abc")).succeed()

    assert stream.failed == {}
    dev.assert_plan_is_empty()


def test_with_a_nat_gateway_in_each_zone_both_services_are_released_and_answer(dev: Environment) -> None:
    release_both(dev, ":print-blue")

    assert zones_of_tasks(dev) == {"us-east-1a", "us-east-1b"}


def test_tasks_reach_a_service_of_aws_by_the_endpoint_that_the_settings_name(dev: Environment) -> None:
    ecr = [{"Name": "service-name", "Values": ["com.amazonaws.us-east-1.ecr.api"]}]
    (endpoint,) = dev.client("ec2").describe_vpc_endpoints(Filters=ecr)["VpcEndpoints"]
    state = ("--state-dir", str(dev.sandbox.state_dir))
    way = dev.run(sys.executable, "-m", "sandbox", "why", "dev-api", "ecr.api:443", *state).succeed()

    assert f"\n  {endpoint['VpcEndpointId']}\n" in way


def test_a_zone_that_releases_use_is_taken_out_by_no_plan(dev: Environment) -> None:
    plan = dev.plan(networked("nat-per-az", "bc"))

    assert plan.wait() == 1
    assert (
        "network.availability_zones: us-east-1a cannot be taken out yet, because releases place tasks there. Three "
        "steps: name it in network.leaving, leave it here, and deploy; release each service, so that its tasks move "
        "(greenlight deploy dev/api, greenlight deploy dev/site); then take it out of both"
    ) in " ".join(plan.output.split())


def test_without_nat_both_services_are_released_and_answer_and_tasks_leave_a_zone_before_it_goes(
    dev: Environment,
) -> None:
    with streamed(dev, "/one") as stream:
        poll("the stream is answered", lambda: stream.sent > 10)
        dev.apply(networked("endpoints", "abc", leaving="a")).succeed()
        too_early = dev.plan(networked("endpoints", "bc"))
        assert too_early.wait() == 1
        assert "us-east-1a cannot be taken out yet, because tasks run there: eni-" in " ".join(too_early.output.split())
        release_both(dev, ":print-green")
        assert zones_of_tasks(dev) == {"us-east-1b", "us-east-1c"}
        dev.apply(networked("endpoints", "bc")).succeed()
        poll("the API answers on", lambda: answers(dev, "/three"))

    assert stream.failed == {}
    dev.assert_plan_is_empty()


def release_both(dev: Environment, image: str) -> None:
    api, site = [dev.greenlight("deploy", f"dev/{service}", "--image", image) for service in ("api", "site")]
    api.succeed()
    # By the team's own configuration, which one of them has.
    assert "traffic: 50 % " in site.succeed()
    assert "traffic: 50 % " not in api.output
    assert answers(dev, "/one")
    assert answers(dev, "/three")


def zones_of_tasks(dev: Environment) -> set[str]:
    ecs = dev.client("ecs")
    tasks = ecs.describe_tasks(cluster="dev", tasks=ecs.list_tasks(cluster="dev")["taskArns"])["tasks"]
    return {task["availabilityZone"] for task in tasks}


def answers(dev: Environment, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"{dev.manifest()['urls']['api']}{path}", timeout=5):
            return True
    except urllib.error.HTTPError:
        return False
