"""Make the creator that a task instance is, and stamp it into the metadata of what it creates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.types import RuntimeTaskInstanceProtocol

from airflow_provider_paxos.api.creators import STAMP, Creator
from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest
from airflow_provider_paxos.api.models import METADATA_LENGTH, METADATA_PAIRS


def creator_of(ti: RuntimeTaskInstanceProtocol, key: str | None = None, namespace: str | None = None) -> Creator:
    """Return the creator of what a task instance submits. The try number is not in it: all tries are one creator.

    :param key: of a payment of a batch.
    :param namespace: the connection's ``ref_id_namespace``.
    """
    map_index = ti.map_index if ti.map_index is not None and ti.map_index >= 0 else None
    return Creator(ti.dag_id, ti.run_id, ti.task_id, map_index, key, namespace)


def current_creator(namespace: str | None = None, key: str | None = None) -> Creator | None:
    """Return the creator that the running task instance is, see ``creator_of``; None outside of a task."""
    try:
        context = get_current_context()
    except RuntimeError:
        return None
    return creator_of(context["ti"], key, namespace)


def stamped(metadata: Any, creator: Creator) -> Any:
    """Return the author's metadata with the creator's stamp, and with its coordinates as far as there is room.

    The author's own pairs are kept. An author who takes all six leaves no room for the stamp: the creator of such an
    orchestration is unknown.

    :param metadata: the author's. A value that is not a mapping, which a template may render, is returned unchanged:
        the request's own validation refuses it.
    :raises InvalidRequest: if the author's metadata holds a stamp itself.
    """
    if metadata is not None and not isinstance(metadata, Mapping):
        return metadata
    stamped_metadata = dict(metadata or {})
    if STAMP in stamped_metadata:
        raise InvalidRequest(f"metadata.{STAMP}: the name is reserved.", acceptance=Acceptance.NOT_SENT)
    pairs = {
        STAMP: creator.stamp(),
        "airflow_payment_key": creator.key,
        "airflow_dag_id": creator.dag_id,
        "airflow_run_id": creator.run_id,
        "airflow_task_id": creator.task_id,
        "airflow_map_index": None if creator.map_index is None else str(creator.map_index),
    }
    for name, value in pairs.items():
        if value is not None and len(stamped_metadata) < METADATA_PAIRS and len(value) <= METADATA_LENGTH:
            stamped_metadata.setdefault(name, value)
    return stamped_metadata
