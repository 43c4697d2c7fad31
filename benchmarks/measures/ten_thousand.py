"""10,000 triggers wait for one orchestration each, polled every 5 s; then all end evenly over 30 s, in no order. A
peer would have to make 2,000 requests a second, where Paxos allows 50. The loop's lag is measured in a run of its own,
as to watch it takes CPU time, too.
"""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.rows import Row
from benchmarks.waiters import PAXOS

WAITING = 10_000
INTERVAL = 5.0


def run(bench: Bench) -> list[Row]:
    """Measure."""
    ours = bench.waited(PAXOS, WAITING, interval=INTERVAL, ends_over=30.0, watch_lag=False)
    lag = bench.waited(PAXOS, WAITING, interval=INTERVAL)["lag_p99"]
    rate, core = ours["requests"] / ours["seconds"], ours["cpu"] / ours["seconds"]
    made = ours["polls"] * INTERVAL / ours["seconds"] / WAITING
    measure = "10,000 waiting at 5 s: "
    limit = "Paxos' limit: 50/s"
    return [
        Row(f"{measure}requests per second", f"{rate:.1f}", limit, target="below 25", reached=rate < 25),
        Row(f"{measure}share of the due polls made", f"{made:.0%}", target="100 %", reached=made >= 0.999),
        Row(f"{measure}CPU, of a core", f"{core:.1%}", target="below 10 %", reached=core < 0.1),
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
