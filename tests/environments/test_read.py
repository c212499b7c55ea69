import os
import time
from pathlib import Path

import pytest

from environments.read import ReadError, read


def said(folder: Path, text: str | bytes) -> object:
    (folder / "dev.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(folder / "dev.yaml")


def mistakes(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ReadError) as refused:
        said(folder, text)
    return refused.value.mistakes


def test_merge_keys_bring_in_what_is_not_given(tmp_path: Path) -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {<<: *a, x: 3}\nc: {<<: *b, z: 4}\nd: {<<: [*b, *a]}\n"

    assert said(tmp_path, text) == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 3, "y": 2},
        "c": {"x": 3, "y": 2, "z": 4},
        "d": {"x": 3, "y": 2},
    }


def test_text_may_have_line_breaks_tabs_and_any_script(tmp_path: Path) -> None:
    assert said(tmp_path, 'a: "x\\ny\\tz"\nb: größe 😀 日本\nc: "007"\n') == {
        "a": "x\ny\tz",
        "b": "größe 😀 日本",
        "c": "007",
    }


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    assert said(tmp_path, b"\xef\xbb\xbfa: b\r\nc: d\r\n") == {"a": "b", "c": "d"}


KEY = "a key is text, got a list or a mapping; a template's {{ }} goes in quotes"
TOKEN = "while scanning for the next token found character '%' that cannot start any token"
BREAKS = "only tabs and line breaks may be in text"
FLOW = "while parsing a flow sequence expected ',' or ']', but got '{'; in a list in [ ], text with { } goes in quotes"
CDKTF = "has a meaning of its own to CDKTF"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: {{ account_id }}\n", f"line 1, column 5: {KEY}"),
        ("? [a]\n: b\n", f"line 1, column 3: {KEY}"),
        ("a: {no: x}\n", "line 1, column 5: key 'no' is read as a boolean: put it in quotes"),
        ("1: x\n", "line 1, column 1: key '1' is read as a number: put it in quotes"),
        ("a: x\na: y\n", "line 2, column 1: key 'a' is given twice"),
        ("a: &a {x: 1}\nb: {<<: *a, <<: *a}\n", "line 2, column 13: key '<<' is given twice"),
        ("a: &a [x]\nb: {<<: *a}\n", "line 2, column 5: << takes a mapping or a list of mappings"),
        ("a: &a {b: {<<: *a}}\n", "line 1, column 4: an alias stands for what it is itself a part of"),
        ("a: *b\n", "line 1, column 4: found undefined alias 'b'"),
        ("a: ]\n", "line 1, column 4: while parsing a block node expected the node content, but found ']'"),
        ("a: %{x}\n", f"line 1, column 4: {TOKEN}"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1: expected a single document in the stream but found another document"),
        ("a: [2024-01-01]\n", "a.0: '2024-01-01' is read as a date, which no setting is: put it in quotes"),
        ("a: 2024-13-45\n", "a: '2024-13-45' is read as a date, which no setting is: put it in quotes"),
        ("a: !!set {x}\n", "a: set is read as YAML's set, which no setting is: put it in quotes"),
        ("a: !!binary aGk=\n", "a: 'aGk=' is read as YAML's binary, which no setting is: put it in quotes"),
        ("a: !Ref x\n", "a: 'x' is read as the tag '!Ref', which no setting is: put it in quotes"),
        ("a: =\n", "a: '=' is read as YAML's value, which no setting is: put it in quotes"),
        (
            "a: !!python/object/apply:os.getcwd []\n",
            "a: python/object/apply:os.getcwd is read as YAML's python/object/apply:os.getcwd, "
            "which no setting is: put it in quotes",
        ),
        ("a: 1:30\n", "a: '1:30' is read as a number: put it in quotes, or write a decimal number"),
        ("a: 010\n", "a: '010' is read as a number: put it in quotes, or write a decimal number"),
        ("a: 0x_\n", "a: '0x_' is read as a number: put it in quotes, or write a decimal number"),
        ("a: .nan\n", "a: '.nan' is read as a number: put it in quotes, or write a decimal number"),
        ("a: -.inf\n", "a: '-.inf' is read as a number: put it in quotes, or write a decimal number"),
        ("a: 1.0e+999\n", "a: '1.0e+999' is too large a number: put it in quotes"),
        ("a: 9223372036854775808\n", "a: '9223372036854775808' is too large a number: put it in quotes"),
        ('a: "x\\0y"\n', "a: 'x\\x00y' has the control character U+0000; only tabs and line breaks may be in text"),
        ('a: {"x\\e": y}\n', f"a: key 'x\\x1b' has the control character U+001B; {BREAKS}"),
        ('a: "\\ud83d"\n', "a: '\\ud83d' has U+D83D, half of a character; write it as \\U and 8 digits"),
        ("a: b\x07\n", "line 1: has the control character U+0007"),
        ("a: b\n\ufffe\n", "line 2: has the control character U+FFFE"),
        ("a: !!bool maybe\n", "a: 'maybe' is read as a boolean, and is none: put it in quotes"),
        ("a: [GET /{id}]\n", f"line 1, column 10: {FLOW}"),
        (b"a: \xff\n", "is not UTF-8: invalid start byte at byte 3"),
        ("a: b".encode("utf-16"), "is not UTF-8: invalid start byte at byte 0"),
        ("a: &a [*a]\n", "line 1, column 4: an alias stands for what it is itself a part of"),
        ("a: &a {<<: *a}\n", "line 1, column 4: an alias stands for what it is itself a part of"),
        ("a: '${TfToken[TOKEN.1]}'\n", f"a: '${{TfToken[TOKEN.1]}}' {CDKTF}, and cannot reach AWS as written"),
        ("a: -1.888154589708751e+289\n", "a: '-1.888154589708751e+289' has a meaning of its own to CDKTF"),
    ],
)  # fmt: skip
def test_what_has_no_plain_meaning_is_refused(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert mistakes(tmp_path, text) == [expected]


def test_all_values_without_a_plain_meaning_are_named_at_once(tmp_path: Path) -> None:
    assert len(mistakes(tmp_path, "a: 2024-01-01\nb: [0x1, .inf]\n")) == 3


def bomb(value: str, levels: int) -> str:
    lines = [f"a0: &a0 {value}"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


def merged(levels: int) -> str:
    lines = ["a0: &a0 {k: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (bomb("[x]", 9), "with its aliases followed this has more than 10000 values"),
        (merged(9), "with its aliases followed this has more than 10000 values"),
        ("a:\n" + "- x\n" * 30_000, "the file has more than 10000 values"),
        ("a: " + "[" * 5_000, "is nested deeper than 40 levels"),
        ("- " * 5_000, "is nested deeper than 40 levels"),
        (
            "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 100)),
            "with its aliases followed this is nested deeper than 40 levels",
        ),
        ("a: " + "x" * 200_000, "has 200003 bytes, at most 131072 are read"),
    ],
    ids=["aliases", "merges", "values", "flow", "block", "chain", "bytes"],
)
def test_a_file_that_stands_for_too_much_is_refused_within_seconds(tmp_path: Path, text: str, expected: str) -> None:
    began = time.process_time()
    (line,) = mistakes(tmp_path, text)

    assert line.endswith(expected)
    assert time.process_time() - began < 3


def test_a_long_problem_is_cut(tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path, f"a: *{'x' * 5_000}\n")

    assert len(line) < 250


def test_what_is_no_file_is_told_from_one(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "dangling.yaml").symlink_to("nowhere.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    told = {}
    for name in ("folder", "dangling", "pipe"):
        with pytest.raises(ReadError) as refused:
            read(tmp_path / f"{name}.yaml")
        told[name] = refused.value.mistakes

    assert told == {
        "folder": ["is a folder; an environment is a file"],
        "dangling": ["is a link to nowhere.yaml, where nothing is"],
        "pipe": ["is no regular file"],
    }
