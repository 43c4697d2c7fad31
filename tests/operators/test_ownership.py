"""Whose a payment is: a used ref_id is adopted from oneself, and never silently from a stranger."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from airflow.sdk import DAG, task_group

from airflow_provider_paxos.api.errors import BatchIncomplete
from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import Answer, FakePaxos, problem
from tests.fixtures import Create, CreateBatch, Define, Logged
from tests.payments import REQUEST, payments
from tests.task_instance import TaskInstance, left_by, run

OTHER_RUN = "scheduled__2026-11-22T03:04:05+00:00"


def another(**but: Any) -> TaskInstance:
    return TaskInstance(**but)


class TestSingle:
    def test_a_retry_adopts_its_own(self, create: Create, paxos: FakePaxos, logged: Logged) -> None:
        first = run(create(), another())
        again = another(try_number=2)
        assert run(create(), again) == first
        assert "adopted: an earlier attempt had created it; nothing was paid again" in logged()
        assert (left_by(again)[0]["adopted"], "creator" in left_by(again)[0]) == (True, False)

    def test_the_same_task_in_another_run_adopts_with_a_warning_that_names_the_run(
        self, create: Create, paxos: FakePaxos, logged: Logged
    ) -> None:
        first = run(create(), another())
        later = another(run_id=OTHER_RUN)
        assert run(create(), later) == first
        assert "This attempt paid nothing: adopted: created by settlement.create scheduled__2026-11-21" in logged()
        assert left_by(later)[0]["creator"].startswith("settlement.create scheduled__2026-11-21")
        assert len(paxos.book) == 1

    @pytest.mark.parametrize(
        "stranger",
        [
            {"task_id": "bonus"},
            {"dag_id": "payroll"},
            {"task_id": "bonus", "run_id": OTHER_RUN},
            {"map_index": 3},
        ],
        ids=str,
    )
    def test_a_strangers_equal_payment_is_refused_and_its_creator_named(
        self, create: Create, paxos: FakePaxos, stranger: dict[str, Any]
    ) -> None:
        run(create(), another())
        with pytest.raises(AirflowFailException) as refused:
            run(create(), another(**stranger))
        assert "was created by settlement.create scheduled__2026-11-21" in str(refused.value)
        assert "give this one a ref_id of its own" in str(refused.value)
        assert len(paxos.book) == 1

    def test_without_a_stamp_it_is_adopted_with_a_warning(
        self, create: Create, paxos: FakePaxos, logged: Logged
    ) -> None:
        paxos.add(1)
        ti = another()
        assert run(create(), ti) == "orchestration-1"
        assert "its creator is unknown" in logged()
        assert left_by(ti)[0]["creator"] == "unknown"

    def test_where_list_and_refusal_leave_the_metadata_out_get_is_asked(self, create: Create, paxos: FakePaxos) -> None:
        run(create(), another(task_id="bonus"))
        whole = dict(paxos.book["orchestration-1"])
        sparse = {name: value for name, value in whole.items() if name != "metadata"}
        paxos.replies["create"].append(problem(409, "already-exists", existing=sparse))
        paxos.replies["list"].append(Answer(200, {"items": [sparse]}))
        with pytest.raises(AirflowFailException, match=r"was created by settlement\.bonus"):
            run(create(), another())

    def test_a_strangers_twin_does_not_hide_one_without_a_stamp(self, create: Create, paxos: FakePaxos) -> None:
        run(create(), another(task_id="bonus"))
        by_hand = paxos.add(7, ref_id=REQUEST["ref_id"])
        paxos.replies["create"].append(problem(409, "already-exists"))
        assert run(create(), another()) == by_hand

    @pytest.mark.parametrize(
        ("adopt", "stranger", "is_adopted"),
        [
            ("own", {"try_number": 2}, True),
            ("own", {"run_id": OTHER_RUN}, False),
            ("own", {"task_id": "bonus"}, False),
            ("any", {"task_id": "bonus"}, True),
            ("any", {"map_index": 1}, True),
        ],
    )
    def test_the_author_narrows_or_widens_what_is_adopted(
        self, create: Create, paxos: FakePaxos, adopt: str, stranger: dict[str, Any], is_adopted: bool
    ) -> None:
        first = run(create(), another())
        if is_adopted:
            assert run(create(adopt=adopt), another(**stranger)) == first
        else:
            with pytest.raises(AirflowFailException, match="was created by"):
                run(create(adopt=adopt), another(**stranger))

    def test_another_namespace_is_another_creator_and_derives_another_ref_id(
        self, paxos: FakePaxos, define_connection: Define
    ) -> None:
        values = {name: value for name, value in REQUEST.items() if name != "ref_id"}
        for namespace in ("eu", "us"):
            define_connection(extra={"ref_id_namespace": namespace, "token_cache": "memory"})
            run(CreateOrchestrationOperator(task_id="create", **values), another())
        assert len({each["ref_id"] for each in paxos.book.values()}) == 2
        define_connection(extra={"ref_id_namespace": "eu", "token_cache": "memory"})
        of_the_other = CreateOrchestrationOperator(
            task_id="create", ref_id=paxos.book["orchestration-2"]["ref_id"], **values
        )
        with pytest.raises(AirflowFailException, match="was created by"):
            run(of_the_other, another())

    @pytest.mark.parametrize("adopt", ["mine", "", None])
    def test_a_word_that_is_none_fails_the_parse(self, create: Create, adopt: Any) -> None:
        with pytest.raises(ValueError, match="it is one of 'own', 'same_task', 'any'"):
            create(adopt=adopt)

    def test_own_needs_room_for_the_stamp(self, create: Create) -> None:
        with pytest.raises(ValueError, match="give 5 pairs at most"):
            create(adopt="own", metadata={str(number): "x" for number in range(6)})


class TestBatch:
    def test_another_run_of_the_batch_adopts_with_a_warning(
        self, create_batch: CreateBatch, paxos: FakePaxos, logged: Logged
    ) -> None:
        run(create_batch(), another(task_id="settle"))
        later = another(task_id="settle", run_id=OTHER_RUN)
        records = run(create_batch(), later)
        assert all(each["creator"].startswith("settlement.settle") for each in records)
        assert all(each["creator"].startswith("settlement.settle") for each in left_by(later))
        assert "3 of 3 payments were created by others than this Dag run, and are not paid again: 3 by run" in logged()
        assert f"3 by run {TaskInstance().run_id} of settlement.settle (1, 2, 3)" in logged()

    def test_one_that_only_the_submit_finds_is_warned_of_too(
        self, create_batch: CreateBatch, paxos: FakePaxos, logged: Logged
    ) -> None:
        run(create_batch(payments=payments(1)), another(task_id="settle"))
        paxos.add(2)
        paxos.unlisted = set(paxos.book)
        run(create_batch(), another(task_id="settle", run_id=OTHER_RUN))
        assert "2 of 3 payments were created by others than this Dag run" in logged()
        assert f"1 by run {TaskInstance().run_id} of settlement.settle (1); 1 by an unknown creator (2)" in logged()

    def test_an_incomplete_batch_counts_them(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        run(create_batch(payments=payments(1)), another(task_id="settle"))
        paxos.always["create"] = problem(429, "rate-limited")
        with pytest.raises(BatchIncomplete, match="1 created by other runs, or by an unknown creator"):
            run(create_batch(deferrable=False), another(task_id="settle", run_id=OTHER_RUN))

    def test_another_tasks_payments_refuse_the_batch_and_are_named(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        run(create_batch(payments=payments(2)), another(task_id="settle"))
        with pytest.raises(AirflowFailException) as refused:
            run(create_batch(), another(task_id="settle_again"))
        assert "2 of 3 payments belong to other payments" in str(refused.value)
        assert "was created by settlement.settle 2 scheduled" in str(refused.value)
        assert len(paxos.book) == 2

    def test_another_key_under_the_same_ref_id_is_refused(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        run(create_batch(payments=payments(1, ref_id="pay-alice")), another(task_id="settle"))
        renamed = [{**payments(1, ref_id="pay-alice")[0], "key": "renamed"}]
        with pytest.raises(AirflowFailException, match=r"was created by settlement\.settle 1 "):
            run(create_batch(payments=renamed), another(task_id="settle"))

    def test_two_files_with_equal_keys_in_a_mapped_group_are_refused_not_merged(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        run(create_batch(), another(task_id="settle", map_index=0))
        with pytest.raises(AirflowFailException, match="belong to other payments"):
            run(create_batch(), another(task_id="settle", map_index=1))
        assert len(paxos.book) == 3

    def test_any_adopts_from_everybody(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        first = run(create_batch(), another(task_id="settle"))
        found = run(create_batch(adopt="any"), another(task_id="settle_again"))
        assert [each["id"] for each in found] == [each["id"] for each in first]


class TestMapped:
    """A position in a list names no payment."""

    VALUES: ClassVar = {name: value for name, value in REQUEST.items() if name not in ("ref_id", "source_amount")}

    @pytest.mark.parametrize("by", ["expand", "expand_kwargs"])
    def test_a_mapped_task_without_a_ref_id_fails_the_parse_and_says_what_to_write(self, by: str) -> None:
        with DAG("payments", schedule=None):
            partial = CreateOrchestrationOperator.partial(task_id="create", **self.VALUES)
            expand = {
                "expand": lambda: partial.expand(source_amount=["1", "2"]),
                "expand_kwargs": lambda: partial.expand_kwargs([{"source_amount": "1"}]),
            }
            with pytest.raises(ValueError, match="create: a mapped task needs a ref_id") as refused:
                expand[by]()
        assert "ref_id='settle-{{ task.business_date(dag_run) }}-{{ params.invoice }}'" in str(refused.value)

    def test_a_ref_id_of_partial_or_of_each_instance_passes(self) -> None:
        with DAG("payments", schedule=None):
            CreateOrchestrationOperator.partial(task_id="a", ref_id="{{ task.source_amount }}", **self.VALUES).expand(
                source_amount=["1"]
            )
            CreateOrchestrationOperator.partial(task_id="b", **self.VALUES).expand_kwargs(
                [{"source_amount": "1", "ref_id": "invoice-1"}]
            )
            CreateOrchestrationOperator.partial(task_id="c", source_amount="1", **self.VALUES).expand(ref_id=["1", "2"])

    @pytest.mark.parametrize("operator", ["single", "batch"])
    def test_a_task_in_a_mapped_group_without_a_ref_id_fails_the_parse(self, operator: str) -> None:
        def settle(amount: str) -> None:
            if operator == "single":
                CreateOrchestrationOperator(task_id="create", source_amount=amount, **self.VALUES)
            else:
                CreateOrchestrationBatchOperator(task_id="create", payments=amount)

        with DAG("payments", schedule=None), pytest.raises(ValueError, match="a mapped task needs a ref_id"):
            task_group(settle).expand(amount=["1", "2"])

    def test_a_list_that_grows_pays_nothing_twice(self, paxos: FakePaxos) -> None:
        def settle(index: int, amount: str) -> None:
            ref_id = "invoice-{{ task.source_amount }}"
            task = CreateOrchestrationOperator(task_id="create", ref_id=ref_id, source_amount=amount, **self.VALUES)
            run(task, another(map_index=index))

        settle(0, "10")
        settle(1, "20")
        settle(0, "7")
        for index, moved in enumerate(("10", "20"), 1):
            with pytest.raises(AirflowFailException, match=r"was created by settlement\.create\["):
                settle(index, moved)
        assert sorted(each["source_amount"] for each in paxos.book.values()) == ["10", "20", "7"]
