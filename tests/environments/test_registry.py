"""The settings of a registry: which repositories, who pulls from them, and what is never deleted."""

import re
from pathlib import Path

import pytest

import environments
from environments.load import SettingsError, load, load_all, load_file
from environments.registry import Registry

MINIMAL = """\
kind: registry
account: "111111111111"
region: eu-west-1
repositories: [shop/api]
"""


def loaded(folder: Path, text: str) -> Registry:
    (folder / "registry.yaml").write_text(text)
    found = load_file("registry", folder)
    assert isinstance(found, Registry)
    return found


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        loaded(folder, text)
    return [line.removeprefix(f"{folder}/registry.yaml: ") for line in str(refused.value).splitlines()]


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    registry = loaded(tmp_path, MINIMAL)

    assert registry.model_dump() == {
        "account": "111111111111",
        "region": "eu-west-1",
        "aws_provider": "~> 5.100.0",
        "state_bucket": None,
        "tags": {},
        "kind": "registry",
        "repositories": ["shop/api"],
        "pull_accounts": [],
        "untagged_days": 14,
        "force_delete": False,
    }
    assert registry.all_tags == {"managed-by": "terraform"}


def test_the_documented_file_is_right(tmp_path: Path) -> None:
    document = (Path(__file__).parents[2] / "docs" / "registry.md").read_text()
    (text,) = re.findall(r"```yaml\n(.*?)```", document, re.DOTALL)

    assert loaded(tmp_path, text).repositories == ["shop/api", "shop/orders"]


def test_it_has_no_name_since_repositories_have_their_own(tmp_path: Path) -> None:
    assert mistakes(tmp_path, f"{MINIMAL}name: shop\n") == [
        "name: unknown key; known here: account, aws_provider, force_delete, kind, pull_accounts, region, "
        "repositories, state_bucket, tags, untagged_days"
    ]


@pytest.mark.parametrize("name", ["ab", "a1/b.c/d_e/f__g/h--i", "a" * 256])
def test_every_name_that_ecr_takes_is_taken(tmp_path: Path, name: str) -> None:
    assert loaded(tmp_path, MINIMAL.replace("shop/api", name)).repositories == [name]


@pytest.mark.parametrize(
    "name",
    [
        *("a", "Shop", "shop/", "/shop", "shop//api", "shop:v1", "-shop", "a" * 257),
        "111111111111.dkr.ecr.eu-west-1.amazonaws.com/Shop",
    ],
)
def test_a_name_that_ecr_would_refuse_is_refused(tmp_path: Path, name: str) -> None:
    (line,) = mistakes(tmp_path, MINIMAL.replace("shop/api", f'"{name}"'))

    assert line.startswith(
        "repositories.0: must be 2 to 256 lower-case letters, digits and ._-/, such as shop/api, without the registry "
        "in front, got "
    )


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    lines = mistakes(tmp_path, MINIMAL.replace("[shop/api]", "[]") + "pull_accounts: [1]\nuntagged_days: 0\n")

    assert [line.partition(" (")[0] for line in lines] == [
        "repositories: must not be empty, got []",
        "pull_accounts.0: input should be a valid string, got 1; put it in quotes",
        "untagged_days: input should be greater than or equal to 1, got 0",
    ]


def test_what_is_given_twice_and_the_registrys_own_account_are_refused(tmp_path: Path) -> None:
    text = (
        MINIMAL.replace("[shop/api]", "[api, api]")
        + 'pull_accounts: ["111111111111", "222222222222", "222222222222"]\n'
    )

    assert mistakes(tmp_path, text) == [
        "repositories: 'api' is given twice",
        "pull_accounts: '222222222222' is given twice",
        "pull_accounts: 111111111111 is the registry's own account, whose roles need no more than their own "
        "permissions: leave it out",
    ]


def test_two_files_with_one_repository_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(MINIMAL.replace("[shop/api]", "[shop/api, other]"))
    (tmp_path / "registry.yaml").write_text(MINIMAL)
    (tmp_path / "elsewhere.yaml").write_text(MINIMAL.replace("eu-west-1", "eu-west-2"))

    assert load_all(tmp_path)[1] == [
        f"{tmp_path}/registry.yaml: repositories: shop/api is also in {tmp_path}/other.yaml, of the same account and "
        "region: keep one"
    ]


def test_it_is_no_environment(tmp_path: Path) -> None:
    loaded(tmp_path, MINIMAL)

    with pytest.raises(SettingsError, match="kind: must be environment here, got registry"):
        load("registry", tmp_path)


def test_the_projects_own_is_where_its_environments_pull_from() -> None:
    found, wrong = environments.load_all()
    registry = found["registry"]
    assert isinstance(registry, Registry)
    prefix = f"{registry.account}.dkr.ecr.{registry.region}.amazonaws.com"
    there = {f"{prefix}/{name}" for name in registry.repositories}
    images = {
        service.image.partition(":")[0]
        for name in ("dev", "prod")
        if isinstance(one := found[name], environments.Environment)
        for service in one.services.values()
    }

    assert wrong == []
    assert images <= there
