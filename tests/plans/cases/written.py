"""Plans of stacks written by hand, `tests/plans/hcl/FILE.tf`, which are applied once, and then changed by text."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.harness import Stack

_GENERATION = ('generation = "1"', 'generation = "2"')


@dataclass(frozen=True, kw_only=True)
class Written:
    """One plan of a stack written by hand."""

    name: str
    file: str
    replacements: tuple[tuple[str, str], ...] = ()
    options: tuple[str, ...] = ()
    first: bool = False
    """Before anything is applied."""
    before: Callable[[Stack], None] | None = None
    """Done once before the plan, and left."""


def _half_replaced(stack: Stack) -> None:
    """The new bucket is there; the old one has an object in it, and so could not be deleted."""
    apply = stack.terraform("apply", "-auto-approve", "-input=false", "-replace=aws_s3_bucket.files")
    assert apply.wait() == 1, apply.output


WRITTEN = (
    Written(name="alarm-text", file="scaling", replacements=(('"Too many errors"', '"More errors than usual"'),)),
    Written(
        name="alarm-threshold", file="scaling", replacements=(("threshold           = 5", "threshold           = 500"),)
    ),
    Written(name="alarm-name", file="scaling", replacements=(('"scaling-api-errors"', '"scaling-errors"'),)),
    Written(
        name="alarms-off",
        file="scaling",
        replacements=(("    enabled = true\n    alarms", "    enabled = false\n    alarms"),),
    ),
    Written(name="rollback-on-alarm-off", file="scaling", replacements=((', "DEPLOYMENT_STOP_ON_ALARM"', ""),)),
    Written(name="deployment-config", file="scaling", replacements=(("percentage = 10", "percentage = 50"),)),
    Written(
        name="compute-platform",
        file="scaling",
        replacements=(('"scaling-api"\n  compute_platform = "ECS"', '"scaling-api"\n  compute_platform = "Server"'),),
    ),
    Written(
        name="scaling-minimum", file="scaling", replacements=(("min_capacity       = 0", "min_capacity       = 4"),)
    ),
    Written(
        name="scaling-suspended",
        file="scaling",
        replacements=(
            (
                "  max_capacity       = 10\n",
                "  max_capacity       = 10\n  suspended_state {\n    dynamic_scaling_in_suspended = true\n  }\n",
            ),
        ),
    ),
    Written(name="scaling-goal", file="scaling", replacements=(("target_value = 50", "target_value = 80"),)),
    Written(name="scaling-policy-name", file="scaling", replacements=(('"cpu"', '"processor"'),)),
    Written(
        name="revision-not-kept",
        file="scaling",
        replacements=(("memory                   = 512", "memory                   = 1024"),),
    ),
    Written(
        name="target-group-renamed-by-key",
        file="scaling",
        replacements=(('"scaling-${each.key}"', '"shop-${each.key}"'),),
    ),
    Written(name="alb-create", file="alb", first=True),
    Written(
        name="alb-memory",
        file="alb",
        replacements=(("memory                   = 512", "memory                   = 1024"),),
    ),
    Written(name="alb-count", file="alb", replacements=(("desired_count   = 0", "desired_count   = 3"),)),
    Written(name="alb-health-check", file="alb", replacements=(('path = "/"', 'path = "/ready"'),)),
    Written(name="alb-target-group-port", file="alb", replacements=(("port        = 80", "port        = 8080"),)),
    Written(name="alb-rule-priority", file="alb", replacements=(('"/basket/*" = 20', '"/basket/*" = 5'),)),
    Written(name="alb-rule-deleted", file="alb", replacements=((', "/basket/*" = 20', ""),)),
    Written(name="alb-default-action", file="alb", replacements=(('"404"', '"503"'),)),
    Written(name="alb-name", file="alb", replacements=(('name     = "shop"', 'name     = "store"'),)),
    Written(name="bucket-name", file="bucket", replacements=(('"state-of-the-shop"', '"state-of-the-store"'),)),
    Written(name="deposed", file="bucket", before=_half_replaced),
    Written(name="secrets-create", file="secrets", first=True),
    Written(
        name="secrets",
        file="secrets",
        replacements=(
            _GENERATION,
            ('      { name = "REMOVED", value = "planted-removed" },\n', ""),
            ('      REMOVED = "planted-removed-from-lambda"\n', ""),
            ("value = var.former }", 'value = "planted-no-longer-marked" }'),
        ),
    ),
    Written(name="hostile-create", file="hostile", first=True),
    Written(name="hostile", file="hostile", replacements=(_GENERATION,)),
)
