"""Spans of what a task does at Paxos: below the task's own, and without ids."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from airflow_provider_paxos.hooks.snapshots import SnapshotHook
from airflow_provider_paxos.observability import spans
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import FakePaxos, problem
from tests.fixtures import Create, CreateBatch
from tests.task_instance import TaskInstance, run


@pytest.fixture(autouse=True)
def _in_a_task(task_process: None) -> None:
    """As in a task's process."""


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Keep the spans of a test; the tracer is that of a provider of its own."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(spans, "_tracer", provider.get_tracer("airflow_provider_paxos"))
    yield kept
    provider.shutdown()


def seen(exporter: InMemorySpanExporter) -> list[tuple[str, int]]:
    return [(each.name, dict(each.attributes or {})["paxos.payments"]) for each in exporter.get_finished_spans()]  # type: ignore[misc]


def test_a_batch_has_spans_of_its_look_up_and_of_its_submit(
    paxos: FakePaxos, create_batch: CreateBatch, exporter: InMemorySpanExporter
) -> None:
    run(create_batch(), TaskInstance(task_id="settle"))
    assert [name for name, _ in seen(exporter)] == ["paxos.look_up", "paxos.submit"]
    assert {payments for _, payments in seen(exporter)} == {3}


def test_the_wait_on_a_worker_holds_its_polls(
    paxos: FakePaxos, create: Create, exporter: InMemorySpanExporter, at_nap: object
) -> None:
    at_nap(lambda: paxos.end("orchestration-1", "COMPLETED"))  # type: ignore[operator]
    run(create(wait_for_completion=True, deferrable=False))
    submit, first, second, wait = exporter.get_finished_spans()
    assert [each.name for each in (submit, first, second, wait)] == [
        "paxos.submit",
        "paxos.look_up",
        "paxos.look_up",
        "paxos.wait",
    ]
    assert {each.parent.span_id for each in (first, second) if each.parent} == {wait.context.span_id}


def test_a_span_is_below_that_of_the_task(paxos: FakePaxos, create: Create, exporter: InMemorySpanExporter) -> None:
    with spans._tracer.start_as_current_span("worker.create") as of_task:
        run(create())
    submit = exporter.get_finished_spans()[0]
    assert submit.parent is not None
    assert submit.parent.span_id == of_task.get_span_context().span_id


def test_a_poll_for_many_tasks_is_below_none_of_them(paxos: FakePaxos, exporter: InMemorySpanExporter) -> None:
    orchestration_id = paxos.add()

    async def poll() -> None:
        async with SnapshotHook() as hook:
            await hook.list(ids=[orchestration_id])
            await hook.get(orchestration_id)

    with spans._tracer.start_as_current_span("trigger"):
        asyncio.run(poll())
    polls = exporter.get_finished_spans()[:2]
    assert [(each.name, each.parent) for each in polls] == [("paxos.poll", None)] * 2


def test_a_failed_block_records_the_class_of_its_error_and_nothing_of_its_text(
    paxos: FakePaxos, create: Create, exporter: InMemorySpanExporter
) -> None:
    paxos.always["create"] = problem(400, "unsupported-address", "0xabc is on a list")
    with pytest.raises(AirflowFailException):
        run(create())
    (submit,) = exporter.get_finished_spans()
    assert (submit.status.status_code.name, submit.status.description) == ("ERROR", "UnsupportedAddress")
    assert submit.events == ()


def test_no_attribute_holds_an_id(paxos: FakePaxos, create_batch: CreateBatch, exporter: InMemorySpanExporter) -> None:
    run(create_batch(), TaskInstance(task_id="settle"))
    values = [dict(each.attributes or {}) for each in exporter.get_finished_spans()]
    assert values == [{"paxos.conn_id": "paxos_default", "paxos.payments": 3}] * 2


def test_nothing_is_configured_where_airflow_does_not_trace() -> None:
    assert not isinstance(trace.get_tracer_provider(), TracerProvider)
