"""Many short processes of one host that make a call each, as mapped tasks do: prints how many of them failed.

Each is forked from one that has imported everything, as Airflow's worker processes are from their supervisor, and
shares with the others what a host shares, but no memory.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from importlib import import_module

from benchmarks.waiters import DATABRICKS, PAXOS

PROFILE = "8f0e1d2c-1111-4222-8333-444455556666"

HOOKS = {
    PAXOS: "airflow_provider_paxos.hooks.paxos",
    DATABRICKS: "airflow.providers.databricks.hooks.databricks",
}


def create(number: int) -> None:
    """Create an orchestration."""
    with import_module(HOOKS[PAXOS]).PaxosHook() as hook:
        hook.submit_orchestration(
            {
                "ref_id": f"grant-{number}",
                "source_asset": "USDG",
                "destination_asset": "PYUSD",
                "source_amount": "100.00",
                "source": {"profile": {"profile_id": PROFILE}},
                "destination": {"profile": {"profile_id": PROFILE.replace("8f", "9f")}},
            }
        )


def read_run(number: int) -> None:
    """Read a run's state, as a service principal."""
    import_module(HOOKS[DATABRICKS]).DatabricksHook("databricks_principal").get_run_state(number)


if __name__ == "__main__":
    plan = json.loads(sys.argv[1])
    import_module(HOOKS[plan["kind"]])
    call = {PAXOS: create, DATABRICKS: read_run}[plan["kind"]]
    forking = multiprocessing.get_context("fork")
    failed = 0
    for first in range(0, plan["processes"], plan["at_once"]):
        wave = [forking.Process(target=call, args=(first + each,)) for each in range(plan["at_once"])]
        for process in wave:
            process.start()
        for process in wave:
            process.join(60)
            failed += process.exitcode != 0
    sys.stdout.write(json.dumps({"failed": failed}) + "\n")
