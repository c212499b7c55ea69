"""`greenlight doctor`: what is wrong with a service, what that does, and what repairs it."""

from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError

from greenlight import report
from greenlight.aws import action, explain, is_denied
from greenlight.commands import rollback
from greenlight.commands.command_line import Output, Profile, Region, Target, on_service
from greenlight.context import Context, Result
from greenlight.doctor.examine import examine, notes
from greenlight.doctor.finding import Finding
from greenlight.doctor.read import read
from greenlight.errors import RefusedError
from greenlight.outcome import Exit
from greenlight.output import Format


def command(
    target: Target,
    fix: Annotated[bool, typer.Option("--fix", help="Repair what can be repaired without harm.")] = False,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Say what is wrong with a service, and what repairs it. Exit code 2: something."""
    on_service("doctor", target, output, region, profile, lambda context: run(context, fix=fix))


def run(context: Context, *, fix: bool) -> Result:
    """Looks at all that a release goes through; without `fix` changes nothing. Exit code 2: there are findings.

    `fix` sends production's requests back to the live tasks, if one of them is healthy, and the test listener's;
    restores autoscaling and wakes the hook. Nothing of that while a deployment is under way.
    """
    facts = read(context, rollback.way_back)
    found = examine(facts)
    tried = [one for one in found if fix and one.fix and _repair(context, one)]
    if tried:
        facts = read(context, rollback.way_back)
        found = examine(facts)
    left = [(one.id, one.what) for one in found]
    repaired = [one for one in tried if (one.id, one.what) not in left]
    for one in repaired:
        context.show.line(f"repaired {one.id}: {one.what}", "green")
    content = {
        "target": context.manifest.address,
        "findings": [_document(one) for one in found],
        "repaired": [_document(one) for one in repaired],
        "in_flight": report.deployment_document(context, facts.under_way),
        "notes": notes(facts),
    }
    return Result(Exit.DIFFERENCES if found else Exit.OK, content, _text(context, found, notes(facts)))


def _repair(context: Context, finding: Finding) -> bool:
    """Whether it was made. Where it was not, that is told, and the finding stays."""
    assert finding.fix is not None
    try:
        finding.fix.make(context)
    except RefusedError as error:
        why = str(error)
    except ClientError as error:
        why = f"{action(error)} is not allowed to these credentials" if is_denied(error) else explain(error)
    else:
        return True
    context.show.line(f"{finding.id} is not repaired: {why}", "yellow")
    return False


def _document(finding: Finding) -> dict[str, Any]:
    said = {"id": finding.id, "what": finding.what, "effect": finding.effect, "repair": finding.repair}
    return said | {"fixable": finding.fix is not None}


def _text(context: Context, found: list[Finding], said: list[str]) -> str:
    count = f"{len(found)} finding{'s' if len(found) > 1 else ''}" if found else "nothing found"
    lines = [f"{context.manifest.address}: {count}"]
    for one in found:
        repair = f"{context.command('doctor', '--fix')}; or: {one.repair}" if _by_fix(context, one) else one.repair
        lines += [f"{one.id}: {one.what}", f"  effect  {one.effect}", f"  repair  {repair}"]
    return "\n".join([*lines, *(f"note: {note}" for note in said)])


def _by_fix(context: Context, finding: Finding) -> bool:
    return finding.fix is not None and finding.repair != context.command("doctor", "--fix")
