"""Run an emulator from the command line: ``python -m airflow_provider_paxos.emulator``."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from airflow_provider_paxos.emulator.server import DependencyMissing, bound_server, require_dependencies
from airflow_provider_paxos.emulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    SCOPES,
    ConflictShape,
    EmulatorSettings,
    ProblemMedia,
    ProblemStyle,
)
from airflow_provider_paxos.emulator.signatures import public_key
from airflow_provider_paxos.emulator.state_file import UnreadableState

CANNOT_START = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted, and return the exit status."""
    options = _options(arguments)
    try:
        require_dependencies()
        settings = _settings(options)
    except DependencyMissing as missing:
        return _cannot_start(str(missing))
    except ValidationError as invalid:
        first = invalid.errors()[0]
        return _cannot_start(f"--{str(first['loc'][0]).replace('_', '-')}: {first['msg']}")
    return _serve(options, settings)


def _serve(options: argparse.Namespace, settings: EmulatorSettings) -> int:
    try:
        server, bound = bound_server(settings, options.host, options.port, options.state)
    except UnreadableState as error:
        return _cannot_start(str(error))
    except OSError as error:
        return _cannot_start(f"Cannot listen on {options.host}, port {options.port}: {error.strerror}.")
    with bound:
        port = bound.getsockname()[1]
        if not _is_loopback(bound.getsockname()[0]):
            _print("Anybody who reaches this address can use the emulator's controls: they ask for no credentials.")
        _print(_banner(options.host, port, settings))
        with contextlib.suppress(KeyboardInterrupt):
            server.run([bound])
    return 0


def _banner(host: str, port: int, settings: EmulatorSettings) -> str:
    # A client cannot connect to "all addresses".
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    url = f"http://{name}:{port}"
    secret = settings.client_secret.get_secret_value()
    shown = secret if secret == CLIENT_SECRET else "<client secret>"
    return (
        f"A local Paxos is at {url}/v2, its controls at {url}/_emulator/docs. Its Airflow connection: "
        f"airflow connections add paxos_default --conn-type paxos --conn-host {url}/v2 "
        f"--conn-login {settings.client_id} --conn-password {shown}"
    )


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def _settings(options: argparse.Namespace) -> EmulatorSettings:
    named = {name: getattr(options, name) for name in EmulatorSettings.model_fields if hasattr(options, name)}
    return EmulatorSettings.model_validate(
        {**named, "scopes": options.scopes.split(), "signing_keys": dict(options.signing_keys)}
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_paxos.emulator",
        description="A local Paxos: orchestrations and what surrounds them, with faults on demand.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=8085, help="port to listen on; 0 takes a free one")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep the state across restarts in this file")
    parser.add_argument("--client-id", default=CLIENT_ID, help="id of the one client")
    parser.add_argument("--client-secret", default=CLIENT_SECRET, help="its secret")
    parser.add_argument("--scopes", default=" ".join(SCOPES), help="scopes that it may request, separated by spaces")
    parser.add_argument("--token-lifetime", type=int, default=3599, metavar="SECONDS", help="how long a token is valid")
    parser.add_argument("--settle-seconds", type=float, default=6, help="from PROCESSING to the terminal status")
    parser.add_argument(
        "--approve-seconds", type=float, help="until a PENDING orchestration is approved; never unless given"
    )
    parser.add_argument(
        "--conflict-shape",
        choices=get_args(ConflictShape),
        default="whole",
        help="what a 409 shows of the first orchestration",
    )
    parser.add_argument(
        "--problem-style", choices=get_args(ProblemStyle), default="developer", help="host and spelling of types"
    )
    parser.add_argument(
        "--problem-media", choices=get_args(ProblemMedia), default="problem", help="application/problem+json or json"
    )
    parser.add_argument("--list-lag-seconds", type=float, default=0, help="how long List misses a new orchestration")
    parser.add_argument("--rate-limits", action="store_true", help="enforce Paxos' rate limits")
    parser.add_argument(
        "--travel-rule-from", metavar="DATE", help="when 3,000 USD to a crypto address begin to need travel rule data"
    )
    parser.add_argument(
        "--travel-rule-at",
        choices=("acceptance", "execution"),
        default="acceptance",
        help="refuse what lacks the data, or accept it and let it fail",
    )
    parser.add_argument(
        "--require-approved-accounts", action="store_true", help="refuse bank accounts that are not APPROVED"
    )
    parser.add_argument(
        "--require-approved-addresses", action="store_true", help="refuse crypto addresses not saved and APPROVED"
    )
    parser.add_argument("--require-signatures", action="store_true", help="refuse requests that are not signed")
    parser.add_argument(
        "--signing-key",
        dest="signing_keys",
        action="append",
        type=_signing_key,
        default=[],
        metavar="KEY_ID=FILE.pem",
        help="a public key to verify signatures with; may be given more than once",
    )
    return parser.parse_args(arguments)


def _signing_key(text: str) -> tuple[str, str]:
    key_id, _, path = text.partition("=")
    if not key_id or not path:
        raise argparse.ArgumentTypeError(f"{text} is not KEY_ID=FILE.pem")
    try:
        pem = Path(path).read_text(encoding="ascii")
        public_key(pem)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise argparse.ArgumentTypeError(f"{path} holds no PEM public key of type ed25519 or EC P-256") from None
    return key_id, pem


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < 65536:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return port


def _cannot_start(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return CANNOT_START


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
