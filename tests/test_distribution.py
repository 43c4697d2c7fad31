"""How the tests are dealt out to processes."""

from __future__ import annotations

import pytest

from tests.distribution import rank_of, unit_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tests/crashes/test_batches.py::test_a", "tests/crashes/test_worker.py::test_b"),
        ("tests/end_to_end/test_settlement.py::test_a", "tests/end_to_end/test_web_ui.py::test_b[dark]"),
        ("tests/end_to_end/test_approval.py::test_a", "tests/end_to_end/test_settlement.py::test_b"),
        ("tests/ui/test_list.py::test_a", "tests/ui/test_merge.py::TestB::test_b"),
        (
            "tests/packaging/test_older_airflow.py::test_a[airflow-3.1]",
            "tests/packaging/test_older_web_ui.py::test_b[airflow-3.1]",
        ),
    ],
)
def test_those_that_share_an_airflow_run_in_one_process(one: str, other: str) -> None:
    assert unit_of(one) == unit_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tests/ui/test_list.py::test_a", "tests/airflow_runs/test_runs.py::test_b"),
        (
            "tests/packaging/test_older_airflow.py::test_a[airflow-3.1]",
            "tests/packaging/test_older_airflow.py::test_a[airflow-3.2]",
        ),
        ("tests/end_to_end/test_demo.py::test_a", "tests/end_to_end/test_demo.py::test_b"),
        ("tests/crashes/test_worker.py::test_a", "tests/crashes/test_several.py::test_b"),
        ("tests/api/test_submit.py::test_a", "tests/api/test_listing.py::test_b"),
    ],
)
def test_all_others_may_run_at_the_same_time(one: str, other: str) -> None:
    assert unit_of(one) != unit_of(other)


def test_what_takes_longest_begins_first() -> None:
    longest, older, short = (
        "tests/end_to_end/test_settlement.py::test_a",
        "tests/packaging/test_older_airflow.py::test_a[airflow-3.1]",
        "tests/api/test_submit.py::test_a",
    )
    assert sorted([short, older, longest], key=rank_of) == [longest, older, short]
