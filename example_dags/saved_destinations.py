"""Save blockchain addresses at Paxos as a file describes them, with their travel rule data, and wait for approval.

The connection's `scopes` have to name `transfer:read_crypto_destination_address` and
`transfer:write_crypto_destination_address`, beside those for orchestrations.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import Param, dag, get_current_context

from airflow_provider_paxos.operators.crypto_destinations import EnsureCryptoDestinationsOperator

SAMPLE = Path(__file__).with_name("destinations_sample.json")


def rows_of_file() -> list[dict[str, Any]]:
    """Read the rows. It is called in the task: what the file says of persons gets into no Dag and no XCom."""
    rows: list[dict[str, Any]] = json.loads(Path(get_current_context()["params"]["destinations_file"]).read_text())
    return rows


@dag(
    schedule=None,
    params={
        "destinations_file": Param(
            str(SAMPLE),
            type="string",
            minLength=1,
            title="Destinations file",
            description="JSON: a list of addresses, each with the fields of Put Crypto Destination Address.",
        ),
    },
    default_args={"owner": "treasury", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["paxos", "example"],
    doc_md=__doc__,
)
def saved_destinations() -> None:
    EnsureCryptoDestinationsOperator(task_id="ensure", destinations=rows_of_file, deferrable=True)


saved_destinations()
