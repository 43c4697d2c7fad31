"""Permissions: Airflow decides, for each Dag, whether a user may read its XComs, runs and task instances."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import HTTPException, Request, status

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser


def readable_dag_ids(dag_ids: Iterable[str], user: BaseUser) -> set[str]:
    """Return those Dags that the user may read, and whose XComs the user may read, too."""
    candidates = set(dag_ids)
    if not candidates:
        return set()
    authorized = get_auth_manager().get_authorized_dag_ids(user=user, method="GET")
    return {dag_id for dag_id in candidates & authorized if may_read(DagAccessEntity.XCOM, dag_id, user)}


def may_read(entity: DagAccessEntity, dag_id: str, user: BaseUser) -> bool:
    """Return True if a user may read that part of a Dag."""
    # Airflow's own dependency decides, because its question to the auth manager differs by version (teams). It takes
    # the Dag from a request's path, and the path of the present request names none.
    about_one = Request({"type": "http", "path_params": {"dag_id": dag_id}, "query_string": b"", "headers": []})
    try:
        requires_access_dag("GET", entity)(about_one, user)
    except HTTPException as refusal:
        if refusal.status_code == status.HTTP_403_FORBIDDEN:
            return False
        raise
    return True
