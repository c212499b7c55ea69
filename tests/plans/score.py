"""How well the review does on labelled plans, as docs/plan-review.md shows it: `make review-score`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from greenlight.review import assess, read
from greenlight.review.findings import Rank, Review
from greenlight.review.render.markdown import markdown
from tests.documentation import with_parts
from tests.plans.recorded import Label, labels, load

DOCUMENT = Path(__file__).parents[2] / "docs" / "plan-review.md"
COMMENTS = ("stack/prod-listener-recreated-green-live", "stack/health-check-path", "stack/memory")
RANKS = {rank.key: rank for rank in Rank}


@dataclass(frozen=True, kw_only=True)
class Result:
    label: Label
    review: Review

    @property
    def dangerous(self) -> bool:
        return RANKS[self.label.says].needs_a_look

    @property
    def right(self) -> bool:
        """The verdict is the label's, and what the label is about is named."""
        return self.review.verdict.key == self.label.says and not self.not_named

    @property
    def not_named(self) -> list[str]:
        found = {finding.address for finding in self.review.findings}
        found |= {one.address for finding in self.review.findings for one in finding.consequents}
        return sorted(set(self.label.about) - found) if self.dangerous else []

    @property
    def caught(self) -> bool:
        return self.review.verdict.needs_a_look and not self.not_named


def results() -> Iterator[Result]:
    for label in labels():
        content = read.document(load(label.plan).encode(), label.plan)
        yield Result(label=label, review=assess.review(read.plan(content, label.plan)))


def table(found: Sequence[Result]) -> str:
    """Markdown; docs/plan-review.md shows it."""
    lines = [
        "| plans | in all | dangerous | of these caught | harmless | false alarms | exactly as labelled |",
        "|---|---|---|---|---|---|---|",
    ]
    groups = sorted({one.label.plan.split("/")[0] for one in found})
    for name in [*groups, "all"]:
        some = [one for one in found if name in ("all", one.label.plan.split("/")[0])]
        dangerous = [one for one in some if one.dangerous]
        harmless = [one for one in some if not one.dangerous]
        numbers = (
            len(some),
            len(dangerous),
            sum(one.caught for one in dangerous),
            len(harmless),
            sum(one.review.verdict.needs_a_look for one in harmless),
            sum(one.right for one in some),
        )
        lines.append(f"| {name} | {' | '.join(map(str, numbers))} |")
    return "\n".join(lines)


def shown() -> dict[str, str]:
    """What docs/plan-review.md has between its marks: the score, and comments as they are rendered."""
    return {"score": table(list(results()))} | {plan: _comment(plan) for plan in COMMENTS}


def _comment(plan: str) -> str:
    content = read.document(load(plan).encode(), plan)
    rendered = markdown([assess.review(read.plan(content, "dev"))])
    # Without the hidden header and the heading.
    _, _, body = rendered.partition("\n## ")
    return f"---\n\n{body.partition(chr(10))[2].strip()}\n\n---"


def main() -> None:
    for one in results():
        if not one.right:
            named = f", not named: {', '.join(one.not_named)}" if one.not_named else ""
            print(f"{one.label.plan}: labelled {one.label.says}, the review says {one.review.verdict.key}{named}")
    parts = shown()
    DOCUMENT.write_text(with_parts(DOCUMENT.read_text(), parts))
    print(parts["score"])


if __name__ == "__main__":
    main()
