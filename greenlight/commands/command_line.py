"""What the verbs share: their options, and how a result becomes what is printed and the exit code."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.core import TyperCommand

from greenlight import interrupts, manifest, output, step_summary
from greenlight.aws import Session, explain
from greenlight.clock import Clock
from greenlight.context import Context, Result
from greenlight.deployment import Until
from greenlight.errors import GreenlightError, LostSightError, RefusedError
from greenlight.outcome import Exit
from greenlight.output import Format

# What ends a verb with a message instead of a traceback.
ERRORS = (GreenlightError, BotoCoreError, ClientError)

Target = Annotated[str, typer.Argument(metavar="NAME[/SERVICE]", help="The service: dev/api; dev alone if it has one.")]
Image = Annotated[
    str | None, typer.Option(help=":tag, @sha256:… or a full URI; default: the image that is live, by its digest.")
]
Region = Annotated[str | None, typer.Option(help="AWS region; default: your AWS configuration's.")]
Profile = Annotated[str | None, typer.Option(help="AWS profile to use; default: your AWS configuration's.")]
Output = Annotated[Format, typer.Option("--output", "-o", help="What stdout gets.")]
UntilOption = Annotated[
    Until,
    typer.Option(
        help="Return when the candidate is ready, when it has the traffic, when the old one is gone, or when a "
        "lifecycle event has ended."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the requests to AWS as JSON, and make none of them.")]

ShowValues = Annotated[
    bool, typer.Option("--show-values", help="Show the values of environment variables, which logs then have too.")
]


class Done(SystemExit):
    """A verb ended, with the exit code that it decided on."""


class Once(TyperCommand):
    """A command whose options are given once each: of two images the last would win without a word.

    Those that are lists may be given more than once.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _, _, given = self.make_parser(ctx).parse_args(args=list(args))
        twice = {param.opts[0] for param in given if given.count(param) > 1 and not param.multiple}
        if twice and not ctx.resilient_parsing:  # which is a shell that completes
            ctx.fail(f"{', '.join(sorted(twice))} given twice")
        return super().parse_args(ctx, args)


def on_service(
    command: str,
    target: str,
    format: Format,
    region: str | None,
    profile: str | None,
    verb: Callable[[Context], Result],
) -> NoReturn:
    """Finds the service, does to it what `verb` does, prints the result, and exits with its code."""

    def run() -> Result:
        clock = Clock()
        progress = output.Progress(clock)
        try:
            session = Session(region=region, profile=profile)
            return verb(Context(session, manifest.load(session, target), clock, progress, profile))
        finally:
            progress.close()

    answer(command, target, format, run)


def answer(command: str, target: str | None, format: Format, verb: Callable[[], Result]) -> NoReturn:
    """Prints what `verb` finds, and exits with its code; an error is JSON too where that was asked for."""
    try:
        try:
            result = verb()
        finally:
            interrupts.ignore()
    except ERRORS as error:
        lost = {"outcome": "lost-sight", "deployment": None} if isinstance(error, LostSightError) else {}
        content = {"target": target, **lost, "error": explain(error)}
        step_summary.append(command, content)
        if format is Format.json:
            print(output.document(command, exit_code(error), content))
        raise
    except KeyboardInterrupt:
        detached = {"target": target, "outcome": "detached", "deployment": None}
        step_summary.append(command, detached)
        if format is Format.json:
            print(output.document(command, Exit.DETACHED, detached))
        raise
    step_summary.append(command, result.document)
    output.write(command, result, format)
    raise Done(int(result.exit_code))


def exit_code(error: BaseException) -> Exit:
    """Of one of ERRORS. AWS's own are met before anything was changed: a deployment that began is followed."""
    return error.exit_code if isinstance(error, GreenlightError) else Exit.ERROR


def file_bytes(path: Path) -> bytes:
    """Raises RefusedError, which names the file, where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise RefusedError(f"cannot read {path}: {error.strerror}") from error
