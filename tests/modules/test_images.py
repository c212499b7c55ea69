import json
from pathlib import Path
from typing import Any

import pytest

from modules.images import parse

CONTRACT = json.loads((Path(__file__).parents[2] / "contracts" / "images.json").read_text())


@pytest.mark.parametrize("expected", CONTRACT["private"], ids=lambda case: case["image"])
def test_every_spelling_of_private_ecr_is_known(expected: dict[str, Any]) -> None:
    found = parse(expected["image"])

    assert found is not None
    assert {
        "image": expected["image"],
        "registry": found.registry,
        "region": found.region,
        "repository": found.repository,
        "tag": found.tag,
        "digest": found.digest,
    } == expected
    assert expected["image"].startswith(found.uri)


@pytest.mark.parametrize("image", CONTRACT["elsewhere"])
def test_an_image_from_elsewhere_is_not_private_ecrs(image: str) -> None:
    assert parse(image) is None


@pytest.mark.parametrize("image", CONTRACT["invalid"])
def test_what_is_no_image_reference_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match=r"an? |leave out"):
        parse(image)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com", True),
        ("123456789012.dkr-ecr.us-east-1.on.aws", False),
        ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", False),
    ],
)
def test_only_ecrs_ipv4_name_is_served_by_its_interface_endpoint(host: str, expected: bool) -> None:
    found = parse(f"{host}/api")

    assert found is not None
    assert found.through_endpoint == expected
