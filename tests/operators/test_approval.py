"""An approval binds a person's answer to exactly what will be sent: nothing else is paid by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.standard.triggers.hitl import HITLTrigger
from airflow.sdk import DAG

from airflow_provider_paxos.api.creators import Creator
from airflow_provider_paxos.execution import human_input
from airflow_provider_paxos.operators.approval import Approval
from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.planning.digest import digest_of
from airflow_provider_paxos.version_compat import AirflowFailException
from airflow_provider_paxos.xcom import unpacked
from tests.fake_paxos import BROKEN, FakePaxos
from tests.fixtures import Create, CreateBatch, Define, Logged
from tests.payments import REQUEST, payments
from tests.required_actions import (
    ANSWERED_AT,
    OLD_FORM,
    AwaitingInput,
    RequiredActions,
    StateStore,
    answer,
    attempt,
)
from tests.task_instance import RUN_ID, TaskDeferred, TaskInstance, left_by, resume

Paying = Callable[..., Any]

APPROVAL = Approval()
REJECTED = answer("Reject")
TIMED_OUT = {"error": "The timeout has passed.", "error_type": "timeout"}
NOTED = re.compile(rf"[0-9A-F]{{4}}-[0-9A-F]{{4}} approved by treasurer at {re.escape(ANSWERED_AT.isoformat())}")


@pytest.fixture(autouse=True)
def actions(monkeypatch: pytest.MonkeyPatch, task_process: None) -> RequiredActions:
    """Airflow's Required Actions, and the form of waiting of Airflow 3.3."""
    actions = RequiredActions()
    monkeypatch.setattr("airflow.sdk.execution_time.task_runner.SUPERVISOR_COMMS", actions)
    monkeypatch.setattr(human_input, "TaskAwaitingInput", AwaitingInput)
    return actions


@pytest.fixture
def before_3_3(monkeypatch: pytest.MonkeyPatch) -> None:
    """The form of waiting of Airflow 3.1 and 3.2."""
    monkeypatch.setattr(human_input, "TaskAwaitingInput", None)
    monkeypatch.setattr(human_input, "HITLTrigger", HITLTrigger, raising=False)


@pytest.fixture
def ti() -> TaskInstance:
    return TaskInstance(task_id="pay", max_tries=3)


@pytest.fixture
def store() -> StateStore:
    return StateStore()


@pytest.fixture(params=["one", "batch"])
def paying(request: pytest.FixtureRequest, create: Create, create_batch: CreateBatch, paxos: FakePaxos) -> Paying:
    """Make an operator that asks for an approval: of one payment, and of a batch of three."""

    def make(amount: str = "100.25", approval: Approval | None = APPROVAL, **but: Any) -> Any:
        if request.param == "one":
            return create(task_id="pay", source_amount=amount, approval=approval, **but)
        return create_batch(task_id="pay", payments=payments(3, source_amount=amount), approval=approval, **but)

    return make


def asked(outcome: object) -> bool:
    return isinstance(outcome, AwaitingInput)


def of_code_4f1a_22c9(*plan: Any) -> str:
    """Return a digest that begins like that of every other plan."""
    return f"4f1a22c9{digest_of(*plan)[8:]}"


def all_ended(paxos: FakePaxos) -> dict[str, Any]:
    """Let all that Paxos holds be COMPLETED, and return the trigger's event."""
    for each in paxos.book:
        paxos.end(each, "COMPLETED")
    return {"terminal": [{"id": each, "status": "COMPLETED", "reason": None} for each in paxos.book]}


class TestAsking:
    def test_it_asks_before_anything_is_sent(self, paying: Paying, ti: TaskInstance, paxos: FakePaxos) -> None:
        assert asked(attempt(paying(), ti))
        assert "create" not in paxos.calls()

    def test_the_options_carry_the_code_of_the_plan(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions, logged: Logged
    ) -> None:
        attempt(paying(), ti)
        approve, reject = actions.form(ti).options
        digits = approve.removeprefix("Approve ")
        assert f"Plan {digits[:9]} (sandbox)" in logged()
        assert f"Digest: {digits.replace('-', '').lower()}" in logged()
        assert len(digits.replace("-", "")) == 32
        assert reject == "Reject"

    def test_the_form_shows_amounts_and_payments(
        self, create_batch: CreateBatch, paxos: FakePaxos, ti: TaskInstance, actions: RequiredActions
    ) -> None:
        attempt(create_batch(task_id="pay", approval=Approval()), ti)
        form = actions.form(ti)
        assert re.fullmatch(r"Plan \S+ \(sandbox\): 3 new payments, 300\.75 USD", form.subject)
        assert "| 1 | 100.25 USD to USDG | profile profile-b |" in form.body

    def test_the_form_has_no_default_no_fields_and_one_answer(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions
    ) -> None:
        attempt(paying(), ti)
        form = actions.form(ti)
        assert (form.defaults, form.params, form.multiple) == (None, {}, False)

    def test_only_the_assigned_users_may_answer(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions
    ) -> None:
        attempt(paying(approval=Approval(assigned_users=["cfo", {"id": "7", "name": "Treasurer"}])), ti)
        users = [(user.id, user.name) for user in actions.form(ti).assigned_users]
        assert users == [("cfo", "cfo"), ("7", "Treasurer")]

    @pytest.mark.parametrize("timeout", [3600, timedelta(hours=1)])
    def test_it_leaves_the_worker_until_the_answer(self, paying: Paying, ti: TaskInstance, timeout: Any) -> None:
        left = attempt(paying(approval=Approval(timeout=timeout)), ti)
        assert (left.method_name, left.timeout) == ("execute_approved", timedelta(hours=1))

    @pytest.mark.usefixtures("before_3_3")
    def test_before_airflow_3_3_it_waits_in_the_triggerer(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions
    ) -> None:
        left = attempt(paying(approval=Approval(timeout=3600)), ti)
        assert isinstance(left, TaskDeferred)
        assert left.method_name == "execute_approved"
        trigger = left.trigger.serialize()[1]
        assert (trigger["ti_id"], trigger["options"]) == (ti.id, actions.form(ti).options)
        assert (trigger["defaults"], trigger["multiple"]) == (None, False)
        assert trigger["timeout_datetime"] is not None

    @pytest.mark.usefixtures("before_3_3")
    def test_before_airflow_3_3_the_answer_pays_all_the_same(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions, paxos: FakePaxos
    ) -> None:
        attempt(paying(), ti)
        attempt(paying(), ti, actions.approve(ti))
        assert "create" in paxos.calls()

    def test_where_airflow_does_not_show_who_triggered_the_run_it_does_not_ask(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions
    ) -> None:
        with pytest.raises(AirflowFailException, match="forbid_trigger_user=False"):
            attempt(paying(), ti, dag_run=SimpleNamespace())
        assert actions.asked == 0
        assert asked(attempt(paying(approval=Approval(forbid_trigger_user=False)), ti, dag_run=SimpleNamespace()))

    def test_a_form_of_another_plan_that_airflow_still_shows_fails_at_once(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions, paxos: FakePaxos
    ) -> None:
        actions.keep(ti, OLD_FORM)
        with pytest.raises(AirflowFailException, match=r"the form of another plan .Approve 0000-0000."):
            attempt(paying(), ti)
        assert "create" not in paxos.calls()

    @pytest.mark.parametrize("users", [("treasurer",), ("treasurer", "cfo"), ()])
    def test_so_does_a_form_that_others_may_answer(
        self, paying: Paying, ti: TaskInstance, paxos: FakePaxos, users: Any
    ) -> None:
        attempt(paying(approval=Approval(assigned_users=users)), ti)
        with pytest.raises(AirflowFailException, match="a form that others may answer"):
            attempt(paying(approval=Approval(assigned_users=["cfo"])), ti)
        assert "create" not in paxos.calls()

    def test_what_stands_against_the_plan_comes_before_the_question(
        self, create_batch: CreateBatch, define_connection: Define, paxos: FakePaxos, ti: TaskInstance
    ) -> None:
        define_connection(extra={"max_orchestrations_per_day": 2})
        with pytest.raises(AirflowFailException, match="max_orchestrations_per_day"):
            attempt(create_batch(task_id="pay", approval=Approval()), ti)


class TestWhenItAsks:
    def test_without_an_approval_nobody_is_asked(self, paying: Paying, ti: TaskInstance, paxos: FakePaxos) -> None:
        attempt(paying(approval=None), ti)
        assert "create" in paxos.calls()

    @pytest.mark.parametrize(
        ("above", "asks"),
        [
            ({"USD": "300.75"}, False),
            ({"USD": "300.74"}, True),
            ({"usd": "1000"}, False),
            ({"USDC": "1000"}, True),
            ({}, True),
        ],
    )
    def test_new_payments_up_to_a_threshold_need_none(
        self, create_batch: CreateBatch, paxos: FakePaxos, ti: TaskInstance, above: Any, asks: bool
    ) -> None:
        assert asked(attempt(create_batch(task_id="pay", approval=Approval(above=above)), ti)) is asks
        assert ("create" in paxos.calls()) is not asks

    @pytest.mark.parametrize(
        ("when", "asks"),
        [
            ("{{ params.approve }}", True),
            ("{{ not params.approve }}", False),
            ("{{ '' }}", False),
            ("yes", True),
            (False, False),
        ],
    )
    def test_a_template_decides(self, paying: Paying, ti: TaskInstance, when: Any, asks: bool) -> None:
        task = paying(approval=Approval(when=when))
        assert asked(attempt(task, ti, params={"approve": True})) is asks

    @pytest.mark.parametrize("native", [True, False])
    def test_a_template_decides_in_a_native_dag_too(self, paxos: FakePaxos, ti: TaskInstance, native: bool) -> None:
        with DAG("settlement", schedule=None, render_template_as_native_obj=native):
            task = CreateOrchestrationOperator(task_id="pay", approval=Approval(when="{{ params.approve }}"), **REQUEST)
        assert asked(attempt(task, ti, params={"approve": True}))
        assert not asked(attempt(task, ti, params={"approve": False}))

    @pytest.mark.parametrize("when", ["maybe", "{{ params.missing }}"])
    def test_a_template_that_says_neither_pays_nothing(
        self, paying: Paying, ti: TaskInstance, paxos: FakePaxos, when: str
    ) -> None:
        with pytest.raises(AirflowFailException, match=r"approval\.when"):
            attempt(paying(approval=Approval(when=when)), ti)
        assert "create" not in paxos.calls()

    def test_payments_that_all_exist_need_none(self, paying: Paying, ti: TaskInstance, paxos: FakePaxos) -> None:
        attempt(paying(approval=None), ti)
        assert not asked(attempt(paying(), ti))
        assert paxos.calls().count("create") <= 4  # one of which the single operator sends again, and Paxos refuses

    def test_of_a_batch_in_part_paid_only_the_rest_counts(
        self, create_batch: CreateBatch, paxos: FakePaxos, ti: TaskInstance, actions: RequiredActions
    ) -> None:
        stamp = Creator("settlement", RUN_ID, "pay", key="1").stamp()
        paxos.add(1, metadata={"airflow_creator": stamp})
        attempt(create_batch(task_id="pay", approval=Approval()), ti)
        assert "2 new payments, 200.50 USD" in actions.form(ti).subject

    @pytest.mark.parametrize("approval", [Approval(above={"USD": "1000000"}), Approval(when=False)])
    def test_duplicates_that_the_connection_wants_approved_are_always_asked_for(
        self, paying: Paying, define_connection: Define, paxos: FakePaxos, ti: TaskInstance, approval: Approval
    ) -> None:
        define_connection(extra={"duplicate_window": 7, "on_duplicate": "approve"})
        paxos.add(1, ref_id="of another run")
        assert asked(attempt(paying(approval=approval, preflight="off"), ti))

    def test_without_an_approval_duplicates_are_refused(
        self, paying: Paying, define_connection: Define, paxos: FakePaxos, ti: TaskInstance
    ) -> None:
        define_connection(extra={"duplicate_window": 7, "on_duplicate": "approve"})
        paxos.add(1, ref_id="of another run")
        with pytest.raises(AirflowFailException, match="duplicate_of_ok"):
            attempt(paying(approval=None), ti)


class TestDuplicates:
    @pytest.fixture(autouse=True)
    def _want_an_approval(self, paying: Paying, define_connection: Define) -> None:
        define_connection(extra={"duplicate_window": 7, "on_duplicate": "approve"})

    def test_that_the_form_showed_are_paid_by_the_answer(
        self, paying: Paying, ti: TaskInstance, paxos: FakePaxos, actions: RequiredActions
    ) -> None:
        paxos.add(1, ref_id="of another run")
        attempt(paying(), ti)
        assert " with duplicates " in actions.form(ti).options[0]
        attempt(paying(), ti, actions.approve(ti))
        assert "create" in paxos.calls()

    @pytest.mark.usefixtures("naps")
    def test_that_the_form_showed_are_paid_by_a_retry_of_a_part_too(
        self,
        create_batch: CreateBatch,
        ti: TaskInstance,
        paxos: FakePaxos,
        actions: RequiredActions,
        store: StateStore,
    ) -> None:
        paxos.add(7, ref_id="of another run")
        task = create_batch(task_id="pay", payments=payments(3), approval=APPROVAL)
        attempt(task, ti, store=store)
        # Three payments make five requests each, of which the last one alone is answered.
        paxos.replies["create"].extend([BROKEN] * 14)
        with pytest.raises(Exception, match="503"):
            attempt(task, ti, actions.approve(ti), store=store)
        assert len(paxos.book) == 2
        ti.xcoms.clear()

        attempt(task, ti, store=store)
        assert actions.asked == 1
        assert len(paxos.book) == 4

    @pytest.mark.parametrize("shown", [0, 1])
    def test_that_were_made_after_the_form_was_are_not(
        self, paying: Paying, ti: TaskInstance, paxos: FakePaxos, actions: RequiredActions, shown: int
    ) -> None:
        # Two runs ask for the same payments at once: each form shows none of the other's.
        for number in range(shown):
            paxos.add(number, ref_id=f"shown-{number}")
        attempt(paying(), ti)
        paxos.add(7, ref_id="of another run")
        with pytest.raises(AirflowFailException, match="the form of another plan"):
            attempt(paying(), ti, actions.approve(ti))
        assert "create" not in paxos.calls()

    def test_that_were_made_since_an_earlier_attempt_are_not(
        self, paying: Paying, ti: TaskInstance, paxos: FakePaxos, actions: RequiredActions, store: StateStore
    ) -> None:
        attempt(paying(), ti, store=store)
        paxos.always["create"] = BROKEN
        with pytest.raises(Exception, match="503"):
            attempt(paying(), ti, actions.approve(ti), store=store)
        paxos.always.clear()
        paxos.add(7, ref_id="of another run")
        with pytest.raises(AirflowFailException, match="the form of another plan"):
            attempt(paying(), ti, store=store)
        assert {each["ref_id"] for each in paxos.book.values()} == {"of another run"}


class TestTheAnswer:
    @pytest.fixture(autouse=True)
    def _asked(self, paying: Paying, ti: TaskInstance, store: StateStore) -> None:
        assert asked(attempt(paying(), ti, store=store))

    def test_the_option_with_the_code_pays(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions, paxos: FakePaxos
    ) -> None:
        attempt(paying(), ti, actions.approve(ti))
        assert paxos.calls().count("create") == len(paxos.book) > 0
        assert all(NOTED.fullmatch(each["approval"]) for each in left_by(ti))

    @pytest.mark.parametrize(
        ("event", "says"),
        [
            (REJECTED, "treasurer rejected it"),
            (TIMED_OUT, "nobody answered: The timeout has passed."),
            ({}, "no person answered"),
            (answer("Approve 0000-0000"), "is for another plan"),
            (answer("Approve"), "is for another plan"),
            (answer("Reject", chosen_options=[]), "is for another plan"),
        ],
    )
    def test_no_other_answer_pays(
        self, paying: Paying, ti: TaskInstance, paxos: FakePaxos, event: Any, says: str
    ) -> None:
        with pytest.raises(AirflowFailException, match=says):
            attempt(paying(), ti, event)
        assert "create" not in paxos.calls()

    def test_a_rejection_is_not_kept_as_an_approval(self, paying: Paying, ti: TaskInstance, store: StateStore) -> None:
        with pytest.raises(AirflowFailException, match="rejected"):
            attempt(paying(), ti, REJECTED, store=store)
        assert store.values == {}

    @pytest.mark.parametrize(
        "nobody", [{"timedout": True}, {"responded_by_user": None}, {"responded_by_user": {"id": "", "name": "x"}}]
    )
    def test_the_right_option_by_nobody_does_not_pay(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions, paxos: FakePaxos, nobody: Any
    ) -> None:
        with pytest.raises(AirflowFailException, match="no person answered"):
            attempt(paying(), ti, actions.approve(ti, **nobody))
        assert "create" not in paxos.calls()

    @pytest.mark.parametrize("chosen", [lambda form: form.options, lambda form: form.options[0]])
    def test_the_right_option_is_the_only_one_chosen(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions, paxos: FakePaxos, chosen: Any
    ) -> None:
        with pytest.raises(AirflowFailException, match="is for another plan"):
            attempt(paying(), ti, actions.approve(ti, chosen_options=chosen(actions.form(ti))))
        assert "create" not in paxos.calls()

    def test_what_was_changed_meanwhile_is_not_paid(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions, paxos: FakePaxos
    ) -> None:
        with pytest.raises(AirflowFailException, match="the payments have changed"):
            attempt(paying(amount="100.26"), ti, actions.approve(ti))
        assert "create" not in paxos.calls()

    def test_another_plan_that_has_the_same_code_is_not_paid(
        self,
        paying: Paying,
        ti: TaskInstance,
        actions: RequiredActions,
        paxos: FakePaxos,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        # Whoever may change the input finds two such plans within a second, by a note in the metadata.
        for module in ("execution.approval", "planning.planner"):
            monkeypatch.setattr(f"airflow_provider_paxos.{module}.digest_of", of_code_4f1a_22c9)
        actions.forms.clear()
        attempt(paying(), ti)
        with pytest.raises(AirflowFailException, match="the payments have changed"):
            attempt(paying(amount="100.26"), ti, actions.approve(ti))
        with pytest.raises(AirflowFailException, match="the form of another plan"):
            attempt(paying(amount="100.26"), ti)
        assert "create" not in paxos.calls()

    def test_another_environment_is_not_paid(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions, define_connection: Define
    ) -> None:
        define_connection(extra={"environment": "production"})
        with pytest.raises(AirflowFailException, match="the payments have changed"):
            attempt(paying(), ti, actions.approve(ti))

    @pytest.mark.parametrize("triggered_by", ["treasurer", "Jane Doe"])
    def test_who_triggered_the_run_may_not_approve_it(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions, paxos: FakePaxos, triggered_by: str
    ) -> None:
        event = actions.approve(ti, responded_by_user={"id": "treasurer", "name": "Jane Doe"})
        with pytest.raises(AirflowFailException, match=r"Jane Doe \(id treasurer\) triggered this Dag run"):
            attempt(paying(), ti, event, triggered_by=triggered_by)
        assert "create" not in paxos.calls()

    def test_unless_the_author_allows_it(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions, paxos: FakePaxos
    ) -> None:
        task = paying(approval=Approval(forbid_trigger_user=False))
        attempt(task, ti, actions.approve(ti), triggered_by="treasurer")
        assert "create" in paxos.calls()

    def test_a_rejection_holds_where_no_approval_is_needed_any_more(
        self, paying: Paying, ti: TaskInstance, paxos: FakePaxos
    ) -> None:
        for approval in (None, Approval(when=False), Approval(above={"USD": "1000000"})):
            with pytest.raises(AirflowFailException, match="rejected"):
                attempt(paying(approval=approval), ti, REJECTED)
        assert "create" not in paxos.calls()

    def test_an_answer_is_read_before_paxos_is_asked(self, paying: Paying, ti: TaskInstance, paxos: FakePaxos) -> None:
        paxos.asked.clear()
        with pytest.raises(AirflowFailException, match="rejected"):
            attempt(paying(), ti, REJECTED)
        assert paxos.calls() == []

    def test_the_log_says_who_approved_what(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions, logged: Logged
    ) -> None:
        attempt(paying(), ti, actions.approve(ti))
        assert NOTED.search(logged())


class TestARetry:
    @pytest.fixture(autouse=True)
    def _approved(
        self, paying: Paying, ti: TaskInstance, store: StateStore, actions: RequiredActions, paxos: FakePaxos
    ) -> None:
        """Approve, and let Paxos break down before it accepts anything."""
        attempt(paying(), ti, store=store)
        paxos.always["create"] = paxos.always["list"] = BROKEN
        with pytest.raises(Exception, match="503"):
            attempt(paying(), ti, actions.approve(ti), store=store)
        paxos.always.clear()
        ti.xcoms.clear()

    def test_of_the_same_plan_does_not_ask_again(
        self, paying: Paying, ti: TaskInstance, store: StateStore, actions: RequiredActions, paxos: FakePaxos
    ) -> None:
        attempt(paying(), ti, store=store)
        assert actions.asked == 1
        assert paxos.book
        assert all(NOTED.fullmatch(each["approval"]) for each in left_by(ti))

    def test_of_another_plan_asks_again_and_meets_the_old_form(
        self, paying: Paying, ti: TaskInstance, store: StateStore, actions: RequiredActions, paxos: FakePaxos
    ) -> None:
        with pytest.raises(AirflowFailException, match="the form of another plan"):
            attempt(paying(amount="7"), ti, store=store)
        assert actions.asked == 2
        assert paxos.book == {}

    def test_without_a_state_store_it_asks_again(
        self, paying: Paying, ti: TaskInstance, actions: RequiredActions
    ) -> None:
        assert asked(attempt(paying(), ti))
        assert actions.asked == 2

    def test_that_adopts_all_still_says_who_approved_it(
        self, paying: Paying, ti: TaskInstance, store: StateStore
    ) -> None:
        attempt(paying(), ti, store=store)
        ti.xcoms.clear()
        attempt(paying(), ti, store=store)
        receipts = left_by(ti)
        assert [each["adopted"] for each in receipts] == [True] * len(receipts)
        assert all(NOTED.fullmatch(each["approval"]) for each in receipts)

    @pytest.mark.parametrize(
        "odd", ["approved", {"digest": 1}, {"digest": "0" * 64, "code": "1", "by": "x", "at": "y"}]
    )
    def test_an_odd_or_foreign_entry_in_the_store_is_no_approval(
        self, paying: Paying, ti: TaskInstance, store: StateStore, odd: Any
    ) -> None:
        store.set("paxos_approval", odd)
        assert asked(attempt(paying(), ti, store=store))


class TestAfterTheWait:
    def test_the_receipt_says_who_approved_it(
        self, create: Create, paxos: FakePaxos, ti: TaskInstance, actions: RequiredActions
    ) -> None:
        task = create(task_id="pay", approval=Approval(), wait_for_completion=True, deferrable=True)
        attempt(task, ti)
        waits = attempt(task, ti, actions.approve(ti))
        resume(task, ti, event=all_ended(paxos), **waits.kwargs)
        (receipt,) = left_by(ti)
        assert receipt["status"] == "COMPLETED"
        assert NOTED.fullmatch(receipt["approval"])

    def test_so_do_the_receipts_and_the_result_of_a_batch(
        self, create_batch: CreateBatch, paxos: FakePaxos, ti: TaskInstance, actions: RequiredActions
    ) -> None:
        task = create_batch(task_id="pay", approval=Approval(), wait_for_completion=True)
        attempt(task, ti)
        waits = attempt(task, ti, actions.approve(ti))
        records = unpacked(resume(task, ti, event=all_ended(paxos), **waits.kwargs))
        for each in (*records, *left_by(ti)):
            assert each["status"] == "COMPLETED"
            assert NOTED.fullmatch(each["approval"])


def test_what_another_run_created_meanwhile_was_not_paid_by_the_approval(
    create_batch: CreateBatch, paxos: FakePaxos, ti: TaskInstance, actions: RequiredActions
) -> None:
    attempt(create_batch(task_id="pay", approval=Approval()), ti)
    paxos.add(1, metadata={"airflow_creator": Creator("settlement", "manual__1", "pay", key="1").stamp()})
    records = attempt(create_batch(task_id="pay", approval=Approval()), ti, actions.approve(ti))
    assert ["approval" in each for each in records] == [False, True, True]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"assigned_users": "treasurer"}, "a list of ids"),
        ({"assigned_users": [7]}, "assigned_users holds 7"),
        ({"assigned_users": [{"id": "7"}]}, "a mapping of id and name"),
        ({"above": {"USD": 0.1}}, "a decimal string"),
        ({"above": {"USD": "much"}}, "a decimal string"),
        ({"above": {"USD": "-1"}}, "a decimal string"),
        ({"above": {"USD": "NaN"}}, "a decimal string"),
        ({"timeout": 0}, "a positive number of seconds"),
        ({"timeout": timedelta(seconds=-1)}, "a positive number of seconds"),
    ],
)
def test_an_approval_that_cannot_work_fails_when_the_dag_is_parsed(wrong: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Approval(**wrong)
