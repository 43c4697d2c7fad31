"""What is observed of a batch on a real Airflow: an asset event, metrics, spans and lineage, each where it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.airflow_runs.test_spans import spans_in
from tests.end_to_end.observing import lineage, printed
from tests.end_to_end.web_ui import run_to_its_end

if TYPE_CHECKING:
    from demo.airflow_site import AirflowSite
    from tests.statsd import Statsd

pytestmark = pytest.mark.changes_settlement

DAG, RUN, TASK = "observed", "seen", "settle"
TREASURY, PAYOUTS = "00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000003"


def spans_of(site: AirflowSite) -> list[dict[str, Any]]:
    """Return this package's spans that the task has printed."""
    spans = spans_in(printed(site.settings.home, DAG, RUN, TASK))
    return [span for span in spans if span["name"].startswith("paxos.")]


def payments(statsd: Statsd) -> dict[str, int]:
    """Return the payments of the Dag that were counted so far, by metric."""
    return {
        name: int(value)
        for name, tags, value, _ in statsd.metrics()
        if name.startswith("paxos.payments.") and tags["dag_id"] == DAG
    }


def test_a_batch_is_announced_counted_traced_and_has_lineage(site: AirflowSite, statsd: Statsd) -> None:
    run_to_its_end(site, DAG, RUN)
    assert site.api.run_state(DAG, RUN) == "success"

    (event,) = site.api.asset_events(DAG)
    assert event["uri"] == f"paxos://sandbox/profiles/{PAYOUTS}/USDG"
    assert (event["extra"]["received"], event["extra"]["sent"]) == ("3.30", "0")
    assert event["extra"]["statuses"] == {"COMPLETED": 2}

    expected = {"paxos.payments.submitted": 2, "paxos.payments.completed": 2}
    site.wait(lambda: payments(statsd) == expected, f"the metrics {expected}", seconds=60)

    spans = spans_of(site)
    assert {span["name"] for span in spans} == {"paxos.look_up", "paxos.submit"}
    (submit,) = (span for span in spans if span["name"] == "paxos.submit")
    assert submit["attributes"] == {"paxos.conn_id": "paxos_default", "paxos.payments": 2}
    assert submit["parent_id"] is not None

    (done,) = (each for each in lineage(site.settings.home, f"{DAG}.{TASK}") if each["eventType"] == "COMPLETE")
    datasets = {kind: [(each["namespace"], each["name"]) for each in done[kind]] for kind in ("inputs", "outputs")}
    assert datasets == {
        "inputs": [("paxos://sandbox", f"profiles/{TREASURY}/USD")],
        "outputs": [("paxos://sandbox", f"profiles/{PAYOUTS}/USDG")],
    }
