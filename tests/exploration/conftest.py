"""How many interleavings ran is told at the end of the tests."""

from __future__ import annotations

from typing import Any

from tests.exploration.search import RAN


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if RAN:
        terminalreporter.write_line(f"explored: {sum(RAN.values())} interleavings of {len(RAN)} scenarios")
