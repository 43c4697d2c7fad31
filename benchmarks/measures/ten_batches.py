"""Ten processes of one host submit a batch of 1,600 payments each, at once, with a connection's default settings, to a
server that enforces Paxos' rate limits, by the emulator's own count: wall time from the moment when all have their
payments to the end of the last one. The host's processes share one rate limiter. A batch that finds no room defers; its
trigger runs in its process, and then an operator of its own resumes. What the limit allows is when the last of as many
requests may leave by the rules of the rate limiter, if each leaves as soon as there is room: a burst, and what is left
when the burst is five minutes old.
"""

from __future__ import annotations

from airflow_provider_paxos.api.rate_limiting import HostRateLimiter
from airflow_provider_paxos.api.settings import Settings
from benchmarks.bench import Bench
from benchmarks.rows import Row
from demo.processes import DemoError

BATCHES = 10
PAYMENTS = 1600
MOST = 1.05


def run(bench: Bench) -> list[Row]:
    """Measure."""
    plan = {"batches": BATCHES, "payments": PAYMENTS}
    took = bench.measured("benchmarks.batches", plan, seconds=900, limited=True)
    counts = bench.control.counts()
    accepted, refused = counts.get("accepted", 0), counts.get("throttled", 0)
    if took["failed"] or accepted != BATCHES * PAYMENTS:
        raise DemoError(f"{BATCHES} batches of {PAYMENTS:,} were to be accepted: {took}, {counts}")
    allowed = seconds_allowed(round(counts["requests"]), Settings.requests_per_second)
    share = took["seconds"] / allowed
    measure = f"{BATCHES} batches of {PAYMENTS:,} payments at once on one host: "
    return [
        Row(f"{measure}answers 429", f"{refused:.0f}", target="none", reached=not refused),
        Row(
            f"{measure}wall time of the submitting, {counts['requests']:,.0f} requests",
            f"{took['seconds']:.0f} s, {took['deferrals']} deferrals",
            f"the limit: {allowed:.0f} s",
            f"{share:.2f}",
            f"at most {MOST}",
            share <= MOST,
        ),
    ]


def seconds_allowed(requests: int, rate: float) -> float:
    """Return when the last of so many requests may leave, if each leaves as soon as the rate limiter lets it."""
    now = 0.0
    limiter = HostRateLimiter.by(lambda: now).api
    for _ in range(requests):
        now = max(now, limiter.reserve(rate, bulk=True))
    return now
