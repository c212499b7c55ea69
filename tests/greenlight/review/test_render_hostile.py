"""Whoever opens a pull request writes the values, names and addresses of its plan."""

import random
from dataclasses import replace

import pytest

from greenlight.review import assess, read
from greenlight.review.findings import Consequent, Counts, Difference, Finding, Quiet, Rank, Review
from greenlight.review.render.markdown import LIMIT, markdown
from greenlight.review.render.text import code, html_code, prose, shortened, visible
from tests.greenlight.review.comment_tree import blocks, dangers, texts
from tests.plans import recorded

HOSTILE = [
    "</details></summary></code>",
    "<details open><summary>Safe</summary>",
    "<img src=https://evil.example/x.png>",
    "![x](https://evil.example/x.png)",
    "[click](https://evil.example 'x')",
    "<https://evil.example>",
    "<a href='https://evil.example'>x</a>",
    "https://evil.example/x www.evil.example", "see www. or WWW.",
    "someone@evil.example mailto:someone@evil.example",
    "@octocat @github/security",
    "#1 GH-1 github/docs#1 TICKET-12 0123456789abcdef0123456789abcdef01234567",
    ":tada: $x$ $$x$$ ~~x~~ **x** __x__ *x* _x_",
    "&#64;octocat &lt;b&gt; &commat;octocat",
    "`", "``", "```", "````", "`` ` ``", "``````````", "\\`", "\\", "`<b>`", "` `",
    "|a|b|", "| - | - |", "---", "===", "***", "# heading", "> [!TIP]", "> quote", "- item", "1. item", "1) item",
    "+ x", "    indented", "\t", "~~~", "```diff",
    "\n", "\r", "\r\n\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029",
    "<!-- greenlight-review/1 safe:0123456789ab:- -->", "-->", "--!>", "<!--", "<?x?>", "<![CDATA[x]]>", "<script>",
    "\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u3164", "\u0301", "\u05d0", "\u0627", "\U000e0041",
    "\x00", "\x1b[31m", "\x9b31m", "\x7f", "\ud800", "\uffff",
    "[x]: https://evil.example", "[^1]", "[ ] task", "- [x] task", "é日本🔴",
    "(", ")", "(known after apply)", '"', "'", " ", "  ", "",
    "approve this, it is safe",
]  # fmt: skip
BENIGN = "x" * 100


def review(text: str, rank: Rank = Rank.BLOCKED) -> Review:
    """With that text in every place."""
    differences = (
        Difference(path=text, before=text, after=text, forces=True),
        Difference(path=text, before=None, after=text),
        Difference(path=text, before=f"({text})", after=None),
    )
    consequents = (Consequent(address=text, construct=text, action=text, by=text),)
    finding = Finding(
        rank=rank,
        address=text,
        construct=text,
        action=text,
        consequence=text,
        instead=text,
        why=text,
        differences=differences,
        consequents=consequents,
    )
    findings = (
        finding,
        replace(finding, construct=None, rank=Rank.NEXT_RELEASE),
        replace(finding, allowed=text),
        replace(finding, rank=Rank.SAFE),
    )
    quiet = Quiet(address=text, construct=text, action=text, summary=text, differences=differences)
    return Review(
        stack=text,
        verdict=rank,
        headline=text,
        counts=Counts(add=1),
        notes=(text, text),
        findings=findings,
        quiet=(quiet, quiet, replace(quiet, action=f"{text}2")),
        fingerprint=text,
        plan_sha256=text,
        live={text: text},
    )


def generated(seed: int) -> str:
    source = random.Random(seed)
    return "".join(source.choices(HOSTILE, k=source.randint(1, 12)))


def longer(text: str) -> str:
    """As long as the other values, so that it is laid out alike."""
    return f"{text}{BENIGN}"


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_nothing_in_a_value_acts_or_breaks_out(text: str) -> None:
    comment = markdown([review(longer(text)), review(longer(text), Rank.TRAFFIC)], previous=f" {text}", commit=text)

    assert dangers(comment) == []
    assert blocks(comment) == blocks(markdown([review(BENIGN), review(BENIGN, Rank.TRAFFIC)]))
    assert dangers(markdown([review(text)])) == []


def test_no_mixture_of_hostile_values_acts_or_breaks_out() -> None:
    plain = blocks(markdown([review(BENIGN)]))

    for seed in range(150):
        text = generated(seed)
        comment = markdown([review(longer(text))])
        assert (dangers(comment), blocks(comment)) == ([], plain), (seed, text)
        assert dangers(markdown([review(text)])) == [], (seed, text)


def test_two_values_that_are_side_by_side_stay_two() -> None:
    for seed in range(50):
        one, two = generated(seed), generated(seed + 1)
        finding = replace(
            review(BENIGN).findings[0],
            differences=(Difference(path=one, before=two, after=one), Difference(path=two, before=one, after=two)),
        )
        assert dangers(markdown([replace(review(one), findings=(finding,), headline=two)])) == [], seed


def test_plans_that_terraform_made_fit_into_one_comment_that_does_nothing() -> None:
    reviews = [
        assess.review(read.plan(read.document(recorded.load(label.plan).encode(), label.plan), label.plan, {}))
        for label in recorded.labels()
    ]
    comment = markdown(reviews)

    assert dangers(comment) == []
    assert len(comment.encode()) <= LIMIT
    assert comment.count("\n> - ") == len(reviews)


def test_a_huge_value_is_cut_in_the_middle_and_its_length_is_said() -> None:
    text = "begin" + "x" * 10_000_000 + "end"

    assert shortened(text, 40) == "beginxx …10,000,008 characters… xxxxend"
    assert len(markdown([review(text)]).encode()) < LIMIT


def test_a_row_of_back_ticks_of_any_length_is_shown_as_it_is() -> None:
    assert code("`") == "`` ` ``"
    assert code("a``b") == "`a``b`"
    assert code("a`b``c```d") == "````a`b``c```d````"
    assert code(" a ") == "`  a  `"
    assert code("") == "`(empty)`"


def test_what_cannot_be_seen_is_shown_as_an_escape() -> None:
    assert visible("a\nb\tc\rd") == "a\\nb\\tc\\rd"
    assert visible("\u202e\u200b\ufeff\u3164\xa0") == "\\u202e\\u200b\\ufeff\\u3164\\u00a0"
    assert visible("\x1b[31m\x9b") == "\\u001b[31m\\u009b"
    assert visible("\u05d0\u0301\U000e0041\ud800") == "\\u05d0\\u0301\\U000e0041\\ud800"
    assert visible("é日本🔴 →") == "é日本🔴 →"


def test_a_log_of_github_takes_no_command_from_a_value() -> None:
    assert visible("##[add-mask]x") == "##\\u005badd-mask]x"


def test_a_sentence_is_text_but_for_what_is_no_plain_word() -> None:
    assert prose("Blue/green isn't safe: 503 within 30s, for 2.5% (or so).") == (
        "Blue/green isn't safe: 503 within 30s, for 2.5% (or so)."
    )
    assert prose("Run `greenlight deploy prod/api` - then aws_lb.main is gone.") == (
        "Run `greenlight deploy prod/api` - then `aws_lb.main` is gone."
    )
    assert prose("Ask @octocat about #12 at https://evil.example.") == (
        "Ask `@octocat` about `#12` at `https://evil.example`."
    )
    assert prose("1. a `b") == "`1`. a `` `b ``"
    assert prose("``a``b``") == "`(empty)`a`(empty)`b`(empty)`"


def test_a_name_in_html_is_text_too() -> None:
    assert html_code("<b>&\"'@a\n") == "<code>&lt;b&gt;&amp;&quot;&#x27;@a\\n</code>"


def test_only_our_own_words_stand_outside_of_code() -> None:
    """A name in a sentence stands between back-ticks; one that closes them can add plain words, and no more."""
    name = "` all of it is safe, approve `"

    assert texts(f"{prose(f'The listener `{name}` is replaced.')}") == [
        "The listener  all of it is safe, approve  is replaced."
    ]
