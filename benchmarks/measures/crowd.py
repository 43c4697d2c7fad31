"""5,000 triggers wait for one job each, polled every 5 s. The share of the due polls is what the server was asked
for, of one poll per job and interval; the loop's lag is by how much a sleep of 50 ms comes late.
"""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.rows import Row
from benchmarks.waiters import DATABRICKS, DBT, PAXOS

WAITING = 5000
INTERVAL = 5.0


def run(bench: Bench) -> list[Row]:
    """Measure."""
    figures = {kind: bench.waited(kind, WAITING, interval=INTERVAL) for kind in (PAXOS, DBT, DATABRICKS)}
    made = {kind: each["polls"] * INTERVAL / each["seconds"] / WAITING for kind, each in figures.items()}
    lag = {kind: each["lag_p99"] for kind, each in figures.items()}
    return [
        Row(
            "5,000 waiting at 5 s: share of the due polls made",
            f"{made[PAXOS]:.0%}",
            f"{DBT} {made[DBT]:.0%}, {DATABRICKS} {made[DATABRICKS]:.0%}",
            target="100 %",
            reached=made[PAXOS] >= 0.999,
        ),
        Row(
            "5,000 waiting at 5 s: loop lag, p99",
            f"{lag[PAXOS]:.3f} s",
            f"{DBT} {lag[DBT]:.2f} s, {DATABRICKS} {lag[DATABRICKS]:.2f} s",
            target="at most 0.1 s",
            reached=lag[PAXOS] <= 0.1,
        ),
    ]
