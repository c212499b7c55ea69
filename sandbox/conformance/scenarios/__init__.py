"""Stories of a service and its releases, each with the transcript that it is to give, in a file of its name."""

from __future__ import annotations

from sandbox.conformance.scenarios import tales
from sandbox.conformance.scenarios.story import Scenario, run

SCENARIOS = tuple(
    Scenario(tale.__name__, tale)
    for tale in (
        tales.a_new_service,
        tales.release,
        tales.refusal,
        tales.rollback,
        tales.stopped_on_the_test_listener,
        tales.stopped_before_install,
        tales.stopped_at_once,
        tales.failing_function,
        tales.under_way,
        tales.canary,
        tales.own_numbers,
        tales.approval,
        tales.approval_not_given,
        tales.nothing_running,
        tales.original_never_ran,
    )
)
"""In an order in which each leaves what the next one starts with: one version live, and nothing under way."""

__all__ = ["SCENARIOS", "Scenario", "run"]
