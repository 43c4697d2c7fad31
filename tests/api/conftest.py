"""What holds for all tests of the API part, and the emulator that those over HTTP share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from airflow_provider_paxos.emulator.server import RunningEmulator

# A busy machine is no reason to fail: time is no part of what these properties say.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


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
