"""A repository keeps what is released: tags do not move, and only images without a tag expire."""

import json
from dataclasses import replace

from modules.location import Location
from modules.registry import Repository, RepositoryProps
from tests.service_authorization import violations
from tests.synthesis import Config, reference, resource, resources, synth

PROPS = RepositoryProps(name="shop/api", location=Location(account="111111111111", region="eu-west-1"))


def config(props: RepositoryProps = PROPS) -> Config:
    return synth(lambda stack: Repository(stack, "repository", props))


def test_a_tag_never_moves_each_push_is_scanned_and_a_destroy_keeps_images() -> None:
    repository = resource(config(), "aws_ecr_repository")

    assert {name: value for name, value in repository.items() if name != "//"} == {
        "name": "shop/api",
        "image_tag_mutability": "IMMUTABLE",
        "image_scanning_configuration": {"scan_on_push": True},
        "force_delete": False,
    }


def test_only_images_without_a_tag_expire() -> None:
    found = config(replace(PROPS, untagged_days=30))
    lifecycle = resource(found, "aws_ecr_lifecycle_policy")

    assert lifecycle["repository"] == reference(found, "aws_ecr_repository", "name")
    assert json.loads(lifecycle["policy"]) == {
        "rules": [
            {
                "rulePriority": 1,
                "description": "Without a tag for 30 days after its push",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": 30,
                },
                "action": {"type": "expire"},
            }
        ]
    }


def test_nobody_else_pulls_unless_he_is_named() -> None:
    assert resources(config(), "aws_ecr_repository_policy") == []


def test_the_accounts_that_are_named_may_pull_and_find_a_tags_digest_and_no_more() -> None:
    found = config(replace(PROPS, pull_accounts=["222222222222", "333333333333"]))
    given = resource(found, "aws_ecr_repository_policy")
    policy = json.loads(given["policy"])

    assert given["repository"] == reference(found, "aws_ecr_repository", "name")
    assert policy == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Pull",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"]},
                "Action": [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:DescribeImages",
                    "ecr:GetDownloadUrlForLayer",
                ],
            }
        ],
    }
    repository = {"Resource": "arn:aws:ecr:eu-west-1:111111111111:repository/shop/api"}
    assert violations({"Statement": [one | repository for one in policy["Statement"]]}) == []
