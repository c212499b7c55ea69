"""The repositories that environments share: made by Terraform, pushed to once a tag, pulled from by their services."""

import json
import re
from typing import Any

import pytest

from tests.e2e.harness import IMAGE, Environment

REPOSITORY = "shop/orders"


def repository(registry: Environment) -> dict[str, Any]:
    (found,) = registry.client("ecr").describe_repositories(repositoryNames=[REPOSITORY])["repositories"]
    return dict(found)


def test_a_pushed_tag_cannot_be_given_to_another_image(registry: Environment) -> None:
    again = registry.pushing(f"{REPOSITORY}:print-green", IMAGE, "--env", "RELEASE=Other")

    assert again.wait() == 1
    assert "error: ImageTagAlreadyExistsException: The image tag 'print-green' already exists" in again.output


def test_each_push_is_scanned(registry: Environment) -> None:
    assert repository(registry)["imageScanningConfiguration"] == {"scanOnPush": True}


def test_only_images_without_a_tag_expire_after_the_days_of_the_settings(registry: Environment) -> None:
    given = registry.client("ecr").get_lifecycle_policy(repositoryName=REPOSITORY)["lifecyclePolicyText"]

    assert [rule["selection"] for rule in json.loads(given)["rules"]] == [
        {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 30}
    ]


def test_another_account_may_pull(registry: Environment) -> None:
    policy = json.loads(registry.client("ecr").get_repository_policy(repositoryName=REPOSITORY)["policyText"])

    assert [one["Principal"] for one in policy["Statement"]] == [{"AWS": ["arn:aws:iam::222222222222:root"]}]


@pytest.mark.usefixtures("shop_environment")
def test_the_service_runs_the_image_of_the_shared_repository(registry: Environment) -> None:
    (service,) = registry.client("ecs").describe_services(cluster="shop", services=["shop-orders"])["services"]
    tasks = registry.client("ecs").list_tasks(cluster="shop", serviceName="shop-orders")["taskArns"]
    described = registry.client("ecs").describe_tasks(cluster="shop", tasks=tasks)["tasks"]
    images = {container["image"] for task in described for container in task["containers"]}

    assert service["runningCount"] == len(tasks) == 1
    assert {re.split("[:@]", image)[0] for image in images} == {repository(registry)["repositoryUri"]}


def test_a_second_plan_is_empty_and_made_by_the_role_to_plan(registry: Environment) -> None:
    plan = registry.terraform("plan", "-lock=false", "-detailed-exitcode", "-input=false", role="plan")

    assert plan.wait() == 0, plan.output
