"""What is printed of the histories when all tests have ended."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.chaos.profiles import NIGHTLY
from tests.chaos.tally import TALLY

# As Airflow does with the root of a Dag bundle.
sys.path.append(str(Path(__file__).parents[2] / "example_dags"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what happened, and leave it behind for the record."""
    if NIGHTLY and TALLY.sections:
        for kind in ("duplicates", "lost", "unexplained"):
            TALLY.count("violations", kind, 0)
        terminalreporter.section("chaos")
        terminalreporter.write_line(TALLY.table())
        terminalreporter.write_line(f"\nAlso in {TALLY.write()}.")
