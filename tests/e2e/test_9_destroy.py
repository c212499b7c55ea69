"""One destroy takes everything away, and the sandbox takes its processes with it."""

from harness import Stack
from sandbox import leftovers
from sandbox.launch import processes_of


def test_one_destroy_leaves_nothing_though_releases_have_moved_production_away_from_what_terraform_made(
    stack: Stack,
) -> None:
    weights = stack.prod_weights()
    assert (weights["sandbox-api-blue"], weights["sandbox-api-green"]) == (0, 100)

    stack.cdktf("destroy").succeed()

    assert leftovers.find(stack.sandbox.facts["endpoint_url"]) == []
    assert processes_of(stack.sandbox.facts) == []
