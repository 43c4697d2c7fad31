"""The route of the web UI that shows the newest reconciliations.

    GET /paxos/api/reconciliations                                                  Reconciliations

It needs a logged-in user (401 otherwise), and holds the reports of those Dags alone whose XComs the user may read.
"""

from __future__ import annotations

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter

from airflow_provider_paxos.receipts import RECONCILIATION_KEY
from airflow_provider_paxos.ui import query
from airflow_provider_paxos.ui.permissions import readable_dag_ids
from airflow_provider_paxos.ui.reconciliations import MOST_REPORTS, reconciliations
from airflow_provider_paxos.ui.shapes import Reconciliations

router = APIRouter()


@router.get("/reconciliations")
def newest(session: SessionDep, user: GetUserDep) -> Reconciliations:
    """Return the newest reports."""
    readable = readable_dag_ids(query.dag_ids(session, [RECONCILIATION_KEY]), user)
    return reconciliations(query.rows(session, readable, keys=[RECONCILIATION_KEY], most=MOST_REPORTS))
