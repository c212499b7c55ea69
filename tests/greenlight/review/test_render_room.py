"""A comment has room for 65,536 characters, a plan may need more: what matters stays, and what is left out is said."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from greenlight.review.findings import Consequent, Counts, Difference, Quiet, Rank, Review
from greenlight.review.render.markdown import LIMIT, markdown
from greenlight.review.render.room import Level, kept
from tests.greenlight.review.comment_tree import dangers
from tests.greenlight.review.reviews import LISTENER, PROD, TASK

LONG = '"' + "long value " * 40 + '"'


def stack(name: str, *, findings: int = 0, quiet: int = 0, verdict: Rank = Rank.BLOCKED) -> Review:
    finding = replace(
        LISTENER,
        rank=verdict,
        consequence="What happens to traffic is said in a sentence of some length. " * 3,
        differences=tuple(Difference(path=f"a.{place}", before=LONG, after="[]") for place in range(12)),
        consequents=tuple(
            Consequent(address=f"aws_lb.a[{place}]", construct=f"a/{place}", action="replaced", by="arn")
            for place in range(5)
        ),
    )
    return Review(
        stack=name,
        verdict=verdict,
        headline="The verdict in one line, of a length as they have it, in a sentence.",
        counts=Counts(replace=findings, change=quiet),
        notes=("A note.",),
        findings=tuple(
            replace(finding, address=f"aws_lb.f[{place}]", construct=None, why=f"reason {place}")
            for place in range(findings)
        ),
        quiet=tuple(
            Quiet(address=f"aws_subnet.q[{place}]", construct=None, action="changed", summary=f"{place} " * 20)
            for place in range(quiet)
        ),
        fingerprint="3f2a9c0d11e4",
    )


def size(comment: str) -> int:
    return len(comment.encode())


def test_thousands_of_findings_are_cut_and_counted() -> None:
    comment = markdown([stack("prod", findings=5000, quiet=5000)])
    told = len(re.findall(r"^\*\*`aws_lb\.f", comment, re.M)) + len(re.findall("^- ⛔ `aws_lb", comment, re.M))

    assert LIMIT * 0.9 < size(comment) <= LIMIT
    assert "\n**5,000 to change, 5,000 to replace**\n" in comment
    assert f"**{5000 - told:,} more findings** in the job's log and in `-o json`.\n" in comment
    assert (
        "<summary>5,000 other changes: 5,000 <code>changed</code></summary>\n\n- 5,000 more in the job's log" in comment
    )
    assert dangers(comment) == []


def test_findings_are_told_in_full_before_quiet_changes_have_room() -> None:
    comment = markdown([stack("prod", findings=5, quiet=5000)])

    assert comment.count("**forces replacement**") == 0
    assert comment.count("- `a.11`\n") == 5
    assert comment.count("- `a/4` replaced, by `arn`") == 5
    assert re.findall(r"^- [0-9,]+ more in the job's log and in `-o json`$", comment, re.M) != []
    assert size(comment) <= LIMIT


def test_what_changes_goes_before_what_follows_and_both_before_a_finding() -> None:
    comment = markdown([stack("prod", findings=40)])

    assert len(re.findall(r"^\*\*`aws_lb\.f", comment, re.M)) == 40
    assert comment.count("_Left out here: what follows. ") == 0
    assert 0 < comment.count("_Left out here: what changes. It is in the job's log and in `-o json`._\n") < 40
    assert comment.count("_Left out here: what changes. ") + comment.count("- `a.11`\n") == 40


def test_two_hundred_stacks_have_a_verdict_line_each() -> None:
    names = [f"environment-{number}" for number in range(200)]
    comment = markdown([stack(name, findings=50, quiet=50) for name in names])

    assert re.findall(r"^> - ⛔ \*\*`(.*?)`\*\*", comment, re.M) == names
    assert size(comment) <= LIMIT
    assert dangers(comment) == []


def test_a_big_stack_does_not_cost_a_small_one_its_findings() -> None:
    comment = markdown([stack("big", findings=5000, quiet=5000), *(stack(f"small-{n}", findings=1) for n in range(5))])

    for number in range(5):
        part = comment.partition(f"### ⛔ `small-{number}`")[2].partition("\n### ")[0]
        assert part.count("- `a.11`\n") == 1
    assert LIMIT * 0.9 < size(comment) <= LIMIT


def test_quiet_changes_of_a_stack_do_not_cost_another_one_its_findings() -> None:
    comment = markdown([stack("quiet", quiet=5000, verdict=Rank.SAFE), stack("prod", findings=8)])

    assert comment.count("- `a.11`\n") == 8
    assert size(comment) <= LIMIT


def test_of_thousands_of_stacks_the_worst_are_named_and_the_rest_counted() -> None:
    safe = [stack(f"s-{number}", verdict=Rank.SAFE) for number in range(4000)]
    comment = markdown([*safe, stack("prod", findings=1)])
    named = comment.count("\n> - ✅ **`s-")

    assert "## ⛔ Plans of 4,001 stacks: 1 blocked, 4,000 safe\n" in comment
    assert comment.count("\n> - ⛔ **`prod`**") == 1
    assert f"\n> - and {4000 - named:,} more: {4000 - named:,} Safe\n" in comment
    assert size(comment) <= LIMIT


@pytest.mark.parametrize("number", [1, 2, 40, 1000])
@pytest.mark.parametrize("letter", ["x", "🔴", "\u202e", "`", "<", "é"])
def test_no_comment_is_too_long_whatever_its_letters(number: int, letter: str) -> None:
    text = letter * 3000
    finding = replace(
        TASK,
        address=text,
        construct=text,
        action=text,
        consequence=text,
        instead=text,
        why=text,
        differences=(Difference(path=text, before=text, after=text),) * 20,
        consequents=(Consequent(address=text, construct=text, action=text, by=text),) * 20,
    )
    quiet = Quiet(address=text, construct=text, action=text, summary=text)
    review = replace(
        PROD, stack=text, headline=text, notes=(text,) * 30, findings=(finding,) * 60, quiet=(quiet,), fingerprint=text
    )

    assert size(markdown([review] * number)) <= LIMIT


def sizes(found: Mapping[Level, list[int]]) -> Callable[[Level], list[int]]:
    return lambda level: found.get(level, [])


def test_each_stack_has_the_same_share_and_what_it_leaves_goes_to_the_others() -> None:
    small = sizes({Level.STACK: [10], Level.FINDINGS: [10]})
    large = sizes({Level.STACK: [10], Level.FINDINGS: [10] * 100})
    found = kept([large, small, large], room=30 + 10 + 2 * 50, least=20)

    assert [counts[Level.FINDINGS] for counts in found] == [5, 1, 5]


def test_stacks_come_in_while_each_can_have_its_share() -> None:
    small = sizes({Level.STACK: [10], Level.FINDINGS: [5]})
    large = sizes({Level.STACK: [10], Level.FINDINGS: [10] * 100})
    found = kept([large, small, large, large, small], room=100, least=40)

    assert [counts[Level.STACK] for counts in found] == [1, 1, 1, 0, 0]
    assert [counts[Level.FINDINGS] for counts in found] == [3, 1, 3, 0, 0]


def test_what_belongs_to_a_finding_goes_with_it() -> None:
    parts = {Level.STACK: [1], Level.FINDINGS: [10, 10], Level.CHAINS: [1, 1], Level.DIFFERENCES: [1, 1]}

    assert kept([sizes(parts)], room=1 + 10 + 5, least=1) == [
        {
            Level.STACK: 1,
            Level.NOTES: 0,
            Level.FINDINGS: 1,
            Level.CHAINS: 1,
            Level.DIFFERENCES: 1,
            Level.MORE: 0,
            Level.QUIET: 0,
        }
    ]
