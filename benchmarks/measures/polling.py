"""1,000 triggers wait for one job each, polled every 5 s; none ends while it is measured. Requests and connections
are counted by the server; the CPU time is that of the whole process that runs the triggers, which does nothing else.
A peer keeps up if it makes nine tenths of the polls that are due; one that does not makes fewer requests, and takes
less CPU time, than its users ask it for.
"""

from __future__ import annotations

from typing import Any

from benchmarks.bench import Bench
from benchmarks.rows import Row, share
from benchmarks.waiters import DATABRICKS, DBT, PAXOS

WAITING = 1000
INTERVAL = 5.0
ENDS_OVER = 20.0
LEAST_REQUESTS = 120
"""A minute: ten requests of a hundred ids in each interval."""

KEEPS_UP = 0.9
PEERS = (DBT, DATABRICKS)
CPU = {DBT: 22, DATABRICKS: 18}
REQUESTS = {DATABRICKS: 90}
"""By how much fewer requests, and less CPU time."""


def run(bench: Bench) -> list[Row]:
    """Measure."""
    ours = _waited(bench, PAXOS)
    peers = {peer: _waited(bench, peer) for peer in PEERS}
    return [
        *(_requests(ours, peer, theirs) for peer, theirs in peers.items()),
        *(_cpu(ours, peer, theirs) for peer, theirs in peers.items()),
        *(_connections(ours, peer, theirs) for peer, theirs in peers.items()),
    ]


def _waited(bench: Bench, kind: str) -> dict[str, Any]:
    return bench.waited(kind, WAITING, ends_over=ENDS_OVER, watch_lag=False)


def _a_minute(figures: dict[str, Any], name: str) -> float:
    return float(60 * figures[name] / figures["seconds"])


def _share_of_polls(theirs: dict[str, Any]) -> float:
    return float(theirs["polls"] * INTERVAL / theirs["seconds"] / WAITING)


def _requests(ours: dict[str, Any], peer: str, theirs: dict[str, Any]) -> Row:
    here, there = _a_minute(ours, "requests"), _a_minute(theirs, "requests")
    # The time that is measured may begin with one more than it has room for.
    reached = ours["requests"] <= LEAST_REQUESTS * ours["seconds"] / 60 + 1
    target = f"{LEAST_REQUESTS}, the least possible"
    if peer in REQUESTS:
        target, reached = f"{target}; at most 1/{REQUESTS[peer]}", reached and here * REQUESTS[peer] <= there
    return Row(
        "requests per minute, 1,000 waiting, 5 s interval",
        f"{here:,.0f}",
        f"{peer} {there:,.0f}, {_share_of_polls(theirs):.0%} of its due polls",
        share(here, there),
        target,
        reached,
    )


def _cpu(ours: dict[str, Any], peer: str, theirs: dict[str, Any]) -> Row:
    here, there = _a_minute(ours, "cpu"), _a_minute(theirs, "cpu")
    compared = peer == DATABRICKS or _share_of_polls(theirs) >= KEEPS_UP
    return Row(
        "CPU seconds per minute, 1,000 waiting, 5 s interval",
        f"{here:,.2f}",
        f"{peer} {there:,.1f}",
        share(here, there),
        f"at most 1/{CPU[peer]}" if compared else f"none: {peer} does not keep up",
        here * CPU[peer] <= there if compared else None,
    )


def _connections(ours: dict[str, Any], peer: str, theirs: dict[str, Any]) -> Row:
    return Row(
        "connections opened per minute, and held open; ours: opened in all since the start",
        f"{ours['connections_ever']:,.0f}",
        f"{peer} {_a_minute(theirs, 'connections'):,.0f} a minute, {theirs['held']:,.0f} held",
        "",
        "at most 2 in all",
        ours["connections_ever"] <= 2,
    )
