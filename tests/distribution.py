"""How ``pytest -n 3`` deals the tests out to processes: by file; long ones first; what shares an Airflow together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

TOGETHER = (
    r"tests/crashes/test_(?:batches|people|pods|repairs|rules|sweep|worker)\.py",
    r"tests/end_to_end/test_(?:approval|observability|on_call|reconciliation_view|settlement|web_ui)\.py",
    r"tests/(airflow_runs|ui)/",
    r"tests/packaging/test_older_\w+\.py.*\[(airflow-[\d.]+)\]",
)
"""Tests that stand on something dear, of which each process makes its own: the same pattern and groups, one process."""

APART = (r"tests/end_to_end/test_demo\.py", r"tests/chaos/")
"""Files whose tests share nothing and take long: each test goes where there is room."""

LONG_FIRST = (
    r"tests/end_to_end/test_(?:approval|observability|on_call|reconciliation_view|settlement|web_ui)\.py",
    r"tests/crashes/",
    r"tests/packaging/test_older_\w+\.py.*\[airflow",
    r"tests/end_to_end/",
    r"tests/example_dags/test_example_dag_runs\.py",
    r"tests/airflow_runs/",
    r"tests/chaos/",
    r"tests/ui/",
    r"tests/(test_simulation|planning/test_promise|emulator/test_ledger|waiting/)",
)
"""The order of what takes long; all else fills the gaps at the end, larger files first."""


def unit_of(test: str) -> str:
    """Return the name of the unit that a test belongs to; the tests of a unit run in one process, in their order."""
    for pattern in TOGETHER:
        if found := re.match(pattern, test):
            return " ".join(found.groups()) or pattern
    if any(re.match(pattern, test) for pattern in APART):
        return test
    return test.partition("::")[0]


def rank_of(unit: str) -> int:
    """Return the place of a unit in the order of what takes long."""
    return next((rank for rank, pattern in enumerate(LONG_FIRST) if re.match(pattern, unit)), len(LONG_FIRST))


class Units(LoadScopeScheduling):
    """xdist's scheduler of work units, with the units and the order of this file."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        first = min(self.workqueue, key=lambda unit: rank_of(next(iter(self.workqueue[unit]))))
        self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)
