"""What keeps a batch from going on: after the submitting, and after the wait."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_paxos.api.errors import (
    Acceptance,
    BatchIncomplete,
    PaxosError,
    RateLimited,
    RefIdConflict,
    StillUnderWay,
    quoted,
)
from airflow_provider_paxos.batch.legs import BATCH
from airflow_provider_paxos.batch.standings import Standing, Standings, conflict
from airflow_provider_paxos.batch.submitting import HOPELESS
from airflow_provider_paxos.batch.tables import failures

_SHOWN = 20


def obstacle(standings: Standings, *, stopped: bool, retries_left: bool) -> PaxosError | None:
    """Return the error to end the attempt with, once the submitting has come to its end; None to go on.

    Legs that Paxos has refused for good are no obstacle. Those that a retry may bring in are, while one is left.
    """
    errors = [each.error for each in standings.missing if each.error]
    if conflicts := {
        each.leg.key: str(each.error.args[0]) for each in standings if isinstance(each.error, RefIdConflict)
    }:
        goes_on = f"No further leg is submitted. What exists, {len(standings.accepted):,} legs of this batch included,"
        return conflict(conflicts, len(standings), Acceptance.IRRELEVANT, goes_on)
    hopeless = next((error for error in errors if isinstance(error, HOPELESS)), None)
    open_to_retry = [each for each in standings.missing if each.error is None or each.error.retry_helps]
    if not (hopeless or stopped or (open_to_retry and retries_left)):
        return None
    throttle = next((error for error in errors if isinstance(error, RateLimited)), None)
    passing = next((error for error in errors if error.retry_helps), None)
    return _incomplete(standings, open_to_retry, hopeless or throttle or passing, stopped=stopped)


def _incomplete(
    standings: Standings, missing: Sequence[Standing], cause: PaxosError | None, *, stopped: bool
) -> BatchIncomplete:
    accepted = standings.accepted
    adopted = sum(each.adopted is not False for each in accepted)
    unknown = sum(bool(each.error and each.error.acceptance is Acceptance.UNKNOWN) for each in missing)
    refused = len(standings) - len(accepted) - len(missing)
    told = [
        f"Paxos holds {len(accepted):,} of {len(standings):,} legs, {adopted:,} of them from earlier attempts",
        f"missing: {len(missing):,} ({names(missing)})" if missing else "",
        f"of unknown outcome: {unknown:,} of these" if unknown else "",
        f"refused for what no retry mends: {refused:,}" if refused else "",
        "the task was stopped" if stopped else "",
    ]
    what = "; ".join(filter(None, told)) + "."
    error = BatchIncomplete(f"{what} The first cause: {cause}" if cause else what, subject=BATCH)
    error.cause = cause
    return error


def still_under_way(standings: Standings) -> StillUnderWay:
    """Return the error for legs that have not ended in time."""
    those = standings.under_way
    failed = len(standings.failed)
    return StillUnderWay(
        f"{len(those):,} of {len(standings):,} legs have not ended in time ({names(those)}); "
        f"{len(standings) - len(those) - failed:,} are COMPLETED, {failed:,} have failed.",
        subject=BATCH,
    )


def failed_legs(standings: Standings) -> str:
    """Return what there is to say of failed legs, once all have ended."""
    failed = standings.failed
    return (
        f"{len(failed):,} of {len(standings):,} legs have failed.\n{failures(failed)}\n"
        "Clearing the task pays no FAILED or REJECTED leg again: a second attempt needs a new key, or ref_id. What was "
        "not accepted is submitted again."
    )


def names(standings: Sequence[Standing]) -> str:
    """Return the legs' keys, up to 20."""
    shown = ", ".join(quoted(each.leg.key) for each in standings[:_SHOWN])
    hidden = len(standings) - _SHOWN
    return f"{shown} and {hidden:,} more" if hidden > 0 else shown
