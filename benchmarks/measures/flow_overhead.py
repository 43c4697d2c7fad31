"""CPU time of a Get Orchestration by ``PaxosClient`` and ``AsyncPaxosClient``, and by ``requests`` and ``httpx2`` alone
with the same options, the same headers, and the same parsing of the answer into the model: medians of 30 turns of
100 requests, in turn, without TLS. In the same turns the flow itself is driven on an answer that is there at once.
"""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.rows import Row

MOST = 0.05
_CLIENTS = {"requests": "PaxosClient", "httpx2": "AsyncPaxosClient"}


def run(bench: Bench) -> list[Row]:
    """Measure."""
    figures = bench.measured("benchmarks.overhead", {}, seconds=240)
    rows = []
    for library, client in _CLIENTS.items():
        alone = figures[library]["library"]
        flow = figures[library]["flow"] - figures[library]["model"]
        whole = figures[library]["client"] / alone - 1
        rows += [
            _row(f"flow per request (rules of retry, token, gate), beyond {library}", flow, alone),
            Row(
                f"the whole {client} per request, beyond {library}",
                f"{_us(figures[library]['client'] - alone)} more",
                f"{library} {_us(alone)}",
                f"{whole:+.1%}",
            ),
        ]
    return rows


def _row(measure: str, ours: float, library: float) -> Row:
    share = ours / library
    return Row(measure, _us(ours), f"{_us(library)}", f"{share:.1%}", "at most 5 %", share <= MOST)


def _us(seconds: float) -> str:
    return f"{1e6 * seconds:.0f} µs"
