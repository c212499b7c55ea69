"""What a reviewer is told of a change of a registry: whether what is live can still be pulled afterwards."""

import json
from typing import Any

import pytest

from greenlight.review.findings import Rank
from tests.greenlight.review.plans import Json, change, review


def told(*changes: Json) -> list[tuple[Rank, str]]:
    """Nothing of what is safe."""
    return [(found.rank, found.consequence) for found in review(*changes).findings]


def repository(**arguments: Any) -> Json:
    return {"name": "api", "image_tag_mutability": "IMMUTABLE", "force_delete": False} | arguments


def untagged(days: int) -> Json:
    return {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}


NEWEST = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30}
FEW_UNTAGGED = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1}


def lifecycle(*selections: Json) -> Json:
    rules = [
        {"rulePriority": number, "description": f"rule {number}", "selection": one, "action": {"type": "expire"}}
        for number, one in enumerate(selections, 1)
    ]
    return {"repository": "api", "policy": json.dumps({"rules": rules})}


def pull(*accounts: str) -> Json:
    statement = {"Effect": "Allow", "Principal": {"AWS": list(accounts)}, "Action": ["ecr:BatchGetImage"]}
    return {"repository": "api", "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


TAGGED_GO = (
    Rank.TRAFFIC,
    "Within a day images with a tag are deleted: one that is live, or that a rollback goes back to, may be among them, "
    "and then no task of it starts any more.",
)
UNTAGGED_GO = (
    Rank.TRAFFIC,
    "Within a day images without a tag are deleted that were kept so far: one that is live may be among them, if it "
    "was pushed by its digest alone, or its tag was moved.",
)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (lifecycle(untagged(14)), lifecycle(untagged(14), NEWEST), TAGGED_GO),
        (lifecycle(untagged(14)), lifecycle(untagged(1)), UNTAGGED_GO),
        (lifecycle(untagged(14)), lifecycle(FEW_UNTAGGED), TAGGED_GO),
        (lifecycle(untagged(14)), lifecycle(untagged(30)), None),
        (lifecycle(NEWEST), lifecycle(untagged(14)), UNTAGGED_GO),
        (lifecycle(NEWEST, untagged(14)), lifecycle(untagged(14)), None),
    ],
    ids=["rule for all", "fewer days", "count", "more days", "another rule", "rule taken away"],
)
def test_a_lifecycle_that_deletes_more_may_delete_what_is_live(
    before: Json, after: Json, expected: tuple[Rank, str] | None
) -> None:
    assert told(change("aws_ecr_lifecycle_policy.api", before, after)) == ([expected] if expected else [])


def test_a_first_lifecycle_is_harmless_for_a_repository_made_with_it_only() -> None:
    created = change("aws_ecr_lifecycle_policy.api", None, lifecycle(untagged(14)))

    assert told(created) == [UNTAGGED_GO]
    assert told(created, change("aws_ecr_repository.api", None, repository())) == []


def test_tags_that_may_move_put_what_is_live_at_risk() -> None:
    before, after = repository(), repository(image_tag_mutability="MUTABLE")

    assert told(change("aws_ecr_repository.api", before, after)) == [
        (
            Rank.TRAFFIC,
            "From now on a tag can move to another image: tasks that start by tag run that one, and a lifecycle for "
            "images without a tag deletes the one that lost it, though it may be live.",
        )
    ]
    assert told(change("aws_ecr_repository.api", after, before)) == []


def test_a_repository_that_may_be_deleted_with_its_images_is_named() -> None:
    assert told(change("aws_ecr_repository.api", repository(), repository(force_delete=True))) == [
        (Rank.TRAFFIC, "Nothing happens now; from now on a destroy deletes the repository with all its images.")
    ]


@pytest.mark.parametrize(("force", "rank"), [(True, Rank.BLOCKED), (False, Rank.REFUSED)])
def test_a_repository_that_goes_takes_its_images_along_or_ends_the_apply(force: bool, rank: Rank) -> None:
    gone = repository(force_delete=force)
    deleted = change("aws_ecr_repository.api", gone, None)
    replaced = change("aws_ecr_repository.api", gone, gone | {"name": "other"}, ["delete", "create"])

    assert [[found for found, _ in told(one)] for one in (deleted, replaced)] == [[rank], [rank]]


TWO, THREE = "arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            pull(TWO, THREE),
            pull(TWO),
            (
                Rank.TRAFFIC,
                "Who pulled by it may be refused at once: in another account no task starts, and none is gone back to.",
            ),
        ),
        (pull(TWO), pull(TWO, THREE), None),
        (
            pull(TWO),
            pull(TWO, "*"),
            (Rank.TRAFFIC, "Every AWS account may do what it allows: a matter of security, not of traffic."),
        ),
    ],
    ids=["narrower", "wider", "for all"],
)
def test_a_repositorys_policy_is_judged_by_whom_it_shuts_out_and_lets_in(
    before: Json, after: Json, expected: tuple[Rank, str] | None
) -> None:
    assert told(change("aws_ecr_repository_policy.api", before, after)) == ([expected] if expected else [])


def test_a_policy_for_everybody_is_named_from_the_start() -> None:
    created = [change("aws_ecr_repository_policy.api", None, pull(one)) for one in (TWO, "*")]

    assert [[rank for rank, _ in told(one)] for one in created] == [[], [Rank.TRAFFIC]]
