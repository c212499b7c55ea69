"""Reviews for programs: what `-o json` prints. docs/plan-review.md. Pure."""

from collections.abc import Sequence
from typing import Any

from greenlight.review.findings import Consequent, Difference, Finding, Quiet, Review
from greenlight.review.render import words


def document(reviews: Sequence[Review]) -> dict[str, Any]:
    """`greenlight.output.document` adds the version, the command and the exit code."""
    return {"verdict": words.worst(reviews).key, "stacks": [_stack(review) for review in reviews]}


def _stack(review: Review) -> dict[str, Any]:
    return {
        "stack": review.stack,
        "verdict": review.verdict.key,
        "headline": review.headline,
        "counts": {
            "add": review.counts.add,
            "change": review.counts.change,
            "replace": review.counts.replace,
            "destroy": review.counts.destroy,
            "move": review.counts.move,
            "import": review.counts.import_,
            "forget": review.counts.forget,
        },
        "notes": list(review.notes),
        "findings": [_finding(finding) for finding in review.findings],
        "quiet": [_quiet(change) for change in review.quiet],
        "fingerprint": review.fingerprint,
        "plan_sha256": review.plan_sha256,
        "live": dict(review.live),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rank": finding.rank.key,
        "address": finding.address,
        "construct": finding.construct,
        "action": finding.action,
        "consequence": finding.consequence,
        "instead": finding.instead,
        "why": finding.why,
        "differences": [_difference(difference) for difference in finding.differences],
        "consequents": [_consequent(consequent) for consequent in finding.consequents],
        "allowed": finding.allowed,
    }


def _quiet(change: Quiet) -> dict[str, Any]:
    return {
        "address": change.address,
        "construct": change.construct,
        "action": change.action,
        "summary": change.summary,
        "differences": [_difference(difference) for difference in change.differences],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "path": difference.path,
        "before": difference.before,
        "after": difference.after,
        "forces": difference.forces,
    }


def _consequent(consequent: Consequent) -> dict[str, Any]:
    return {
        "address": consequent.address,
        "construct": consequent.construct,
        "action": consequent.action,
        "by": consequent.by,
    }
