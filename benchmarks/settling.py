"""A process that submits a batch as one task does: prints the seconds, and the bytes at most beyond Airflow's own."""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module

from benchmarks.own_memory import forget_peak, peak, resident

if __name__ == "__main__":
    plan = json.loads(sys.argv[1])
    # All that a task's process has loaded before it knows its task.
    import_module("airflow.sdk.execution_time.task_runner")
    before = resident()
    forget_peak()
    tasks = import_module("benchmarks.tasks")
    values = tasks.payments(plan["payments"])
    begin = time.perf_counter()
    tasks.submit(values)
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - begin, "bytes": peak() - before}) + "\n")
