"""Writes ``docs/performance.md``: the table, how it came about, and, kept from the page as it is, what it means."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.measures import ALL
from benchmarks.quiet import QUIET
from benchmarks.rows import Row, table

KEPT = "<!-- What follows is written by hand, and kept when the table is made anew. -->"

_OURS = ("airflow-provider-paxos", "apache-airflow", "requests", "httpx2", "pydantic")
_PEERS = (
    "apache-airflow",
    "apache-airflow-providers-dbt-cloud",
    "apache-airflow-providers-databricks",
    "apache-airflow-providers-http",
    "aiohttp",
)
_ASK_VERSIONS = "import sys, importlib.metadata as m; print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), sep=', ')"


def write_page(path: Path, rows: Sequence[Row], options: argparse.Namespace, seconds: float, load: float) -> None:
    """Write the page, or write its table anew."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    _, _, kept = before.partition(KEPT)
    path.write_text(f"{_made(rows, options, seconds, load)}\n{KEPT}\n{kept or chr(10)}", encoding="utf-8")


def _made(rows: Sequence[Row], options: argparse.Namespace, seconds: float, load: float) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    ours = ", ".join(f"{name} {version(name)}" for name in _OURS)
    asked = [str(options.peers), "-c", _ASK_VERSIONS, *_PEERS]
    peers = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    how = "\n\n".join(f"**{name.replace('_', ' ')}.** {_text(measure.__doc__)}" for name, measure in ALL.items())
    return f"""# Performance

What waiting and submitting cost, measured side by side with the providers of dbt Cloud and Databricks, which poll one
request per job as most do. `make bench` measures everything anew, prints this table and writes this page.

{table(rows)}

Measured on {datetime.now(UTC):%Y-%m-%d} with `make bench`, {options.seconds:.0f} s a measurement, \
{seconds / 60:.0f} minutes in all, on a machine with {os.cpu_count()} cores and {memory:.0f} GiB of memory; \
its load average before: {load:.1f}. A whole run first waits until that is below {QUIET}, for ten minutes at most.

- Ours: Python {platform.python_version()}, {ours}.
- The peers, in an environment of their own (`requirements/peers.txt`), with the same Python: {peers}.

## How it is measured

All run one after another in the same run, against the same server on the same machine (`benchmarks/local_server.py`): a
process of its own that speaks just enough of the three APIs, over TLS as the real ones do, and takes less CPU time for
a request than any client. Each measurement runs in a fresh process. Triggers are constructed as their operators
construct them, and run as Airflow's triggerer runs them: an asyncio task each, in one loop, their starts spread over
one interval. Their connections come from environment variables, so that no database is asked.

{how}

`make bench ONLY=polling` measures one of them, `SECONDS=10` shortens each measurement, `PAYMENTS=100` the batch in a
real Airflow; a shortened or partial run prints its table, and only a whole one writes this page.

The web UI's page and its CSV, with up to 100,000 receipts, are measured by `python -m benchmarks.ui_queries`: see
[Response time](web_ui.md#response-time).
"""


def _text(docstring: str | None) -> str:
    return " ".join((docstring or "").split())
