"""1,000 triggers wait for one job each, polled every 5 s; none ends while it is measured. Requests and connections
are counted by the server; the CPU time is that of the whole process that runs the triggers, which does nothing else.
"""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.rows import Row, share
from benchmarks.waiters import DATABRICKS, DBT, PAXOS

WAITING = 1000
ENDS_OVER = 20.0
PEERS = {DBT: (90, 40), DATABRICKS: (90, 14)}
"""By how much fewer requests, and less CPU time."""


def run(bench: Bench) -> list[Row]:
    """Measure."""
    ours = bench.waited(PAXOS, WAITING, ends_over=ENDS_OVER, watch_lag=False)
    minutes = ours["seconds"] / 60
    rows = []
    for what, name, place, digits in (("requests", "requests", 0, 0), ("CPU seconds", "cpu", 1, 2)):
        for peer, targets in PEERS.items():
            theirs = bench.waited(peer, WAITING, ends_over=ENDS_OVER, watch_lag=False)
            here, there = ours[name] / minutes, theirs[name] / (theirs["seconds"] / 60)
            rows.append(
                Row(
                    f"{what} per minute, 1,000 waiting, 5 s interval",
                    f"{here:,.{digits}f}",
                    f"{peer} {there:,.{digits if digits == 0 else 1}f}",
                    share(here, there),
                    f"at most 1/{targets[place]}",
                    here * targets[place] <= there,
                )
            )
    return [*rows, *(_connections(bench, ours, peer) for peer in PEERS)]


def _connections(bench: Bench, ours: dict[str, float], peer: str) -> Row:
    theirs = bench.waited(peer, WAITING, ends_over=ENDS_OVER, watch_lag=False)
    opened = theirs["connections"] / (theirs["seconds"] / 60)
    return Row(
        "connections opened per minute, and held open; ours: opened in all since the start",
        f"{ours['connections_ever']:,.0f}",
        f"{peer} {opened:,.0f} a minute, {theirs['held']:,.0f} held",
        "",
        "at most 2 in all",
        ours["connections_ever"] <= 2,
    )
