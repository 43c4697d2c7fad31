"""``make demo``: settle a batch with a local Paxos and a real Airflow, repair what fails of it, reconcile the day."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from demo.airflow_site import APPROVER, USER, AirflowSite
from demo.folder import own_folder
from demo.processes import ENDING, DemoError, Processes, port_in_use
from demo.reconciliation import SCOPES, reconcile
from demo.repair import repair
from demo.settlement import CHECKOUT, DAG_ID, RUN_ID, Emulator, connect, settle, settlement_site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

INTERRUPTED = 130  # what a shell reports of a command that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and return the exit status."""
    options = _options(arguments)
    for number in ENDING:
        signal.signal(number, _interrupt)
    try:
        _refuse_ports_in_use(options.port, options.emulator_port)
        with own_folder(options.home), Processes(options.home) as processes:
            try:
                site = _settle_batch(options, processes)
                if sys.stdin.isatty() and sys.stdout.isatty():
                    _stay_up(site, processes)
            finally:
                _say("Stopping everything …")
    except DemoError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _settle_batch(options: argparse.Namespace, processes: Processes) -> AirflowSite:
    emulator = Emulator(options.emulator_port, processes)
    emulator.start()
    _say(f"A local Paxos is up at {emulator.url}/v2, and its journal at {emulator.url}/_emulator/journal.")
    site = settlement_site(options.home, options.port, processes)
    _say(f"Starting Airflow in {options.home} …")
    site.start_all()
    connect(site, emulator, scopes=SCOPES)
    _say(f"Airflow is up at {site.settings.url} with the connection paxos_default. Settling the batch:")
    if options.approve:
        _say(
            f"It asks for an approval, at {site.settings.url}/required_actions. {USER} has triggered it, and may not "
            f"approve it: log in as {APPROVER}, password {site.password_of(APPROVER)}."
        )
    report = settle(site, _say_progress, approve=options.approve)
    _say("\n")
    _say(report.with_suffix(".txt").read_text(encoding="utf-8"))
    _say(f"The same for machines: {report.with_suffix('.json')}")
    if site.api.run_state(DAG_ID, RUN_ID) == "failed":
        _say("Airflow marks the run as failed, as it should: not every payment is settled.")
    _say("\nA bank account was closed. Repairing that payment, to another account of the supplier:")
    repaired = repair(site, _say_progress, approve=options.approve)
    _say("\n")
    _say(repaired)
    _say("\nReconciling the day: is what was meant what happened, and nothing else?")
    reconciled = reconcile(site, report, _say_progress)
    _say("\n")
    _say(reconciled)
    return site


def _stay_up(site: AirflowSite, processes: Processes) -> None:
    _say(f"\nLook around at {site.settings.url}/dags/{DAG_ID}/runs/{RUN_ID}")
    _say(f"User {USER}, password {site.password}. Ctrl-C ends the demo.")
    try:
        while True:
            processes.check()
            time.sleep(1)
    except KeyboardInterrupt:
        _say()


def _refuse_ports_in_use(port: int, emulator_port: int) -> None:
    if port == emulator_port:
        raise DemoError(f"PORT and EMULATOR_PORT are both {port}; each server needs its own.")
    for number, server, variable in (
        (port, "Airflow", "PORT"),
        (emulator_port, "the local Paxos", "EMULATOR_PORT"),
    ):
        if port_in_use(number):
            raise DemoError(
                f"Port {number} of this machine, for {server}, is in use. Free it, or choose another one: "
                f"make demo {variable}=…"
            )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--port", type=_port, default=8080, help="port of Airflow's web UI (%(default)s)")
    parser.add_argument("--emulator-port", type=_port, default=8085, help="port of the local Paxos (%(default)s)")
    parser.add_argument("--home", type=_path, default=CHECKOUT / ".demo", help="AIRFLOW_HOME (%(default)s)")
    parser.add_argument("--approve", action="store_true", help="wait for a person's approval in the web UI")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    number = int(text)
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return number


def _path(text: str) -> Path:
    return Path(text).resolve()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _say_progress(line: str) -> None:
    # In a terminal in place; elsewhere, such as in a log file, one line after the other.
    before, after = ("\r\033[K", "") if sys.stdout.isatty() else ("", "\n")
    print(f"{before}  {line}", end=after, flush=True)


def _say(line: str = "") -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
