"""The arguments of a trigger in MySQL's column, which holds 65,535 bytes: those of one turn of a batch fit.

Debian has MariaDB, on which Airflow's scheduler does not run: so no batch runs here, and what it stores does.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from airflow_provider_paxos.triggers.packed_ids import first_that_fit
from demo.processes import DemoError, Processes
from demo.settlement import CHECKOUT
from tests.crashes.mariadb import DRIVER, mariadb
from tests.end_to_end.leftovers import processes_of

if TYPE_CHECKING:
    from pathlib import Path

PAYMENTS = 10_000


def test_one_turn_of_ten_thousand_is_stored_and_all_of_them_are_refused(tmp_path: Path) -> None:
    turn = len(first_that_fit(str(uuid4()) for _ in range(PAYMENTS)))
    with Processes(tmp_path) as processes, mariadb(processes) as url:
        environment = {
            **os.environ,
            "AIRFLOW_HOME": str(tmp_path / "airflow"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
            "PYTHONPATH": os.pathsep.join((str(DRIVER), str(CHECKOUT))),
        }

        def run(name: str, *arguments: str) -> None:
            processes.run(name, [sys.executable, "-m", *arguments], environment, seconds=600)

        run("db-migrate", "airflow", "db", "migrate")
        run("one-turn", "tests.crashes.stored_trigger", str(turn))
        with pytest.raises(DemoError, match="Data too long for column 'kwargs'"):
            run("all-at-once", "tests.crashes.stored_trigger", str(PAYMENTS))
    assert turn >= 2_000
    assert processes_of(tmp_path / "airflow") == []
