"""One destroy takes everything away, and the sandbox takes its processes with it."""

from harness import Stack
from sandbox import leftovers
from sandbox.launch import processes_of


def test_one_destroy_leaves_nothing(stack: Stack) -> None:
    stack.cdktf("destroy").succeed()

    assert leftovers.find(stack.sandbox.facts["endpoint_url"]) == []
    assert processes_of(stack.sandbox.facts) == []
