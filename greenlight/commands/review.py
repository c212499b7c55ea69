"""`greenlight review`: what a Terraform plan would do to live traffic."""

import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from greenlight import release_plan
from greenlight.commands.command_line import answer, file_bytes
from greenlight.context import Result
from greenlight.errors import RefusedError
from greenlight.outcome import Exit
from greenlight.output import Format
from greenlight.review import allowed, assess, made_against, read
from greenlight.review.findings import Review
from greenlight.review.fingerprint import KEY_VARIABLE, fingerprint, key_of
from greenlight.review.render import document, markdown, terminal

_NAMED = re.compile(r"(?P<name>[A-Za-z0-9_.-]+)=(?P<file>.+)")


class Form(StrEnum):
    text = "text"
    markdown = "markdown"
    json = "json"


Plans = Annotated[
    list[str], typer.Argument(metavar="[NAME=]PLAN.json…", help="What `terraform show -json PLANFILE` prints.")
]
PlanFiles = Annotated[
    list[str] | None,
    typer.Option("--plan-file", metavar="[NAME=]PLANFILE", help="The plan file itself, so that guard knows it again."),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(metavar="ADDRESS=ACTION:REASON", help="A considered exception, shown with its reason; repeatable."),
]
Previous = Annotated[
    Path | None, typer.Option(help="The comment that this one replaces, whose verdicts are kept; for markdown.")
]
FormOption = Annotated[Form, typer.Option("--output", "-o", help="What stdout gets; markdown: a comment.")]


def command(
    plans: Plans,
    plan_file: PlanFiles = None,
    allow: Allow = None,
    previous: Previous = None,
    output: FormOption = Form.text,
) -> None:
    """Say what plans would do to live traffic. Exit code 2: a reviewer must look."""
    printed = Format.json if output is Form.json else Format.text
    answer("review", None, printed, lambda: run(plans, plan_file or (), allow or (), output, previous))


def run(
    plans: Sequence[str], plan_files: Sequence[str], allow: Sequence[str], form: Form, previous: Path | None
) -> Result:
    """Reads plans, and talks to nobody. Raises RefusedError where one is none, or an exception allows nothing."""
    if previous is not None and form is not Form.markdown:
        raise RefusedError("--previous: only a comment has earlier verdicts: add --output markdown")
    files = _named(plans)
    digests = _digests(plan_files, list(files))
    exceptions = [allowed.parse(text) for text in allow]
    found = allowed.apply(exceptions, [_review(name, file, digests.get(name)) for name, file in files.items()])
    shown = ""
    if form is Form.text:
        shown = terminal.terminal(found, Console(highlight=False))
    elif form is Form.markdown:
        shown = markdown.markdown(found, _text(previous) if previous else None, release_plan.commit())
    look = any(one.verdict.needs_a_look for one in found)
    return Result(Exit.DIFFERENCES if look else Exit.OK, document.document(found), shown.rstrip("\n"))


def _named(plans: Sequence[str]) -> dict[str, Path]:
    """Stack -> the plan's JSON. A plan in the folder of a synthesized stack is that stack's, others are as the file."""
    found: dict[str, Path] = {}
    for text in plans:
        named = _NAMED.fullmatch(text)
        file = Path(named["file"] if named else text)
        name = named["name"] if named else file.absolute().parent.name if _synthesized(file).exists() else file.stem
        if name in found:
            raise RefusedError(f"{found[name]} and {file} are both plans of {name}: name them, as NAME=PLAN.json")
        found[name] = file
    return found


def _digests(plan_files: Sequence[str], stacks: Sequence[str]) -> dict[str, str]:
    """Stack -> SHA-256 of its plan file."""
    found = {}
    for text in plan_files:
        named = _NAMED.fullmatch(text)
        name = named["name"] if named else stacks[0] if len(stacks) == 1 else None
        if name is None or name not in stacks:
            there = ", ".join(f"--plan-file {stack}=PLANFILE" for stack in stacks)
            raise RefusedError(f"--plan-file {text}: say of which stack it is: {there}")
        found[name] = hashlib.sha256(file_bytes(Path(named["file"] if named else text))).hexdigest()
    return found


def _review(stack: str, file: Path, plan_sha256: str | None) -> Review:
    content = read.document(file_bytes(file), str(file))
    synthesized = _synthesized(file)
    constructs = read.constructs(json.loads(_text(synthesized))) if synthesized.exists() else {}
    plan = read.plan(content, stack, constructs)
    with read.understood(stack):
        return replace(
            assess.review(plan),
            fingerprint=fingerprint(content, key_of(os.environ.get(KEY_VARIABLE))),
            plan_sha256=plan_sha256,
            live=made_against.made_against(plan),
        )


def _synthesized(plan: Path) -> Path:
    """CDKTF's stack, beside the plan that was made in its folder: it knows the constructs' paths."""
    return plan.parent / "cdk.tf.json"


def _text(file: Path) -> str:
    return file_bytes(file).decode(errors="replace")
