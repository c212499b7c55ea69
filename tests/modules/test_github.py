"""The roles for GitHub's workflows: who may take them, and what they may do."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from policy_sentry.querying.actions import get_action_data

from greenlight import policy
from modules.github import GitHub, GitHubProps
from modules.github_names import GitHubNames
from modules.github_policies import network, releases, services
from modules.location import Location
from modules.managed import ManagedEnvironment
from tests.service_authorization import violations
from tests.synthesis import Config, reference, resource, resources, synth, trust
from tests.synthesis import policy as inline

LOCATION = Location(account="111111111111", region="eu-west-1")
DEV = ManagedEnvironment(
    stack="dev",
    name="dev",
    location=LOCATION,
    state_bucket="states",
    target_groups=["dev-*", "own-green"],
    families=["dev-*", "own"],
    repositories=["arn:aws:ecr:eu-west-1:111111111111:repository/team/api"],
)
PROPS = GitHubProps(
    names=GitHubNames(account="github", location=LOCATION),
    stack="github",
    state_bucket="states",
    environments=[DEV],
    repository="octo-org@123456/octo-repo@456789",
    branch="main",
    apply_environments=["apply"],
    release_environments=["prod", "staging"],
)
ISSUER = "token.actions.githubusercontent.com"
BOUNDARY = "arn:aws:iam::111111111111:policy/greenlight/github-boundary"


@pytest.fixture(scope="module")
def config() -> Config:
    return synth(lambda stack: GitHub(stack, "github", PROPS))


def managed(config: Config, name: str) -> list[Config]:
    statements: list[Config] = json.loads(resource(config, "aws_iam_policy", name=name)["policy"])["Statement"]
    return statements


def planning(config: Config) -> list[Config]:
    return [*inline(config, "github-plan"), *managed(config, "github-read"), *managed(config, "github-services-read")]


def actions(statements: list[Config]) -> set[str]:
    return {action for statement in statements for action in statement["Action"]}


def trusted(config: Config, subjects: list[str], **more: str) -> list[Config]:
    equal = {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subjects, **more}
    return [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": reference(config, "aws_iam_openid_connect_provider", "arn")},
            "Condition": {"StringEquals": equal},
        }
    ]


def test_githubs_tokens_are_trusted_without_a_thumbprint_that_would_go_stale(config: Config) -> None:
    provider = resource(config, "aws_iam_openid_connect_provider")

    assert {name: value for name, value in provider.items() if name != "//"} == {
        "url": f"https://{ISSUER}",
        "client_id_list": ["sts.amazonaws.com"],
    }


def test_pull_requests_of_the_repository_and_its_branch_may_plan(config: Config) -> None:
    assert trust(config, "github-plan") == trusted(
        config,
        [
            "repo:octo-org@123456/octo-repo@456789:pull_request",
            "repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main",
        ],
    )


def test_only_the_protected_environment_on_the_branch_may_apply(config: Config) -> None:
    assert trust(config, "github-apply") == trusted(
        config, ["repo:octo-org@123456/octo-repo@456789:environment:apply"], **{f"{ISSUER}:ref": "refs/heads/main"}
    )


def test_only_the_release_environments_may_release(config: Config) -> None:
    assert trust(config, "github-release") == trusted(
        config,
        [
            "repo:octo-org@123456/octo-repo@456789:environment:prod",
            "repo:octo-org@123456/octo-repo@456789:environment:staging",
        ],
    )


def test_no_subject_has_a_wildcard(config: Config) -> None:
    documents = [role["assume_role_policy"] for role in resources(config, "aws_iam_role")]

    assert len(documents) == 3
    assert [text for text in documents if "*" in text or "StringLike" in text or "ForAllValues" in text] == []


def test_sessions_last_as_long_as_their_work(config: Config) -> None:
    hours = {role["name"]: role["max_session_duration"] / 3600 for role in resources(config, "aws_iam_role")}

    assert hours == {"github-plan": 1, "github-apply": 2, "github-release": 6}


def test_no_pattern_for_an_environments_roles_matches_these(config: Config) -> None:
    """Whatever the environment is called: an IAM pattern's * takes a / too, but a path comes first."""
    assert {role["path"] for role in resources(config, "aws_iam_role")} == {"/greenlight/"}
    assert {one["path"] for one in resources(config, "aws_iam_policy")} == {"/greenlight/"}
    assert replace(DEV, name="greenlight").roles == "arn:aws:iam::111111111111:role/greenlight-*"


def test_planning_and_applying_read_the_same_and_releasing_reads_its_own(config: Config) -> None:
    read, read_services, network, services = (
        reference(config, "aws_iam_policy", "arn", name=f"github-{name}")
        for name in ("read", "services-read", "network", "services")
    )
    plan, apply = (reference(config, "aws_iam_role", "name", name=f"github-{work}") for work in ("plan", "apply"))
    attached = [(one["role"], one["policy_arn"]) for one in resources(config, "aws_iam_role_policy_attachment")]

    both = [(role, policy) for role in (plan, apply) for policy in (read, read_services)]
    assert sorted(attached) == sorted([*both, (apply, network), (apply, services)])


def test_a_plan_changes_nothing_and_takes_no_lock(config: Config) -> None:
    statements = planning(config)
    readers = ("Get", "List", "Describe", "BatchGet")

    assert {one for one in actions(statements) if not one.split(":")[1].startswith(readers)} == {"apigateway:GET"}


def test_a_plan_reads_no_secret(config: Config) -> None:
    statements = planning(config)
    parameters = [one["Resource"] for one in statements if "ssm:GetParameter" in one["Action"]]

    assert [one for one in actions(statements) if one.split(":")[0] in ("secretsmanager", "kms", "sts")] == []
    assert parameters == [["arn:aws:ssm:eu-west-1:111111111111:parameter/greenlight/dev/*"]]


def test_states_are_read_by_their_own_keys(config: Config) -> None:
    statements = planning(config)

    assert [one["Resource"] for one in statements if "s3:GetObject" in one["Action"]] == [
        "arn:aws:s3:::states/github/terraform.tfstate",
        ["arn:aws:s3:::states/dev/terraform.tfstate"],
    ]


def test_an_apply_writes_no_state_but_its_environments(config: Config) -> None:
    (written,) = (one for one in inline(config, "github-apply") if "s3:PutObject" in one["Action"])

    assert written == {
        "Effect": "Allow",
        "Action": ["s3:DeleteObject", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::states/dev/terraform.tfstate", "arn:aws:s3:::states/dev/terraform.tfstate.tflock"],
    }


def test_an_apply_makes_roles_of_its_environments_with_the_boundary_only(config: Config) -> None:
    role = ["arn:aws:iam::111111111111:role/dev-*"]
    services = ["codedeploy.amazonaws.com", "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]
    linked = [
        *("ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"),
        *("elasticloadbalancing.amazonaws.com", "ops.apigateway.amazonaws.com"),
    ]
    statements = inline(config, "github-apply")

    assert [one for one in statements if any(action.startswith("iam:") for action in one["Action"])] == [
        {
            "Effect": "Allow",
            "Action": [
                *("iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"),
                "iam:UpdateAssumeRolePolicy",
            ],
            "Resource": role,
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}},
        },
        {
            "Effect": "Allow",
            "Action": [
                *("iam:DeleteRole", "iam:DeleteRolePolicy", "iam:TagRole", "iam:UntagRole"),
                *("iam:UpdateRole", "iam:UpdateRoleDescription"),
            ],
            "Resource": role,
        },
        {
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": [
                f"arn:aws:iam::111111111111:role/dev-{name}"
                for name in ("*-execution", "*-task", "flow-logs", "*-codedeploy", "*-hook")
            ],
            "Condition": {"StringEquals": {"iam:PassedToService": [*services, "vpc-flow-logs.amazonaws.com"]}},
        },
        {
            "Effect": "Allow",
            "Action": ["iam:CreateServiceLinkedRole"],
            "Resource": "arn:aws:iam::111111111111:role/aws-service-role/*",
            "Condition": {"StringEquals": {"iam:AWSServiceName": linked}},
        },
    ]


def test_what_deletes_a_part_of_the_network_asks_for_the_environments_tag(config: Config) -> None:
    tag = {"StringEquals": {"aws:ResourceTag/greenlight:environment": ["dev"]}}
    (deleting,) = (one for one in managed(config, "github-network") if "ec2:DeleteVpc" in one["Action"])

    assert deleting["Condition"] == tag
    for action in deleting["Action"]:
        rows = get_action_data(*action.split(":"))["ec2"]
        assert [row for row in rows if row["resource_arn_format"] != "*" and not _knows_tags(row)] == []


def _knows_tags(row: dict[str, Any]) -> bool:
    return "aws:ResourceTag/${TagKey}" in row["condition_keys"]


def test_what_scales_is_changed_for_services_of_the_environments(config: Config) -> None:
    """Targets have no names: a new one is made for a service that the role may update, which AWS looks at."""
    targets = ["arn:aws:application-autoscaling:eu-west-1:111111111111:scalable-target/*"]
    tagged = {"StringEquals": {"aws:ResourceTag/greenlight:environment": ["dev"]}}
    changes = managed(config, "github-services")

    scaling = [one for one in changes if any(action.startswith("application-") for action in one["Action"])]
    assert scaling == [
        {
            "Effect": "Allow",
            "Action": [
                "application-autoscaling:RegisterScalableTarget",
                "application-autoscaling:TagResource",
                "application-autoscaling:UntagResource",
            ],
            "Resource": targets,
        },
        {
            "Effect": "Allow",
            "Action": [
                "application-autoscaling:DeleteScalingPolicy",
                "application-autoscaling:DeregisterScalableTarget",
                "application-autoscaling:PutScalingPolicy",
            ],
            "Resource": targets,
            "Condition": tagged,
        },
    ]


@pytest.mark.parametrize("role", ["plan", "apply", "release"])
def test_aws_knows_each_action_with_its_resource_and_its_condition_keys(config: Config, role: str) -> None:
    assert violations({"Statement": inline(config, f"github-{role}")}) == []


@pytest.mark.parametrize(
    "name", ["github-read", "github-services-read", "github-network", "github-services", "github-boundary"]
)
def test_aws_knows_each_action_of_the_policies_that_are_shared(config: Config, name: str) -> None:
    assert violations({"Statement": managed(config, name)}) == []


def test_what_aws_asks_for_beside_an_action_is_allowed_too(config: Config) -> None:
    """As the reference has it, in "dependent actions"."""
    shared = (managed(config, f"github-{name}") for name in ("network", "services", "read", "services-read"))
    of_applying = [inline(config, "github-apply"), *shared]
    allowed = actions([one for statements in of_applying for one in statements])

    missing = {
        (action, other)
        for action in allowed
        for row in get_action_data(*action.split(":")).get(action.split(":")[0], [])
        for other in row["dependent_actions"]
        if other not in allowed
    }

    assert missing == {
        ("lambda:CreateFunction", "lambda:PassCapacityProvider"),  # functions on instances of one's own
        # Flow logs that ask for fields of ECS.
        *(("ec2:CreateFlowLogs", f"ecs:List{kind}") for kind in ("Clusters", "Services", "Tasks")),
        *(("ec2:CreateFlowLogs", f"ecs:List{kind}") for kind in ("ContainerInstances", "TaskDefinitions")),
    }


SERVICE = policy.Service(
    partition="aws",
    region="eu-west-1",
    account="111111111111",
    environment="dev",
    service="api",
    application="dev-api",
    group="dev-api",
    cluster="dev",
    ecs_service="dev-api",
    family="dev-api",
    repositories=tuple(DEV.repositories),
    hooks=("arn:aws:lambda:eu-west-1:111111111111:function:dev-api-hook",),
    own_hooks=tuple(DEV.own_hooks),
    service_log_group="/ecs/dev/api",
    hook_log_groups=("/aws/lambda/dev-api-hook",),
    vpc_links=("abcd123",),
    roles=("arn:aws:iam::111111111111:role/dev-api-execution", "arn:aws:iam::111111111111:role/dev-api-task"),
)


def by_action(statements: list[Config]) -> dict[str, tuple[list[str], Any]]:
    """Action -> what it is allowed on, and under which condition."""
    return {
        action: (list(listed(one["Resource"])), one.get("Condition")) for one in statements for action in one["Action"]
    }


def listed(given: Any) -> list[str]:
    return given if isinstance(given, list) else [given]


def test_a_release_may_do_what_greenlight_policy_prints_and_no_more(config: Config) -> None:
    printed = by_action(policy.policy(SERVICE)["Statement"])
    allowed = by_action(inline(config, "github-release"))

    assert allowed.keys() == printed.keys()
    for action, (resources_, condition) in printed.items():
        patterns, own_condition = allowed[action]
        assert [one for one in resources_ if not any(_matches(pattern, one) for pattern in patterns)] == [], action
        assert ("*" in patterns) == ("*" in resources_), action
        assert _scalars(own_condition) == _scalars(condition), action


def _matches(pattern: str, arn: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), arn) is not None


def _scalars(condition: Any) -> Any:
    """One value is the same as a list of it."""
    if isinstance(condition, dict):
        return {key: _scalars(value) for key, value in condition.items()}
    return condition[0] if isinstance(condition, list) and len(condition) == 1 else condition


def test_images_from_elsewhere_need_no_repository() -> None:
    statements = releases.releases([replace(DEV, repositories=[])])

    assert "ecr:DescribeImages" not in actions(statements)


def test_environments_of_several_regions_are_named_each() -> None:
    prod = replace(DEV, stack="prod", name="prod", location=replace(LOCATION, region="us-east-1"))
    allowed = by_action([*services.changes([DEV, prod]), *network.changes([DEV, prod])])

    assert allowed["ecs:CreateCluster"][0][:2] == [
        "arn:aws:ecs:eu-west-1:111111111111:cluster/dev",
        "arn:aws:ecs:us-east-1:111111111111:cluster/prod",
    ]
    assert allowed["ec2:CreateVpc"] == (["*"], {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}})


def test_more_environments_than_a_policy_has_room_for_are_a_mistake() -> None:
    many = [replace(DEV, name=f"environment-{number}") for number in range(12)]
    found: list[str] = []

    synth(lambda stack: found.extend(GitHub(stack, "github", replace(PROPS, environments=many)).too_large))

    assert [re.sub(r"\d+", "N", line) for line in found] == [
        f"the policy {what} has N characters and IAM allows N: it names every environment of the account, so move some "
        "of them to another account"
        for what in ("to apply", "to release", "to read", "to read services", "of services")
    ]


def test_a_few_environments_fit() -> None:
    few = [replace(DEV, name=f"environment-{number}") for number in range(3)]
    found: list[str] = []

    synth(lambda stack: found.extend(GitHub(stack, "github", replace(PROPS, environments=few)).too_large))

    assert found == []
