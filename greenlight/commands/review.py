"""`greenlight review`: what a Terraform plan would do to live traffic."""

import json
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from greenlight import release_plan
from greenlight.commands.command_line import answer
from greenlight.context import Result
from greenlight.errors import RefusedError
from greenlight.outcome import Exit
from greenlight.output import Format
from greenlight.review import allowed, assess, read
from greenlight.review.findings import Review
from greenlight.review.render import document, markdown, terminal

_NAMED = re.compile(r"(?P<name>[A-Za-z0-9_.-]+)=(?P<file>.+)")


class Form(StrEnum):
    text = "text"
    markdown = "markdown"
    json = "json"


Plans = Annotated[
    list[str], typer.Argument(metavar="[NAME=]PLAN.json…", help="What `terraform show -json PLANFILE` prints.")
]
Allow = Annotated[
    list[str] | None,
    typer.Option(metavar="ADDRESS=ACTION:REASON", help="A considered exception, shown with its reason; repeatable."),
]
Previous = Annotated[
    Path | None, typer.Option(help="The comment that this one replaces, whose verdicts are kept; for markdown.")
]
FormOption = Annotated[Form, typer.Option("--output", "-o", help="What stdout gets; markdown: a comment.")]


def command(plans: Plans, allow: Allow = None, previous: Previous = None, output: FormOption = Form.text) -> None:
    """Say what plans would do to live traffic. Exit code 2: a reviewer must look."""
    printed = Format.json if output is Form.json else Format.text
    answer("review", None, printed, lambda: run(plans, allow or (), output, previous))


def run(plans: Sequence[str], allow: Sequence[str], form: Form, previous: Path | None) -> Result:
    """Reads plans, and talks to nobody. Raises RefusedError where one is none, or an exception allows nothing."""
    if previous is not None and form is not Form.markdown:
        raise RefusedError("--previous: only a comment has earlier verdicts: add --output markdown")
    exceptions = [allowed.parse(text) for text in allow]
    found = allowed.apply(exceptions, [_review(text) for text in plans])
    twice = {one.stack for one in found if sum(one.stack == other.stack for other in found) > 1}
    if twice:
        raise RefusedError(f"two plans are of stack {', '.join(sorted(twice))}: name them, as NAME=PLAN.json")
    shown = ""
    if form is Form.text:
        shown = terminal.terminal(found, Console(highlight=False))
    elif form is Form.markdown:
        shown = markdown.markdown(found, _text(previous) if previous else None, release_plan.commit())
    look = any(one.verdict.needs_a_look for one in found)
    return Result(Exit.DIFFERENCES if look else Exit.OK, document.document(found), shown.rstrip("\n"))


def _review(text: str) -> Review:
    named = _NAMED.fullmatch(text)
    file = Path(named["file"] if named else text)
    content = read.document(_bytes(file), str(file))
    stack = file.parent / "cdk.tf.json"  # the plan was made in the stack's folder
    name = named["name"] if named else file.absolute().parent.name if stack.exists() else file.stem
    constructs = read.constructs(json.loads(_text(stack))) if stack.exists() else {}
    return assess.review(read.plan(content, name, constructs))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise RefusedError(f"cannot read {file}: {error.strerror}") from error


def _text(file: Path) -> str:
    return _bytes(file).decode(errors="replace")
