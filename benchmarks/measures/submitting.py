"""One task submits a batch of 1,000 payments, and waits for none, to a server that takes 50 ms for each request: wall
time of ``execute``, from the check of the payments and the look-up of what exists already to the last answer. The
connection allows it all of Paxos' 50 requests a second, averaged over five minutes: a batch that fits into that average
leaves as one burst.
"""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.rows import Row

PAYMENTS = 1000
LIMIT = 50
LATENCY = 0.05


def run(bench: Bench) -> list[Row]:
    """Measure."""
    plan = {"payments": PAYMENTS}
    extra = {"requests_per_second": LIMIT}
    took = bench.measured("benchmarks.settling", plan, seconds=180, latency=LATENCY, extra=extra)["seconds"]
    accepted = bench.control.counts()["accepted"]
    most = 1.25 * PAYMENTS / LIMIT
    return [
        Row(
            "1,000 payments, 50 ms a request: wall time of the submitting",
            f"{took:.1f} s",
            f"the limit: {PAYMENTS / LIMIT:.0f} s",
            f"{took / (PAYMENTS / LIMIT):.2f}",
            f"at most {most:.0f} s",
            took <= most and accepted == PAYMENTS,
        )
    ]
