"""`greenlight diff`: what a release would change, before it does."""

from greenlight import difference, images, revisions
from greenlight.context import Context, Result
from greenlight.outcome import Exit


def run(context: Context, image: str | None) -> Result:
    """Compares what is live with what `deploy` would release; changes nothing. Exit code 2: there are differences."""
    aws, manifest = context.aws, context.manifest
    plan = revisions.plan(aws, manifest, images.resolve(aws, image, manifest.repository))
    content = {
        "target": manifest.address,
        "live": plan.live.arn,
        "base": manifest.task_definition,
        "image": plan.image,
        "differences": difference.document(plan.differences),
    }
    if not plan.differences:
        return Result(Exit.OK, content, f"no differences: {revisions.short(plan.live.arn)} is what would be released")
    head = f"a release would change {revisions.short(plan.live.arn)}, which is live:"
    return Result(Exit.DIFFERENCES, content, "\n".join([head, *difference.render(plan.differences)]))
