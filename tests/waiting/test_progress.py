"""The progress record of a wait is small, and names first what somebody has to deal with."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.waiting.progress import record_of
from airflow_provider_paxos.waiting.watch import Watch

READ_AT = datetime(2026, 11, 26, 3, tzinfo=UTC)


def snapshot(id_: str, status: str, reason: str | None = None) -> Orchestration:
    return Orchestration.model_validate(
        {"id": id_, "status": status, "fail_reason": {"detail": reason} if reason else None}
    )


def watch_of(**statuses: str) -> Watch:
    watch = Watch(ids=list(statuses))
    watch.observe(snapshot(id_, status, "closed" if status == "FAILED" else None) for id_, status in statuses.items())
    return watch


def test_it_has_a_number_for_each_status_and_names_all_that_are_not_processing() -> None:
    watch = watch_of(a="COMPLETED", b="FAILED", c="PENDING", d="PROCESSING", e="ON_HOLD")
    assert record_of(watch, READ_AT) == {
        "read_at": "2026-11-26T03:00:00+00:00",
        "counts": {"COMPLETED": 1, "FAILED": 1, "PENDING": 1, "ON_HOLD": 1, "PROCESSING": 1},
        "orchestrations": [
            {"id": "b", "status": "FAILED", "reason": "closed"},
            {"id": "c", "status": "PENDING"},
            {"id": "e", "status": "ON_HOLD"},
            {"id": "a", "status": "COMPLETED"},
        ],
        "complete": True,
    }


def test_what_was_not_seen_yet_counts_as_processing() -> None:
    assert record_of(Watch(ids=["a"], ref_ids=["b"]), READ_AT)["counts"] == {"PROCESSING": 2}


def test_what_is_not_held_any_more_is_not_named() -> None:
    watch = watch_of(a="PENDING", b="ON_HOLD")
    watch.observe([snapshot("a", "PROCESSING"), snapshot("b", "COMPLETED")])
    assert record_of(watch, READ_AT)["orchestrations"] == [{"id": "b", "status": "COMPLETED"}]


def test_each_change_counts_and_a_poll_without_one_does_not() -> None:
    watch = watch_of(a="PENDING", b="PROCESSING")
    before = watch.changes
    watch.observe([snapshot("a", "PENDING"), snapshot("b", "PROCESSING")])
    assert watch.changes == before
    watch.observe([snapshot("a", "PROCESSING"), snapshot("b", "COMPLETED")])
    assert watch.changes == before + 2


def test_ten_thousand_payments_leave_less_than_64_kib_with_the_failed_ones_in_it() -> None:
    statuses = {f"{number:036}": "COMPLETED" for number in range(9_990)}
    watch = watch_of(**statuses, **{f"f{number:035}": "FAILED" for number in range(10)})
    record = record_of(watch, READ_AT)
    assert len(json.dumps(record)) < 64 * 1024
    assert [each["status"] for each in record["orchestrations"][:11]] == ["FAILED"] * 10 + ["COMPLETED"]
    assert (record["counts"], record["complete"]) == ({"COMPLETED": 9_990, "FAILED": 10}, False)
