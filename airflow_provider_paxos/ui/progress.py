"""Statuses of orchestrations that a task still waits for: newer than the receipts, which are written before and after.

A progress record renews the receipts of its own Dag run alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.ui.query import Row
from airflow_provider_paxos.ui.receipt_values import parse_time, text

_LONGEST = 128 * 1024
"""Characters: the provider's own records are shorter."""


class Seen(NamedTuple):
    """The status of an orchestration, as a wait has seen it."""

    read_at: datetime
    status: str
    reason: str | None


Progress = Mapping[tuple[str, str], Mapping[str, Seen]]
"""By Dag id and run id, and then by the orchestration's id."""


def progress_in(rows: Iterable[Row]) -> Progress:
    """Return what the progress records of Dag runs say; what is none says nothing.

    :param rows: XComs ``paxos_progress``.
    """
    found: dict[tuple[str, str], dict[str, Seen]] = {}
    for row in rows:
        record = _record(row.value)
        # A clock that runs ahead, or a forged time, would keep a status the newest for ever.
        read_at = min(parse_time(record.get("read_at")) or row.written_at, row.written_at)
        of_run = found.setdefault((row.task.dag_id, row.task.run_id), {})
        listed = record.get("orchestrations")
        for each in listed if isinstance(listed, list) else ():
            if not isinstance(each, dict):
                continue
            id_, status = text(each.get("id")), text(each.get("status"), longest=100)
            if id_ and status and (id_ not in of_run or of_run[id_].read_at < read_at):
                of_run[id_] = Seen(read_at, status, text(each.get("reason")))
    return found


def renewal(receipt: Mapping[str, Any], seen: Seen) -> dict[str, Any] | None:
    """Return the values of a receipt that a wait has seen changed since; None if it has seen nothing newer.

    A terminal status is never renewed, since no status comes after it.
    """
    if meaning_of(text(receipt.get("status"), longest=100)) is not Meaning.IN_PROGRESS:
        return None
    read_at = parse_time(receipt.get("read_at"))
    if read_at and read_at >= seen.read_at:
        return None
    reason = {"fail_reason": {"detail": seen.reason}} if seen.reason else {}
    return {**reason, "status": seen.status, "read_at": seen.read_at.isoformat()}


def _record(value: str | None) -> dict[str, Any]:
    if value is None or len(value) > _LONGEST:
        return {}
    try:
        found = json.loads(value)
        if isinstance(found, str):
            found = json.loads(found)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
