"""One task reconciles a day of 10,000 completed payments with the rows of what was meant, at a local Paxos that
enforces Paxos' rate limits: wall time of ``execute``, and the largest resident memory of its process, which holds
Airflow as well. The requests are those in the local Paxos' journal.
"""

from __future__ import annotations

import json
import signal
import time

from airflow_provider_paxos.emulator.control_client import Controls
from airflow_provider_paxos.emulator.settings import CLIENT_ID, CLIENT_SECRET
from benchmarks.bench import Bench
from benchmarks.reconciling import payments
from benchmarks.rows import Row
from demo.processes import DemoError, free_port
from demo.settlement import Emulator

PAYMENTS = 10_000
MOST_REQUESTS = 210
MOST_SECONDS = 60.0
MOST_MEBIBYTES = 1536.0
SCOPES = "orchestration:read_orchestration transfer:read_transfer"


def run(bench: Bench) -> list[Row]:
    """Measure."""
    emulator = Emulator(free_port(), bench.processes, ["--rate-limits"])
    emulator.start()
    try:
        paxos = Controls(emulator.url)
        for each in payments(PAYMENTS):
            paxos.make_orchestration(**each)
        time.sleep(float(paxos.settings()["settle_seconds"]) + 1)
        connection = {
            "conn_type": "paxos",
            "host": f"{emulator.url}/v2",
            "login": CLIENT_ID,
            "password": CLIENT_SECRET,
            "extra": {"scopes": SCOPES},
        }
        figures = bench.measured(
            "benchmarks.reconciling",
            {"payments": PAYMENTS, "conn_id": "paxos_emulator"},
            seconds=300,
            AIRFLOW_CONN_PAXOS_EMULATOR=json.dumps(connection),
        )
        requests = sum(entry["path"].startswith("/v2/") for entry in paxos.journal())
    finally:
        if bench.processes.is_running("emulator"):
            bench.processes.kill("emulator", signal.SIGTERM)
    if not figures["clean"] or figures["orchestrations"] != PAYMENTS:
        raise DemoError(f"The reconciliation was to be clean and of {PAYMENTS} payments: {figures}")
    measure = f"{PAYMENTS:,} payments reconciled: "
    return [
        Row(
            f"{measure}requests, those for transfers included",
            f"{requests}",
            target=f"at most {MOST_REQUESTS}",
            reached=requests <= MOST_REQUESTS,
        ),
        Row(
            f"{measure}wall time, and CPU time of the task",
            f"{figures['seconds']:.1f} s, {figures['cpu']:.1f} s",
            target=f"at most {MOST_SECONDS:.0f} s",
            reached=figures["seconds"] <= MOST_SECONDS,
        ),
        Row(
            f"{measure}memory of the task's process at most, and before it began",
            f"{figures['mebibytes']:.0f} MiB, {figures['mebibytes_before']:.0f} MiB",
            target=f"at most {MOST_MEBIBYTES / 1024:.1f} GiB",
            reached=figures["mebibytes"] <= MOST_MEBIBYTES,
        ),
    ]
