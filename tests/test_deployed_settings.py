"""Which keys of the settings the end-to-end run deploys: no new one is offered that nobody has run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import environments
from environments import Account, Environment, Registry
from tests.e2e import changing, roles, shop, shop_function, shop_needs, shop_network


def ground() -> shop.Ground:
    """What the team of the shop has, with names in place of what AWS gives."""
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:orders-abcdef"
    return shop.Ground(
        function=shop_function.OwnFunction(
            versions={
                event: f"arn:aws:lambda:us-east-1:123456789012:function:announce:{number}"
                for number, event in enumerate(shop_function.EVENTS, 1)
            }
        ),
        needs=shop_needs.Needs(
            key="arn:aws:kms:us-east-1:123456789012:key/0123",
            token="arn:aws:ssm:us-east-1:123456789012:parameter/token",
            database=secret,
            store="sg-0123456789abcdef0",
            partner="pl-0123456789abcdef0",
        ),
        network=shop_network.TeamNetwork(
            vpc="vpc-0123456789abcdef0",
            private=tuple(f"subnet-0123456789abcdef{number}" for number in range(3)),
            public="",
            small="",
            without_vpc_links="",
            without_way_out="",
            of_another_vpc="",
            before={},
        ),
    )


def files() -> dict[str, str]:
    """Each that the run deploys, as it is and as it is changed in the course of the run."""
    of_shop = shop.settings(ground())
    return {
        "sandbox": (environments.FOLDER / "sandbox.yaml").read_text(),
        "dev": changing.DEPLOYED,
        "dev-renamed": changing.RENAMED,
        "dev-leaving": changing.networked("endpoints", "abc", leaving="a"),
        "shop": of_shop,
        "shop-approving": shop.approving(of_shop),
        "registry": shop.REGISTRY,
        "registry-to-go": shop.REGISTRY_TO_GO,
        "github": roles.SETTINGS,
    }


@pytest.fixture
def deployed(tmp_path: Path) -> list[BaseModel]:
    for name, text in files().items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return [environments.load_file(name, tmp_path) for name in files()]


def keys(model: type[BaseModel]) -> Iterator[str]:
    """Of a model and of all within it, such as `Service.cpu`."""
    for name, field in model.model_fields.items():
        yield f"{model.__name__}.{name}"
        for inner in _models(field.annotation):
            yield from keys(inner)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)


def given(value: object) -> Iterator[str]:
    """The keys that a file says."""
    if isinstance(value, BaseModel):
        for name in value.model_fields_set:
            yield f"{type(value).__name__}.{name}"
            yield from given(getattr(value, name))
    elif isinstance(value, dict):
        for one in value.values():
            yield from given(one)
    elif isinstance(value, list):
        for one in value:
            yield from given(one)


def test_every_key_is_deployed_by_the_end_to_end_run(deployed: list[BaseModel]) -> None:
    known = {key for model in (Environment, Registry, Account) for key in keys(model)}
    said = {key for one in deployed for key in given(one)}

    assert known - said == set()
