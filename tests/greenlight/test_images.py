import json
from pathlib import Path
from typing import Any

import pytest

from greenlight.errors import RefusedError
from greenlight.images import Private, Reference, check, parse, pin, read

CONTRACT: Any = json.loads((Path(__file__).parents[2] / "contracts" / "images.json").read_text())
OWN = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api"
DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (":print-blue", Reference(OWN, tag="print-blue")),
        (f"@{DIGEST}", Reference(OWN, digest=DIGEST)),
        (f"{OWN}:v1", Reference(OWN, tag="v1")),
        (f"{OWN}@{DIGEST}", Reference(OWN, digest=DIGEST)),
        (f"{OWN}:v1@{DIGEST}", Reference(OWN, tag="v1", digest=DIGEST)),
        (f"public.ecr.aws/x/y@{DIGEST}", Reference("public.ecr.aws/x/y", digest=DIGEST)),
        (f"localhost:5000/y@{DIGEST}", Reference("localhost:5000/y", digest=DIGEST)),
        ("localhost:5000/y:v1", Reference("localhost:5000/y", tag="v1")),
    ],
)
def test_an_image_is_a_tag_a_digest_or_a_full_uri(image: str, expected: Reference) -> None:
    assert parse(image, OWN) == expected


@pytest.mark.parametrize(
    ("image", "told"),
    [
        (
            "print-blue",
            "--image print-blue names no version: give :tag, @sha256:… or a full URI with either. "
            "Did you mean --image :print-blue?",
        ),
        (
            "localhost:5000/y",
            "--image localhost:5000/y names no version: give :tag, @sha256:… or a full URI with either.",
        ),
        ("@sha256:abc", "--image @sha256:abc: a digest is sha256: and 64 hex digits, got 'sha256:abc'"),
        (
            DIGEST,
            f"--image {DIGEST} names no version: give :tag, @sha256:… or a full URI with either. "
            f"Did you mean --image @{DIGEST}?",
        ),
        (f"https://{OWN}:v1", f"--image https://{OWN}:v1: an image has no https:// in front: give {OWN}:v1"),
        (":a b", "--image :a b: 'a b' is no tag: letters, digits and ._- only, 128 at most"),
    ],
)
def test_what_is_no_image_is_told_with_what_would_be(image: str, told: str) -> None:
    with pytest.raises(RefusedError) as refused:
        parse(image, OWN)

    assert str(refused.value) == told


@pytest.mark.parametrize("case", CONTRACT["private"], ids=lambda case: case["image"])
def test_a_repository_of_private_ecr_is_known_by_each_of_its_names(case: Any) -> None:
    found = read(case["image"])

    assert found.private == Private(case["registry"], case["region"], case["repository"])
    assert (found.tag, found.digest) == (case["tag"], case["digest"])


@pytest.mark.parametrize("image", CONTRACT["elsewhere"])
def test_an_image_of_another_registry_is_not_private(image: str) -> None:
    assert read(image).private is None


@pytest.mark.parametrize("image", CONTRACT["invalid"])
def test_what_is_no_reference_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match=r"is no|an image has no|a digest is"):
        read(image)


def test_a_bare_tag_needs_a_repository_in_private_ecr() -> None:
    with pytest.raises(RefusedError, match="the service's image is not in private ECR: give the full URI"):
        parse(":v1", None)


def test_a_tag_is_resolved_to_its_digest(aws) -> None:  # type: ignore[no-untyped-def]
    assert pin(aws, Reference(OWN, tag="green")) == f"{OWN}@{DIGEST}"
    (asked,) = aws.made("ecr:DescribeImages")
    assert asked == {"registryId": "123456789012", "repositoryName": "api", "imageIds": [{"imageTag": "green"}]}


def test_a_tag_outside_private_ecr_may_move_and_is_refused(aws) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RefusedError, match=r"not in private ECR, so its tag cannot be resolved here"):
        pin(aws, Reference("public.ecr.aws/x/y", tag="v1"))
    assert pin(aws, Reference("public.ecr.aws/x/y", digest=DIGEST)) == f"public.ecr.aws/x/y@{DIGEST}"


def test_a_missing_repository_is_told_with_account_and_region(aws, play) -> None:  # type: ignore[no-untyped-def]
    aws.errors["ecr:DescribeImages"] = [play.failure("RepositoryNotFoundException")]

    with pytest.raises(RefusedError, match="no ECR repository api in account 123456789012, us-east-1"):
        pin(aws, Reference(OWN, tag="green"))


def test_a_dual_stack_name_is_asked_of_the_same_repository(aws: Any) -> None:
    dual = "123456789012.dkr-ecr.us-east-1.on.aws/api"

    assert check(aws, f"{dual}:green") == f"{dual}@{DIGEST}"
    (asked,) = aws.made("ecr:DescribeImages")
    assert (asked["registryId"], asked["repositoryName"]) == ("123456789012", "api")
