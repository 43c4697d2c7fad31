"""The error that ends an attempt of a batch says what is known of every payment."""

from __future__ import annotations

from airflow_provider_paxos.api.errors import Acceptance, OutcomeUnknown, RefIdConflict
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.orchestrations import Submission
from airflow_provider_paxos.batch.outcome import submission_error
from airflow_provider_paxos.batch.state import BatchState
from airflow_provider_paxos.batch.validation import Payment
from tests.payments import REQUEST, payment


def batch(*keys: str) -> BatchState:
    return BatchState([Payment(key, OrchestrationRequest.model_validate({**REQUEST, "ref_id": key})) for key in keys])


def test_a_conflict_that_ends_a_batch_counts_the_payments_of_unknown_outcome() -> None:
    state = batch("paid", "lost", "taken", "never sent")
    paid, lost, taken, _ = state
    state.record(
        paid,
        Submission(
            Orchestration.model_validate({**payment("paid"), "id": "orch-1", "status": "PROCESSING"}), adopted=False
        ),
    )
    state.record(lost, OutcomeUnknown("no answer.", acceptance=Acceptance.UNKNOWN))
    state.record(taken, RefIdConflict("it is another one's.", acceptance=Acceptance.NEVER))

    error = submission_error(state, stopped=False, retries_left=True)

    assert isinstance(error, RefIdConflict)
    assert not error.retryable
    assert "the ref_ids of 1 of 4 payments belong to other payments" in str(error)
    assert "Outcome unknown: 1 (lost); the next attempt finds out." in str(error)
    assert "What exists, 1 payments of this batch included, goes on unchanged." in str(error)
