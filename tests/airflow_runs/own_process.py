"""Run a Dag in a process of its own, as a worker has one, so that Airflow reads its configuration anew."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.airflow_database import dags_in
from tests.airflow_runs.conftest import DAGS, MOMENT


def run_in_own_process(dag_id: str, **configuration: str) -> str:
    """Run a Dag to its end, and return what the process prints.

    :param configuration: environment variables.
    """
    command = [sys.executable, "-m", "tests.airflow_runs.own_process", dag_id]
    done = subprocess.run(command, check=False, env={**os.environ, **configuration}, capture_output=True, text=True)
    assert "run has ended: success" in done.stdout, done.stderr
    return done.stdout


if __name__ == "__main__":
    finished = dags_in(DAGS)[sys.argv[1]].test(run_after=MOMENT, logical_date=MOMENT)
    print(f"run has ended: {finished.state}")
