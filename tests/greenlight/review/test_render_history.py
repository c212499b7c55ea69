"""Former verdicts, read from a comment that anybody may have written."""

import pytest

from greenlight.review.findings import Rank
from greenlight.review.render.history import EARLIER, MARKER, Entry, earlier, entry, header
from tests.greenlight.review.reviews import DEV, PROD

NOW = Entry(Rank.BLOCKED, "0" * 12, None)
ONE = Entry(Rank.SAFE, "1" * 12, "abcdef0")
TWO = Entry(Rank.NEXT_RELEASE, "2" * 12, None)


def test_the_header_of_a_comment_is_read_back() -> None:
    assert header(ONE, [TWO]) == ("<!-- greenlight-review/1 safe:111111111111:abcdef0 next-release:222222222222:- -->")
    assert earlier(header(ONE, [TWO]) + "\n## text", NOW) == [ONE, TWO]
    assert earlier(header(ONE, [TWO]) + "\r\n## text", NOW) == [ONE, TWO]


def test_a_comment_begins_with_the_marker_that_a_workflow_looks_for() -> None:
    assert header(NOW, []).startswith(MARKER)


def test_the_same_verdict_on_the_same_plans_is_not_an_earlier_one() -> None:
    assert earlier(header(Entry(NOW.verdict, NOW.plans, "abcdef0"), [ONE]), NOW) == [ONE]


def test_the_oldest_verdicts_are_forgotten() -> None:
    before = [Entry(Rank.SAFE, f"{number:012x}", None) for number in range(1, EARLIER + 1)]

    assert earlier(header(ONE, before), NOW) == [ONE, *before[:-1]]


@pytest.mark.parametrize(
    "previous",
    [
        None,
        "",
        "## a comment of somebody else",
        " " + header(ONE, []),
        "text\n" + header(ONE, []),
        header(ONE, []) + " ## more",
        header(ONE, []).replace("safe", "harmless"),
        header(ONE, []).replace("review/1", "review/2"),
        header(ONE, []).replace("abcdef0", "<b>"),
        header(ONE, []).replace("abcdef0", "abc"),
        header(ONE, []).replace("1" * 12, "\u0661" * 12),
        header(ONE, []).replace(" -->", ""),
        header(ONE, []).replace("safe:", "safe:safe:"),
        "<!-- greenlight-review/1 -->",
        "<!-- greenlight-review/1 " + "safe:" * 100_000,
    ],
)
def test_what_is_not_a_header_to_the_letter_is_no_history(previous: str | None) -> None:
    assert earlier(previous, NOW) == []


def test_a_verdict_is_that_over_all_stacks_and_does_not_depend_on_their_order() -> None:
    assert entry([DEV, PROD], None) == entry([PROD, DEV], None) == Entry(Rank.BLOCKED, "126e243ef7c0", None)


@pytest.mark.parametrize("commit", ["", "abc", "-->", "A" * 40, "0" * 41, "0123456\n"])
def test_a_commit_that_is_none_is_left_out(commit: str) -> None:
    assert entry([DEV], commit).commit is None
