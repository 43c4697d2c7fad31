"""The JSON API of the web UI, mounted at ``/paxos`` (below the path of ``[api] base_url``, if it has one).

    GET /paxos/static/{version}/paxos.js                                            public, without data
    GET /paxos/api/orchestrations                                                   Overview
    GET /paxos/api/orchestrations.csv                                               text/csv, what is filtered
    GET /paxos/api/dags/{dag_id}/runs/{run_id}                                      RunReceipts
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
    search      the beginning of an id, a ref_id or a batch payment's key; letter case does not matter

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

from airflow_provider_paxos.ui import query, responses
from airflow_provider_paxos.ui.classification import current_time
from airflow_provider_paxos.ui.csv_export import as_csv
from airflow_provider_paxos.ui.filters import Filters
from airflow_provider_paxos.ui.merge import MergeResult, OrchestrationRecord, merge
from airflow_provider_paxos.ui.permissions import readable_dag_ids
from airflow_provider_paxos.ui.receipt_cache import ReceiptCache
from airflow_provider_paxos.ui.receipt_values import parse_time
from airflow_provider_paxos.ui.shapes import Group, Overview, Receipt, RunReceipts, TaskReceipts
from airflow_provider_paxos.ui.urls import TaskKey

router = APIRouter()

# "~" is Airflow's word for all Dags, and no Dag's id: a right to it is no right to any Dag in particular.
DagId = Annotated[str, Path(min_length=1, max_length=250, pattern=r"^[\w.-]+$")]
Name = Annotated[str, Path(min_length=1, max_length=250, pattern=r"^[^\x00-\x1f\x7f/\\<>\"']+$")]
Word = Annotated[str | None, Query(min_length=1, max_length=250, pattern=r"^[^\x00-\x1f\x7f]+$")]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Limit = Annotated[int, Query(ge=1, le=200)]
MapIndex = Annotated[int, Query(ge=-1, le=2**31 - 1)]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _time(value: str | None) -> str | None:
    if value is not None and not parse_time(value):
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
    end = parse_time(until)
    if end and _DAY.fullmatch(until or ""):
        end += timedelta(days=1)
    return Filters(group, status, dag_id, asset, parse_time(since), end, search)


Wanted = Annotated[Filters, Depends(_filters)]
MayReadXComs = Depends(requires_access_dag("GET", DagAccessEntity.XCOM))


_cache = ReceiptCache()


class ReadableXComs:
    """The XComs that a user may read.

    :param session: of Airflow's database.
    :param dag_ids: the Dags whose XComs the user may read.
    """

    def __init__(self, session: Session, dag_ids: set[str]) -> None:
        self._session = session
        self._dag_ids = dag_ids

    def merged(self, run: tuple[str, str] | None = None) -> MergeResult:
        """Return the records of all receipts.

        :param run: Dag id and run id of a run whose XComs are read also if they are not among the newest.
        """
        of_run = query.rows(self._session, self._dag_ids, run=run) if run else ()
        return merge(chain(of_run, query.rows(self._session, self._dag_ids)), current_time(), _cache)


def _readable_xcoms(session: SessionDep, user: GetUserDep) -> ReadableXComs:
    return ReadableXComs(session, readable_dag_ids(query.dag_ids(session), user))


XComs = Annotated[ReadableXComs, Depends(_readable_xcoms)]


@router.get("/orchestrations")
def orchestrations(xcoms: XComs, filters: Wanted, offset: Offset = 0, limit: Limit = 50) -> Overview:
    """Return a page of the list, and the sums of the whole list."""
    merged = xcoms.merged()
    found = filters.apply(merged.records)
    listed = _listed(merged, found, offset, limit, responses.receipt)
    return Overview(**listed, days=responses.days(found), facets=responses.facets(merged.records))


@router.get("/orchestrations.csv")
def orchestrations_as_csv(xcoms: XComs, filters: Wanted) -> StreamingResponse:
    """Return the whole list as a file."""
    found = responses.in_order(filters.apply(xcoms.merged().records))
    return StreamingResponse(
        as_csv(responses.receipt(record) for record in found),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="paxos-orchestrations.csv"'},
    )


@router.get("/dags/{dag_id}/runs/{run_id}", dependencies=[MayReadXComs])
def run(xcoms: XComs, dag_id: DagId, run_id: Name, offset: Offset = 0, limit: Limit = 50) -> RunReceipts:
    """Return the orchestrations that a Dag run has touched."""
    merged = xcoms.merged((dag_id, run_id))

    def is_own(task: TaskKey) -> bool:
        return task[:2] == (dag_id, run_id)

    found = [record.of(is_own) for record in merged.records if any(map(is_own, record.tasks))]
    return RunReceipts(**_listed(merged, found, offset, limit, responses.receipt))


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
    found = [record for record in merged.records if own in record.tasks]
    return TaskReceipts(**_listed(merged, found, offset, limit, lambda record: responses.receipt_details(record, own)))


def _listed(
    merged: MergeResult,
    found: Sequence[OrchestrationRecord],
    offset: int,
    limit: int,
    show: Callable[[OrchestrationRecord], Receipt],
) -> dict[str, Any]:
    """Return the fields of ``Listed`` and its items."""
    return {
        "items": [show(record) for record in responses.in_order(found)[offset : offset + limit]],
        "total_items": len(found),
        "offset": offset,
        "limit": limit,
        "groups": responses.group_counts(found),
        "totals": responses.totals(found),
        "notes": responses.notes(merged),
    }
