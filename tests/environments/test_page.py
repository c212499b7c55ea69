"""docs/settings.md has every key, as it is now, with what a change of it does; docs/changes.md says that once."""

import re

import pytest

from environments.page import CHANGES, FILE, KINDS, Kind, Page, SettingsPageError, changes

TEXT = CHANGES.read_text()


def test_the_page_is_up_to_date() -> None:
    assert FILE.read_text() == Page(TEXT).write(), "run `make schema`"


def test_a_key_of_which_no_change_is_described_is_named() -> None:
    without = re.sub(r"^\| `throttling` \|.*\n", "", TEXT, flags=re.MULTILINE)

    with pytest.raises(SettingsPageError) as refused:
        Page(without).write()

    assert str(refused.value).splitlines() == [
        f"{CHANGES}: does not say what a change of throttling.{key} does" for key in ("rate", "burst")
    ]


def test_a_key_that_is_described_twice_is_named() -> None:
    twice = TEXT.replace("| `throttling` |", "| `live`, `throttling` | never |\n| `throttling` |")

    with pytest.raises(SettingsPageError) as refused:
        Page(twice).write()

    assert str(refused.value).splitlines() == [f"{CHANGES}: has two rows about {key}" for key in ("live", "throttling")]


def test_a_row_about_a_key_that_is_gone_is_named() -> None:
    renamed = TEXT.replace("| `untagged_days` |", "| `untagged_days` | nothing |\n| `tagged_days` |")

    with pytest.raises(SettingsPageError) as refused:
        Page(renamed).write()

    assert str(refused.value) == f"{CHANGES}: has a row about tagged_days, which is no key"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
def test_each_kind_of_file_has_its_keys(kind: Kind) -> None:
    section = FILE.read_text().partition(f"## {kind.title}\n")[2].partition("\n## ")[0]
    keys = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) | set(
        re.findall(r"^### `(\w+)`", section, re.MULTILINE)
    )

    assert set(kind.model.model_json_schema()["properties"]) <= keys


def test_a_row_is_about_the_keys_that_it_names_and_what_is_in_them() -> None:
    (one, other) = changes(
        "| key | what |\n|---|---|\n| `a.b`, `.c`, one more | at once |\n| `d.*` | never, see [there](#there) |\n", None
    )

    assert (one.keys, one.which, one.does) == (("a.b", "a.c"), "one more", "at once")
    assert [one.length(path) for path in ("a.b", "a.b.x", "a.bc", "a", "a.c")] == [3, 3, 0, 0, 3]
    assert (other.length("d.x") > 0, other.length("dx")) == (True, 0)
    assert other.does == "never, see [there](changes.md#there)"
