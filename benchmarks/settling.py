"""A process that submits a batch as one task does: prints the seconds that it took."""

from __future__ import annotations

import json
import sys
import time
from types import SimpleNamespace
from typing import Any

from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator

PROFILE = "8f0e1d2c-1111-4222-8333-444455556666"


def payments(count: int) -> list[dict[str, Any]]:
    """Return so many payments."""
    return [
        {
            "key": f"payment-{number}",
            "source_asset": "USDG",
            "destination_asset": "PYUSD",
            "source_amount": f"{100 + number}.00",
            "source": {"profile": {"profile_id": PROFILE}},
            "destination": {"profile": {"profile_id": PROFILE.replace("8f", "9f")}},
        }
        for number in range(count)
    ]


def submitted(count: int) -> float:
    """Submit so many payments, and return the seconds from the task's start to its end, without waiting."""
    instance = SimpleNamespace(
        dag_id="settle",
        run_id="benchmark",
        task_id="settle",
        map_index=-1,
        try_number=1,
        max_tries=0,
        xcom_push=lambda **_: None,
    )
    operator = CreateOrchestrationBatchOperator(task_id="settle", payments=payments(count), wait_for_completion=False)
    begin = time.perf_counter()
    operator.execute({"ti": instance})  # type: ignore[typeddict-item]
    return time.perf_counter() - begin


if __name__ == "__main__":
    plan = json.loads(sys.argv[1])
    sys.stdout.write(json.dumps({"seconds": submitted(plan["payments"])}) + "\n")
