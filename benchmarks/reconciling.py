"""A process that reconciles a day as one task does: prints seconds, memory and requests."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, TREASURY_PROFILE
from airflow_provider_paxos.operators.reconcile import ReconcileOrchestrationsOperator
from benchmarks.own_memory import peak

_MIB = 2**20


def payments(count: int) -> list[dict[str, Any]]:
    """Return so many payments, no two of one amount."""
    return [
        {
            "ref_id": f"settle-{number}",
            "source_asset": "USDC",
            "destination_asset": "USDG",
            "source_amount": f"1.{number:06d}",
            "source": {"profile": {"profile_id": TREASURY_PROFILE}},
            "destination": {"profile": {"profile_id": PAYOUTS_PROFILE}},
            "metadata": {"airflow_creator": "settlement.settle run-1 #0123456789.0123456789"},
        }
        for number in range(count)
    ]


def reconciled(count: int, conn_id: str) -> dict[str, Any]:
    """Reconcile the last day, and return what it took and what it came to."""
    instance = SimpleNamespace(
        dag_id="reconcile",
        run_id="benchmark",
        task_id="reconcile",
        map_index=-1,
        xcom_push=lambda **_: None,
        xcom_pull=lambda **_: None,
    )
    operator = ReconcileOrchestrationsOperator(
        task_id="reconcile",
        paxos_conn_id=conn_id,
        profile_ids=[TREASURY_PROFILE],
        since=datetime.now(UTC) - timedelta(days=1),
        expected=payments(count),
        on_exceptions="warn",
    )
    before = peak()
    begin, cpu = time.perf_counter(), time.process_time()
    summary = operator.execute({"ti": instance})  # type: ignore[typeddict-item]
    return {
        "seconds": time.perf_counter() - begin,
        "cpu": time.process_time() - cpu,
        "mebibytes": peak() / _MIB,
        "mebibytes_before": before / _MIB,
        "clean": summary["clean"],
        "orchestrations": summary["orchestrations"],
    }


if __name__ == "__main__":
    plan = json.loads(sys.argv[1])
    sys.stdout.write(json.dumps(reconciled(plan["payments"], plan["conn_id"])) + "\n")
