"""Keep the emulator's state in a file across restarts."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from airflow_provider_paxos.emulator.auth import Grant
from airflow_provider_paxos.emulator.clock import SavedClock
from airflow_provider_paxos.emulator.crypto_addresses import CryptoAddress
from airflow_provider_paxos.emulator.deposit_instructions import FiatInstructions
from airflow_provider_paxos.emulator.fiat_accounts import FiatAccount
from airflow_provider_paxos.emulator.ledger import Booking, Ledger, Overdrawn
from airflow_provider_paxos.emulator.models import Event, Orchestration, Profile
from airflow_provider_paxos.emulator.rules import Rule
from airflow_provider_paxos.emulator.transfers import Transfer
from airflow_provider_paxos.emulator.vasps import seed_vasps


class UnreadableState(Exception):
    """Reports that a file holds no emulator's state; the file is left as it is."""


@dataclass
class State:
    """Holds what outlives a restart: not the settings, faults, queued outcomes or the journal of requests."""

    version: Literal[1] = 1
    clock: SavedClock = field(default_factory=SavedClock)
    profiles: list[Profile] = field(default_factory=list)
    orchestrations: list[Orchestration] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    fiat_accounts: list[FiatAccount] = field(default_factory=list)
    addresses: list[CryptoAddress] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    instructions: list[FiatInstructions] = field(default_factory=list)
    vasps: dict[str, str] = field(default_factory=seed_vasps)
    grants: list[Grant] = field(default_factory=list)


_STATE = TypeAdapter(State)


def load_state(path: Path) -> State | None:
    """Return the state that a file holds, or None if there is no file yet.

    :raises UnreadableState: names the file and what is wrong with it.
    """
    try:
        state = _STATE.validate_json(path.read_bytes())
        Ledger(state.bookings)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableState(f"Cannot read the state file {path}: {error.strerror}.") from None
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _not_a_state(path, f"{where}: {first['msg']}" if where else first["msg"]) from None
    except Overdrawn as error:
        raise _not_a_state(path, str(error)) from None
    return state


def _not_a_state(path: Path, reason: str) -> UnreadableState:
    return UnreadableState(f"The state file {path} is not an emulator's state ({reason}). Move it away to start anew.")


def save_state(path: Path, state: State) -> None:
    """Replace the file as a whole, so that it is never half written."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(_STATE.dump_json(state))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
