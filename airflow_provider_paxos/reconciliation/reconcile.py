"""Reconcile: read Paxos' book, and compare it with what was meant and with what Airflow has recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from airflow_provider_paxos.api.base_client import BaseClient
from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.reconciliation.breaks import Break, Kind
from airflow_provider_paxos.reconciliation.claims import Claim, breaks_of_claims, claims_of
from airflow_provider_paxos.reconciliation.daily_report import DailyReport, breaks_of_daily_report
from airflow_provider_paxos.reconciliation.duplicates import breaks_of_duplicates
from airflow_provider_paxos.reconciliation.expected import Meant, Recorded
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook, is_in_progress
from airflow_provider_paxos.reconciliation.progress import USUAL, breaks_of_progress
from airflow_provider_paxos.reconciliation.reading import read_book
from airflow_provider_paxos.reconciliation.report import Report
from airflow_provider_paxos.reconciliation.strangers import breaks_of_strangers
from airflow_provider_paxos.reconciliation.totals import breaks_of_totals, totals_of
from airflow_provider_paxos.reconciliation.window import Window, invalid

_ORDER = {kind: number for number, kind in enumerate(Kind)}


@dataclass(frozen=True)
class Books:
    """Holds what Paxos is compared with.

    :param meant: the payments that were meant, all of them for these profiles and this window; None if nothing says
        so, which is not the same as none.
    :param recorded: what tasks of Airflow have left about payments.
    :param in_progress: the ids of orchestrations that were in progress in earlier windows.
    :param daily_report: Paxos' own daily report.
    :param dag_ids: the Dags whose creations are Airflow's; None for any Dag.
    :param usual: how long a payment is usually in progress, by the rail of its destination.
    """

    meant: Sequence[Meant] | None = None
    recorded: Sequence[Recorded] = ()
    in_progress: Collection[str] = ()
    daily_report: DailyReport | None = None
    dag_ids: Collection[str] | None = None
    usual: Mapping[str, timedelta] = field(default_factory=lambda: USUAL)


def reconcile(
    client: BaseClient, profile_ids: Sequence[str], window: Window, books: Books, *, now: datetime
) -> Flow[Report]:
    """Compare the books of a window. Nothing is sent but reads.

    :param profile_ids: of the profiles that pay.
    :param now: with a time zone.
    :returns: the report; one that is not complete names what was not read, and holds the error.
    :raises InvalidRequest: without a profile: Paxos would list those of all profiles.
    """
    profiles = tuple(dict.fromkeys(canonical_id(each) for each in profile_ids))
    if not profiles:
        raise invalid("profile_ids is an empty list.")
    claims = claims_of(books.meant or (), books.recorded)
    book = yield from read_book(
        client,
        profiles,
        window,
        ids=_ids_to_read(claims, books),
        ref_ids=[each.ref_id for each in claims if each.ref_id],
    )
    meant = _claimed((each for each in claims if each.meant), book)
    recorded = _claimed((each for each in claims if each.recorded), book)
    in_scope = [each for each in book.orchestrations.values() if _is_in_scope(each, meant, book, window)]
    totals = totals_of(book, in_scope, books.meant, books.daily_report)
    breaks: list[Break] = [
        *breaks_of_claims(claims, book),
        *breaks_of_strangers(
            book,
            window,
            meant=None if books.meant is None else meant,
            recorded=recorded,
            dag_ids=books.dag_ids,
        ),
        *breaks_of_progress(book, now, books.usual),
        *breaks_of_duplicates(book, {each.ref_id: each for each in books.meant or ()}),
        *(breaks_of_daily_report(books.daily_report, book, in_scope) if books.daily_report else ()),
        # Half a book has no totals.
        *(breaks_of_totals(totals) if not book.fault else ()),
    ]
    return Report(
        environment=client.settings.environment,
        profile_ids=profiles,
        window=window,
        read_at=now,
        statuses=dict(Counter(str(each.status) for each in book.orchestrations.values())),
        breaks=tuple(sorted(breaks, key=lambda each: _ORDER[each.kind])),
        totals=tuple(totals),
        incomplete=tuple(book.incomplete),
        not_checked=tuple(book.not_checked),
        in_progress=tuple(_to_read_again(book)),
        fault=book.fault,
    )


def _ids_to_read(claims: Iterable[Claim], books: Books) -> Iterator[str]:
    yield from books.in_progress
    yield from (each.recorded_id for each in claims if each.recorded_id)
    if books.daily_report:
        yield from sorted(books.daily_report.created_in)


def _claimed(claims: Iterable[Claim], book: PaxosBook) -> set[str]:
    """Return the ids of the orchestrations of claims, and of those that pay them again."""
    claimed: set[str] = set()
    found = [each for claim in claims for each in claim.found_in(book)]
    while found:
        claimed |= {each.id for each in found}
        found = [each for one in found for each in book.repairs_of(one) if each.id not in claimed]
    return claimed


def _is_in_scope(orchestration: Orchestration, meant: Collection[str], book: PaxosBook, window: Window) -> bool:
    """Return whether an orchestration counts for the totals of the window."""
    if orchestration.orchestration_rule_id:
        return False
    if orchestration.id in meant:
        return True
    # What pays an unsuccessful one of an earlier window again was meant for that window.
    return window.contains(orchestration.created_at) and not book.pays_again(orchestration)


def _to_read_again(book: PaxosBook) -> Iterator[str]:
    yield from (each.id for each in book.orchestrations.values() if is_in_progress(each))
    yield from sorted(book.unread_ids)
