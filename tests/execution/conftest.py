"""The fixtures that the operators' tests have: what a worker runs is tested by way of the operators."""

from tests.operators.conftest import (  # noqa: F401 - fixtures
    at_nap,
    connection,
    create,
    create_batch,
    define_connection,
    logged,
    naps,
    no_token_yet,
    paxos,
    supervisor,
)
