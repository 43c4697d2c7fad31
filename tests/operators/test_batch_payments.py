"""What makes a payment: its key, its ref_id and its values, checked for the whole batch before any money moves."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.api.errors import InvalidRequest
from airflow_provider_paxos.execution.identity import derived_ref_id
from airflow_provider_paxos.hooks.creator import creator_of
from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import SECRET, FakePaxos
from tests.fixtures import CreateBatch, Define
from tests.payments import PAYMENT, payments
from tests.task_instance import TaskInstance, run


def submitted(paxos: FakePaxos) -> list[str]:
    """Return the ref_ids that were submitted."""
    return sorted(each.json["ref_id"] for each in paxos.asked if each.call == "create")


def refused(create_batch: CreateBatch, paxos: FakePaxos, **but: Any) -> str:
    """Return what the task says when the batch is refused, before anything was sent."""
    task = create_batch(
        **{"payments": "{{ later }}", **{key: value for key, value in but.items() if key != "payments"}}
    )
    with pytest.raises(AirflowFailException) as failed:
        run(task, TaskInstance(task_id="settle"), later=json.dumps(but["payments"]))
    assert paxos.asked == []
    assert "This attempt sent nothing to Paxos." in str(failed.value)
    return str(failed.value)


class TestRefIds:
    def test_are_derived_from_the_task_instance_and_the_key(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        ti = TaskInstance(task_id="settle")
        run(create_batch(ref_id=None), ti)
        assert submitted(paxos) == sorted(derived_ref_id(creator_of(ti, key)) for key in ("1", "2", "3"))

    def test_are_rendered_with_the_key_the_payment_and_all_that_the_tasks_templates_know(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        template = "settle-{{ ds }}-{{ payment.metadata.desk }}-{{ key }}"
        run(
            create_batch(payments=payments(2, metadata={"desk": "fx"}), ref_id=template), TaskInstance(task_id="settle")
        )
        assert submitted(paxos) == ["settle-2026-11-21-fx-1", "settle-2026-11-21-fx-2"]

    def test_stay_text_where_the_dag_renders_to_native_objects(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        some = [{"key": "007", **PAYMENT}, {"key": "1e3", **PAYMENT}]
        with DAG("native", schedule=None, render_template_as_native_obj=True):
            task = create_batch(payments=some, ref_id="{{ key }}")
        run(task, TaskInstance(task_id="settle"))
        assert submitted(paxos) == ["007", "1e3"]

    def test_that_a_payment_brings_are_taken_as_they_are(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        run(
            create_batch(payments=[*payments(1, ref_id="its own"), {"key": "2", **PAYMENT}]),
            TaskInstance(task_id="settle"),
        )
        assert submitted(paxos) == ["its own", "settle-2"]

    def test_that_are_the_same_for_two_payments_are_refused(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        text = refused(create_batch, paxos, payments=payments(2), ref_id="settle-{{ payment.source_asset }}")
        assert (
            "payment 2 (2): ref_id: settle-USD is a duplicate of payment 1 (1); "
            "a template for it has to contain the key" in text
        )

    def test_that_differ_in_case_alone_are_refused(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        text = refused(create_batch, paxos, payments=[{"key": "a", **PAYMENT}, {"key": "A", **PAYMENT}])
        assert "key: duplicate of payment 1 (a)" in text

    @pytest.mark.parametrize("template", ["{{ key.nothing }}", "{{ key", "{{ key | unknown }}"])
    def test_that_cannot_be_rendered_are_refused_without_retries(
        self, create_batch: CreateBatch, paxos: FakePaxos, template: str
    ) -> None:
        with DAG("payments", schedule=None):
            task = create_batch(ref_id=template)
        with pytest.raises(AirflowFailException, match="ref_id: the template cannot be rendered"):
            run(task, TaskInstance(task_id="settle"))
        assert paxos.asked == []

    @pytest.mark.parametrize(
        ("template", "value"),
        [
            ("settle-{{ params.batch }}-{{ key }}", "None"),
            ("settle-{{ dag_run.conf.get('batch') }}-{{ key }}", "None"),
            ("settle-{{ params.empty }}-{{ key }}", "an empty text"),
            ("settle-{{ payment.batch }}-{{ key }}", "an undefined value"),
        ],
    )
    def test_that_would_be_the_same_in_every_run_as_a_value_is_missing_are_refused(
        self, create_batch: CreateBatch, paxos: FakePaxos, template: str, value: str
    ) -> None:
        task, conf = create_batch(payments=payments(2), ref_id=template), SimpleNamespace(conf={})
        with pytest.raises(AirflowFailException) as failure:
            run(task, TaskInstance(task_id="settle"), params={"batch": None, "empty": ""}, dag_run=conf)
        assert "2 of 2 payments are not valid" in str(failure.value)
        assert f"payment 2 (2): ref_id: the template cannot be rendered: an expression in it yields {value}" in str(
            failure.value
        )
        assert paxos.asked == []

    @pytest.mark.parametrize(
        "ref_id",
        [
            "settle",
            "settle-{{ ds }}",
            "settle-{{ ds }}-key",
            "turnkey-payment",
            "settle-{{ params.key }}",
            "settle-{{ params['payment'] }}",
            "settle-{{ key_of_the_day }}",
            7,
        ],
    )
    def test_that_do_not_name_the_key_fail_the_parse(self, create_batch: CreateBatch, ref_id: Any) -> None:
        with pytest.raises(ValueError, match="it is a template that contains the key"):
            create_batch(ref_id=ref_id)

    @pytest.mark.parametrize(
        "ref_id",
        ["{{key}}", "{{ ds }}-{{ key | lower }}", "{% set k = key %}{{ k }}", "{{ payment['key'] }}{{ payment.file }}"],
    )
    def test_that_name_the_key_or_the_payment_pass(self, create_batch: CreateBatch, ref_id: str) -> None:
        assert create_batch(ref_id=ref_id).ref_id == ref_id


class TestPayments:
    def test_come_from_a_template_as_json(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        run(create_batch(payments="{{ due | tojson }}"), TaskInstance(task_id="settle"), due=payments(2))
        assert submitted(paxos) == ["settle-1", "settle-2"]

    def test_come_from_another_task_and_are_not_rendered_again(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        memo = "{{ 7 * 7 }}"
        fiat = {"fiat": {"bank_account_id": "account-1", "memo": memo}}
        task = create_batch()
        task.payments = payments(1, destination=fiat)
        task.execute({"ti": TaskInstance(task_id="settle"), "task": task})
        assert paxos.only("create").json["destination"]["fiat"]["memo"] == memo

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("{{ due }}", "payments is a string, but not valid JSON"),
            ("{{ none }}", "payments: an expression of the template '{{ none }}' yields None"),
            ("{{ 7 }}", "payments is of the type int; a list of mappings is expected"),
            ("{{ {'key': '1'} | tojson }}", "payments is of the type dict"),
        ],
    )
    def test_that_are_no_list_are_refused(
        self, create_batch: CreateBatch, paxos: FakePaxos, given: str, expected: str
    ) -> None:
        with pytest.raises(AirflowFailException, match=expected):
            run(create_batch(payments=given), TaskInstance(task_id="settle"), due=payments(1))
        assert paxos.asked == []

    @pytest.mark.parametrize(
        ("payment", "expected"),
        [
            (PAYMENT, "payment 3: key: it is missing"),
            ({**PAYMENT, "key": 7}, "payment 3: key: Input should be a valid string"),
            ({**PAYMENT, "key": ""}, "payment 3: key: String should have at least 1 character"),
            ({**PAYMENT, "key": "k" * 101}, "key: it has 101 characters; 100 are allowed"),
            ({**PAYMENT, "key": "None"}, "payment 3 (None): key: it is 'None'"),
            ({**PAYMENT, "key": " 3"}, "key: it begins or ends with a blank"),
            ({**PAYMENT, "key": "1"}, "payment 3 (1): key: duplicate of payment 1 (1)"),
            (
                {**PAYMENT, "key": "3", "source_amount": 100.25},
                "payment 3 (3): source_amount: the amount 100.25 is a float",
            ),
            ({**PAYMENT, "key": "3", "amount": "1"}, "payment 3 (3): amount: there is no such field"),
            ({"key": "3"}, "payment 3 (3): source_asset: it is missing; destination_asset: it is missing"),
            ({**PAYMENT, "key": "3", "metadata": {"note": "n" * 101}}, "payment 3 (3): metadata.note"),
            ("3", "payment 3: it is of the type str"),
        ],
    )
    def test_one_that_is_wrong_refuses_the_whole_batch_before_any_request(
        self, create_batch: CreateBatch, paxos: FakePaxos, payment: Any, expected: str
    ) -> None:
        assert expected in refused(create_batch, paxos, payments=[*payments(2), payment])

    def test_every_one_that_is_wrong_is_named_up_to_a_bound(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        text = refused(create_batch, paxos, payments=[{**each, "source_amount": "0"} for each in payments(57)])
        assert "57 of 57 payments are not valid:\n" in text
        assert text.count("is not positive") == 20
        assert "and 37 more" in text

    def test_the_connections_limits_hold_for_each(
        self, create_batch: CreateBatch, paxos: FakePaxos, define_connection: Define
    ) -> None:
        define_connection(extra={"max_source_amount": "USD=50"})
        small = {"key": "2", **PAYMENT, "source_amount": "50"}
        text = refused(create_batch, paxos, payments=[*payments(1), small])
        assert "1 of 2 payments are not valid:\n  payment 1 (1): " in text
        assert "max_source_amount" in text

    @pytest.mark.parametrize("where", ["metadata", "key"])
    def test_a_payment_with_a_secret_of_the_connection_refuses_the_batch_without_showing_it(
        self, create_batch: CreateBatch, paxos: FakePaxos, where: str
    ) -> None:
        with_secret = {"metadata": {"metadata": {"note": SECRET}}, "key": {"key": f"rent-{SECRET}"}}[where]
        text = refused(create_batch, paxos, payments=[*payments(1), {**PAYMENT, "key": "2", **with_secret}])
        assert "payment 2: " in text
        assert "holds the connection's own client secret" in text
        assert SECRET not in text


class TestAtParseTime:
    @pytest.mark.parametrize(
        ("payment", "expected"),
        [
            ({**PAYMENT}, "payment 2: key: it is missing"),
            ({**PAYMENT, "key": "1"}, "payment 2: key: duplicate of payment 1"),
            ({**PAYMENT, "key": "2", "source_amount": 1.5}, "payment 2: source_amount: the amount 1.5 is a float"),
            ({"key": "2"}, "payment 2: source_asset: it is missing"),
        ],
    )
    def test_a_payment_that_is_wrong_already_fails_the_parse(
        self, create_batch: CreateBatch, payment: dict[str, Any], expected: str
    ) -> None:
        with pytest.raises(InvalidRequest, match=expected):
            create_batch(payments=[*payments(1), payment])

    def test_what_only_a_template_gives_is_checked_when_the_task_runs(self, create_batch: CreateBatch) -> None:
        later = "{{ params.later }}"
        create_batch(payments=[{**PAYMENT, "key": later, "source_amount": later}, {**PAYMENT, "key": later}])

    def test_what_all_payments_share_counts(self, create_batch: CreateBatch) -> None:
        create_batch(payments=[{"key": "1"}], defaults=PAYMENT)
        with pytest.raises(InvalidRequest, match="source_amount"):
            create_batch(payments=[{"key": "1"}], defaults={**PAYMENT, "source_amount": "-1"})

    def test_what_another_task_gives_is_checked_when_the_task_runs(self) -> None:
        with DAG("payments", schedule=None):
            first = CreateOrchestrationOperator(task_id="create", **PAYMENT)
            task = CreateOrchestrationBatchOperator(task_id="settle", payments=first.output)
        assert task.upstream_task_ids == {"create"}

    def test_a_mapped_batch_without_a_ref_id_is_refused(self) -> None:
        with DAG("payments", schedule=None), pytest.raises(ValueError, match="a mapped task needs a ref_id"):
            CreateOrchestrationBatchOperator.partial(task_id="settle").expand(payments=[[{"key": "1"}]])

    def test_a_mapped_batch_is_checked_when_the_task_runs(self, paxos: FakePaxos) -> None:
        with DAG("payments", schedule=None):
            mapped = CreateOrchestrationBatchOperator.partial(task_id="settle", ref_id="{{ key }}").expand(
                payments=[[{"key": 1}]]
            )
        with pytest.raises(AirflowFailException, match="key: Input should be a valid string"):
            run(mapped.unmap({"payments": [{"key": 1}]}), TaskInstance(task_id="settle", map_index=0))
        assert paxos.asked == []

    @pytest.mark.parametrize(
        ("wrong", "expected"),
        [
            ({"on_failed_payments": "skip"}, "on_failed_payments is 'skip'; it is 'fail' or 'report'"),
            ({"timeout": 0}, "timeout is 0; it is a positive number of seconds"),
            ({"poll_interval": -1}, "poll_interval is -1"),
        ],
    )
    def test_an_argument_that_is_wrong_fails_the_parse(
        self, create_batch: CreateBatch, wrong: dict[str, Any], expected: str
    ) -> None:
        with pytest.raises(ValueError, match=expected):
            create_batch(**wrong)
