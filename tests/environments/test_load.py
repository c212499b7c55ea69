from pathlib import Path

import pytest

from environments.load import SettingsError, load, load_all, names

from .conftest import MINIMAL, Mistakes

FINE = MINIMAL.replace("name: dev\n", "")
RULE = "lower-case letters, digits and hyphens that begin with a letter and do not end with a hyphen"
TOO_LONG = f"must have at most 32 characters, got 33: '{'d' * 33}'"


def folder_with(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def test_an_empty_file_is_told_from_a_mapping(mistakes: Mistakes) -> None:
    assert mistakes("# empty\n") == ["must be a mapping of settings such as `account:`, got nothing"]


@pytest.mark.parametrize(("text", "got"), [("- a\n", "['a']"), ("a\n", "'a'"), ("5\n", "5"), ("no\n", "false")])
def test_a_file_without_keys_is_refused(mistakes: Mistakes, text: str, got: str) -> None:
    assert mistakes(text) == [f"must be a mapping of settings such as `account:`, got {got}"]


def test_a_long_value_is_cut_in_a_message(mistakes: Mistakes) -> None:
    assert all(len(line) < 200 for line in mistakes(MINIMAL.replace("eu-west-1\n", f"{'x' * 10_000}\n", 1)))


def test_a_long_key_is_cut_in_a_message(mistakes: Mistakes) -> None:
    assert all(len(line) < 400 for line in mistakes(MINIMAL + f"{'x' * 900}: 1\n"))


def test_many_mistakes_are_counted_not_listed(mistakes: Mistakes) -> None:
    lines = mistakes(MINIMAL + "".join(f"x{n}: 1\n" for n in range(60)))

    assert (len(lines), lines[-1]) == (51, "and 10 more mistakes")


def test_an_unknown_environment_is_told_with_those_there_are(tmp_path: Path) -> None:
    folder_with(tmp_path, dev__yaml=FINE)

    with pytest.raises(SettingsError) as refused:
        load("prod", tmp_path)

    assert str(refused.value) == f"{tmp_path}/prod.yaml: no such environment, there are: dev"


def test_one_bad_file_hides_neither_the_others_nor_their_mistakes(tmp_path: Path) -> None:
    folder_with(
        tmp_path,
        braces__yaml="account: {{ account_id }}\n",
        dev__yaml=FINE,
        empty__yaml="",
        typo__yaml=FINE.replace("region: eu-west-1", "region: eu-wets-1"),
    )
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "latin.yaml").write_bytes(b"account: \xff\n")
    found, mistakes = load_all(tmp_path)

    assert list(found) == ["dev"]
    assert [line.removeprefix(f"{tmp_path}/") for line in mistakes] == [
        "braces.yaml: line 1, column 11: a key is text, got a list or a mapping; a template's {{ }} goes in quotes",
        "empty.yaml: must be a mapping of settings such as `account:`, got nothing",
        "folder.yaml: is a folder; an environment is a file",
        "latin.yaml: is not UTF-8: invalid start byte at byte 9",
        "typo.yaml: region: must be a region of AWS, got 'eu-wets-1'; did you mean eu-west-1?",
    ]


def test_editors_own_files_and_other_kinds_are_passed_over(tmp_path: Path) -> None:
    folder_with(tmp_path, dev__yaml=FINE, __dev__yaml__swp="x", __hidden__yaml="x", dev__yaml__orig="x", notes__txt="x")
    (tmp_path / "dev.yaml~").write_text("x")
    (tmp_path / "#dev.yaml#").write_text("x")
    (tmp_path / ".#dev.yaml").symlink_to("somebody@machine.4321")
    found, mistakes = load_all(tmp_path)

    assert (list(found), mistakes) == (["dev"], [])


@pytest.mark.parametrize("name", ["dev.yml", "dev.YAML", "dev.YML"])
def test_a_file_of_another_ending_is_told_how_to_be_called(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FINE)

    assert load_all(tmp_path) == ({}, [f"{tmp_path}/{name}: would not be read: rename it to dev.yaml"])


@pytest.mark.parametrize("stem", ["my env", "größe", "dev.eu", "-dev", "a" * 65])
def test_a_file_whose_name_can_be_no_stack_is_refused(tmp_path: Path, stem: str) -> None:
    (tmp_path / f"{stem}.yaml").write_text(FINE)

    assert load_all(tmp_path) == (
        {},
        [
            f"{tmp_path}/{stem}.yaml: a file's name is its stack's: 1 to 64 letters, digits, - and _ that begin with "
            f"a letter or digit, got {stem!r}"
        ],
    )


def test_a_file_whose_name_is_no_prefix_of_resources_needs_a_name(tmp_path: Path) -> None:
    (tmp_path / "Dev_EU.yaml").write_text(FINE + "name: dev-eu\n")

    assert load("Dev_EU", tmp_path).name == "dev-eu"


@pytest.mark.parametrize(("stem", "problem"), [("Dev_EU", f"must be {RULE}, got 'Dev_EU'"), ("d" * 33, TOO_LONG)])
def test_a_file_whose_name_is_no_prefix_of_resources_is_told_so(tmp_path: Path, stem: str, problem: str) -> None:
    (tmp_path / f"{stem}.yaml").write_text(FINE)

    assert load_all(tmp_path) == ({}, [f"{tmp_path}/{stem}.yaml: name: {problem}, the file's name; set name"])


def test_a_file_whose_name_is_a_reference_to_cdktf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dev-82e297.yaml").write_text(FINE + "name: dev\n")

    assert load_all(tmp_path) == (
        {},
        [f"{tmp_path}/dev-82e297.yaml: this name has a meaning of its own to CDKTF: rename it"],
    )


def test_a_folder_without_environments_is_told(tmp_path: Path) -> None:
    assert load_all(tmp_path) == ({}, [f"{tmp_path}: no environment is in it; each is a file such as dev.yaml"])


def test_two_files_that_are_one_environment_are_refused(tmp_path: Path) -> None:
    folder_with(tmp_path, dev__yaml=FINE, dr__yaml=FINE + "name: dev\n")
    found, mistakes = load_all(tmp_path)

    assert list(found) == ["dev", "dr"]
    assert mistakes == [
        f"{tmp_path}/dev.yaml, {tmp_path}/dr.yaml: all have the name dev in account 111111111111, and would be one "
        "environment (IAM roles are one namespace in all regions): give each a name of its own"
    ]


def test_the_names_are_those_of_files_that_can_be_stacks(tmp_path: Path) -> None:
    folder_with(tmp_path, b__yaml="", a__yaml="", c__yml="")

    assert names(tmp_path) == ["a", "b"]
