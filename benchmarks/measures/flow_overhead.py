"""CPU time of a Get Orchestration by ``PaxosClient`` and ``AsyncPaxosClient``, and by ``requests`` and ``httpx2`` alone
with the same options, the same headers, and the same parsing of the answer into the model: medians of 30 turns of
100 requests, in turn, without TLS. In the same turns the flow itself is driven on an answer that is there at once.
"""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.rows import Row

MOST_OF_FLOW, MOST_OF_CLIENT = 0.04, 0.08
_CLIENTS = {"requests": "PaxosClient", "httpx2": "AsyncPaxosClient"}


def run(bench: Bench) -> list[Row]:
    """Measure."""
    figures = bench.measured("benchmarks.overhead", {}, seconds=240)
    rows = []
    for library, client in _CLIENTS.items():
        alone = figures[library]["library"]
        flow = figures[library]["flow"] - figures[library]["model"]
        whole = figures[library]["client"] - alone
        rows += [
            _row(f"flow per request (rules of retry, token, gate), beyond {library}", flow, alone, MOST_OF_FLOW),
            _row(f"the whole {client} per request, beyond {library}", whole, alone, MOST_OF_CLIENT),
        ]
    return rows


def _row(measure: str, ours: float, library: float, most: float) -> Row:
    share = ours / library
    return Row(
        measure, f"{_us(ours)} more", _us(library), f"{share:+.1%}", f"at most {100 * most:.0f} %", share <= most
    )


def _us(seconds: float) -> str:
    return f"{1e6 * seconds:.0f} µs"
