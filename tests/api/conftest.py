"""The emulator that the tests of the API over HTTP share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_paxos.emulator.server import RunningEmulator


@pytest.fixture(scope="module")
def running_emulator() -> Iterator[RunningEmulator]:
    """An emulator for the tests of a file."""
    with RunningEmulator() as running:
        yield running


@pytest.fixture
def emulator(running_emulator: RunningEmulator) -> RunningEmulator:
    """The file's emulator, as new."""
    running_emulator.reset()
    return running_emulator
