"""A stack comes up though its deploy is killed again and again: none of what was made is lost, or made twice."""

import pytest

from tests.e2e.harness import Environment
from tests.state.runbook import SETTINGS, killed_at, made, managed, recover

# Each needs what the one before has made, so that it cannot have happened yet. A call without an operation in it is
# known by its path.
MOMENTS = {
    "the lock is taken": r"PUT /[\w-]+/sandbox/terraform\.tfstate\.tflock",
    "the VPC is made": "CreateVpc",
    "a security group is made": "CreateSecurityGroup",
    "the load balancer is made": "CreateLoadBalancer",
    "a listener is made": "CreateListener",
    "the service is made": "CreateService",
    "the integration or the deployment group is made": r"POST /v2/apis/\w+/integrations|CreateDeploymentGroup",
    "a route or the manifest is made": r"POST /v2/apis/\w+/routes|PutParameter",
    "the state is written": r"PUT /[\w-]+/sandbox/terraform\.tfstate",
    "the lock is released": r"DELETE /[\w-]+/sandbox/terraform\.tfstate\.tflock",
}


@pytest.fixture(scope="module", autouse=True)
def synthesized(stack: Environment) -> None:
    stack.synth(SETTINGS)
    stack.terraform("init", "-input=false").succeed()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_deploy_killed_as(stack: Environment, moment: str) -> None:
    """It is taken up by the runbook's steps; that nothing is lost by it, the last test of this file says."""
    killed_at(stack, MOMENTS[moment], "apply", "-auto-approve", "-input=false")

    recover(stack)


def test_the_next_deploy_finishes_a_stack_that_was_killed_ten_times(stack: Environment) -> None:
    stack.terraform("apply", "-auto-approve", "-input=false").succeed()
    (stack.stack_folder / "imports.tf").unlink()

    stack.assert_plan_is_empty()


def test_nothing_of_it_was_made_twice(stack: Environment) -> None:
    events = stack.client("events")
    targets = [events.list_targets_by_rule(Rule=rule["Name"])["Targets"] for rule in events.list_rules()["Rules"]]
    (api,) = stack.client("apigatewayv2").get_apis()["Items"]
    integrations = stack.client("apigatewayv2").get_integrations(ApiId=api["ApiId"])["Items"]

    assert made(stack) == managed(stack)
    assert ([len(of_rule) for of_rule in targets], len(integrations)) == ([1], 1)


def test_no_group_of_it_lets_everything_out(stack: Environment) -> None:
    rules = stack.client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    (vpc,) = [one for one in stack.client("ec2").describe_vpcs()["Vpcs"] if not one["IsDefault"]]
    groups = stack.client("ec2").describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])
    own = {group["GroupId"] for group in groups["SecurityGroups"]}

    assert [rule for rule in rules if rule["GroupId"] in own and rule["IsEgress"] and rule["IpProtocol"] == "-1"] == []
