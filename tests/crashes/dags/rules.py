"""A rule whose worker says which processes it has, so that a test can kill it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import dag

from airflow_provider_paxos.operators.rules import EnsureOrchestrationRulesOperator
from tests.crashes.points import reach

if TYPE_CHECKING:
    from airflow.sdk import Context

PROFILE = "00000000-0000-4000-8000-000000000001"


class EnsureWithNote(EnsureOrchestrationRulesOperator):
    """Leaves a note with its process ids before it begins."""

    def execute(self, context: Context) -> Any:
        """Leave the note, and ensure the rules."""
        reach("before_post", context)
        return super().execute(context)


@dag(schedule=None)
def keep_rule() -> None:
    """One rule of each run."""
    EnsureWithNote(
        task_id="create",
        rules=[
            {
                "ref_id": "rule-{{ run_id }}",
                "profile_id": PROFILE,
                "source_asset": "USDC",
                "destination_asset": "USDG",
                "source": {"crypto": {"network": "BASE"}},
                "destination": {"profile": {"profile_id": PROFILE}},
            }
        ],
        retries=3,
        retry_delay=timedelta(seconds=1),
    )


keep_rule()
