"""10,000 triggers wait for one orchestration each, polled every 5 s; then all end evenly over 30 s, in no order. A
peer would have to make 2,000 requests a second, where Paxos allows 50. The loop's lag is measured in a run of its own,
as to watch it takes CPU time, too. Beside the CPU time of the whole process stands that of as many requests for a
hundred ids each, sent at the same even distances with ``httpx2`` and ``json.loads`` alone, by one coroutine, from which
nobody waits for anything: with the ids in the URL; and past httpx2's check of a URL, as ``AsyncPaxosClient`` sends
them.
"""

from __future__ import annotations

from typing import Any

from benchmarks.bench import Bench
from benchmarks.rows import Row
from benchmarks.waiters import PAXOS

WAITING = 10_000
INTERVAL = 5.0
MOST_CPU = 1.3


def run(bench: Bench) -> list[Row]:
    """Measure."""
    ours = bench.waited(PAXOS, WAITING, interval=INTERVAL, ends_over=30.0, watch_lag=False)
    lag = bench.waited(PAXOS, WAITING, interval=INTERVAL)["lag_p99"]
    rate = ours["requests"] / ours["seconds"]
    made = ours["polls"] * INTERVAL / ours["seconds"] / WAITING
    measure = "10,000 waiting at 5 s: "
    limit = "Paxos' limit: 50/s"
    return [
        Row(f"{measure}requests per second", f"{rate:.1f}", limit, target="below 25", reached=rate < 25),
        Row(f"{measure}share of the due polls made", f"{made:.0%}", target="100 %", reached=made >= 0.999),
        _beside_library(bench, ours, f"{measure}CPU seconds per minute"),
        Row(
            f"{measure}loop lag, p99",
            f"{lag:.3f} s",
            target="below 0.1 s",
            reached=lag < 0.1,
        ),
        Row(
            f"{measure}from the end at the server to the event, p95",
            f"{ours['delay_p95']:.2f} s",
            target="at most 6 s: the interval and a second",
            reached=ours["delay_p95"] <= INTERVAL + 1 and not ours["missing_events"],
        ),
    ]


def _beside_library(bench: Bench, ours: dict[str, Any], measure: str) -> Row:
    requests, seconds = round(ours["requests"]), ours["seconds"]
    plan = {"requests": requests, "spacing": seconds / requests}
    alone = bench.measured("benchmarks.listing_alone", plan, seconds=2 * seconds + 120)
    here, in_url, beside_url = (60 * cpu / seconds for cpu in (ours["cpu"], alone["in_url"], alone["beside_url"]))
    return Row(
        measure,
        f"{here:.1f}",
        f"httpx2 and json.loads alone {in_url:.1f}; past the check of the URL {beside_url:.1f}",
        f"{here / in_url:.2f}; {here / beside_url:.2f}",
        f"at most {MOST_CPU} times httpx2 and json.loads",
        here <= MOST_CPU * in_url,
    )
