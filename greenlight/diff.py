"""`greenlight diff`: what a release would change, before it does."""

from greenlight import difference, revisions
from greenlight.context import Context, Result
from greenlight.outcome import Exit


def run(context: Context, image: str | None) -> Result:
    """Compares what is live with what `deploy` would release; changes nothing. Exit code 2: there are differences."""
    plan = revisions.plan(context.aws, context.manifest, image)
    content = {
        "target": context.manifest.address,
        "live": plan.live.arn,
        "base": context.manifest.task_definition,
        "image": plan.image,
        "differences": difference.document(plan.differences),
    }
    if not plan.differences:
        return Result(Exit.OK, content, f"no differences: {revisions.short(plan.live.arn)} is what would be released")
    head = f"a release would change {revisions.short(plan.live.arn)}, which is live:"
    return Result(Exit.DIFFERENCES, content, "\n".join([head, *difference.render(plan.differences)]))
