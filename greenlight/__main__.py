"""The command list. What a command does is in the file of its name; what it prints and exits with is decided here."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from greenlight import appspec as appspec_verb
from greenlight import bootstrap as bootstrap_verb
from greenlight import deploy as deploy_verb
from greenlight import diff as diff_verb
from greenlight import history as history_verb
from greenlight import manifest, output
from greenlight import rollback as rollback_verb
from greenlight import status as status_verb
from greenlight import stop as stop_verb
from greenlight import watch as watch_verb
from greenlight.aws import Session, explain
from greenlight.clock import Clock
from greenlight.context import Context, Result
from greenlight.deployment import Until
from greenlight.errors import GreenlightError, LostSightError
from greenlight.outcome import Exit
from greenlight.output import Format
from greenlight.release import Conflict

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Blue/green releases that cannot hurt production.",
)

Target = Annotated[str, typer.Argument(metavar="NAME[/SERVICE]", help="The service: dev/api; dev alone if it has one.")]
Image = Annotated[
    str | None, typer.Option(help=":tag, @sha256:… or a full URI; default: the image that is live, by its digest.")
]
Region = Annotated[str | None, typer.Option(help="AWS region; default: your AWS configuration's.")]
Profile = Annotated[str | None, typer.Option(help="AWS profile to use; default: your AWS configuration's.")]
Output = Annotated[Format, typer.Option("--output", "-o", help="What stdout gets.")]
UntilOption = Annotated[
    Until,
    typer.Option(help="Return when the candidate is ready, when it has the traffic, or when the old one is gone."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the requests to AWS as JSON, and make none of them.")]


@app.command()
def deploy(
    target: Target,
    image: Image = None,
    until: UntilOption = Until.done,
    queue: Annotated[bool, typer.Option("--queue", help="Wait for a deployment in flight.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="End a deployment in flight.")] = False,
    ignore_alarms: Annotated[bool, typer.Option("--ignore-alarms", help="Release while alarms fire.")] = False,
    dry_run: DryRun = False,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Release a version, and stay until it has the traffic or the old one has it back."""
    if queue and replace:
        raise GreenlightError("--queue waits for the deployment in flight, --replace ends it: give one of them")
    conflict = Conflict.queue if queue else Conflict.replace if replace else Conflict.refuse
    _run("deploy", target, output, region, profile)(
        lambda context: deploy_verb.run(
            context, image=image, until=until, conflict=conflict, ignore_alarms=ignore_alarms, dry_run=dry_run
        )
    )


@app.command()
def watch(
    target: Target,
    deployment_id: Annotated[str | None, typer.Argument(help="Default: the newest.")] = None,
    until: UntilOption = Until.done,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """See a deployment through, and exit as it ends. Never stops anything."""
    _run("watch", target, output, region, profile)(lambda context: watch_verb.run(context, deployment_id, until))


@app.command()
def status(target: Target, output: Output = Format.text, region: Region = None, profile: Profile = None) -> None:
    """Say who has the traffic, and whether a deployment is in flight."""
    _run("status", target, output, region, profile)(status_verb.run)


@app.command()
def history(target: Target, output: Output = Format.text, region: Region = None, profile: Profile = None) -> None:
    """List the newest deployments."""
    _run("history", target, output, region, profile)(history_verb.run)


@app.command()
def stop(
    target: Target,
    dry_run: DryRun = False,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Stop the deployment in flight: the version before keeps, or gets back, the traffic."""
    _run("stop", target, output, region, profile)(lambda context: stop_verb.run(context, dry_run=dry_run))


@app.command()
def rollback(
    target: Target,
    until: UntilOption = Until.done,
    dry_run: DryRun = False,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Give the traffic back to the version before. Firing alarms do not block it."""
    _run("rollback", target, output, region, profile)(
        lambda context: rollback_verb.run(context, until=until, dry_run=dry_run)
    )


@app.command()
def diff(
    target: Target, image: Image = None, output: Output = Format.text, region: Region = None, profile: Profile = None
) -> None:
    """Show what a release would change. Exit code 2: something."""
    _run("diff", target, output, region, profile)(lambda context: diff_verb.run(context, image))


@app.command()
def appspec(
    target: Target,
    task_definition: Annotated[str | None, typer.Option(help="Its ARN; default: the live one's.")] = None,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Print the AppSpec of a release, for other clients of CodeDeploy."""
    _run("appspec", target, output, region, profile)(lambda context: appspec_verb.run(context, task_definition))


@app.command()
def bootstrap(
    region: Annotated[str | None, typer.Option(help="Region of the bucket; default: your AWS configuration's.")] = None,
    bucket: Annotated[
        str | None, typer.Option(help="Name of the bucket; default: greenlight-state-<account>-<region>.")
    ] = None,
    profile: Profile = None,
) -> None:
    """Make the S3 bucket that holds Terraform's state, or bring an existing one up to what it should be."""
    session = Session(region=region, profile=profile)
    result = bootstrap_verb.run(session, bucket)
    for step in result.steps:
        print(step, file=sys.stderr)
    print(result.bucket)


def _run(
    command: str, target: str, format: Format, region: str | None, profile: str | None
) -> Callable[[Callable[[Context], Result]], None]:
    """Prints a verb's result and exits with its code."""

    def run(verb: Callable[[Context], Result]) -> None:
        clock = Clock()
        progress = output.Progress(clock)
        try:
            session = Session(region=region, profile=profile)
            service = manifest.load(session, target)
            result = verb(Context(session, service, clock, progress, profile))
        except (GreenlightError, LostSightError, BotoCoreError, ClientError) as error:
            if format is Format.json:
                lost = {"outcome": "lost-sight", "deployment": None} if isinstance(error, LostSightError) else {}
                content = {"target": target, **lost, "error": explain(error)}
                output.say(output.document(command, _exit_code(error), content), sys.stdout)
            raise
        except KeyboardInterrupt:
            if format is Format.json:
                detached = {"target": target, "outcome": "detached", "deployment": None}
                output.say(output.document(command, Exit.DETACHED, detached), sys.stdout)
            raise
        finally:
            progress.close()
        output.write(command, result, format)
        raise _Done(int(result.exit_code))

    return run


class _Done(SystemExit):
    """A verb ended, with the exit code that it decided on."""


def _exit_code(error: BaseException) -> Exit:
    return Exit.LOST if isinstance(error, LostSightError) else Exit.ERROR


def main() -> None:
    """Exit codes: greenlight/outcome.py."""
    try:
        app()
    except _Done:
        raise
    except SystemExit as done:
        # Typer says 2 for wrong usage; here 2 is kept for "there are differences".
        sys.exit(1 if done.code == 2 else done.code)
    except (GreenlightError, LostSightError, BotoCoreError, ClientError) as error:
        output.say(f"greenlight: {explain(error)}", sys.stderr)
        sys.exit(_exit_code(error))


if __name__ == "__main__":
    main()
