"""What importing an operator adds to a Dag file that has imported ``airflow.sdk`` already: median of fresh processes,
in turn, with compiled modules. Ours is all operators and sensors; dbt-cloud's is its operator.
"""

from __future__ import annotations

from statistics import median

from benchmarks.bench import Bench
from benchmarks.rows import Row, share
from benchmarks.waiters import DBT, PAXOS

TIMES = 7
_MODULES = {
    PAXOS: [
        "airflow_provider_paxos.operators.orchestration",
        "airflow_provider_paxos.operators.orchestration_batch",
        "airflow_provider_paxos.sensors.orchestration",
    ],
    DBT: ["airflow.providers.dbt.cloud.operators.dbt"],
}


def run(bench: Bench) -> list[Row]:
    """Measure."""
    took: dict[str, list[float]] = {kind: [] for kind in _MODULES}
    for _ in range(TIMES):
        for kind, modules in _MODULES.items():
            took[kind].append(
                bench.measured("benchmarks.parse", {"modules": modules}, kind=kind, seconds=60)["seconds"]
            )
    ours, theirs = median(took[PAXOS]), median(took[DBT])
    return [
        Row(
            "import added to a Dag file, over airflow.sdk alone",
            f"{1000 * ours:.0f} ms",
            f"{DBT} {1000 * theirs:.0f} ms",
            share(ours, theirs),
            "at most 1/10",
            ours * 10 <= theirs,
        )
    ]
