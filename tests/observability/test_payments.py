"""Metrics of payments: what tasks submitted or adopted, and what became of it."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.observability.metrics import METRICS, OUTCOMES, count
from airflow_provider_paxos.observability.payments import PaymentMetrics, pair_of, rail_of
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import BROKEN, FakePaxos, problem
from tests.fixtures import Create, CreateBatch, Sensor
from tests.observability.conftest import Emitted
from tests.payments import REQUEST, payments
from tests.task_instance import TaskInstance, run

TAGS = {"conn_id": "paxos_default", "dag_id": "settlement", "pair": "USD-USDG", "rail": "profile"}


@pytest.fixture(autouse=True)
def _in_a_task(task_process: None) -> None:
    """As in a task's process."""


def settling() -> TaskInstance:
    return TaskInstance(task_id="settle")


def of_payments(emitted: Emitted) -> dict[str, int]:
    prefix = "paxos.payments."
    return {name.removeprefix(prefix): number for name, number in emitted.counts().items() if name.startswith(prefix)}


def test_a_payment_is_counted_as_submitted_and_once_adopted(paxos: FakePaxos, create: Create, emitted: Emitted) -> None:
    run(create())
    assert of_payments(emitted) == {"submitted": 1, "in_progress": 1}
    run(create())
    assert of_payments(emitted) == {"submitted": 1, "adopted": 1, "in_progress": 2}
    assert all(tags == TAGS for name, _, tags in emitted.counters if name.startswith("paxos.payments"))


def test_a_payment_that_has_ended_is_counted_by_its_status(paxos: FakePaxos, create: Create, emitted: Emitted) -> None:
    times = {"created_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-20T10:00:06.5Z"}
    paxos.add(status="COMPLETED", **times)
    run(create())
    assert of_payments(emitted) == {"adopted": 1, "completed": 1}
    assert emitted.timings == [("paxos.time_to_terminal", 6.5, {**TAGS, "status": "completed"})]


@pytest.mark.parametrize(("status", "outcome"), [("FAILED", "failed"), ("REJECTED", "rejected")])
def test_an_unsuccessful_payment_is_counted(
    paxos: FakePaxos, create: Create, emitted: Emitted, status: str, outcome: str
) -> None:
    paxos.add(status=status)
    with pytest.raises(AirflowFailException):
        run(create())
    assert of_payments(emitted) == {"adopted": 1, outcome: 1}


def test_a_refused_payment_and_one_of_unknown_outcome_are_counted(
    paxos: FakePaxos, create: Create, emitted: Emitted
) -> None:
    paxos.always["create"] = problem(400, "unsupported-address")
    with pytest.raises(AirflowFailException):
        run(create())
    paxos.always["create"] = BROKEN
    with pytest.raises(PaxosError):
        run(create())
    assert of_payments(emitted) == {"refused": 1, "unknown": 1}


def test_a_payment_that_was_not_sent_is_not_counted(paxos: FakePaxos, create: Create, emitted: Emitted) -> None:
    paxos.secret = "another"
    with pytest.raises(AirflowFailException):
        run(create())
    assert of_payments(emitted) == {}


def test_a_batch_is_counted_with_one_metric_for_each_outcome_pair_and_rail(
    paxos: FakePaxos, create_batch: CreateBatch, emitted: Emitted
) -> None:
    paxos.add(1, status="COMPLETED")
    to_crypto = {"crypto": {"address": "0x52908400098527886E0F7030069857D2E4169EE7", "network": "ETHEREUM"}}
    batch = [*payments(3), {**payments(4)[3], "destination": to_crypto}]
    run(create_batch(payments=batch), settling())
    found = {
        (name.rpartition(".")[2], tags["rail"]): number for name, number, tags in emitted.counters if "pay" in name
    }
    assert found == {
        ("adopted", "profile"): 1,
        ("submitted", "profile"): 2,
        ("submitted", "crypto"): 1,
        ("completed", "profile"): 1,
        ("in_progress", "profile"): 2,
        ("in_progress", "crypto"): 1,
    }


def test_a_sensor_counts_the_end_that_it_sees(paxos: FakePaxos, sensor: Sensor, emitted: Emitted) -> None:
    paxos.add(status="COMPLETED")
    run(sensor(), TaskInstance(task_id="wait"))
    assert of_payments(emitted) == {"completed": 1}


def test_an_airflow_without_statistics_fails_no_task(
    paxos: FakePaxos, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the statistics are down")

    monkeypatch.setattr("airflow_provider_paxos.version_compat.Stats.incr", broken)
    monkeypatch.setattr("airflow_provider_paxos.version_compat.Stats.timing", broken)
    assert run(create()) == "orchestration-1"


def test_a_metric_that_cannot_be_emitted_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the statistics are down")

    monkeypatch.setattr("airflow_provider_paxos.version_compat.Stats.incr", broken)
    count("paxos.throttled", conn_id="paxos_default")
    assert "paxos.throttled could not be emitted: RuntimeError" in caplog.text


def test_tags_of_a_payment_are_words_and_no_ids() -> None:
    request = OrchestrationRequest.model_validate(REQUEST)
    assert (pair_of(request), rail_of(request)) == ("USD-USDG", "profile")
    shown_in_part = Orchestration.model_validate({"id": "orch-1", "source_asset": "USD"})
    assert (pair_of(shown_in_part), rail_of(shown_in_part)) == ("USD-unknown", "unknown")


def test_every_metric_has_the_tags_that_the_table_names(emitted: Emitted) -> None:
    times = {"created_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-20T10:00:06Z"}
    for status in ("COMPLETED", "FAILED", "REJECTED", "PROCESSING"):
        ended = Orchestration.model_validate({**REQUEST, "id": "orch-1", "status": status, **times})
        PaymentMetrics("paxos_default", "settlement").ended([ended])
    found = {name: tuple(tags) for name, _, tags in (*emitted.counters, *emitted.timings)}
    assert found == {name: METRICS[name] for name in found}
    assert {f"paxos.payments.{outcome}" for outcome in OUTCOMES} <= METRICS.keys()
