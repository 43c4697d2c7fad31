"""500 processes of one host, 20 at a time, make one call each with a memory of their own, as mapped tasks do; the
server counts the token requests. The peer is databricks' hook as a service principal, which mints by the same grant.
"""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.rows import Row, share
from benchmarks.waiters import DATABRICKS, PAXOS

PROCESSES = 500
AT_ONCE = 20


def run(bench: Bench) -> list[Row]:
    """Measure."""
    ours, theirs = (_grants(bench, kind) for kind in (PAXOS, DATABRICKS))
    return [
        Row(
            "token requests, 500 mapped creates on one host",
            f"{ours:.0f}",
            f"{DATABRICKS} {theirs:.0f}",
            share(ours, theirs),
            "1",
            ours == 1,
        )
    ]


def _grants(bench: Bench, kind: str) -> float:
    plan = {"kind": kind, "processes": PROCESSES, "at_once": AT_ONCE}
    failed = bench.measured("benchmarks.grants", plan, kind=kind, seconds=300)["failed"]
    if failed:
        raise RuntimeError(f"{failed} of {PROCESSES} processes of {kind} failed; their log is in {bench.folder}")
    return bench.control.counts()["token"]
