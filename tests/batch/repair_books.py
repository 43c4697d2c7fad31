"""A Paxos for the tests of repairs: a book of orchestrations, read and written over a script's transport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_paxos.api.creators import Creator, Relation
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.batch.repair import Repairs, repairs_of
from airflow_provider_paxos.batch.repair_chains import Chain
from airflow_provider_paxos.batch.repair_selection import Selected
from tests.payments import payment

TASK = Creator("repair", "monday", "repair", key="7")
OTHER_RUN = Creator("repair", "tuesday", "repair", key="7")


def link(
    ref_id: str = "settle-7", status: str = "FAILED", *, by: Creator | None = None, **fields: Any
) -> Orchestration:
    """Return an orchestration, with the stamp of the task instance that has created it."""
    stamp = {} if by is None else {"airflow_creator": by.stamp()}
    return Orchestration.model_validate(
        {**payment(ref_id), "id": f"id of {ref_id}", "status": status, "metadata": stamp, **fields}
    )


def repaired(number: int, status: str = "FAILED", *, by: Creator | None = OTHER_RUN, **fields: Any) -> Orchestration:
    """Return the repair of that number of ``settle-7``."""
    before = "settle-7" if number == 1 else f"settle-7-r{number - 1}"
    stamp = {} if by is None else {"airflow_creator": by.stamp()}
    return link(f"settle-7-r{number}", status, **{"metadata": {"replaces": before, **stamp}, **fields})


def decided(
    *links: Orchestration,
    change: Mapping[str, Any] | None = None,
    named: bool = False,
    obstacle: str | None = None,
    waited_for: Mapping[str, str] | None = None,
) -> Repairs:
    """Return what becomes of the payment ``settle-7``, whose key is 7, with such a chain."""
    selected = Selected("7", "settle-7", named)
    return repairs_of(
        [selected],
        {"settle-7": Chain(list(links), obstacle)},
        {selected: change} if change else {},
        is_own=is_own,
        waited_for=waited_for,
    )


def is_own(key: str, orchestration: Orchestration) -> bool:
    """Return whether ``TASK`` has created it."""
    return key == "7" and TASK.relation_to(orchestration.metadata) is Relation.OWN
