"""The fixtures that the hooks' tests have, and a sensor to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor
from tests.hooks.conftest import (  # noqa: F401 - fixtures
    connection,
    define_connection,
    logged,
    naps,
    no_token_yet,
    paxos,
    supervisor,
)

Sensor = Callable[..., OrchestrationSensor]
ID = "orchestration-1"


@pytest.fixture
def sensor() -> Sensor:
    """Make the sensor, of the orchestration ``orchestration-1`` by default."""

    def make(**but: Any) -> OrchestrationSensor:
        which = {} if "ref_id" in but else {"orchestration_id": ID}
        return OrchestrationSensor(**{"task_id": "wait", **which, **but})

    return make
