"""A batch waits in turns where MySQL stores its triggers: the column of their arguments holds 65,535 bytes.

Debian has no MySQL but MariaDB, which passes for one here: see ``mariadb.py``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import create_engine, text

from airflow_provider_paxos.triggers.packed_ids import first_that_fit
from demo.processes import Processes
from tests.crashes.crash_site import CrashSite, crash_site
from tests.crashes.mariadb import ENVIRONMENT, mariadb
from tests.crashes.payment_batch import LONG, require_each_paid_once
from tests.end_to_end.leftovers import processes_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.crashes.payment_run import PaymentRun

PAYMENTS = 10_000
TURN = len(first_that_fit(str(uuid4()) for _ in range(PAYMENTS)))

PATIENT = {"AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "300"}
"""No worker is killed here, and one that is late on a busy machine is not missed."""

COLUMN = """
SELECT MAX(LENGTH(kwargs)), MAX(character_octet_length) FROM `trigger`
JOIN information_schema.columns ON (table_name, column_name) = ('trigger', 'kwargs')
"""
"""How many bytes the longest arguments of a trigger take in their column, and how many it has."""


def test_ten_thousand_payments_wait_in_turns_of_as_many_as_the_column_holds(tmp_path: Path) -> None:
    home = tmp_path / "airflow"
    with (
        Processes(tmp_path) as processes,
        mariadb(processes) as url,
        crash_site(home, database_url=url, environment={**ENVIRONMENT, **PATIENT}) as site,
    ):
        site.paxos.configure(rate_limits=True)
        run = site.run("settle_payments", "turns", payments=PAYMENTS)
        wait_for(site, run, "deferred")
        taken, room = first_row(url, COLUMN)
        assert taken <= room == 65_535
        assert taken * PAYMENTS / TURN > room

        for first in range(1, PAYMENTS + 1, TURN):
            wait_for_turn(site, run, first)
            complete(site, run, range(first, min(first + TURN, PAYMENTS + 1)))

        wait_for(site, run, "success")
        require_each_paid_once(site, [run], PAYMENTS)
        assert run.wait_for("success").try_number == 1
        assert re.findall(r"Waiting in the triggerer for (.*?)\s*$", run.log(), re.MULTILINE) == [
            waiting(first) for first in range(1, PAYMENTS + 1, TURN)
        ]
    assert processes_of(home) == []


def wait_for(site: CrashSite, run: PaymentRun, state: str) -> None:
    """Wait for a state of the batch, longer than ``PaymentRun`` does: it takes thousands of payments."""

    def is_there() -> bool:
        found = run.instance()
        return found is not None and found.state == state

    site.airflow.wait(is_there, f"{PAYMENTS:,} payments to be {state}", seconds=LONG)


def waiting(first: int) -> str:
    """Return what the log says when all payments before ``first`` have ended."""
    left = PAYMENTS - first + 1
    rest = f", the first {TURN:,} of them first" if left > TURN else ""
    return f"{left:,} of {PAYMENTS:,} payments{rest}"


def wait_for_turn(site: CrashSite, run: PaymentRun, first: int) -> None:
    """Wait until the payments from ``first`` on are waited for."""
    words = waiting(first)
    site.airflow.wait(lambda: words in run.log(), f"the log to say {words!r}", seconds=LONG)
    wait_for(site, run, "deferred")


def complete(site: CrashSite, run: PaymentRun, payments: range) -> None:
    """Let payments complete."""
    for number in payments:
        site.paxos.set_status(f"batch-{run.run_id}-{number}", "COMPLETED")


def first_row(url: str, query: str) -> Sequence[int]:
    """Return the first row that a database has for an answer."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(text(query)).one()
    finally:
        engine.dispose()
