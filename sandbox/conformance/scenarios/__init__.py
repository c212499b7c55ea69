"""Stories of several requests, each with the transcript that it is to give."""

from __future__ import annotations

from sandbox.conformance.scenarios.story import Scenario, run

SCENARIOS: tuple[Scenario, ...] = ()

__all__ = ["SCENARIOS", "Scenario", "run"]
