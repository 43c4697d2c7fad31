"""How orchestrations stand: unsuccessful and not repaired, failed in a part, or in progress for unusually long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.reconciliation.breaks import Break, Kind, break_of
from airflow_provider_paxos.reconciliation.paxos_book import (
    PaxosBook,
    is_completed,
    is_in_progress,
    is_unsuccessful,
    transfer_ids_of,
)

USUAL: Mapping[str, timedelta] = {
    "profile": timedelta(hours=1),
    "crypto": timedelta(days=1),
    "fiat": timedelta(days=5),
}
"""How long a payment may be in progress, by the rail of its destination. Paxos names seconds, hours and days."""

_FAILED = "FAILED"


def breaks_of_progress(book: PaxosBook, now: datetime, usual: Mapping[str, timedelta] = USUAL) -> Iterator[Break]:
    """Yield what needs attention by its status, whoever created it.

    :param now: with a time zone.
    :param usual: how long is usual, by the rail of the destination.
    """
    for each in book.orchestrations.values():
        if is_unsuccessful(each):
            if book.is_to_be_repaired(each):
                yield break_of(Kind.UNSUCCESSFUL, f"It is {each.status}: {_reason(each)}", each)
        elif is_completed(each):
            yield from _incomplete_transfers(each, book)
        elif is_in_progress(each):
            yield from _unusually_long(each, book, now, usual)


def _reason(orchestration: Orchestration) -> str:
    detail = orchestration.fail_reason and orchestration.fail_reason.detail
    return f"{quoted(detail or 'Paxos gave no reason').rstrip('.')}."


def _incomplete_transfers(orchestration: Orchestration, book: PaxosBook) -> Iterator[Break]:
    own = (("source", orchestration.source_transfer), ("destination", orchestration.destination_transfer))
    failed = [f"its {side} transfer" for side, each in own if each and each.status == _FAILED]
    failed += [f"transfer {each.id}" for each in book.transfers_of(orchestration) if each.status == _FAILED]
    if failed:
        what = f"It is COMPLETED, though {' and '.join(failed)} is FAILED."
        yield break_of(Kind.TRANSFER_FAILED, what, orchestration)
    unread = [] if book.transfers is None or book.fault else transfer_ids_of(orchestration)
    if lacking := [each for each in unread if each not in (book.transfers or {})]:
        what = f"It is COMPLETED, and Paxos does not return its transfer {' and '.join(map(quoted, lacking))}."
        yield break_of(Kind.NOT_SHOWN, what, orchestration)


def _unusually_long(
    orchestration: Orchestration, book: PaxosBook, now: datetime, usual: Mapping[str, timedelta]
) -> Iterator[Break]:
    waits = [each.secondary_status.name for each in book.transfers_of(orchestration) if each.secondary_status]
    why = f" A transfer of it is {' and '.join(quoted(each) for each in waits if each)}." if any(waits) else ""
    allowed = usual.get(_rail(orchestration), max(usual.values(), default=timedelta()))
    age = now - orchestration.created_at if orchestration.created_at else None
    if why or age is None or age > allowed:
        since = f"for {_in_words(age)}" if age else "since an unknown time"
        what = f"It has been {quoted(orchestration.status or 'without a status')} {since}.{why}"
        yield break_of(Kind.IN_PROGRESS_LONG, what, orchestration)


def _rail(orchestration: Orchestration) -> str:
    to = orchestration.destination
    return next((name for name in ("profile", "crypto", "fiat") if to and getattr(to, name)), "fiat")


def _in_words(age: timedelta) -> str:
    return str(age - timedelta(microseconds=age.microseconds))
