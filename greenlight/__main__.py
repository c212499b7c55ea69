"""The command list. What a command takes and does is in the file of its name in greenlight/commands."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from greenlight import output
from greenlight.aws import explain
from greenlight.commands import (
    approve,
    appspec,
    bootstrap,
    deploy,
    diff,
    doctor,
    guard,
    history,
    imports,
    policy,
    review,
    rollback,
    status,
    stop,
    watch,
)
from greenlight.commands import list as list_verb
from greenlight.commands.command_line import ERRORS, Done, Once, exit_code
from greenlight.interrupts import signals_as_ctrl_c

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Blue/green releases that cannot hurt production.",
)
app.command("deploy", cls=Once)(deploy.command)
app.command("list", cls=Once)(list_verb.command)
app.command("watch", cls=Once)(watch.command)
app.command("status", cls=Once)(status.command)
app.command("history", cls=Once)(history.command)
app.command("approve", cls=Once)(approve.command)
app.command("stop", cls=Once)(stop.command)
app.command("rollback", cls=Once)(rollback.command)
app.command("diff", cls=Once)(diff.command)
app.command("doctor", cls=Once)(doctor.command)
app.command("appspec", cls=Once)(appspec.command)
app.command("policy", cls=Once)(policy.command)
app.command("review", cls=Once)(review.command)
app.command("guard", cls=Once)(guard.command)
app.command("imports", cls=Once)(imports.command)
app.command("bootstrap", cls=Once)(bootstrap.command)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"greenlight {version('greenlight')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version, and exit.")
    ] = False,
) -> None: ...


def main() -> None:
    """Exit codes: greenlight/outcome.py."""
    with output.unfailing(), signals_as_ctrl_c():
        try:
            app()
        except Done:
            raise
        except SystemExit as done:
            # Typer says 2 for wrong usage; here 2 is kept for what a verb has found.
            sys.exit(1 if done.code == 2 else done.code)
        except ERRORS as error:
            print(f"greenlight: {explain(error)}", file=sys.stderr)
            sys.exit(exit_code(error))


if __name__ == "__main__":
    main()
