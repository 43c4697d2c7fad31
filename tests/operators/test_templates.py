"""What of the operator is templated, and what its fields look like once they are rendered."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.execution.identity import derived_ref_id
from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.hooks.fake_paxos import REQUEST, FakePaxos
from tests.operators.conftest import Create
from tests.operators.task_instance import TaskInstance, context_of, run

API_FIELDS = {
    "ref_id",
    "source_asset",
    "destination_asset",
    "source_amount",
    "source",
    "destination",
    "identity_id",
    "account_id",
    "metadata",
}


def test_all_of_the_apis_fields_and_the_connection_are_templated() -> None:
    assert set(CreateOrchestrationOperator.template_fields) == API_FIELDS | {"paxos_conn_id"}


def test_objects_are_shown_as_json() -> None:
    assert CreateOrchestrationOperator.template_fields_renderers == dict.fromkeys(
        ("source", "destination", "metadata"), "json"
    )


def rendered(task: CreateOrchestrationOperator, ti: TaskInstance | None = None, **more: Any) -> Any:
    task.render_template_fields(context_of(task, ti, **more))
    return task


def test_the_default_ref_id_shows_in_the_rendered_fields(create: Create) -> None:
    payment = {name: value for name, value in REQUEST.items() if name != "ref_id"}
    task = rendered(CreateOrchestrationOperator(task_id="create", **payment))
    assert task.ref_id == derived_ref_id(TaskInstance())


@pytest.mark.parametrize("again", [TaskInstance(try_number=2), TaskInstance(xcoms={"x": "1"})])
def test_a_retry_or_a_clear_renders_the_same_ref_id(again: TaskInstance) -> None:
    payment = {name: value for name, value in REQUEST.items() if name != "ref_id"}
    first, second = (
        rendered(CreateOrchestrationOperator(task_id="create", **payment), ti).ref_id for ti in (TaskInstance(), again)
    )
    assert first == second


def test_a_given_ref_id_is_taken_as_it_is(create: Create) -> None:
    assert rendered(create(ref_id="Settle: 1+2/é")).ref_id == "Settle: 1+2/é"


def test_a_business_key_is_rendered(create: Create) -> None:
    task = create(ref_id="settle-{{ ds }}-{{ params.batch }}")
    assert rendered(task, params={"batch": 7}).ref_id == "settle-2026-11-21-7"


def test_templates_deep_in_an_object_are_rendered(create: Create) -> None:
    task = create(destination={"fiat": {"bank_account_id": "{{ params.bank }}", "memo": "{{ ds }}"}})
    assert rendered(task, params={"bank": "bank-1"}).destination == {
        "fiat": {"bank_account_id": "bank-1", "memo": "2026-11-21"}
    }


@pytest.fixture
def native() -> DAG:
    """A Dag whose templates make Python objects."""
    return DAG("native", schedule=None, render_template_as_native_obj=True)


@pytest.mark.parametrize("map_index", range(-1, 20))
def test_in_a_native_dag_the_default_ref_id_is_still_text(native: DAG, map_index: int) -> None:
    payment = {name: value for name, value in REQUEST.items() if name != "ref_id"}
    ti = replace(TaskInstance(), map_index=map_index)
    task = rendered(CreateOrchestrationOperator(task_id="create", dag=native, **payment), ti)
    assert task.ref_id == derived_ref_id(ti)


@pytest.mark.parametrize("ref_id", ["12345678-1234-5678-8901-123456789012", "1e345678-1234-5678-8901-123456789012"])
def test_in_a_native_dag_a_ref_id_of_digits_is_still_text(native: DAG, create: Create, ref_id: str) -> None:
    task = create(ref_id="{{ params.ref_id }}", dag=native)
    assert rendered(task, params={"ref_id": ref_id}).ref_id == ref_id


@pytest.mark.parametrize("amount", ["100.25", "{{ params.amount }}"])
def test_in_a_native_dag_an_amount_that_became_a_float_is_refused_and_the_way_out_named(
    native: DAG, create: Create, paxos: FakePaxos, amount: str
) -> None:
    task = create(source_amount=amount, dag=native)
    with pytest.raises(
        AirflowFailException, match=r"float 100\.25, because .*native_obj.*Decimal, or quote the template"
    ):
        run(task, params={"amount": "100.25"})
    assert paxos.asked == []


@pytest.mark.parametrize(
    ("amount", "sent"),
    [("100", "100"), ("'{{ params.amount }}'", "100.250"), (Decimal("100.25"), "100.25")],
)
def test_in_a_native_dag_an_amount_can_be_exact(
    native: DAG, create: Create, paxos: FakePaxos, amount: Any, sent: str
) -> None:
    run(create(source_amount=amount, dag=native), params={"amount": "100.250"})
    assert paxos.only("create").json["source_amount"] == sent


def test_in_a_native_dag_an_object_can_come_from_one_template(native: DAG, create: Create, paxos: FakePaxos) -> None:
    destination = {"fiat": {"bank_account_id": "bank-1"}}
    run(create(source_amount=7, destination="{{ params.to }}", dag=native), params={"to": destination})
    assert paxos.only("create").json["destination"] == destination


def test_mapped_instances_render_a_ref_id_each() -> None:
    payment = {name: value for name, value in REQUEST.items() if name not in ("ref_id", "source_amount")}
    with DAG("payments", schedule=None):
        mapped = CreateOrchestrationOperator.partial(task_id="create", **payment).expand(source_amount=["1", "2"])
    ref_ids = [
        rendered(mapped.unmap({"source_amount": amount}), TaskInstance(map_index=index)).ref_id
        for index, amount in enumerate(("1", "2"))
    ]
    assert ref_ids == [derived_ref_id(TaskInstance(map_index=index)) for index in (0, 1)]
