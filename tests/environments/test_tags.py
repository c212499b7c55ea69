import json

import pytest

from .conftest import MINIMAL, Loaded, Mistakes


def tagged(tags: dict[str, str]) -> str:
    return MINIMAL + f"tags: {json.dumps(tags, ensure_ascii=False)}\n"


@pytest.mark.parametrize(
    "tags",
    [
        {"Name": "greenlight", "owner": "team größe", "日本": "x"},
        {"k" * 127: "v" * 256},
        {"empty": "", "straße": "x", "strasse": "x", "Öl": "x", "constructor": "x", "toString": "x"},
        {"a.b_c:d/e=f+g-h@i j": "aws is a word"},
        {f"key-{n}": "x" for n in range(40)},
    ],
)
def test_tags_that_every_service_takes_are_accepted(loaded: Loaded, tags: dict[str, str]) -> None:
    assert loaded(tagged(tags)).tags == tags


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"aws:team": "x"}, "key 'aws:team' must not begin with aws:, which AWS keeps for itself, got 'aws:team'"),
        ({"AWS:Team": "x"}, "key 'AWS:Team' must not begin with aws:, which AWS keeps for itself, got 'AWS:Team'"),
        ({"a": "aws:x"}, "the value of 'a' must not begin with aws:, which AWS keeps for itself, got 'aws:x'"),
        ({"Team": "x", "team": "y"}, "key 'team' differs from 'Team' only in case, which IAM takes for one key"),
        ({"Managed-By": "me"}, "key 'Managed-By' is Greenlight's own"),
        ({"greenlight:base": "x"}, "key 'greenlight:base' is Greenlight's own"),
        ({"": "x"}, "key '' must have 1 to 127 characters, got 0"),
        ({" a": "x"}, "key ' a' must not begin or end with a space, which ELB's rules forbid, got ' a'"),
        ({"a": "x "}, "the value of 'a' must not begin or end with a space, which ELB's rules forbid, got 'x '"),
        ({"a": "x" * 257}, "the value of 'a' must have 0 to 256 characters, got 257"),
        ({"a": "${x}"}, "the value of 'a' may have letters, digits, spaces and _.:/=+-@, got '$' in '${x}'"),
        ({"a": "x\ny"}, "the value of 'a' may have letters, digits, spaces and _.:/=+-@, got '\\n' in 'x\\ny'"),
        ({"a": "😀"}, "the value of 'a' may have letters, digits, spaces and _.:/=+-@, got '😀' in '😀'"),
        ({"a&b": "x"}, "key 'a&b' may have letters, digits, spaces and _.:/=+-@, got '&' in 'a&b'"),
        ({"//": "x"}, "key '//' has a meaning of its own to CDKTF, and would not reach AWS"),
        ({"__proto__": "x"}, "key '__proto__' has a meaning of its own to CDKTF, and would not reach AWS"),
    ],
)
def test_a_tag_that_one_service_refuses_is_refused(mistakes: Mistakes, tags: dict[str, str], expected: str) -> None:
    assert mistakes(tagged(tags)) == [f"tags: {expected}"]


def test_tags_leave_room_for_greenlights_own(mistakes: Mistakes) -> None:
    assert mistakes(tagged({f"key-{n}": "x" for n in range(41)})) == [
        "tags: at most 40 are possible beside Greenlight's own, got 41"
    ]
