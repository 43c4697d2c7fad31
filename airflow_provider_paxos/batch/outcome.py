"""What keeps a batch from going on: after the submitting, and after the wait."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_paxos.api.errors import (
    Acceptance,
    BatchIncomplete,
    PaxosError,
    RateLimited,
    RefIdConflict,
    StillInProgress,
    quoted,
    with_more,
)
from airflow_provider_paxos.batch.state import BatchState, PaymentState, conflict
from airflow_provider_paxos.batch.tables import failures
from airflow_provider_paxos.batch.validation import BATCH

_SHOWN = 20


def obstacle(state: BatchState, *, stopped: bool, retries_left: bool) -> PaxosError | None:
    """Return the error to end the attempt with, once the submitting has come to its end; None to go on.

    Payments that Paxos has refused for good are no obstacle. Those that a retry may bring in are, while one is left.
    """
    errors = [each.error for each in state.missing if each.error]
    if conflicts := {
        each.payment.key: str(each.error.args[0]) for each in state if isinstance(each.error, RefIdConflict)
    }:
        goes_on = (
            f"No further payment is submitted. What exists, {len(state.accepted):,} payments of this batch included,"
        )
        return conflict(conflicts, len(state), Acceptance.IRRELEVANT, goes_on)
    of_connection = next((error for error in errors if error.connection_wide), None)
    open_to_retry = [each for each in state.missing if each.error is None or each.error.retryable]
    if not (of_connection or stopped or (open_to_retry and retries_left)):
        return None
    throttle = next((error for error in errors if isinstance(error, RateLimited)), None)
    retryable = next((error for error in errors if error.retryable), None)
    return _incomplete(state, open_to_retry, of_connection or throttle or retryable, stopped=stopped)


def _incomplete(
    state: BatchState, missing: Sequence[PaymentState], cause: PaxosError | None, *, stopped: bool
) -> BatchIncomplete:
    accepted = state.accepted
    adopted = sum(each.adopted is not False for each in accepted)
    unknown = sum(bool(each.error and each.error.acceptance is Acceptance.UNKNOWN) for each in missing)
    refused = len(state) - len(accepted) - len(missing)
    told = [
        f"Paxos holds {len(accepted):,} of {len(state):,} payments, {adopted:,} of them from earlier attempts",
        f"missing: {len(missing):,} ({names(missing)})" if missing else "",
        f"of unknown outcome: {unknown:,} of these" if unknown else "",
        f"refused for what no retry mends: {refused:,}" if refused else "",
        "the task was stopped" if stopped else "",
    ]
    what = "; ".join(filter(None, told)) + "."
    error = BatchIncomplete(f"{what} The first cause: {cause}" if cause else what, subject=BATCH)
    error.cause = cause
    return error


def still_in_progress(state: BatchState) -> StillInProgress:
    """Return the error for payments that have not ended in time."""
    those = state.under_way
    failed = len(state.failed)
    return StillInProgress(
        f"{len(those):,} of {len(state):,} payments have not ended in time ({names(those)}); "
        f"{len(state) - len(those) - failed:,} are COMPLETED, {failed:,} have failed.",
        subject=BATCH,
    )


def failed_payments(state: BatchState) -> str:
    """Return what there is to say of failed payments, once all have ended."""
    failed = state.failed
    return (
        f"{len(failed):,} of {len(state):,} payments have failed.\n{failures(failed)}\n"
        "Clearing the task pays no FAILED or REJECTED payment again: a second attempt needs a new key, or ref_id. "
        "What was not accepted is submitted again."
    )


def names(state: Sequence[PaymentState]) -> str:
    """Return the payments' keys, up to 20."""
    shown = ", ".join(quoted(each.payment.key) for each in state[:_SHOWN])
    return with_more(shown, len(state) - _SHOWN)
