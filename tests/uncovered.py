"""Tests that run without the measurement of coverage: it makes them three times slower, and sees hardly a further line.

They try thousands of examples, seconds of simulated traffic, or have Airflow run whole Dags in their process; what they
run of the package, the tests of each part run once.
"""

from __future__ import annotations

import re

UNCOVERED = (
    r"tests/(airflow_runs|chaos|example_dags)/",
    r"tests/test_simulation\.py",
    r"tests/api/test_(fair_rate_limit|never_throttled)\.py",
    r"tests/api/test_rate_limiting\.py::TestAnyTraffic::",
    r"tests/emulator/test_ledger\.py",
    r"tests/execution/test_batch_kills\.py::TestAtARandomMoment::",
    r"tests/ledger/test_rows\.py::test_the_rows_are_equal_to_the_book_of_the_emulator",
    r"tests/planning/test_promise\.py",
    r"tests/reconciliation/test_(planted|requests)\.py",
    r"tests/test_receipts\.py::.*ten_thousand",
    r"tests/ui/test_odd_data\.py",
    r"tests/waiting/test_schedule\.py",
    r"tests/waiting/test_shared_poller\.py::TestIntervals::",
)


def is_uncovered(test: str) -> bool:
    """Return whether a test runs without the measurement.

    :param test: its node id.
    """
    return any(re.match(pattern, test) for pattern in UNCOVERED)
