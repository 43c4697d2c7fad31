"""Processes of one host that submit a batch each, all at once: prints the seconds until the last one has ended.

They are forked from one that has imported everything, as Airflow's are from their supervisor, and share what a host
shares. A batch that finds no room in the rate limit defers, and comes back when its trigger fires.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier

from benchmarks.tasks import payments, submit


def _batch(number: int, count: int, ready: Barrier, deferrals: Synchronized[int]) -> None:
    values = payments(count)
    ready.wait()
    times = submit(values, f"batch-{number}")
    with deferrals.get_lock():
        deferrals.value += times


if __name__ == "__main__":
    plan = json.loads(sys.argv[1])
    forking = multiprocessing.get_context("fork")
    ready, deferrals = forking.Barrier(plan["batches"] + 1), forking.Value("i", 0)
    processes = [
        forking.Process(target=_batch, args=(number, plan["payments"], ready, deferrals))
        for number in range(plan["batches"])
    ]
    for process in processes:
        process.start()
    ready.wait()
    begin = time.perf_counter()
    for process in processes:
        process.join()
    figures = {
        "seconds": time.perf_counter() - begin,
        "failed": sum(process.exitcode != 0 for process in processes),
        "deferrals": deferrals.value,
    }
    sys.stdout.write(json.dumps(figures) + "\n")
