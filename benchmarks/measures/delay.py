"""1,000 triggers wait, and their jobs end evenly over 20 s, in no order: measured is the time from a job's end at the
server to its trigger's event. Ours has the interval at which it makes a tenth of the requests that dbt-cloud's
makes at 5 s; the requests that it made are counted while nothing ends.
"""

from __future__ import annotations

from airflow_provider_paxos.api.listing import MAX_VALUES
from benchmarks.bench import Bench
from benchmarks.measures.polling import ENDS_OVER, WAITING
from benchmarks.rows import Row
from benchmarks.waiters import DATABRICKS, DBT, PAXOS

_SPARE = 1.15
"""Partly filled requests count, too."""


def run(bench: Bench) -> list[Row]:
    """Measure."""
    peers = {name: bench.waited(name, WAITING, ends_over=ENDS_OVER, watch_lag=False) for name in (DBT, DATABRICKS)}
    allowed = peers[DBT]["requests"] / peers[DBT]["seconds"] / 10
    interval = round(_SPARE * WAITING / MAX_VALUES / allowed, 2)
    ours = bench.waited(PAXOS, WAITING, interval=interval, ends_over=ENDS_OVER, watch_lag=False)
    used = ours["requests"] / ours["seconds"]
    listed = ", ".join(f"{name} {theirs['delay_p95']:.1f} s" for name, theirs in peers.items())
    return [
        Row(
            "from the end at the server to the event, p95, 1,000 waiting, given a tenth of the peer's requests",
            f"{ours['delay_p95']:.2f} s ({60 * used:,.0f} requests a minute, {60 * allowed:,.0f} allowed)",
            listed,
            "",
            "at most 1.5 s",
            ours["delay_p95"] <= 1.5 and used <= allowed and not ours["missing_events"],
        )
    ]
