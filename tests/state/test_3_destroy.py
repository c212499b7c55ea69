"""A destroy that was killed is finished by the next one."""

import pytest

from sandbox import leftovers
from tests.e2e.harness import Environment
from tests.state.runbook import killed_at, lock_id, steps, succeeds

MOMENTS = {
    "the service goes": "DeleteService",
    "the load balancer goes": "DeleteLoadBalancer",
    "the state is written": r"PUT /[\w-]+/sandbox/terraform\.tfstate",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_destroy_killed_as(stack: Environment, moment: str) -> None:
    """That nothing is left of it, the last test says."""
    killed_at(stack, MOMENTS[moment], "destroy", "-auto-approve", "-input=false")

    succeeds(stack, f"export LOCK_ID={lock_id(stack)}\n{steps('force-unlock')}")


def test_the_next_destroy_leaves_nothing(stack: Environment) -> None:
    stack.destroy()

    assert leftovers.find(stack.sandbox.facts["endpoint_url"]) == []
