"""Reviews on a terminal, and in a job's log. Pure."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from greenlight.review.findings import Difference, Finding, Rank, Review
from greenlight.review.render import words
from greenlight.review.render.text import ADDRESS, SENTENCE, apart, shortened

VALUE = 2000

_STYLES = {
    Rank.BLOCKED: "bold red",
    Rank.REFUSED: "bold red",
    Rank.TRAFFIC: "bold yellow",
    Rank.RELEASE: "bold yellow",
    Rank.NEXT_RELEASE: "bold blue",
    Rank.SAFE: "bold green",
}


def terminal(reviews: Sequence[Review], console: Console) -> str:
    """In full, but for the middle of long values, and with the same quiet changes together.

    `console` is the one that it will be printed on: it decides on colours, and gets nothing. Lines are as long as they
    are. None begins with a value: GitHub's runner takes a line that begins with `::` as a command.
    """
    with console.capture() as captured:
        console.print(_text(reviews), soft_wrap=True, end="")
    return captured.get()


def _text(reviews: Sequence[Review]) -> Text:
    ordered = sorted(reviews, key=lambda review: review.verdict)
    shown = Text()
    if len(ordered) > 1:
        shown.append(f"{words.over_all(ordered)}\n\n", _STYLES[words.worst(ordered)])
    for review in ordered:
        _stack(shown, review)
    shown.rstrip()
    return shown


def _stack(shown: Text, review: Review) -> None:
    shown.append(f"Plan of {shortened(review.stack, ADDRESS)}:", _STYLES[review.verdict])
    shown.append(f" {shortened(review.headline, SENTENCE)}\n")
    numbers = words.counts(review.counts)
    shown.append(f"  {numbers}\n" if numbers else "")
    for note in review.notes:
        shown.append(f"  note: {shortened(note, SENTENCE)}\n", "yellow")
    for title, rank, findings in words.sections(review.findings):
        shown.append(f"\n  {title}\n", _STYLES[rank])
        for finding in findings:
            _finding(shown, finding)
    _rest(shown, review)
    prints = [f"fingerprint {shortened(review.fingerprint, ADDRESS)}"] if review.fingerprint else []
    prints += [f"plan file {shortened(review.plan_sha256, ADDRESS)}"] if review.plan_sha256 else []
    if prints:
        shown.append(f"\n  {', '.join(prints)}\n", "dim")
    shown.append("\n")


def _finding(shown: Text, finding: Finding) -> None:
    shown.append(f"  - {shortened(finding.construct or finding.address, ADDRESS)}", "bold")
    shown.append(f" {shortened(finding.action, ADDRESS)}")
    if finding.construct:
        shown.append(f" ({shortened(finding.address, ADDRESS)})", "dim")
    shown.append(f"\n    so: {shortened(finding.consequence, SENTENCE)}\n")
    for difference in finding.differences:
        _difference(shown, difference, "    ")
    if finding.why:
        shown.append(f"    why: {shortened(finding.why, SENTENCE)}\n")
    for one in finding.consequents:
        name = shortened(one.construct or one.address, ADDRESS)
        shown.append(f"    then: {name} {shortened(one.action, ADDRESS)}, by {shortened(one.by, ADDRESS)}\n")
    if finding.allowed is not None:
        shown.append(f"    allowed: {shortened(finding.allowed, SENTENCE)}\n", "green")
    elif finding.instead:
        label = "instead" if finding.rank.needs_a_look else "next"
        shown.append(f"    {label}: {shortened(finding.instead, SENTENCE)}\n", "cyan")


def _difference(shown: Text, one: Difference, indent: str) -> None:
    """As `greenlight diff` does: + is new, - goes, ~ changes."""
    path = shortened(one.path, ADDRESS)
    forces = "  # forces replacement" if one.forces else ""
    if one.before is None:
        shown.append(f"{indent}+ {path}: {shortened(one.after or '', VALUE)}{forces}\n", "green")
    elif one.after is None:
        shown.append(f"{indent}- {path}: {shortened(one.before, VALUE)}{forces}\n", "red")
    else:
        before, after = (shortened(side, VALUE) for side in apart(one.before, one.after, VALUE))
        shown.append(f"{indent}~ {path}: {before} -> {after}{forces}\n", "yellow")


def _rest(shown: Text, review: Review) -> None:
    safe, groups = words.safe(review.findings), words.grouped(review.quiet)
    if not safe and not groups:
        return
    shown.append(f"\n  {words.plural(len(safe) + len(review.quiet), 'other change')}\n", _STYLES[Rank.SAFE])
    for finding in safe:
        name, action = shortened(finding.address, ADDRESS), shortened(finding.action, ADDRESS)
        shown.append(f"  - {name} {action}: {shortened(finding.consequence, SENTENCE)}\n")
    for group in groups:
        names = ", ".join(shortened(one.address, ADDRESS) for one in group.members)
        what = f"{shortened(group.action, ADDRESS)}, {shortened(group.summary, SENTENCE)}"
        number = f"{len(group.members):,} resources " if len(group.members) > 1 else ""
        shown.append(f"  - {number}{what}: {names}\n")
