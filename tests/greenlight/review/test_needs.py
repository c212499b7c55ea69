"""What a reviewer is told of a service's secrets, its permissions, and its ways to data stores."""

import json

from greenlight.review.findings import Rank
from tests.greenlight.review.plans import SERVICE, Json, change, review, same

TASKS, STORE = "sg-tasks", "sg-store"
ROLE = "arn:aws:iam::123456789012:role/dev-api-execution"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/token"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"
RUNNING = (
    same("aws_ecs_service.api", SERVICE | {"network_configuration": [{"security_groups": [TASKS]}]}),
    same("aws_ecs_task_definition.api", {"family": "dev-api", "execution_role_arn": ROLE, "skip_destroy": True}),
)


def told(*changes: Json) -> list[tuple[Rank, str]]:
    """Nothing of what is safe."""
    return [(found.rank, found.consequence) for found in review(*changes, *RUNNING).findings]


def said(*changes: Json) -> list[str]:
    """Of what is safe, all that is to be done."""
    return [one.summary for one in review(*changes, *RUNNING).quiet]


def policy(*statements: Json, role: str = "dev-api-execution") -> Json:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | one for one in statements]}
    return {"role": role, "policy": json.dumps(document)}


def changed(before: Json, after: Json) -> Json:
    return change("aws_iam_role_policy.a", before, after)


LOGS: Json = {"Action": ["logs:PutLogEvents"], "Resource": "*"}


def reads(*arns: str) -> Json:
    return {
        "Action": ["ssm:GetParameters" if ":ssm:" in arns[0] else "secretsmanager:GetSecretValue"],
        "Resource": [*arns],
    }


def pulls(*repositories: str) -> Json:
    reads = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    return {"Action": reads, "Resource": repositories[0] if len(repositories) == 1 else [*repositories]}


def decrypts(*services: str) -> Json:
    via = [f"{name}.eu-west-1.amazonaws.com" for name in services]
    return {"Action": ["kms:Decrypt"], "Resource": ["arn:key"], "Condition": {"StringEquals": {"kms:ViaService": via}}}


def egress(**rule: object) -> Json:
    return {"security_group_id": TASKS, "ip_protocol": "tcp", "from_port": 5432, "to_port": 5432} | rule


def test_a_secret_that_goes_leaves_the_live_version_without_new_tasks() -> None:
    consequence = (
        f"Tasks of the live version still ask for {SECRET} when they start, and may not any longer: until the next "
        "release no task starts, neither in place of one that ends nor to scale out; and no rollback goes back to that "
        "version."
    )

    assert told(changed(policy(LOGS, reads(SECRET)), policy(LOGS))) == [(Rank.TRAFFIC, consequence)]
    assert told(changed(policy(reads(SECRET, f"{SECRET}2")), policy(reads(f"{SECRET}2")))) == [
        (Rank.TRAFFIC, consequence)
    ]


def test_a_repository_that_goes_leaves_the_live_version_without_new_tasks() -> None:
    old, new = (f"arn:aws:ecr:eu-west-1:123456789012:repository/{name}" for name in ("api", "shop/api"))
    ((rank, consequence),) = told(changed(policy(LOGS, pulls(old)), policy(LOGS, pulls(new))))
    ((_, both),) = told(changed(policy(reads(SECRET), pulls(old)), policy(LOGS, pulls(new))))
    (found,) = review(changed(policy(LOGS, pulls(old)), policy(LOGS, pulls(new))), *RUNNING).findings

    assert rank is Rank.TRAFFIC
    # Without `--image` the next release keeps the image that is live, which nothing may pull any longer.
    assert found.instead == (
        "Release directly after the apply, with `--image` where the service's own image comes from elsewhere; and "
        "apply it while all tasks are healthy."
    )
    assert consequence == (
        f"Tasks of the live version still pull an image from {old} when they start, and may not any longer: until the "
        "next release no task starts, neither in place of one that ends nor to scale out; and no rollback goes back to "
        "that version."
    )
    assert both.startswith(f"Tasks of the live version still ask for {SECRET} and pull an image from {old} when ")
    assert told(changed(policy(LOGS, pulls(old)), policy(LOGS, pulls(old, new)))) == []


def test_a_secret_that_another_role_may_not_read_any_longer_stops_no_task() -> None:
    ((_, consequence),) = told(changed(policy(reads(SECRET), role="job"), policy(LOGS, role="job")))

    assert consequence.startswith("Something that was allowed may be refused from now on")


def test_one_more_secret_is_safe_also_of_another_service_under_the_same_key() -> None:
    more = [
        changed(policy(LOGS), policy(LOGS, reads(SECRET))),
        changed(policy(reads(SECRET)), policy(reads(SECRET, f"{SECRET}2"))),
        changed(
            policy(reads(SECRET), decrypts("secretsmanager")),
            policy(reads(PARAMETER), reads(SECRET), decrypts("ssm", "secretsmanager")),
        ),
    ]

    assert [told(one) for one in more] == [[], [], []]
    assert {line for one in more for line in said(one)} == {
        "It allows more than before: a matter of security, not of traffic."
    }


def test_a_task_policy_that_allows_more_is_safe_and_one_that_allows_all_of_a_service_is_not() -> None:
    before = policy({"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::a/*"]}, role="dev-api-task")
    more = policy({"Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::a/*"]}, role="dev-api-task")
    all_of_it = policy(
        {"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::a/*"]},
        {"Action": ["s3:*"], "Resource": ["*"]},
        role="dev-api-task",
    )

    assert told(changed(before, more)) == []
    assert told(changed(before, all_of_it)) == [
        (Rank.TRAFFIC, "It allows much more than before: a matter of security, not of traffic.")
    ]
    assert [rank for rank, _ in told(changed(more, before))] == [Rank.TRAFFIC]


def test_a_way_to_a_data_store_that_goes_is_lost_to_the_tasks_that_run() -> None:
    lost = (
        "The tasks that run lose this way out at once, not with a release: new connections to a database or the like "
        "that only this rule lets through time out. Those that are open stay until they end."
    )
    kind = "aws_vpc_security_group_egress_rule"

    assert told(change(f"{kind}.a", egress(referenced_security_group_id=STORE), None)) == [(Rank.BLOCKED, lost)]
    assert told(change("aws_security_group_rule.a", egress(type="egress", cidr_blocks=["10.0.0.0/8"]), None)) == [
        (Rank.BLOCKED, lost)
    ]
    # Another list of the same port lets nobody else through.
    assert told(
        change(f"{kind}.a", egress(prefix_list_id="pl-1"), None), same(f"{kind}.b", egress(prefix_list_id="pl-2"))
    ) == [(Rank.BLOCKED, lost)]


def test_one_more_way_to_a_data_store_is_safe() -> None:
    made = change("aws_vpc_security_group_egress_rule.a", None, egress(referenced_security_group_id=STORE))

    assert told(made) == []
    assert said(made) == ["A path opens; none is closed."]


def test_https_out_is_more_than_a_data_store() -> None:
    rule = egress(cidr_ipv4="0.0.0.0/0", from_port=443, to_port=443)
    ((rank, consequence),) = told(change("aws_vpc_security_group_egress_rule.a", rule, None))

    assert rank is Rank.BLOCKED
    assert "towards 443 it is images and logs" in consequence
