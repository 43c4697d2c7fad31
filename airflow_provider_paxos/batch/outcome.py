"""Sum up a batch: the error after submitting, the error after the wait, and the failed payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from airflow_provider_paxos.api.errors import (
    Acceptance,
    BatchIncomplete,
    CreatedByAnother,
    PaxosError,
    RateLimited,
    RefIdConflict,
    StillInProgress,
    quoted,
    with_more,
)
from airflow_provider_paxos.batch.state import BatchState, PaymentState, conflict
from airflow_provider_paxos.batch.submitting import is_outage
from airflow_provider_paxos.batch.tables import failures
from airflow_provider_paxos.batch.validation import BATCH

_SHOWN = 20


def submission_error(state: BatchState, *, stopped: bool, retries_left: bool) -> PaxosError | None:
    """Return the error that ends the attempt after submitting, or None to go on to the wait.

    A refusal of a single payment does not end the attempt: the payment counts as failed. What ends it is an error of
    the whole connection, an outage, a throttle, a stop, and, while a retry is left, a payment that it may submit.

    :param state: after submitting.
    :param stopped: whether the task was stopped meanwhile.
    :param retries_left: whether Airflow would run the task again.
    """
    errors = [each.error for each in state.without_orchestration if each.error]
    if conflicts := {
        each.payment.key: each.error for each in state if isinstance(each.error, RefIdConflict | CreatedByAnother)
    }:
        unknown = [each for each in state.without_orchestration if each.acceptance == "unknown"]
        goes_on = (
            "No further payment is submitted. "
            + (f"Outcome unknown: {len(unknown):,} ({names(unknown)}); the next attempt finds out. " if unknown else "")
            + f"What exists, {len(state.accepted):,} payments of this batch included,"
        )
        return conflict(conflicts, len(state), Acceptance.IRRELEVANT, goes_on)
    of_connection = next((error for error in errors if error.connection_wide), None)
    outstanding = [each for each in state.without_orchestration if each.error is None or each.error.retryable]
    if not (of_connection or any(map(is_outage, errors)) or stopped or (outstanding and retries_left)):
        return None
    throttle = next((error for error in errors if isinstance(error, RateLimited)), None)
    retryable = next((error for error in errors if error.retryable), None)
    return _incomplete(state, outstanding, of_connection or throttle or retryable, stopped=stopped)


def _incomplete(
    state: BatchState, outstanding: Sequence[PaymentState], cause: PaxosError | None, *, stopped: bool
) -> BatchIncomplete:
    accepted = state.accepted
    adopted = sum(each.adopted is not False for each in accepted)
    unknown = sum(each.acceptance == "unknown" for each in outstanding)
    by_others = len(state.by_others)
    refused = len(state) - len(accepted) - len(outstanding)
    facts = [
        f"Paxos holds {len(accepted):,} of {len(state):,} payments, {adopted:,} of them from earlier attempts",
        f"{by_others:,} created by other runs, or by an unknown creator" if by_others else "",
        f"outstanding: {len(outstanding):,} ({names(outstanding)})" if outstanding else "",
        f"{unknown:,} of these with an unknown outcome" if unknown else "",
        f"refused and not retryable: {refused:,}" if refused else "",
        "the task was stopped" if stopped else "",
    ]
    what = "; ".join(filter(None, facts)) + "."
    error = BatchIncomplete(f"{what} First cause: {cause}" if cause else what, subject=BATCH)
    error.cause = cause
    return error


def still_in_progress(state: BatchState) -> StillInProgress:
    """Return the error for payments that are in progress, or not shown at all, when the wait is over."""
    not_shown = state.unaccounted_for
    those = [*state.in_progress, *not_shown]
    failed = len(state.failed) - len(not_shown)
    hidden = f" Paxos shows no orchestration of {len(not_shown):,} of them (yet)." if not_shown else ""
    return StillInProgress(
        f"{len(those):,} of {len(state):,} payments reached no terminal status in time ({names(those)}); "
        f"{len(state) - len(those) - failed:,} are COMPLETED, {failed:,} have failed.{hidden}",
        subject=BATCH,
    )


def failure_summary(state: BatchState) -> str:
    """Return the text on failed payments, once all orchestrations are terminal: their number, a table, the remedy."""
    failed = state.failed
    return (
        f"{len(failed):,} of {len(state):,} payments have failed.\n{failures(failed)}\n"
        "If the task is cleared, it submits again what Paxos did not accept. A FAILED or REJECTED payment is not "
        "paid again under its ref_id: a new run of RepairOrchestrationsOperator pays it again, once."
    )


def created_by_others(state: BatchState) -> str:
    """Return how many payments each other run has created, with their keys: ``2 by run … of settlement.pay (1, 2)``."""
    by_creator: dict[str, list[PaymentState]] = defaultdict(list)
    for each in state.by_others:
        by_creator[_creator_in_words(each)].append(each)
    parts = [f"{len(those):,} by {creator} ({names(those)})" for creator, those in by_creator.items()]
    return with_more("; ".join(parts[:_SHOWN]), len(parts) - _SHOWN)


def _creator_in_words(state: PaymentState) -> str:
    if state.creator in (None, "unknown"):
        return "an unknown creator"
    metadata = (state.orchestration.metadata if state.orchestration else None) or {}
    named = [metadata.get(f"airflow_{name}_id") for name in ("run", "dag", "task")]
    return quoted("run {} of {}.{}".format(*named) if all(named) else state.creator)


def names(state: Sequence[PaymentState]) -> str:
    """Return the keys of the payments, up to 20, and how many more there are."""
    shown = ", ".join(quoted(each.payment.key) for each in state[:_SHOWN])
    return with_more(shown, len(state) - _SHOWN)
