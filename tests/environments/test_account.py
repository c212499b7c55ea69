"""The settings of an account: who on GitHub may plan, apply and release."""

import re
import textwrap
from pathlib import Path

import pytest

from environments.account import Account
from environments.load import SettingsError, load, load_all, load_file
from environments.shown import shown

MINIMAL = """\
kind: account
account: "111111111111"
region: eu-west-1
repository: octo-org/octo-repo
apply_environments: [apply]
release_environments: [prod]
"""
ENVIRONMENT = """\
account: "111111111111"
region: eu-west-1
services:
  api: {image: api, routes: [GET /one]}
"""


def loaded(folder: Path, text: str) -> Account:
    (folder / "github.yaml").write_text(text)
    found = load_file("github", folder)
    assert isinstance(found, Account)
    return found


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        loaded(folder, text)
    return [line.removeprefix(f"{folder}/github.yaml: ") for line in str(refused.value).splitlines()]


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    account = loaded(tmp_path, MINIMAL)

    assert account.model_dump() == {
        "name": "github",
        "account": "111111111111",
        "region": "eu-west-1",
        "aws_provider": "~> 5.100.0",
        "state_bucket": None,
        "tags": {},
        "kind": "account",
        "repository": "octo-org/octo-repo",
        "branch": "main",
        "apply_environments": ["apply"],
        "release_environments": ["prod"],
    }
    assert account.bucket == "greenlight-state-111111111111-eu-west-1"
    assert account.all_tags == {"managed-by": "terraform"}


def test_the_documented_file_is_right(tmp_path: Path) -> None:
    document = (Path(__file__).parents[2] / "docs" / "github.md").read_text()
    (text,) = re.findall(r"```yaml\n(.*?)```", document, re.DOTALL)

    account = loaded(tmp_path, textwrap.dedent(f"   {text.lstrip()}"))

    assert account.repository == "octo-org@123456/octo-repo@456789"


def test_the_rest_is_required(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "kind: account\n") == [
        "account: is required, and missing",
        "region: is required, and missing",
        "repository: is required, and missing",
        "apply_environments: is required, and missing",
        "release_environments: is required, and missing",
    ]


@pytest.mark.parametrize(
    "repository",
    ["octo-org/octo-repo", "a/b", "octo-org@123456/octo-repo@456789", f"{'o' * 39}/{'r' * 100}", "o/r.e_p-o"],
)
def test_a_repository_is_what_githubs_subjects_begin_with(tmp_path: Path, repository: str) -> None:
    assert loaded(tmp_path, MINIMAL.replace("octo-org/octo-repo", repository)).repository == repository


@pytest.mark.parametrize(
    "repository",
    [
        *("octo-repo", "octo-org/*", "*/*", "octo-org/octo-repo:*", "https://github.com/octo-org/octo-repo"),
        *("repo:octo-org/octo-repo", "octo-org@1/octo-repo", "octo-org/octo-repo@1", "-octo/repo", "octo-/repo"),
        *(f"{'o' * 40}/r", f"o/{'r' * 101}", "octo-org/octo-repo/x", "octo org/octo-repo"),
    ],
)
def test_a_repository_that_github_cannot_have_and_wildcards_are_refused(tmp_path: Path, repository: str) -> None:
    (mistake,) = mistakes(tmp_path, MINIMAL.replace("octo-org/octo-repo", f"'{repository}'"))

    assert mistake == (
        "repository: must be owner/name or owner@id/name@id, as `gh api "
        "repos/OWNER/NAME/actions/oidc/customization/sub` has it in sub_claim_prefix after repo:, got "
        f"{shown(repository)}"
    )


@pytest.mark.parametrize("branch", ["main", "release/v1.2", "team/a-b_c"])
def test_a_branch_is_a_name(tmp_path: Path, branch: str) -> None:
    assert loaded(tmp_path, f"{MINIMAL}branch: {branch}\n").branch == branch


@pytest.mark.parametrize("branch", ["*", "release/*", "/main", "main/", "a..b", "a//b", "a/.b", "a b", "a:b", "main?"])
def test_a_branch_without_wildcards_and_as_git_takes_it(tmp_path: Path, branch: str) -> None:
    assert mistakes(tmp_path, f"{MINIMAL}branch: '{branch}'\n") == [
        "branch: must be a branch's name of letters, digits and ._/-, without refs/heads/ and without wildcards, "
        f"got '{branch}'"
    ]


def test_environments_are_named_once_and_releases_have_their_own(tmp_path: Path) -> None:
    text = MINIMAL.replace("[apply]", "[apply, apply, prod]").replace("[prod]", "[prod, 'a:b', 'prod*']")

    assert mistakes(tmp_path, text) == [
        f"release_environments.{found}: must be the name of a GitHub environment, of letters, digits and ._-, "
        f"got '{one}'"
        for found, one in ((1, "a:b"), (2, "prod*"))
    ]
    assert mistakes(tmp_path, MINIMAL.replace("[apply]", "[apply, apply, prod]")) == [
        "apply_environments: 'apply' is given twice",
        "release_environments: 'prod' may apply already; give releases an environment of their own",
    ]


def test_a_misspelled_key_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    assert mistakes(tmp_path, MINIMAL.replace("repository:", "repositry:")) == [
        "repositry: unknown key; did you mean repository?"
    ]
    assert mistakes(tmp_path, f"{MINIMAL}services: {{}}\n") == [
        "services: unknown key; known here: account, apply_environments, aws_provider, branch, kind, name, region, "
        "release_environments, repository, state_bucket, tags"
    ]


@pytest.mark.parametrize("kind", ["cluster", "null", "[account]"])
def test_a_kind_that_is_not_there_is_refused(tmp_path: Path, kind: str) -> None:
    (mistake,) = mistakes(tmp_path, MINIMAL.replace("kind: account", f"kind: {kind}"))

    assert mistake.startswith("kind: must be environment or account or registry, got ")


def test_an_account_is_no_environment(tmp_path: Path) -> None:
    (tmp_path / "github.yaml").write_text(MINIMAL)

    with pytest.raises(SettingsError) as refused:
        load("github", tmp_path)

    assert str(refused.value) == f"{tmp_path}/github.yaml: kind: must be environment here, got account"


def test_an_aws_account_has_one_file_and_an_environment_to_manage(tmp_path: Path) -> None:
    (tmp_path / "dev.yaml").write_text(ENVIRONMENT)
    (tmp_path / "github.yaml").write_text(MINIMAL)
    assert load_all(tmp_path)[1] == []

    (tmp_path / "other.yaml").write_text(MINIMAL)
    (tmp_path / "elsewhere.yaml").write_text(MINIMAL.replace("111111111111", "222222222222"))

    assert load_all(tmp_path)[1] == [
        f"{tmp_path}/elsewhere.yaml: there is no environment in account 222222222222 for its roles to plan, apply or "
        "release",
        f"{tmp_path}/github.yaml, {tmp_path}/other.yaml: all are of account 111111111111, which has these roles once: "
        "keep one of them",
    ]
