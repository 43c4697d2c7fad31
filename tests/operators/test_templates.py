"""What of the operator is templated, and what its fields look like once they are rendered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.execution.identity import derived_ref_id
from airflow_provider_paxos.hooks.creator import creator_of
from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import FakePaxos
from tests.fixtures import Create
from tests.payments import REQUEST
from tests.task_instance import TaskInstance, context_of, run

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
    assert set(CreateOrchestrationOperator.template_fields) == API_FIELDS | {
        "paxos_conn_id",
        "duplicate_of_ok",
        "outlet_partition_key",
    }


def test_objects_are_shown_as_json() -> None:
    assert CreateOrchestrationOperator.template_fields_renderers == dict.fromkeys(
        ("source", "destination", "metadata"), "json"
    )


def rendered(task: CreateOrchestrationOperator, ti: TaskInstance | None = None, **more: Any) -> Any:
    task.render_template_fields(context_of(task, ti, **more))
    return task


def test_the_default_ref_id_shows_in_the_rendered_fields(create: Create, paxos: FakePaxos) -> None:
    payment = {name: value for name, value in REQUEST.items() if name != "ref_id"}
    task = rendered(CreateOrchestrationOperator(task_id="create", **payment))
    assert task.ref_id == derived_ref_id(creator_of(TaskInstance()))


@pytest.mark.parametrize("again", [TaskInstance(try_number=2), TaskInstance(xcoms={"x": "1"})])
def test_a_retry_or_a_clear_renders_the_same_ref_id(again: TaskInstance, paxos: FakePaxos) -> None:
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


def test_in_a_native_dag_the_default_ref_id_is_still_text(native: DAG, paxos: FakePaxos) -> None:
    payment = {name: value for name, value in REQUEST.items() if name != "ref_id"}
    task = rendered(CreateOrchestrationOperator(task_id="create", dag=native, **payment))
    assert task.ref_id == derived_ref_id(creator_of(TaskInstance()))


@pytest.mark.parametrize("ref_id", ["12345678-1234-5678-8901-123456789012", "1e345678-1234-5678-8901-123456789012"])
def test_in_a_native_dag_a_ref_id_of_digits_is_still_text(native: DAG, create: Create, ref_id: str) -> None:
    task = create(ref_id="{{ params.ref_id }}", dag=native)
    assert rendered(task, params={"ref_id": ref_id}).ref_id == ref_id


@pytest.mark.parametrize("amount", ["100.250", "{{ params.amount }}", Decimal("100.250")])
def test_in_a_native_dag_an_amount_keeps_its_digits(native: DAG, create: Create, paxos: FakePaxos, amount: Any) -> None:
    run(create(source_amount=amount, dag=native), params={"amount": "100.250"})
    assert paxos.only("create").json["source_amount"] == "100.250"


@pytest.mark.parametrize("amount", ["0x10", "1_000", "1e3"])
def test_in_a_native_dag_text_that_looks_like_a_number_is_no_amount(
    native: DAG, create: Create, paxos: FakePaxos, amount: str
) -> None:
    with pytest.raises(AirflowFailException, match="is not a plain decimal"):
        run(create(source_amount="{{ params.amount }}", dag=native), params={"amount": amount})
    assert paxos.asked == []


def test_in_a_native_dag_an_object_can_come_from_one_template(native: DAG, create: Create, paxos: FakePaxos) -> None:
    destination = {"fiat": {"bank_account_id": "bank-1"}}
    run(create(source_amount=7, destination="{{ params.to }}", dag=native), params={"to": destination})
    assert paxos.only("create").json["destination"] == destination


def test_a_mapped_instance_without_a_ref_id_ends_before_anything_is_sent(paxos: FakePaxos) -> None:
    payment = {name: value for name, value in REQUEST.items() if name != "ref_id"}
    with DAG("payments", schedule=None):
        task = CreateOrchestrationOperator(task_id="create", **payment)
    with pytest.raises(AirflowFailException, match="map index 2 is a position in a list"):
        run(task, TaskInstance(map_index=2))
    assert paxos.asked == []
