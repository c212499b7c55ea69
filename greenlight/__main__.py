"""The command list. What a command does is in the file of its name; what it prints and exits with is decided here."""

import sys
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from greenlight import bootstrap as bootstrap_verb
from greenlight.aws import Session
from greenlight.errors import GreenlightError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Blue/green releases that cannot hurt production.",
)


@app.callback()
def _commands() -> None:
    """Keeps `greenlight bootstrap` a command of its own while it is the only one."""


@app.command()
def bootstrap(
    region: Annotated[str | None, typer.Option(help="Region of the bucket; default: your AWS configuration's.")] = None,
    bucket: Annotated[
        str | None, typer.Option(help="Name of the bucket; default: greenlight-state-<account>-<region>.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="AWS profile to use; default: your AWS configuration's.")] = None,
) -> None:
    """Make the S3 bucket that holds Terraform's state, or bring an existing one up to what it should be."""
    session = Session(region=region, profile=profile)
    result = bootstrap_verb.run(session, bucket)
    for step in result.steps:
        print(step, file=sys.stderr)
    print(result.bucket)


def main() -> None:
    """Exit codes: 0 done, 1 an error before anything changed."""
    try:
        app()
    except SystemExit as done:
        # Typer says 2 for wrong usage; here 2 is kept for "there are differences".
        sys.exit(1 if done.code == 2 else done.code)
    except (GreenlightError, BotoCoreError, ClientError) as error:
        print(f"greenlight: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
