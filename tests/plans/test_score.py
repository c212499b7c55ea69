"""What the review promises of plans that people have labelled."""

import pytest

from tests.documentation import with_parts
from tests.plans import score
from tests.plans.score import Result

RESULTS = list(score.results())


@pytest.mark.parametrize("result", [one for one in RESULTS if one.dangerous], ids=lambda one: one.label.plan)
def test_every_dangerous_plan_is_caught_and_what_is_dangerous_is_named(result: Result) -> None:
    assert result.not_named == []
    assert result.review.verdict.needs_a_look


@pytest.mark.parametrize(
    "result",
    [one for one in RESULTS if one.label.plan.startswith(("stack/", "hcl/", "team/", "typed/"))],
    ids=lambda one: one.label.plan,
)
def test_plans_of_this_stack_get_exactly_the_verdict_of_their_label(result: Result) -> None:
    assert result.review.verdict.key == result.label.says


def test_at_most_one_harmless_plan_in_twenty_raises_an_alarm() -> None:
    harmless = [one for one in RESULTS if not one.dangerous]

    assert len(RESULTS) >= 60
    assert 20 * sum(one.review.verdict.needs_a_look for one in harmless) <= len(harmless)


def test_the_documents_score_and_comments_are_those_of_today() -> None:
    """`make review-score` writes them anew."""
    text = score.DOCUMENT.read_text()

    assert text == with_parts(text, score.shown())
