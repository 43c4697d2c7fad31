"""A real Airflow settles a batch of 1,000 payments, from the start of the Dag run to its success, at a local Paxos that
enforces Paxos' rate limits and settles after 6 s; and so it does a tenth of the payments as mapped creates and deferred
sensors. It has an API server, a scheduler with the LocalExecutor for two tasks at a time, a Dag processor, a triggerer,
and SQLite; the CeleryExecutor was not measured. CPU time is that of all of its processes, those that have ended
included, less what it takes in the same time when idle; the mapped tasks' is multiplied by ten, as 1,000 of them would
take a quarter of an hour.
"""

from __future__ import annotations

import contextlib
import signal
import time
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

from airflow_provider_paxos.emulator.control_client import Controls
from airflow_provider_paxos.emulator.settings import CLIENT_ID, CLIENT_SECRET
from benchmarks.bench import CHECKOUT, Bench
from benchmarks.rows import Row, share
from demo.airflow_site import AirflowSettings, AirflowSite
from demo.processes import DemoError, free_port
from demo.settlement import Emulator

FEWER = 10
"""One in so many payments is measured as mapped tasks."""

IDLE_SECONDS = 20.0


@dataclass(frozen=True)
class Cost:
    """What a Dag run took.

    :param cpu: seconds, beyond those of an idle Airflow.
    :param gross: seconds, with those.
    """

    seconds: float
    cpu: float
    gross: float


def run(bench: Bench) -> list[Row]:
    """Measure."""
    emulator = Emulator(free_port(), bench.processes, ["--rate-limits"])
    emulator.start()
    settings = AirflowSettings(
        home=bench.folder / "site",
        dags_folder=CHECKOUT / "benchmarks" / "dags",
        port=free_port(),
        parallelism=2,
        environment={"AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False"},
    )
    site = AirflowSite(settings, bench.processes)
    site.start_all()
    try:
        site.api.add_connection(
            "paxos_default", conn_type="paxos", host=f"{emulator.url}/v2", login=CLIENT_ID, password=CLIENT_SECRET
        )
        site.wait_for_dag("settle_mapped")
        time.sleep(IDLE_SECONDS)
        idle = _idle(bench, site)
        # First the mapped ones, that no token is there yet which they would find.
        mapped = _cost(bench, site, "settle_mapped", bench.payments // FEWER, idle)
        batch = _cost(bench, site, "settle_as_one", bench.payments, idle)
        limited = _require_each_once(Controls(emulator.url), bench.payments + bench.payments // FEWER)
    finally:
        for name in (*site.parts, "emulator"):
            if bench.processes.is_running(name):
                bench.processes.kill(name, signal.SIGTERM)
    scaled, few = FEWER * mapped.cpu, bench.payments // FEWER
    measure = f"{bench.payments:,} payments from start to settled in a real Airflow (LocalExecutor): "
    return [
        Row(
            f"{measure}CPU seconds of all its processes",
            f"{batch.cpu:.1f} (with idle time {batch.gross:.1f})",
            f"mapped creates and sensors {scaled:,.0f}: {FEWER} times the {mapped.cpu:.1f} of {few} payments",
            share(batch.cpu, scaled),
            "at most 1/50",
            batch.cpu * 50 <= scaled,
        ),
        Row(
            f"{measure}wall time",
            f"{batch.seconds:.0f} s",
            f"mapped, {few} payments {mapped.seconds:.0f} s",
        ),
        Row(
            f"{measure}accepted creates per payment in the local Paxos' journal, and answers 429 of its rate limits",
            f"1, and {limited}",
            target="1, and none",
            reached=limited == 0,
        ),
    ]


def _idle(bench: Bench, site: AirflowSite) -> float:
    begin, before = time.monotonic(), _cpu(bench, site)
    time.sleep(IDLE_SECONDS)
    return (_cpu(bench, site) - before) / (time.monotonic() - begin)


def _cost(bench: Bench, site: AirflowSite, dag_id: str, payments: int, idle: float) -> Cost:
    begin, before = time.monotonic(), _cpu(bench, site)
    site.api.trigger(dag_id, "benchmark", {"payments": payments})

    def is_over() -> bool:
        time.sleep(1)  # asking costs the API server, whose CPU time counts
        state = site.api.run_state(dag_id, "benchmark")
        if state == "failed":
            raise DemoError(f"{dag_id} failed; the logs are in {site.settings.home / 'logs'}.")
        return state == "success"

    site.wait(is_over, f"the end of {dag_id}", seconds=600)
    seconds, gross = time.monotonic() - begin, _cpu(bench, site) - before
    return Cost(seconds, gross - idle * seconds, gross)


def _cpu(bench: Bench, site: AirflowSite) -> float:
    """Return the CPU seconds of the site's processes, and of those that they have outlived."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error, OSError, KeyError):
            if bench.processes.name_of(process.pid) in site.parts:
                total += sum(process.cpu_times()[:4])
    return total


def _require_each_once(paxos: Controls, payments: int) -> int:
    """Return how many requests the limits refused."""
    accepted = paxos.accepted_creates()
    if len(accepted) != payments or any(len(ids) != 1 for ids in accepted.values()):
        raise DemoError(
            f"{payments} payments were to be accepted once each; the journal holds {len(accepted)} ref_ids."
        )
    return sum(entry["status"] == 429 for entry in paxos.journal())
