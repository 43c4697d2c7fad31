"""Resident memory of a fresh process while many wait, less that of the same process when one waits; after two polls
of each.
"""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.rows import Row, share
from benchmarks.waiters import DATABRICKS, DBT, PAXOS

_KIB = 1024


def run(bench: Bench) -> list[Row]:
    """Measure."""
    of_triggers = {kind: _kib_each(bench, kind, 1000, 1) for kind in (PAXOS, DBT, DATABRICKS)}
    of_ids = _kib_each(bench, PAXOS, 1, 10_000)
    ours = of_triggers.pop(PAXOS)
    return [
        Row(
            "memory per waiting trigger, 1,000 of one id each",
            f"{ours:.1f} KiB",
            ", ".join(f"{kind} {theirs:.0f} KiB" for kind, theirs in of_triggers.items()),
            ", ".join(share(ours, theirs) for theirs in of_triggers.values()),
            "at most 25 KiB",
            ours <= 25,
        ),
        Row(
            "memory per waiting id, one trigger of 10,000",
            f"{of_ids:.2f} KiB",
            target="at most 2 KiB",
            reached=of_ids <= 2,
        ),
    ]


def _kib_each(bench: Bench, kind: str, triggers: int, ids_each: int) -> float:
    plan = {"kind": kind, "triggers": triggers, "ids_each": ids_each}
    size = bench.measured("benchmarks.resident", plan, kind=kind, seconds=180)["bytes"]
    return float(size) / (triggers * ids_each) / _KIB
