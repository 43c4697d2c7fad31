"""Asset events, as Airflow keeps them after a run against a local Paxos."""

from __future__ import annotations

from typing import Any

from airflow.models.asset import AssetEvent, AssetModel
from airflow.utils.session import create_session
from sqlalchemy import select

from tests.airflow_runs.conftest import Runner
from tests.airflow_runs.settlement import PAYOUTS, TREASURY


def events(run_id: str, dag_id: str) -> dict[str, dict[str, Any]]:
    """Return the extra of a run's events, by the URI of the asset, with the partition key."""
    with create_session() as session:
        found = session.execute(
            select(AssetModel.uri, AssetEvent.extra, AssetEvent.partition_key)
            .join(AssetModel, AssetModel.id == AssetEvent.asset_id)
            .where(AssetEvent.source_run_id == run_id, AssetEvent.source_dag_id == dag_id)
        ).all()
    assert len(found) == len({uri for uri, _, _ in found})
    return {uri: {**extra, "partition_key": key} for uri, extra, key in found}


def test_a_batch_that_reports_its_failures_has_events_and_one_that_fails_has_none(run: Runner) -> None:
    finished = run("announced")
    assert finished.states == {("reports", -1): "success", ("fails", -1): "failed"}
    sent, received = f"paxos://sandbox/profiles/{TREASURY}/USD", f"paxos://sandbox/profiles/{PAYOUTS}/USDG"
    found = events(finished.id, "announced")
    assert set(found) >= {"settled", sent, received}
    assert "settled_in_full" not in found
    settled = found["settled"]
    assert (settled["dag_id"], settled["run_id"], settled["task_id"]) == ("announced", finished.id, "reports")
    assert (settled["business_date"], settled["partition_key"]) == ("2026-11-20", None)
    assert settled["statuses"] == {"COMPLETED": 2, "FAILED": 1}
    assert [(total["status"], total["payments"], total["amount"]) for total in settled["totals"]] == [
        ("COMPLETED", 2, "3.30"),
        ("FAILED", 1, "3.30"),
    ]
    assert (found[sent]["sent"], found[received]["received"]) == ("3.30", "3.30")
    assert settled["digest"] == found[sent]["digest"]


def test_an_event_may_have_the_business_date_as_its_partition_key(run: Runner) -> None:
    finished = run("announced_by_date")
    assert finished.state == "success"
    ((uri, extra),) = events(finished.id, "announced_by_date").items()
    assert uri == f"paxos://sandbox/profiles/{TREASURY}/USD"
    assert (extra["partition_key"], extra["sent"], extra["received"]) == ("2026-11-20", "3.30", "0")
