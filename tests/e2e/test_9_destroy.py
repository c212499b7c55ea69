"""One destroy takes everything away, and the sandbox takes its processes with it."""

from sandbox import leftovers
from sandbox.launch import processes_of
from tests.e2e.harness import Environment, Stack


def test_one_destroy_leaves_nothing_though_releases_have_moved_production_away_from_what_terraform_made(
    stack: Stack, account: Environment
) -> None:
    if not stack.prod_weights().get("sandbox-api-green"):  # after an even number of releases
        stack.greenlight("deploy", "sandbox", "--force").succeed()
    assert stack.prod_weights() == {"sandbox-api-blue": 0, "sandbox-api-green": 100}

    stack.cdktf("destroy").succeed()
    account.destroy()

    assert leftovers.find(stack.sandbox.facts["endpoint_url"]) == []
    assert processes_of(stack.sandbox.facts) == []
