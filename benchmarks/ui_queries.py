"""Measure the web UI's page with many receipts: ``python -m benchmarks.ui_queries``.

Puts receipts into an Airflow database on SQLite, as tasks leave them (one each, in batches of 100, or in one batch),
and measures the query, the merging, and the whole answer of the page's route: opened for the first time, and again,
when the server has its receipts in the cache. Each but the first opening is the median of several rounds. The CPU time
is how long it takes where nothing else runs.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_ROUNDS = 5
_AMOUNTS = (100, 1_000, 10_000)


def main() -> None:
    """Print a table."""
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AIRFLOW_HOME"] = folder
        os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] = "True"
        from tests.airflow_database import airflow_database  # noqa: PLC0415

        with airflow_database(Path(folder), Path(folder) / "dags"):
            _measure()


def _measure() -> None:
    from airflow.api_fastapi.app import create_app, get_auth_manager  # noqa: PLC0415
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415
    from starlette.testclient import TestClient  # noqa: PLC0415

    from airflow_provider_paxos.ui.classification import current_time  # noqa: PLC0415
    from airflow_provider_paxos.ui.merge import merge  # noqa: PLC0415
    from airflow_provider_paxos.ui.query import dag_ids, rows  # noqa: PLC0415
    from airflow_provider_paxos.ui.receipt_cache import ReceiptCache  # noqa: PLC0415
    from tests.ui.xcoms import XComTable  # noqa: PLC0415

    app = create_app("core")
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="reader", role="viewer"))
    client = TestClient(app, headers={"Authorization": f"Bearer {token}"})

    def answer() -> None:
        client.get("/paxos/api/orchestrations").raise_for_status()

    _print("receipts", "left in", "query ms", "merge ms", "opened ms", "its CPU ms", "again ms", "its CPU ms")
    with create_session() as session:
        xcoms = XComTable(session)
        for amount in _AMOUNTS:
            for form, size in (("one each", 1), ("batches of 100", 100), ("one batch", amount)):
                xcoms.clear()
                xcoms.add_all(_values(amount, size))
                opened = _measured(answer, rounds=1)
                found = list(rows(session, dag_ids(session)))
                query, _ = _measured(lambda: list(rows(session, dag_ids(session))))
                merging, _ = _measured(lambda found=found: merge(found, current_time(), ReceiptCache()))  # type: ignore[misc]
                times = (query, merging, *opened, *_measured(answer))
                _print(f"{amount:,}", form, *(f"{time_ms:.0f}" for time_ms in times))


def _values(amount: int, size: int) -> Iterator[tuple[Any, Any]]:
    from airflow_provider_paxos.xcom import packed  # noqa: PLC0415
    from tests.ui.xcoms import PAY, ago, receipt  # noqa: PLC0415

    payments = [
        receipt(
            id=f"{number:08d}-0000-4000-8000-000000000001",
            ref_id=f"settle-{number}",
            key=f"invoice-{number}" if size > 1 else None,
            status=("FAILED", "PROCESSING", "COMPLETED", "COMPLETED", "COMPLETED")[number % 5],
            created_at=ago(minutes=number),
            metadata={"airflow_dag_id": PAY.dag_id, "airflow_run_id": PAY.run_id, "airflow_task_id": PAY.task_id},
        )
        for number in range(amount)
    ]
    for index, first in enumerate(range(0, amount, size)):
        some = payments[first : first + size]
        yield PAY._replace(map_index=index), some[0] if size == 1 else packed(some)


def _measured(measured: Callable[[], Any], rounds: int = _ROUNDS) -> tuple[float, float]:
    """Return the median of the time that passed and of the CPU time, in ms."""
    passed, used = [], []
    for _ in range(rounds):
        gc.collect()
        start, cpu_start = time.perf_counter(), time.process_time()
        measured()
        passed.append((time.perf_counter() - start) * 1000)
        used.append((time.process_time() - cpu_start) * 1000)
    return statistics.median(passed), statistics.median(used)


def _print(*cells: str) -> None:
    sys.stdout.write(
        "".join(f"{cell:>{width}}" for cell, width in zip(cells, (9, 16, 10, 10, 11, 12, 10, 12), strict=True)) + "\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
