"""EnsureOrchestrationRulesOperator: rules exist once as rows describe them, and are waited for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.emulator.models import DEFAULT_PROFILE
from airflow_provider_paxos.emulator.server import RunningEmulator
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.operators.rules import EnsureOrchestrationRulesOperator
from airflow_provider_paxos.triggers.orchestration_rule import OrchestrationRuleTrigger
from airflow_provider_paxos.version_compat import AirflowFailException
from airflow_provider_paxos.xcom import unpacked
from tests.fixtures import Define, Logged
from tests.task_instance import TaskDeferred, resume, resume_failed, run

SWEEP: dict[str, Any] = {
    "ref_id": "sweep-usdc",
    "profile_id": DEFAULT_PROFILE,
    "source_asset": "USDC",
    "destination_asset": "USDG",
    "source": {"crypto": {"network": "POLYGON"}},
    "destination": {"profile": {"profile_id": DEFAULT_PROFILE}},
}
BY_WIRE = {
    **SWEEP,
    "ref_id": "sweep-usd",
    "source_asset": "USD",
    "source": {"fiat": {"network": "WIRE", "account_type": "ABA"}},
}
CHANGED = {**SWEEP, "ref_id": "sweep-usdc-2", "destination_asset": "USD"}
DECIDED = {"decided": 1}

Ensure = Callable[..., EnsureOrchestrationRulesOperator]


@pytest.fixture
def ensure(emulator: RunningEmulator) -> Ensure:
    """Make the operator, of one rule, waiting on the worker by default."""

    def make(*rules: Any, **but: Any) -> EnsureOrchestrationRulesOperator:
        stated = {"task_id": "ensure", "rules": list(rules) or [SWEEP], "deferrable": False, **but}
        return EnsureOrchestrationRulesOperator(**stated)

    return make


def rules_at_paxos() -> dict[str, str]:
    """Return the status of each rule by its ref_id."""
    with PaxosHook() as hook:
        return {str(rule.ref_id): str(rule.status) for rule in hook.list_orchestration_rules()}


class TestCreating:
    def test_what_is_missing_is_created_and_what_exists_is_not(self, ensure: Ensure) -> None:
        first, second = run(ensure(SWEEP, BY_WIRE)), run(ensure(SWEEP, BY_WIRE))

        assert [each["change"] for each in first] == ["created", "created"]
        assert [each["change"] for each in second] == ["unchanged", "unchanged"]
        assert [each["id"] for each in first] == [each["id"] for each in second]
        assert rules_at_paxos() == {"sweep-usdc": "ACTIVE", "sweep-usd": "ACTIVE"}

    def test_a_crash_between_create_and_answer_leaves_one_rule(
        self, ensure: Ensure, emulator: RunningEmulator, naps: list[float]
    ) -> None:
        emulator.fault("drop_after", times=2, method="POST", path="/v2/orchestration/rules")

        assert run(ensure())[0]["status"] == "ACTIVE"
        assert rules_at_paxos() == {"sweep-usdc": "ACTIVE"}

    def test_a_worker_that_dies_after_create_finds_the_rule_again(
        self, ensure: Ensure, emulator: RunningEmulator, naps: list[float]
    ) -> None:
        emulator.fault("drop_after", times=5, method="POST", path="/v2/orchestration/rules")
        with pytest.raises(errors.Unreachable):
            run(ensure())
        emulator.clear_faults()

        assert run(ensure())[0]["change"] == "unchanged"

    def test_the_result_says_where_deposits_go(self, ensure: Ensure) -> None:
        crypto, fiat = run(ensure(SWEEP, BY_WIRE))

        assert crypto["deposits"].keys() == {"network", "address"}
        assert crypto["deposits"]["network"] == "POLYGON"
        assert crypto["deposits"]["address"].startswith("0x")
        assert fiat["deposits"].keys() == {"network", "memo_id", "deposit_instructions_id", "account"}
        assert fiat["deposits"]["account"].keys() == {
            *("account_number", "routing_number_type", "routing_number", "bank_name")
        }
        assert {name: crypto[name] for name in ("ref_id", "profile_id", "source_asset", "destination_asset")} == {
            name: SWEEP[name] for name in ("ref_id", "profile_id", "source_asset", "destination_asset")
        }

    def test_a_deposit_there_starts_an_orchestration(self, ensure: Ensure, emulator: RunningEmulator) -> None:
        (rule,) = run(ensure())
        emulator.deposit(rule["ref_id"], "100.00")

        with PaxosHook() as hook:
            (started,) = hook.list_orchestrations(orchestration_rule_id=[rule["id"]])
        assert started.source_asset == "USDC"

    def test_without_the_scope_the_account_is_left_out_with_a_warning(
        self, ensure: Ensure, emulator: RunningEmulator, define_connection: Define, logged: Logged
    ) -> None:
        scopes = "orchestration:read_orchestration_rule orchestration:write_orchestration_rule"
        connection = json.loads(emulator.connection_json)
        define_connection(**connection, extra={"token_cache": "memory", "scopes": scopes})
        (record,) = run(ensure(BY_WIRE))

        assert record["deposits"].keys() == {"network", "memo_id", "deposit_instructions_id"}
        assert record["deposits"]["memo_id"]
        assert "The account for deposits is not in the result" in logged()

    def test_many_results_are_stored_compactly(self, ensure: Ensure) -> None:
        run(ensure(*[{**SWEEP, "ref_id": f"sweep-{number}"} for number in range(3)]))
        rows = [{**SWEEP, "ref_id": f"sweep-{number}"} for number in range(501)]

        assert len(unpacked(run(ensure(*rows)))) == 501

    def test_a_template_without_a_value_replaces_no_rule(self, ensure: Ensure) -> None:
        run(ensure())
        again = ensure({**SWEEP, "ref_id": "sweep-usdc-{{ params.version }}"}, prune=True)

        with pytest.raises(AirflowFailException, match=r"^rules\.1\.ref_id: .* yields None"):
            run(again, params={"version": None})
        assert rules_at_paxos() == {"sweep-usdc": "ACTIVE"}

    def test_a_template_is_rendered(self, ensure: Ensure) -> None:
        (record,) = run(ensure({**SWEEP, "ref_id": "sweep-{{ ds }}"}))

        assert record["ref_id"] == "sweep-2026-11-21"


class TestRefusing:
    def test_every_row_that_paxos_refuses_is_logged(
        self, ensure: Ensure, emulator: RunningEmulator, logged: Logged
    ) -> None:
        emulator.fault("problem", times=30, method="POST", path="/v2/orchestration/rules", status=400)

        with pytest.raises(AirflowFailException):
            run(ensure(*({**SWEEP, "ref_id": f"sweep-{row}-of-30"} for row in range(30))))
        assert [row for row in range(30) if f"sweep-{row}-of-30" not in logged()] == []

    def test_other_values_under_a_ref_id_are_a_conflict(self, ensure: Ensure, logged: Logged) -> None:
        run(ensure())

        with pytest.raises(AirflowFailException, match="destination_asset: asked for USD, exists with USDG"):
            run(ensure({**SWEEP, "destination_asset": "USD"}, BY_WIRE))
        assert rules_at_paxos() == {"sweep-usdc": "ACTIVE", "sweep-usd": "ACTIVE"}
        assert "Rules as described: 1 of 2, of which 1 created" in logged()

    def test_a_deleted_rule_does_not_come_back_under_its_ref_id(self, ensure: Ensure) -> None:
        (record,) = run(ensure())
        with PaxosHook() as hook:
            hook.delete_orchestration_rule(record["id"])

        with pytest.raises(AirflowFailException, match=r"which is DELETED.*give the rule a new ref_id"):
            run(ensure())

    def test_known_rules_that_are_wrong_fail_the_parse(self) -> None:
        wrong = {**SWEEP, "destination": {"fiat": {"bank_account_id": "b"}}}
        with pytest.raises(errors.InvalidRequest, match=r"row 2: destination\.fiat\.fiat_account_id: it is missing"):
            EnsureOrchestrationRulesOperator(task_id="ensure", rules=[SWEEP, wrong])
        with pytest.raises(errors.InvalidRequest, match="row 2: ref_id: it is that of row 1, too"):
            EnsureOrchestrationRulesOperator(task_id="ensure", rules=[SWEEP, SWEEP])

    def test_what_comes_later_does_not_fail_the_parse(self, ensure: Ensure) -> None:
        with DAG("d", schedule=None):
            before = ensure(task_id="before")
            ensure(task_id="listed", rules=before.output)
            ensure({**SWEEP, "profile_id": before.output}, "{{ var.json.rule }}", task_id="in_a_rule")

    @pytest.mark.parametrize("rules", [[], None, ["rule"]])
    def test_rows_that_are_wrong_end_the_task_before_anything_is_sent(
        self, ensure: Ensure, emulator: RunningEmulator, rules: Any
    ) -> None:
        with pytest.raises(AirflowFailException, match="This attempt sent nothing to Paxos"):
            run(ensure(rules=rules))
        assert emulator.journal() == []

    def test_a_task_that_is_stopped_sends_nothing_more(self, ensure: Ensure, emulator: RunningEmulator) -> None:
        task = ensure()
        task.on_kill()

        with pytest.raises(errors.Stopped):
            run(task)
        assert emulator.journal() == []


class TestWaiting:
    @pytest.fixture(autouse=True)
    def pending(self, emulator: RunningEmulator) -> None:
        emulator.configure(rule_approve_seconds=None)

    def test_on_the_worker_it_polls_until_the_rule_is_active(
        self, ensure: Ensure, emulator: RunningEmulator, at_nap: Any, naps: list[float]
    ) -> None:
        at_nap(lambda: None, lambda: emulator.set_rule("sweep-usdc", "APPROVED"))

        assert run(ensure())[0]["status"] == "ACTIVE"
        assert [each for each in naps if each >= 1] == [60.0, 60.0]

    @pytest.mark.parametrize("deferrable", [True, False])
    def test_a_rejected_rule_fails_the_task(
        self, ensure: Ensure, emulator: RunningEmulator, at_nap: Any, deferrable: bool
    ) -> None:
        at_nap(lambda: emulator.set_rule("sweep-usdc", "REJECTED"))
        task = ensure(deferrable=deferrable)
        if deferrable:
            with pytest.raises(TaskDeferred):
                run(task)
            emulator.set_rule("sweep-usdc", "REJECTED")

        with pytest.raises(AirflowFailException, match="which is REJECTED"):
            resume(task, event=DECIDED) if deferrable else run(task)

    def test_in_the_triggerer_it_waits_for_what_is_pending(self, ensure: Ensure, emulator: RunningEmulator) -> None:
        with pytest.raises(TaskDeferred):
            run(ensure(deferrable=True))
        emulator.set_rule("sweep-usdc", "APPROVED")
        with pytest.raises(TaskDeferred) as deferred:
            run(ensure(SWEEP, BY_WIRE, deferrable=True, timeout=3600, poll_interval=5))

        trigger = deferred.value.trigger
        assert isinstance(trigger, OrchestrationRuleTrigger)
        assert (len(trigger.ids), trigger.poll_interval) == (1, 5.0)
        assert deferred.value.timeout == timedelta(hours=1)

    def test_after_the_wait_all_is_read_afresh(self, ensure: Ensure, emulator: RunningEmulator) -> None:
        with pytest.raises(TaskDeferred):
            run(ensure(deferrable=True))
        emulator.set_rule("sweep-usdc", "APPROVED")

        assert [each["change"] for each in resume(ensure(deferrable=True), event=DECIDED)] == ["unchanged"]

    def test_a_wait_that_takes_too_long_is_retryable(self, ensure: Ensure, emulator: RunningEmulator) -> None:
        with pytest.raises(TaskDeferred):
            run(ensure(deferrable=True))

        with pytest.raises(errors.RulePending, match=r"rule sweep-usdc \(id .*\) is not ACTIVE in time"):
            resume_failed(ensure(deferrable=True), "Trigger timeout")


class TestPruning:
    def test_a_rule_that_is_replaced_is_deleted_and_said_to_convert_nothing_more(
        self, ensure: Ensure, logged: Logged
    ) -> None:
        run(ensure(SWEEP, BY_WIRE))
        new, old = run(ensure(CHANGED, prune=True))

        assert (new["change"], new["status"]) == ("created", "ACTIVE")
        assert (old["change"], old["status"], old["ref_id"]) == ("deleted", "DELETED", "sweep-usdc")
        assert old["deposits"] is None
        assert rules_at_paxos() == {"sweep-usdc": "DELETED", "sweep-usd": "ACTIVE", "sweep-usdc-2": "ACTIVE"}
        assert f"are credited to profile {DEFAULT_PROFILE}, and not converted" in logged()

    def test_without_prune_both_stay(self, ensure: Ensure) -> None:
        run(ensure())
        run(ensure(CHANGED))

        assert rules_at_paxos() == {"sweep-usdc": "ACTIVE", "sweep-usdc-2": "ACTIVE"}

    def test_the_old_rule_stays_until_the_new_one_is_active(self, ensure: Ensure, emulator: RunningEmulator) -> None:
        run(ensure())
        emulator.configure(rule_approve_seconds=None)
        with pytest.raises(TaskDeferred):
            run(ensure(CHANGED, prune=True, deferrable=True))
        assert rules_at_paxos() == {"sweep-usdc": "ACTIVE", "sweep-usdc-2": "PENDING"}

        emulator.set_rule("sweep-usdc-2", "APPROVED")
        resume(ensure(CHANGED, prune=True), event=DECIDED)
        assert rules_at_paxos() == {"sweep-usdc": "DELETED", "sweep-usdc-2": "ACTIVE"}

    def test_nothing_is_deleted_if_a_row_is_refused(self, ensure: Ensure) -> None:
        run(ensure(SWEEP, BY_WIRE))

        with pytest.raises(AirflowFailException):
            run(ensure(CHANGED, {**BY_WIRE, "destination_asset": "USDC"}, prune=True))
        assert rules_at_paxos()["sweep-usdc"] == "ACTIVE"

    def test_what_a_deleted_rule_has_started_goes_on(self, ensure: Ensure, emulator: RunningEmulator) -> None:
        (record,) = run(ensure())
        emulator.deposit("sweep-usdc", "7.00")
        run(ensure(CHANGED, prune=True))
        emulator.advance(60)

        with PaxosHook() as hook:
            assert [each.status for each in hook.list_orchestrations(orchestration_rule_id=record["id"])] == [
                "COMPLETED"
            ]
        emulator.deposit("sweep-usdc", "8.00")
        with PaxosHook() as hook:
            assert len(list(hook.list_orchestrations(orchestration_rule_id=record["id"]))) == 1

    def test_one_that_somebody_else_has_deleted_meanwhile_is_no_error(
        self, ensure: Ensure, emulator: RunningEmulator, logged: Logged
    ) -> None:
        run(ensure())
        emulator.fault("problem", method="DELETE", status=404)

        assert [each["change"] for each in run(ensure(CHANGED, prune=True))] == ["created"]
        assert "is gone already" in logged()
