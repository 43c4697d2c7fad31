"""The fixtures that the hooks' tests have, and an operator to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from tests.hooks.conftest import (  # noqa: F401 - fixtures
    connection,
    define_connection,
    logged,
    naps,
    no_token_yet,
    paxos,
    supervisor,
)
from tests.hooks.fake_paxos import REQUEST

Create = Callable[..., CreateOrchestrationOperator]


@pytest.fixture
def create() -> Create:
    """Make the operator, of a payment from one profile to another unless told otherwise."""

    def make(**but: Any) -> CreateOrchestrationOperator:
        return CreateOrchestrationOperator(**{"task_id": "create", **REQUEST, **but})

    return make
