"""The progress record of a wait: a small, bounded summary that people see while the wait goes on, maybe for days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from airflow_provider_paxos.api.statuses import Status
from airflow_provider_paxos.waiting.watch import Watch

LONGEST_RECORD = 60 * 1024
"""Characters of JSON. Ten thousand payments leave a summary, and the ones that somebody has to deal with."""

_LONGEST_REASON = 200


def record_of(watch: Watch, read_at: datetime) -> dict[str, Any]:
    """Return the progress record of a wait, as JSON can hold it.

    ``counts`` has a number for each status; orchestrations that were not seen yet count as PROCESSING.
    ``orchestrations`` has ``id``, ``status`` and perhaps ``reason`` of as many as there is room for: first those that
    failed, then those that wait for somebody or have an unknown status, then those that are COMPLETED. ``complete``
    says whether it has all that are not PROCESSING.

    :param read_at: when the statuses were read.
    """
    counts = watch.all_counts()
    record: dict[str, Any] = {"read_at": read_at.isoformat(timespec="seconds"), "counts": counts, "orchestrations": []}
    room = LONGEST_RECORD - len(json.dumps(record)) - len('"complete": false, ')
    listed = sum(number for status, number in counts.items() if status != Status.PROCESSING)
    for each in _by_importance(watch):
        room -= len(json.dumps(each)) + 2
        if room < 0:
            break
        record["orchestrations"].append(each)
    return {**record, "complete": len(record["orchestrations"]) == listed}


def _by_importance(watch: Watch) -> Iterator[dict[str, Any]]:
    completed = []
    for each in watch.terminal:
        shown = {"id": each.id, "status": each.status}
        if each.status == Status.COMPLETED:
            completed.append(shown)
        else:
            yield {**shown, **({"reason": each.reason[:_LONGEST_REASON]} if each.reason else {})}
    yield from ({"id": id_, "status": status} for id_, status in watch.held.items())
    yield from completed
