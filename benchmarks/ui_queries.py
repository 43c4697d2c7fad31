"""Measure the web UI's page with many receipts: ``python -m benchmarks.ui_queries``.

Puts receipts into an Airflow database on SQLite, as tasks leave them (one each, in batches, or in one batch), and
measures the answers of the API server:

    first      the page, with nothing in the caches
    changed    the page, after one more XCom was written
    again      the page, with nothing changed
    unchanged  the page, asked for with the tag of its last answer: 304
    csv        the whole list as CSV

Each is two numbers of milliseconds: what passed, and the CPU time, which is what passes where nothing else runs. Both
are of the server and of the client, which share a process, and, but for ``first``, medians of several rounds. ``peak``
is the largest memory of the process so far, with Airflow's own.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.own_memory import peak

_ROUNDS = 5
_SHAPES = (
    (1_000, "one each", 1),
    (10_000, "one each", 1),
    (10_000, "batches of 100", 100),
    (10_000, "one batch", 10_000),
    (100_000, "batches of 1,000", 1_000),
)
_COLUMNS = (9, 18, 13, 13, 13, 13, 13, 9)


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

    from airflow_provider_paxos.ui import routes  # noqa: PLC0415
    from airflow_provider_paxos.ui.merge_cache import MergeCache  # noqa: PLC0415
    from airflow_provider_paxos.ui.receipt_cache import ReceiptCache  # noqa: PLC0415
    from tests.ui.xcoms import PAY, XComTable, receipt  # noqa: PLC0415

    app = create_app("core")
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="reader", role="viewer"))
    client = TestClient(app, headers={"Authorization": f"Bearer {token}"})
    page = "/paxos/api/orchestrations"

    def answer() -> None:
        client.get(page).raise_for_status()

    answer()
    _print("receipts", "left in", "first", "changed", "again", "unchanged", "csv", "peak MB")
    with create_session() as session:
        xcoms = XComTable(session)
        for amount, form, size in _SHAPES:
            xcoms.clear()
            xcoms.add_all(_values(amount, size))
            routes._receipts, routes._merges = ReceiptCache(), MergeCache()
            first = _measured(answer, rounds=1)
            changed = []
            for number in range(_ROUNDS):
                xcoms.add(PAY._replace(task_id=f"later-{number}"), receipt(id=f"later-{number}"))
                changed.append(_measured(answer, rounds=1))
            again = _measured(answer)
            tag = {"If-None-Match": client.get(page).headers["etag"]}
            unchanged = _measured(lambda tag=tag: client.get(page, headers=tag))  # type: ignore[misc]
            csv = _measured(lambda: client.get(f"{page}.csv").raise_for_status())
            times = (first, _medians(changed), again, unchanged, csv)
            _print(
                f"{amount:,}", form, *(f"{passed:.0f}/{used:.0f}" for passed, used in times), f"{peak() / 2**20:.0f}"
            )


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
    """Return the medians of the time that passed and of the CPU time, in ms."""
    times = []
    for _ in range(rounds):
        gc.collect()
        start, cpu_start = time.perf_counter(), time.process_time()
        measured()
        times.append(((time.perf_counter() - start) * 1000, (time.process_time() - cpu_start) * 1000))
    return _medians(times)


def _medians(times: Sequence[tuple[float, float]]) -> tuple[float, float]:
    passed, used = zip(*times, strict=True)
    return statistics.median(passed), statistics.median(used)


def _print(*cells: str) -> None:
    sys.stdout.write("".join(f"{cell:>{width}}" for cell, width in zip(cells, _COLUMNS, strict=True)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
