import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from greenlight import manifest
from greenlight.errors import RefusedError

CONTRACT: Any = json.loads((Path(__file__).parents[2] / "contracts" / "release-manifest.json").read_text())


def needed(model: type[BaseModel], *above: str) -> Iterator[tuple[str, ...]]:
    """Every key that the CLI reads, with the keys above it."""
    for name, field in model.model_fields.items():
        yield (*above, name)
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from needed(part, *above, name)


OPTIONAL = (("urls",), ("vpc_link",))
NEEDED = [key for key in needed(manifest.Manifest) if key not in OPTIONAL]


@pytest.mark.parametrize("key", NEEDED, ids=".".join)
def test_the_manifest_that_terraform_writes_has_each_key_that_the_cli_needs(key: tuple[str, ...]) -> None:
    content: Any = json.loads(json.dumps(CONTRACT))
    above = content
    for name in key[:-1]:
        above = above[name]
    del above[key[-1]]

    with pytest.raises(RefusedError) as refused:
        manifest.parse("/greenlight/dev/api", json.dumps(content))

    assert str(refused.value) == (
        "the release manifest in SSM parameter /greenlight/dev/api is not one of version 1: "
        f"{'.'.join(key)}: Field required. "
        "Deploy the stack with the Terraform modules of this version, or use the CLI of theirs"
    )


def test_the_manifest_that_terraform_writes_is_understood() -> None:
    found = manifest.parse("/greenlight/dev/api", json.dumps(CONTRACT))

    assert (found.address, found.parameter) == ("dev/api", "/greenlight/dev/api")
    assert (found.container.name, found.container.port) == ("api", 3000)
    assert found.hooks == {"BeforeAllowTraffic": "arn:hook"}
    assert found.group_arn("dev-api-green") == "arn:green"


def test_a_manifest_without_urls_is_of_the_first_modules() -> None:
    old = {key: value for key, value in CONTRACT.items() if key != "urls"}

    assert manifest.parse("/greenlight/dev/api", json.dumps(old)).urls is None


def test_a_service_is_found_by_its_name_and_by_its_environments_where_that_has_one(aws: Any) -> None:
    assert manifest.load(aws, "dev/api") == manifest.load(aws, "dev")
    assert manifest.load(aws, "dev").address == "dev/api"


def test_what_a_killed_release_left_behind_is_no_service(aws: Any) -> None:
    aws.parameters["/greenlight/dev/api/suspended"] = "{}"

    assert manifest.load(aws, "dev").service == "api"


def test_an_environment_with_two_services_wants_to_be_told_which(aws: Any) -> None:
    aws.parameters["/greenlight/dev/web"] = aws.parameters["/greenlight/dev/api"]

    with pytest.raises(RefusedError) as refused:
        manifest.load(aws, "dev")

    assert str(refused.value) == "dev has 2 services: say which of dev/api, dev/web"


@pytest.mark.parametrize("address", ["prod/api", "prod"])
def test_a_missing_service_is_told_with_account_region_and_what_is_there(aws: Any, address: str) -> None:
    aws.parameters["/greenlight/dev/api/suspended"] = "{}"

    with pytest.raises(RefusedError) as refused:
        manifest.load(aws, address)

    assert str(refused.value) == (
        f"no release manifest of {address} in account 123456789012, region us-east-1: there are dev/api; "
        "other accounts and regions: --profile, --region"
    )


def test_an_empty_account_is_told_what_to_do_first(aws: Any) -> None:
    aws.parameters = {}

    with pytest.raises(RefusedError, match="there are none: deploy the stack first"):
        manifest.load(aws, "dev/api")


def test_an_address_that_is_none_is_told(aws: Any) -> None:
    with pytest.raises(RefusedError, match="'a/b/c' names no service: give NAME/SERVICE"):
        manifest.load(aws, "a/b/c")


def test_a_manifest_of_another_version_is_told_by_its_parameter(aws: Any, play: Any) -> None:
    aws.parameters["/greenlight/dev/api"] = json.dumps(play.manifest | {"version": 2})

    with pytest.raises(RefusedError, match=r"SSM parameter /greenlight/dev/api is not one of version 1: version: "):
        manifest.load(aws, "dev/api")


def test_keys_that_are_new_do_not_break_an_older_cli(play: Any) -> None:
    assert manifest.parse("p", json.dumps(play.manifest | {"new": 1})).service == "api"
