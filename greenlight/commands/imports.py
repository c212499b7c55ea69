"""`greenlight imports`: what a plan would create and AWS has already, as Terraform's import blocks."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from greenlight.aws import Session
from greenlight.commands.command_line import Output, Profile, Region, answer, file_bytes
from greenlight.context import Result
from greenlight.existing import FINDERS
from greenlight.existing.search import Search
from greenlight.existing.services import OVERWRITTEN
from greenlight.outcome import Exit
from greenlight.output import Format
from greenlight.review import read
from greenlight.review.plan import Plan


def command(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.json", help="What `terraform show -json PLANFILE` prints.")],
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Print Terraform's import blocks for what a plan creates and AWS has already. Exit code 2: some of it is unclear.

    After a deploy that was killed, or with a state that was lost: docs/operations.md. Changes nothing.
    """

    def verb() -> Result:
        document = read.document(file_bytes(plan), plan.name)
        session = Session(region=region or read.region(document), profile=profile)
        result = run(read.plan(document, "the plan"), session)
        for line in (result.document["summary"], *result.document["unclear"]):
            print(line, file=sys.stderr)
        return result

    answer("imports", None, output, verb)


def run(plan: Plan, aws: Session) -> Result:
    """Makes no change. Raises AWS's own errors where it may not look."""
    search = Search(plan, aws, FINDERS)
    created = search.created()
    imports, unclear = [], []
    for change in created:
        if change.type in OVERWRITTEN:
            continue
        if change.type not in FINDERS:
            unclear.append(f"{change.address}: not looked for, because greenlight does not know how to find its type")
            continue
        found = search.find(change)
        if found.id is not None:
            imports.append({"to": change.address, "id": found.id})
        if found.unclear is not None:
            unclear.append(f"{change.address}: {found.unclear}")
    for change in search.replaced():
        for one in search.left_over(change):
            unclear.append(
                f"{change.address}: {one} is left of an earlier try to replace it. Once this plan is applied, nothing "
                "uses it: delete it then"
            )
    content = {
        "target": None,
        "summary": f"of {len(created)} resources that the plan makes, AWS has {len(imports)} already",
        "imports": imports,
        "unclear": unclear,
    }
    blocks = [f"import {{\n  to = {one['to']}\n  id = {json.dumps(one['id'])}\n}}" for one in imports]
    return Result(Exit.DIFFERENCES if unclear else Exit.OK, content, "\n".join(blocks))
