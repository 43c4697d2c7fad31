"""``make bench``: measure ours and its peers side by side, print the table, and keep it in ``docs/performance.md``."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from benchmarks.bench import CHECKOUT, Bench
from benchmarks.measures import ALL
from benchmarks.page import write_page
from benchmarks.quiet import wait_for_quiet, warned_of_load
from benchmarks.rows import Row, table
from demo.processes import ENDING, DemoError, Processes

SECONDS = 40.0
PAYMENTS = 1000
INTERRUPTED = 130


def main() -> int:
    """Measure what is asked for, and return the exit status."""
    options = _options()
    for number in ENDING:
        signal.signal(number, _interrupt)
    chosen = {name: ALL[name] for name in options.only or ALL}
    rows: list[Row] = []
    whole = chosen == ALL
    load = wait_for_quiet() if whole else warned_of_load()
    begin = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="paxos-bench-") as folder, Processes(Path(folder)) as processes:
            bench = Bench(Path(folder), processes, options.peers, options.seconds, options.payments)
            bench.start_server()
            for name, measure in chosen.items():
                print(f"{name} …", file=sys.stderr, flush=True)  # noqa: T201
                rows += measure.run(bench)
    except DemoError as error:
        print(f"\n{error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    print(table(rows))  # noqa: T201
    if whole:
        write_page(CHECKOUT / "docs" / "performance.md", rows, options, time.monotonic() - begin, load)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("only", nargs="*", help="measures; by default all")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each measurement (%(default)s)")
    parser.add_argument("--payments", type=int, default=PAYMENTS, help="of the batch in a real Airflow (%(default)s)")
    peers = CHECKOUT / ".venvs" / "peers" / "bin" / "python"
    parser.add_argument("--peers", type=Path, default=peers, help="the Python of the peers' environment")
    options = parser.parse_args()
    if unknown := set(options.only) - set(ALL):
        parser.error(f"there is no measure {', '.join(unknown)}; there are {', '.join(ALL)}")
    return options


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
