"""The JSON API of the web UI, mounted at ``/paxos`` (below the path of ``[api] base_url``, if it has one).

    GET /paxos/static/{version}/paxos.js                                            public, without data
    GET /paxos/api/orchestrations                                                   Overview
    GET /paxos/api/orchestrations.csv                                               text/csv, what is filtered
    GET /paxos/api/payment?id=… or ?ref_id=…                                        PaymentReceipts
    GET /paxos/api/dags/{dag_id}/runs/{run_id}                                      RunReceipts
    GET /paxos/api/dags/{dag_id}/runs/{run_id}/tasks/{task_id}?map_index=-1         TaskReceipts

Each ``api`` route needs a logged-in user (401 otherwise; the UI's cookie will do); those of a Dag the right to read
its XComs (403 otherwise). Lists, totals, facets, CSV and related tasks hold those Dags alone. A run or task without
receipts answers 200 with ``total_items`` 0. A parameter that is not valid is answered with 422, {"detail": [...]}.
Each JSON answer has an ETag; a request with ``If-None-Match`` that names it is answered with 304 and no body.

Filters of ``orchestrations``, ``orchestrations.csv`` and a run, all optional, all together:

    group       needs_attention, in_progress, repaired, settled
    status      one of ``facets.statuses``; several times for any of them
    dag_id      one of ``facets.dag_ids``
    run_id      of a Dag run that has touched it
    asset       source or destination asset, one of ``facets.assets``
    period      today, yesterday, this_week, last_7_days, this_month: instead of since and until
    since       RFC 3339 date or date and time, inclusive
    until       likewise, exclusive; a date alone includes its whole day
    date_of     created (or else read) or settled: the date that they are of
    zone        IANA name of the time zone that days are counted in; UTC by default
    search      any part of a ref_id, an id, a key, an amount, an account, its name, a memo, a Dag, a run or a reason
    min_amount  inclusive
    max_amount  inclusive
    sort        created, amount, ref_id or status, within each group; with a minus sign in descending order

Paging of all JSON routes: ``offset`` (0; beyond the end it is that of the last page) and ``limit`` (50; 1 to 200). The
shapes are in ``shapes``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from itertools import chain
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response, status
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator
from sqlalchemy.orm import Session

from airflow_provider_paxos import __version__
from airflow_provider_paxos.ui import query, responses
from airflow_provider_paxos.ui.classification import current_time
from airflow_provider_paxos.ui.csv_export import as_csv
from airflow_provider_paxos.ui.filters import DateOf, Filters, Sort, in_order
from airflow_provider_paxos.ui.merge import MergeResult, merge
from airflow_provider_paxos.ui.merge_cache import MergeCache
from airflow_provider_paxos.ui.names import Names, read_names
from airflow_provider_paxos.ui.permissions import may_read, readable_dag_ids
from airflow_provider_paxos.ui.receipt_cache import ReceiptCache
from airflow_provider_paxos.ui.receipt_values import parse_amount, parse_time, text
from airflow_provider_paxos.ui.record import OrchestrationRecord
from airflow_provider_paxos.ui.shapes import (
    Group,
    Overview,
    PaymentReceipts,
    PersonsNote,
    Receipt,
    RunReceipts,
    TaskReceipts,
)
from airflow_provider_paxos.ui.urls import TaskKey

router = APIRouter()

# "~" is Airflow's word for all Dags, and no Dag's id: a right to it is no right to any Dag in particular.
DagId = Annotated[str, Path(min_length=1, max_length=250, pattern=r"^[\w.-]+$")]
Name = Annotated[str, Path(min_length=1, max_length=250, pattern=r"^[^\x00-\x1f\x7f/\\<>\"']+$")]
Word = Annotated[str, Query(min_length=1, max_length=250, pattern=r"^[^\x00-\x1f\x7f]+$")]
LongWord = Annotated[str, Query(min_length=1, max_length=1001, pattern=r"^[^\x00-\x1f\x7f]+$")]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Limit = Annotated[int, Query(ge=1, le=200)]
MapIndex = Annotated[int, Query(ge=-1, le=2**31 - 1)]
Period = Literal["today", "yesterday", "this_week", "last_7_days", "this_month"]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _time(value: str) -> str:
    if not parse_time(value):
        raise ValueError("not an RFC 3339 date, or date and time")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise ValueError("not a time zone of the IANA database") from fault
    return value


def _amount(value: str) -> str:
    if parse_amount(value) is None:
        raise ValueError("not a plain decimal")
    return value


Time = Annotated[str, Query(max_length=64), AfterValidator(_time)]
Zone = Annotated[str, Query(max_length=64), AfterValidator(_zone)]
Amount = Annotated[str, Query(max_length=100), AfterValidator(_amount)]


def _filters(
    *,
    group: Group | None = None,
    status: Annotated[list[Word] | None, Query(max_length=50)] = None,
    dag_id: Word | None = None,
    run_id: Word | None = None,
    asset: Word | None = None,
    period: Period | None = None,
    since: Time | None = None,
    until: Time | None = None,
    date_of: DateOf = "created",
    zone: Zone = "UTC",
    search: Word | None = None,
    min_amount: Amount | None = None,
    max_amount: Amount | None = None,
) -> Filters:
    first, end = _instant(since, zone), _instant(until, zone, days=1)
    if period:
        first, end = _bounds(period, ZoneInfo(zone))
    return Filters(
        group=group,
        statuses=frozenset(status or ()),
        dag_id=dag_id,
        run_id=run_id,
        asset=asset,
        since=first,
        until=end,
        date_of=date_of,
        search=search,
        least=_decimal(min_amount),
        most=_decimal(max_amount),
    )


def _instant(value: str | None, zone: str, *, days: int = 0) -> datetime | None:
    """Return a time; of a date alone its midnight in the zone, some days later."""
    if value and _DAY.fullmatch(value):
        return _midnight(date.fromisoformat(value) + timedelta(days=days), ZoneInfo(zone))
    return parse_time(value)


def _bounds(period: Period, zone: tzinfo) -> tuple[datetime, datetime]:
    today = current_time().astimezone(zone).date()
    first, last = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "this_week": (today - timedelta(days=today.weekday()), today),
        "last_7_days": (today - timedelta(days=6), today),
        "this_month": (today.replace(day=1), today),
    }[period]
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else parse_amount(value)


Wanted = Annotated[Filters, Depends(_filters)]
MayReadXComs = Depends(requires_access_dag("GET", DagAccessEntity.XCOM))

_AGE_SECONDS = 600
"""Payments age without a change in the database: no answer counts as unchanged for longer."""

Shown = TypeVar("Shown", bound=Receipt)

_receipts = ReceiptCache()
_merges = MergeCache()


class ReadableXComs:
    """The XComs that a user may read, and what is beside them.

    :param session: of Airflow's database.
    :param user: whose rights count.
    :param dag_ids: the Dags whose XComs the user may read.
    :param version: of all XComs.
    :param names: of profiles and accounts.
    """

    def __init__(
        self,
        session: Session,
        user: BaseUser,
        dag_ids: frozenset[str],
        version: tuple[object, ...],
        names: Names,
    ) -> None:
        self._session = session
        self._user = user
        self._dag_ids = dag_ids
        self._version = version
        self.names = names
        self._notes: dict[TaskKey, list[PersonsNote]] = {}
        self._patterns: dict[TaskKey, object] = {}

    def merged(self, run: tuple[str, str] | None = None) -> MergeResult:
        """Return the records of all receipts.

        :param run: Dag id and run id of a run whose XComs are read also if they are not among the newest.
        """
        newest = self._merged(None)
        return newest if run is None or newest.complete else self._merged(run)

    def _merged(self, run: tuple[str, str] | None) -> MergeResult:
        now = current_time()

        def read() -> MergeResult:
            progress = query.progress_rows(self._session, self._dag_ids)
            of_run = query.rows(self._session, self._dag_ids, run=run) if run else ()
            return merge(chain(of_run, query.rows(self._session, self._dag_ids)), now, _receipts, progress)

        return _merges.merged((self._dag_ids, run), self._version, now, read)

    def run_has_ended(self, run: tuple[str, str]) -> bool:
        """Return True if a Dag run has ended, or does not exist."""
        return query.run_state(self._session, run) in (None, "success", "failed")

    def shown(self, record: OrchestrationRecord) -> Receipt:
        """Return a record as a list shows it."""
        return responses.receipt(record, self.names)

    def with_names(self, filters: Filters) -> Filters:
        """Return filters whose search finds names as well."""
        return replace(filters, named=self.names.ids(filters.search))

    def dashboard_pattern_of(self, task: TaskKey) -> object:
        """Return what a task has left as the pattern of an address in Paxos' dashboard, unchecked."""
        if task not in self._patterns:
            self._patterns[task] = query.dashboard_pattern(self._session, task)
        return self._patterns[task]

    def notes_of(self, task: TaskKey) -> list[PersonsNote]:
        """Return what people noted on a task instance and on its run, as far as the user may read it."""
        if task not in self._notes:
            self._notes[task] = self._noted(task)
        return self._notes[task]

    def _noted(self, task: TaskKey) -> list[PersonsNote]:
        noted: dict[Literal["run", "task"], str | None] = {}
        if may_read(DagAccessEntity.TASK_INSTANCE, task.dag_id, self._user):
            noted["task"] = query.task_note(self._session, task)
        if may_read(DagAccessEntity.RUN, task.dag_id, self._user):
            noted["run"] = query.run_note(self._session, task[:2])
        shown = responses.task(task)
        return [PersonsNote(task=shown, of=of, text=note) for of, each in noted.items() if (note := text(each))]


def _readable_xcoms(session: SessionDep, user: GetUserDep, request: Request, response: Response) -> ReadableXComs:
    """Return the XComs that the user may read, or end the request if its sender has the answer already."""
    dag_ids = frozenset(readable_dag_ids(query.dag_ids(session), user))
    version = query.version(session)
    run = request.path_params.get("dag_id", ""), request.path_params.get("run_id", "")
    state = query.run_state(session, run) if all(run) else None
    age = int(current_time().timestamp() // _AGE_SECONDS)
    notes = query.notes_version(session)
    names = read_names(session)
    content = repr((__version__, user.get_id(), sorted(dag_ids), version, state, notes, names.version, age))
    tag = f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
    response.headers["ETag"] = tag
    if request.headers.get("if-none-match") == tag:
        raise HTTPException(status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
    return ReadableXComs(session, user, dag_ids, version, names)


XComs = Annotated[ReadableXComs, Depends(_readable_xcoms)]


@router.get("/orchestrations")
def orchestrations(
    *,
    xcoms: XComs,
    filters: Wanted,
    zone: Zone = "UTC",
    sort: Sort | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Overview:
    """Return a page of the list, and the sums of the whole list."""
    merged = xcoms.merged()
    sums = responses.sums(merged, xcoms.with_names(filters), sort, zone, xcoms.names)
    return Overview(
        items=_page(sums.found, offset, limit, xcoms.shown),
        total_items=len(sums.found),
        offset=_reached(sums.found, offset, limit),
        limit=limit,
        groups=sums.groups,
        totals=sums.totals,
        notes=responses.notes(merged),
        live=sums.live,
        days=sums.days,
        profiles=sums.profiles,
        facets=responses.facets(merged),
    )


@router.get("/orchestrations.csv")
def orchestrations_as_csv(
    xcoms: XComs, filters: Wanted, zone: Zone = "UTC", sort: Sort | None = None
) -> StreamingResponse:
    """Return the whole list as a file."""
    found = in_order(xcoms.with_names(filters).apply(xcoms.merged().records), sort)
    return StreamingResponse(
        as_csv(found, ZoneInfo(zone), xcoms.names),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="paxos-orchestrations.csv"'},
    )


@router.get("/payment")
def payment(
    *,
    xcoms: XComs,
    orchestration_id: Annotated[LongWord | None, Query(alias="id")] = None,
    ref_id: LongWord | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> PaymentReceipts:
    """Return one payment: by the orchestration's id, or all that was asked for under a ref_id."""
    merged = xcoms.merged()
    if orchestration_id:
        found = [record for record in merged.records if record.id == orchestration_id]
    else:
        found = [record for record in merged.records if ref_id and record.ref_id == ref_id]

    def show(record: OrchestrationRecord) -> Receipt:
        return responses.receipt_details(record, xcoms)

    return PaymentReceipts(**_listed(merged, in_order(found), offset, limit, show))


@router.get("/dags/{dag_id}/runs/{run_id}", dependencies=[MayReadXComs])
def run(
    *,
    xcoms: XComs,
    dag_id: DagId,
    run_id: Name,
    group: Group | None = None,
    search: Word | None = None,
    sort: Sort | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> RunReceipts:
    """Return the orchestrations that a Dag run has touched."""
    merged = xcoms.merged((dag_id, run_id))
    of_run = _of_run(merged, (dag_id, run_id))
    filters = xcoms.with_names(Filters(group=group, search=search))
    of_all_groups = filters.of_all_groups().apply(of_run)
    found = filters.apply(of_all_groups) if group else of_all_groups
    listed = _listed(merged, in_order(found, sort), offset, limit, xcoms.shown)
    listed["groups"] = responses.group_counts(of_all_groups)
    listed["live"] = responses.is_live(of_run) or not xcoms.run_has_ended((dag_id, run_id))
    return RunReceipts(**listed)


@router.get("/dags/{dag_id}/runs/{run_id}/tasks/{task_id}", dependencies=[MayReadXComs])
def task(
    *,
    xcoms: XComs,
    dag_id: DagId,
    run_id: Name,
    task_id: Name,
    map_index: MapIndex = -1,
    offset: Offset = 0,
    limit: Limit = 50,
) -> TaskReceipts:
    """Return the orchestrations that a task instance has touched."""
    own = TaskKey(dag_id, run_id, task_id, map_index)
    merged = xcoms.merged((dag_id, run_id))
    found = in_order(record for record in merged.records if own in record.tasks)

    def show(record: OrchestrationRecord) -> Receipt:
        return responses.receipt_details(record, xcoms, own)

    listed = _listed(merged, found, offset, limit, show)
    listed["live"] = listed["live"] or not xcoms.run_has_ended((dag_id, run_id))
    return TaskReceipts(**listed, run_groups=responses.group_counts(_of_run(merged, (dag_id, run_id))))


def _of_run(merged: MergeResult, run: tuple[str, str]) -> list[OrchestrationRecord]:
    """Return the records that a Dag run has touched, each as its own tasks know it."""

    def is_own(task: TaskKey) -> bool:
        return task[:2] == run

    return [record.of(is_own) for record in merged.records if any(map(is_own, record.tasks))]


def _listed(
    merged: MergeResult,
    found: Sequence[OrchestrationRecord],
    offset: int,
    limit: int,
    show: Callable[[OrchestrationRecord], Receipt],
) -> dict[str, Any]:
    """Return the fields of ``Listed`` and its items.

    :param found: in order.
    """
    return {
        "items": _page(found, offset, limit, show),
        "total_items": len(found),
        "offset": _reached(found, offset, limit),
        "limit": limit,
        "groups": responses.group_counts(found),
        "totals": responses.totals(found),
        "notes": responses.notes(merged),
        "live": responses.is_live(found),
    }


def _page(
    found: Sequence[OrchestrationRecord], offset: int, limit: int, show: Callable[[OrchestrationRecord], Shown]
) -> list[Shown]:
    first = _reached(found, offset, limit)
    return [show(record) for record in found[first : first + limit]]


def _reached(found: Sequence[OrchestrationRecord], offset: int, limit: int) -> int:
    """Return the offset; one beyond the end is that of the last page."""
    return offset if offset < len(found) else max(0, len(found) - 1) // limit * limit
