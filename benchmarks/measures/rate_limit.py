"""CPU time that a request costs at the rate limiter, as the exchange uses it: to reserve a slot, and to see that it is
due. Medians of 30 turns of 200 requests each, in turn: of counters in the file that all processes of a host share, with
nobody else at it, and of counters in memory alone.
"""

from __future__ import annotations

import time
from statistics import median

from airflow_provider_paxos.api.rate_limiting import LIMIT, HostRateLimiter, RateLimiter
from benchmarks.bench import Bench
from benchmarks.rows import Row

TURNS = 30
REQUESTS = 200
MOST = 50e-6


def run(bench: Bench) -> list[Row]:
    """Measure."""
    shared = HostRateLimiter.shared(bench.folder / "rate-limit", "bench", time.monotonic, lambda: 0.0)
    limiters = {"shared": shared.api, "alone": HostRateLimiter.by(time.monotonic).api}
    taken: dict[str, list[float]] = {name: [] for name in limiters}
    for _ in range(TURNS):
        for name, limiter in limiters.items():
            taken[name].append(_cost(limiter))
    ours, alone = (median(taken[name]) for name in limiters)
    return [
        Row(
            "rate limit of a host, per request and uncontended",
            f"{1e6 * ours:.0f} µs",
            f"of one process alone {1e6 * alone:.0f} µs",
            "",
            f"at most {1e6 * MOST:.0f} µs",
            ours <= MOST,
        )
    ]


def _cost(limiter: RateLimiter) -> float:
    begin = time.process_time()
    for _ in range(REQUESTS):
        limiter.wait(limiter.reserve(LIMIT))
    return (time.process_time() - begin) / REQUESTS
