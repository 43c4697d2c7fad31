"""What tests of several operators share: an emulator with a connection to it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.fixtures import Define


@pytest.fixture(scope="module")
def running_emulator() -> Iterator[RunningEmulator]:
    """An emulator for the tests of a file."""
    with RunningEmulator() as running:
        yield running


@pytest.fixture
def emulator(running_emulator: RunningEmulator, define_connection: Define) -> RunningEmulator:
    """The file's emulator, as new, with all scopes that a connection may have."""
    running_emulator.reset()
    connection = json.loads(running_emulator.connection_json)
    scopes = [
        *("orchestration:read_orchestration", "orchestration:write_orchestration"),
        *("orchestration:read_orchestration_rule", "orchestration:write_orchestration_rule"),
        *("transfer:read_fiat_deposit_instructions", "events:read_event"),
    ]
    define_connection(**connection, extra={"token_cache": "memory", "scopes": " ".join(scopes)})
    return running_emulator
