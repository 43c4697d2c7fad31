"""The fixtures that the hooks' tests have."""

from tests.hooks.conftest import (  # noqa: F401 - fixtures
    connection,
    define_connection,
    logged,
    masked,
    naps,
    no_token_yet,
    paxos,
    supervisor,
)
