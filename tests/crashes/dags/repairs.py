"""Repairs whose workers stop between what they read of Paxos and what they send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from airflow.sdk import dag, get_current_context

from airflow_provider_paxos.batch.submitting import Submitting
from airflow_provider_paxos.execution import create_batch
from airflow_provider_paxos.operators.repair import RepairOrchestrationsOperator
from tests.crashes.points import reach


class SubmittingWithStops(Submitting):
    """Leaves a note once all is read and nothing is sent, and stops there if the run's conf says so."""

    def run(self, on_progress: Callable[[], None]) -> Any:
        """Stop before the requests."""
        reach("before_post", get_current_context())
        return super().run(on_progress)


create_batch.Submitting = SubmittingWithStops  # type: ignore[misc]


@dag(schedule=None)
def repair() -> None:
    """Pay again the payments that the run's conf names; nothing waits for their end."""
    RepairOrchestrationsOperator(
        task_id="create",
        ref_ids="{{ dag_run.conf['ref_ids'] | tojson }}",
        changes="{{ dag_run.conf.get('changes', {}) | tojson }}",
        wait_for_completion=False,
        retries=3,
        retry_delay=timedelta(seconds=1),
    )


repair()
