"""A process that imports Airflow's Task SDK, and then what a Dag file imports on top of it: prints both, in seconds."""

from __future__ import annotations

import importlib
import json
import sys
import time


def timed(modules: list[str]) -> float:
    """Import modules, and return the seconds that it took."""
    begin = time.perf_counter()
    for name in modules:
        importlib.import_module(name)
    return time.perf_counter() - begin


if __name__ == "__main__":
    plan = json.loads(sys.argv[1])
    # What a Dag file uses of it: its names are loaded when they are asked for.
    from airflow.sdk import DAG, BaseOperator, BaseSensorOperator, task  # noqa: F401

    sys.stdout.write(json.dumps({"seconds": timed(plan["modules"])}) + "\n")
