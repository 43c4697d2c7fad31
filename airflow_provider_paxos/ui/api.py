"""The JSON API of the web UI, mounted at ``/paxos`` (below the path of ``[api] base_url``, if it has one).

    GET /paxos/static/paxos.js                                                      public, without data
    GET /paxos/api/orchestrations                                                   Overview
    GET /paxos/api/orchestrations.csv                                               text/csv, what is filtered
    GET /paxos/api/dags/{dag_id}/runs/{run_id}                                      Run
    GET /paxos/api/dags/{dag_id}/runs/{run_id}/tasks/{task_id}?map_index=-1         TaskReceipts

Each ``api`` route needs a logged-in user (401 otherwise; the UI's cookie will do); those of a Dag the right to read
its XComs (403 otherwise). Lists, totals, facets, CSV and related tasks hold those Dags alone. A run or task without
receipts answers 200 with ``total_items`` 0. A parameter that is not valid is answered with 422, {"detail": [...]}.

Filters of ``orchestrations`` and ``orchestrations.csv``, all optional, all together:

    group       needs_attention, in_progress, settled
    status      one of ``facets.statuses``
    dag_id      one of ``facets.dag_ids``
    asset       source or destination asset, one of ``facets.assets``
    since       RFC 3339 date or date and time, inclusive: of created_at, or else read_at
    until       likewise, exclusive; a date alone includes its whole day
    search      the beginning of an id, a ref_id or a batch's key; letter case does not matter

Paging of all JSON routes: ``offset`` (0) and ``limit`` (50; 1 to 200). The shapes are in ``shapes``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import chain
from typing import Annotated, Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator
from sqlalchemy.orm import Session

from airflow_provider_paxos.ui import query, views
from airflow_provider_paxos.ui.access import readable
from airflow_provider_paxos.ui.filters import Filters
from airflow_provider_paxos.ui.merging import Book, Entry, merged
from airflow_provider_paxos.ui.places import Place
from airflow_provider_paxos.ui.reading import Reader
from airflow_provider_paxos.ui.shapes import Group, Overview, Receipt, Run, TaskReceipts
from airflow_provider_paxos.ui.standing import now
from airflow_provider_paxos.ui.table import as_csv
from airflow_provider_paxos.ui.values import moment

router = APIRouter()

# "~" is Airflow's word for all Dags, and no Dag's id: it would be asked about no Dag in particular.
DagId = Annotated[str, Path(min_length=1, max_length=250, pattern=r"^[\w.-]+$")]
Name = Annotated[str, Path(min_length=1, max_length=250, pattern=r"^[^\x00-\x1f\x7f/\\<>\"']+$")]
Word = Annotated[str | None, Query(min_length=1, max_length=250, pattern=r"^[^\x00-\x1f\x7f]+$")]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Limit = Annotated[int, Query(ge=1, le=200)]
MapIndex = Annotated[int, Query(ge=-1, le=2**31 - 1)]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _time(value: str | None) -> str | None:
    if value is not None and not ((read := moment(value)) and 1970 <= read.year <= 9000):
        raise ValueError("not an RFC 3339 date, or date and time")
    return value


Time = Annotated[str | None, Query(max_length=64), AfterValidator(_time)]


def _filters(
    *,
    group: Group | None = None,
    status: Word = None,
    dag_id: Word = None,
    asset: Word = None,
    since: Time = None,
    until: Time = None,
    search: Word = None,
) -> Filters:
    end = moment(until)
    if end and _DAY.fullmatch(until or ""):
        end += timedelta(days=1)
    return Filters(group, status, dag_id, asset, moment(since), end, search)


Wanted = Annotated[Filters, Depends(_filters)]
MayReadXComs = Depends(requires_access_dag("GET", DagAccessEntity.XCOM))


_reader = Reader()


class View:
    """What a user may see.

    :param session: of Airflow's database.
    :param may: the Dags whose XComs the user may read.
    """

    def __init__(self, session: Session, may: set[str]) -> None:
        self._session = session
        self._may = may

    def book(self, run: tuple[str, str] | None = None) -> Book:
        """Return all entries.

        :param run: a run whose XComs are read also if they are not among the newest.
        """
        of_run = query.rows(self._session, self._may, run=run) if run else ()
        return merged(chain(of_run, query.rows(self._session, self._may)), now(), _reader)


def _view(session: SessionDep, user: GetUserDep) -> View:
    return View(session, readable(query.dag_ids(session), user))


ViewDep = Annotated[View, Depends(_view)]


@router.get("/orchestrations")
def orchestrations(view: ViewDep, filters: Wanted, offset: Offset = 0, limit: Limit = 50) -> Overview:
    """Return a page of the list, and what sums up all of it."""
    book = view.book()
    found = filters.apply(book.entries)
    told = _told(book, found, offset, limit, views.receipt)
    return Overview(**told, days=views.days(found), facets=views.facets(book.entries))


@router.get("/orchestrations.csv")
def orchestrations_as_csv(view: ViewDep, filters: Wanted) -> StreamingResponse:
    """Return the whole list as a file."""
    found = views.in_order(filters.apply(view.book().entries))
    return StreamingResponse(
        as_csv(views.receipt(entry) for entry in found),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="paxos-orchestrations.csv"'},
    )


@router.get("/dags/{dag_id}/runs/{run_id}", dependencies=[MayReadXComs])
def run(view: ViewDep, dag_id: DagId, run_id: Name, offset: Offset = 0, limit: Limit = 50) -> Run:
    """Return what a Dag run has touched."""
    book = view.book((dag_id, run_id))
    found = [entry for entry in book.entries if any(place[:2] == (dag_id, run_id) for place in entry.places)]
    return Run(**_told(book, found, offset, limit, views.receipt))


@router.get("/dags/{dag_id}/runs/{run_id}/tasks/{task_id}", dependencies=[MayReadXComs])
def task(
    *,
    view: ViewDep,
    dag_id: DagId,
    run_id: Name,
    task_id: Name,
    map_index: MapIndex = -1,
    offset: Offset = 0,
    limit: Limit = 50,
) -> TaskReceipts:
    """Return what a task instance has touched."""
    own = Place(dag_id, run_id, task_id, map_index)
    book = view.book((dag_id, run_id))
    found = [entry for entry in book.entries if own in entry.places]
    return TaskReceipts(**_told(book, found, offset, limit, lambda entry: views.whole_receipt(entry, own)))


def _told(
    book: Book, found: Sequence[Entry], offset: int, limit: int, show: Callable[[Entry], Receipt]
) -> dict[str, Any]:
    """Return what all answers tell: a page of what was found, and what sums up all of it."""
    return {
        "items": [show(entry) for entry in views.in_order(found)[offset : offset + limit]],
        "total_items": len(found),
        "offset": offset,
        "limit": limit,
        "groups": views.groups(found),
        "totals": views.totals(found),
        "notes": views.notes(book),
    }
