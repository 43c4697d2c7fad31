"""Convert one asset into another, from one Paxos profile to another, and wait until that is completed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag

from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor

ASSETS = ["USD", "USDC", "USDG", "USDP", "PYUSD"]
# A string, not a number: a JSON number is a float, and a float cannot hold most amounts exactly. Two decimals, as of
# USD: Paxos refuses more than the coarser of the two assets has.
AMOUNT = r"^\s*(?!0+(\.0+)?\s*$)(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})?\s*$"
UUID = r"^\s*[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\s*$"


def entry(pattern: str, wanted: str) -> dict[str, Any]:
    """Return the schema of a text that matches a pattern. Airflow's message says what is wanted, not the pattern."""
    # No entry can be the sentence itself: it is too long.
    return {"type": "string", "maxLength": 60, "if": {"not": {"pattern": pattern}}, "then": {"const": wanted}}


AN_AMOUNT = entry(AMOUNT, "an amount above 0: digits, and up to two decimals after a dot, as in 1250.50")
A_PROFILE = entry(UUID, "the id of a profile at Paxos: 32 hexadecimal digits with hyphens between them")


@dag(
    schedule=None,
    params={
        "source_asset": Param("USD", type="string", enum=ASSETS, title="From", description="The asset that is given."),
        "destination_asset": Param(
            "PYUSD", type="string", enum=ASSETS, title="To", description="The asset that is wanted."
        ),
        "amount": Param(
            "100.00",
            title="Amount",
            description="Of the source asset: digits, and a dot before up to two decimals, as in 1250.50; no commas.",
            **AN_AMOUNT,
        ),
        "source_profile": Param(
            "00000000-0000-4000-8000-000000000002",
            title="From profile",
            description="The profile's id at Paxos: 32 hexadecimal digits with hyphens.",
            **A_PROFILE,
        ),
        "destination_profile": Param(
            "00000000-0000-4000-8000-000000000003",
            title="To profile",
            description="Likewise. May be the same profile: the assets then change in place.",
            **A_PROFILE,
        ),
    },
    default_args={"owner": "treasury", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["paxos", "example"],
    doc_md=__doc__,
)
def convert_and_wait() -> None:
    # No ref_id: by default it is derived from this task of this run, so a retry never pays twice, and every run is a
    # payment of its own. Where two runs may mean the same payment, give a business key: see settlement_batch.py.
    create = CreateOrchestrationOperator(
        task_id="create",
        source_asset="{{ params.source_asset }}",
        destination_asset="{{ params.destination_asset }}",
        source_amount="{{ params.amount | trim }}",
        source={"profile": {"profile_id": "{{ params.source_profile | trim }}"}},
        destination={"profile": {"profile_id": "{{ params.destination_profile | trim }}"}},
    )
    OrchestrationSensor(
        task_id="wait",
        orchestration_id=create.output,
        poke_interval=5,
        timeout=timedelta(hours=1),
    )


convert_and_wait()
