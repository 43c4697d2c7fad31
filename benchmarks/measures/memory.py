"""Resident memory of a fresh process while many wait, less that of the same process when one waits; after two polls
of each, and for 10,000 ids of one trigger also at most. On the worker: the most memory of a process that submits a
batch of 10,000 payments and leaves their receipts, less what it has once Airflow has loaded what runs any task.
"""

from __future__ import annotations

from typing import Any

from benchmarks.bench import Bench
from benchmarks.rows import Row, share
from benchmarks.waiters import DATABRICKS, DBT, PAXOS

IDS = 10_000
PAYMENTS = 10_000
MOST_OF_WAIT, MOST_OF_BATCH = 15, 150
"""MiB."""

_KIB = 1024
_MIB = 1024 * _KIB


def run(bench: Bench) -> list[Row]:
    """Measure."""
    triggers = {kind: _grown(bench, kind, 1000, 1)["bytes"] / 1000 / _KIB for kind in (PAXOS, DBT, DATABRICKS)}
    wait = _grown(bench, PAXOS, 1, IDS)
    at_rest, at_most = wait["bytes"] / IDS / _KIB, wait["peak_bytes"] / _MIB
    # All of Paxos' requests, so that no part of the batch waits for the rate limit.
    submitting = bench.measured(
        "benchmarks.settling", {"payments": PAYMENTS}, seconds=300, extra={"requests_per_second": 50}
    )
    batch, ours = submitting["bytes"] / _MIB, triggers.pop(PAXOS)
    return [
        Row(
            "memory per waiting trigger, 1,000 of one id each",
            f"{ours:.1f} KiB",
            ", ".join(f"{kind} {theirs:.0f} KiB" for kind, theirs in triggers.items()),
            ", ".join(share(ours, theirs) for theirs in triggers.values()),
            "at most 25 KiB",
            ours <= 25,
        ),
        Row(
            f"memory per waiting id, one trigger of {IDS:,}",
            f"{at_rest:.2f} KiB",
            target="at most 2 KiB",
            reached=at_rest <= 2,
        ),
        Row(
            f"memory of the wait for a batch of {IDS:,} in the triggerer, at most",
            f"{at_most:.1f} MiB",
            target=f"at most {MOST_OF_WAIT} MiB",
            reached=at_most <= MOST_OF_WAIT,
        ),
        Row(
            f"memory of a batch of {PAYMENTS:,} on the worker, at most, over Airflow's own",
            f"{batch:.0f} MiB",
            target=f"at most {MOST_OF_BATCH} MiB",
            reached=batch <= MOST_OF_BATCH,
        ),
    ]


def _grown(bench: Bench, kind: str, triggers: int, ids_each: int) -> dict[str, Any]:
    plan = {"kind": kind, "triggers": triggers, "ids_each": ids_each}
    return bench.measured("benchmarks.resident", plan, kind=kind, seconds=400)
