"""Run a Dag in a process of its own, as a worker has one, so that Airflow reads its metrics' configuration anew."""

from __future__ import annotations

import sys

from tests.airflow_database import dags_in
from tests.airflow_runs.conftest import DAGS, MOMENT

if __name__ == "__main__":
    finished = dags_in(DAGS)[sys.argv[1]].test(run_after=MOMENT, logical_date=MOMENT)
    print(finished.state)
