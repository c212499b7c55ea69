"""Changes that want care, as docs/operations.md has them."""

from tests.e2e.harness import Environment
from tests.state.runbook import SETTINGS, served, steps, succeeds

SLOWER = SETTINGS.replace(
    "deregistration_delay_seconds: 5", "deregistration_delay_seconds: 5\n      health_check: {interval_seconds: 10}"
)


def test_a_setting_of_the_target_groups_is_tried_on_the_idle_one_without_losing_a_request(stack: Environment) -> None:
    with served(stack):
        succeeds(stack, steps("modify-target-group"))
        assert intervals(stack) == {"sandbox-api-blue": 5, "sandbox-api-green": 10}
        assert stack.prod_weights() == {"sandbox-api-blue": 0, "sandbox-api-green": 100}
        stack.synth(SLOWER)
        said = stack.terraform("apply", "-auto-approve", "-input=false").succeed()

    assert "Plan: 0 to add, 1 to change, 0 to destroy." in said
    assert intervals(stack) == {"sandbox-api-blue": 10, "sandbox-api-green": 10}


def intervals(stack: Environment) -> dict[str, int]:
    """Of the health checks, in seconds."""
    groups = stack.client("elbv2").describe_target_groups()["TargetGroups"]
    return {group["TargetGroupName"]: group["HealthCheckIntervalSeconds"] for group in groups}
