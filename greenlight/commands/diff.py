"""`greenlight diff`: what a release would change, before it does."""

from greenlight import comparison, images, release_plan, revisions
from greenlight.commands.command_line import Image, Output, Profile, Region, ShowValues, Target, on_service
from greenlight.context import Context, Result
from greenlight.outcome import Exit
from greenlight.output import Format


def command(
    target: Target,
    image: Image = None,
    show_values: ShowValues = False,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Show what a release would change. Exit code 2: something."""
    on_service("diff", target, output, region, profile, lambda context: run(context, image, show_values=show_values))


def run(context: Context, image: str | None, *, show_values: bool) -> Result:
    """Compares what is live with what `deploy` would release; changes nothing. Exit code 2: there are differences."""
    aws, manifest = context.aws, context.manifest
    plan = release_plan.make(aws, manifest, images.resolve(aws, image, manifest.repository))
    found = plan.differences if show_values else comparison.concealed(plan.differences)
    for note in plan.notes:
        context.show.line(note, "yellow")
    content = {
        "target": manifest.address,
        "live": plan.live.arn,
        "base": manifest.task_definition,
        "image": plan.image,
        "differences": comparison.document(found),
    }
    if not found:
        return Result(Exit.OK, content, f"no differences: {revisions.short(plan.live.arn)} is what would be released")
    head = f"a release would change {revisions.short(plan.live.arn)}, which is live:"
    return Result(Exit.DIFFERENCES, content, "\n".join([head, *comparison.render(found)]))
