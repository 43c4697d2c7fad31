"""EnsureCryptoDestinationsOperator: addresses are saved as rows describe them, and no trace of a person is left."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.operators.crypto_destinations import EnsureCryptoDestinationsOperator
from airflow_provider_paxos.triggers.crypto_destination import CryptoDestinationTrigger
from airflow_provider_paxos.version_compat import AirflowFailException, AirflowSkipException
from airflow_provider_paxos.xcom import unpacked
from tests.exposure import locals_of_the_package
from tests.fake_paxos import BROKEN, LIST_ADDRESSES, PUT_ADDRESS, UNAUTHORIZED, FakePaxos, problem
from tests.fixtures import Define, Logged
from tests.stored_dag import stored
from tests.task_instance import TaskDeferred, TaskInstance, resume, resume_failed, run

SCOPES = "transfer:read_crypto_destination_address transfer:write_crypto_destination_address"
EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
SOLANA = "7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV"
PERSON = {
    "first_name": "Plantedfirst",
    "last_name": "Plantedlast",
    "physical_address": {"country": "USA", "address1": "9 Planted Street", "city": "Plantedville"},
}
OWN: dict[str, Any] = {
    "crypto_network": "SOLANA",
    "address": SOLANA,
    "travelrule_metadata": {"custodian_type": "PRIVATE", "beneficiary": {"self": True}},
}
OF_A_PERSON: dict[str, Any] = {
    "crypto_network": "ETHEREUM",
    "address": EVM,
    "nickname": "Plantedname",
    "identity_id": "identity-1",
    "travelrule_metadata": {
        "custodian_type": "VASP",
        "vasp": {"id": "vasp-1"},
        "beneficiary": {"person_details": PERSON},
        "transfer_purpose": "Planted purpose",
    },
}
DECIDED = {"decided": 1}

Ensure = Callable[..., EnsureCryptoDestinationsOperator]


@pytest.fixture
def saved(paxos: FakePaxos, define_connection: Define) -> FakePaxos:
    """Paxos, and a connection that may read and save addresses."""
    define_connection(extra={"scopes": SCOPES})
    paxos.scopes = SCOPES
    return paxos


@pytest.fixture
def ensure() -> Ensure:
    """Make the operator, of two rows that a callable returns, waiting on the worker by default."""

    def make(**but: Any) -> EnsureCryptoDestinationsOperator:
        stated = {"task_id": "ensure", "destinations": lambda: [OWN, OF_A_PERSON], "deferrable": False, **but}
        return EnsureCryptoDestinationsOperator(**stated)

    return make


class TestSaving:
    def test_what_is_not_saved_is_put_and_what_is_saved_is_not(self, ensure: Ensure, saved: FakePaxos) -> None:
        first, second = run(ensure()), run(ensure())

        assert [call for call in saved.calls() if call != LIST_ADDRESSES] == [PUT_ADDRESS, PUT_ADDRESS]
        assert [each["change"] for each in first] == ["created", "created"]
        assert [each["change"] for each in second] == ["unchanged", "unchanged"]

    def test_the_result_names_each_address_and_its_status(self, ensure: Ensure, saved: FakePaxos) -> None:
        assert run(ensure())[1] == {
            "id": "address-2",
            "crypto_network": "ETHEREUM",
            "address": EVM,
            "identity_id": "identity-1",
            "status": "APPROVED",
            "change": "created",
        }

    def test_only_what_differs_is_put(self, ensure: Ensure, saved: FakePaxos) -> None:
        run(ensure())
        (updated,) = run(ensure(destinations=[{**OWN, "nickname": "treasury"}]))

        assert updated["change"] == "updated"
        assert saved.asked[-1].json == {"id": "address-1", "nickname": "treasury"}

    def test_many_results_are_stored_compactly(self, ensure: Ensure, saved: FakePaxos) -> None:
        rows = [{**OWN, "address": f"{SOLANA[:-3]}{number:03}"} for number in range(501)]

        assert len(unpacked(run(ensure(destinations=lambda: rows)))) == 501

    def test_what_is_changed_is_logged_by_the_names_of_fields(
        self, ensure: Ensure, saved: FakePaxos, logged: Logged
    ) -> None:
        run(ensure())
        changed = {**OF_A_PERSON, "travelrule_metadata": {**OF_A_PERSON["travelrule_metadata"], "vasp": {"id": "v2"}}}
        run(ensure(destinations=lambda: [OWN, changed]))

        assert "Addresses saved as described: 2 of 2, of which 1 changed" in logged()
        assert f"Row 2: address ETHEREUM {EVM} is updated (travelrule_metadata.vasp.id): APPROVED" in logged()

    def test_an_address_that_lacks_travel_rule_data_is_warned_of(
        self, ensure: Ensure, saved: FakePaxos, logged: Logged
    ) -> None:
        run(ensure(destinations=[{"crypto_network": "SOLANA", "address": SOLANA}]))

        assert f"Row 1: address SOLANA {SOLANA} lacks travelrule_metadata. From 2026-11-30" in logged()

    def test_what_paxos_returns_otherwise_is_warned_of(self, ensure: Ensure, saved: FakePaxos, logged: Logged) -> None:
        shown = {"id": "a", "crypto_network": "SOLANA", "address": SOLANA, "status": "APPROVED", "nickname": "other"}
        saved.always[PUT_ADDRESS] = type(BROKEN)(200, {"address": shown})
        run(ensure(destinations=[{**OWN, "nickname": "treasury"}]))

        assert "Row 1: Paxos returns other values than were sent: nickname, travelrule_metadata" in logged()

    def test_a_row_that_paxos_refuses_fails_the_task_when_the_others_are_saved(
        self, ensure: Ensure, saved: FakePaxos, logged: Logged
    ) -> None:
        saved.replies[PUT_ADDRESS].append(problem(400, detail="unknown network"))

        with pytest.raises(AirflowFailException, match=f"destination SOLANA {SOLANA}.*: Paxos answered 400"):
            run(ensure())
        assert [each["address"] for each in saved.addresses.values()] == [EVM]
        assert "Row 1: Put Crypto Destination Address" in logged()

    def test_every_row_that_paxos_refuses_is_logged(self, ensure: Ensure, saved: FakePaxos, logged: Logged) -> None:
        saved.always[PUT_ADDRESS] = problem(400, detail="unknown network")

        with pytest.raises(AirflowFailException):
            run(ensure(destinations=lambda: self.many(30)))
        assert all(f"Row {row}: Put Crypto Destination Address" in logged() for row in range(1, 31))

    def test_every_row_that_lacks_travel_rule_data_is_warned_of(
        self, ensure: Ensure, saved: FakePaxos, logged: Logged
    ) -> None:
        run(ensure(destinations=lambda: self.many(30)))

        assert logged().count("lacks travelrule_metadata. From 2026-11-30") == 30

    @staticmethod
    def many(count: int) -> list[dict[str, Any]]:
        return [{"crypto_network": "SOLANA", "address": f"{SOLANA[:-3]}{111 + number}"} for number in range(count)]

    @pytest.mark.parametrize("answer", [UNAUTHORIZED, problem(403, detail="insufficient scopes: found '…'")])
    def test_a_connection_that_may_not_ends_the_task(self, ensure: Ensure, saved: FakePaxos, answer: Any) -> None:
        saved.always[LIST_ADDRESSES] = answer

        with pytest.raises(AirflowFailException):
            run(ensure())

    def test_without_the_scope_nothing_is_sent(self, ensure: Ensure, paxos: FakePaxos) -> None:
        with pytest.raises(AirflowFailException, match="needs transfer:read_crypto_destination_address"):
            run(ensure())
        assert paxos.asked == []

    def test_an_outage_is_retryable(self, ensure: Ensure, saved: FakePaxos) -> None:
        saved.always[LIST_ADDRESSES] = BROKEN

        with pytest.raises(errors.ServiceUnavailable):
            run(ensure())

    def test_a_task_that_is_stopped_sends_nothing_more(self, ensure: Ensure, saved: FakePaxos) -> None:
        task = ensure()
        task.on_kill()

        with pytest.raises(errors.Stopped):
            run(task)
        assert saved.asked == []


class TestRows:
    def test_they_are_read_in_the_task_and_not_when_the_dag_is_parsed(self, ensure: Ensure, saved: FakePaxos) -> None:
        read: list[str] = []
        task = ensure(destinations=lambda: read.append("read") or [OWN])

        assert read == []
        run(task)
        assert read == ["read"]

    def test_known_rows_that_are_wrong_fail_the_parse(self, ensure: Ensure) -> None:
        with pytest.raises(errors.InvalidRequest, match="row 1: address: an address that begins with 0x has 40"):
            ensure(destinations=[{**OF_A_PERSON, "address": EVM[:-1]}])

    @pytest.mark.parametrize("destinations", [None, "rows", 7, {"crypto_network": "SOLANA"}])
    def test_what_are_no_rows_is_refused(self, ensure: Ensure, destinations: Any) -> None:
        with pytest.raises(ValueError, match="it is a callable that returns the rows, or a list of them"):
            ensure(destinations=destinations)

    def test_the_result_of_another_task_is_refused(self, ensure: Ensure) -> None:
        with DAG("d", schedule=None), pytest.raises(ValueError, match="would leave personal data in an XCom"):
            ensure(task_id="second", destinations=ensure().output)

    @pytest.mark.parametrize("rows", [[], None, [{**OWN, "memo": "x"}], [OWN, OWN]])
    def test_rows_that_are_wrong_end_the_task_before_anything_is_sent(
        self, ensure: Ensure, saved: FakePaxos, rows: Any
    ) -> None:
        with pytest.raises(AirflowFailException, match="This attempt sent nothing to Paxos"):
            run(ensure(destinations=lambda: rows))
        assert saved.asked == []

    def test_a_callable_that_fails_is_named_by_its_place_and_retried(self, ensure: Ensure, saved: FakePaxos) -> None:
        def broken() -> Any:
            raise KeyError(PERSON["first_name"])

        with pytest.raises(RuntimeError, match=r"KeyError in test_ensure_destinations\.py, line \d+") as failed:
            run(ensure(destinations=broken))
        assert "Planted" not in f"{failed.value} {failed.value.__cause__} {failed.value.__context__}"

    @pytest.mark.parametrize("wish", [AirflowFailException, AirflowSkipException])
    def test_a_callable_may_fail_or_skip_the_task(
        self, ensure: Ensure, saved: FakePaxos, wish: type[Exception]
    ) -> None:
        def wishing() -> Any:
            raise wish("no rows today")

        with pytest.raises(wish, match="no rows today"):
            run(ensure(destinations=wishing))

    def test_rows_in_a_dag_may_not_name_a_person(self, ensure: Ensure) -> None:
        with pytest.raises(
            errors.InvalidRequest, match=r"person_details stands in row 2 of destinations\. .* callable"
        ):
            ensure(destinations=[OWN, OF_A_PERSON])

    def test_rows_of_a_mapped_task_may_not_either(self, saved: FakePaxos) -> None:
        with DAG("d", schedule=None):
            mapped = EnsureCryptoDestinationsOperator.partial(task_id="ensure", destinations=[OF_A_PERSON]).expand(
                paxos_conn_id=["paxos_default"]
            )
        with pytest.raises(AirflowFailException, match="person_details stands in row 1 of destinations"):
            run(mapped.unmap({"paxos_conn_id": "paxos_default"}))
        assert saved.asked == []

    def test_a_mapped_task_takes_a_callable(self, saved: FakePaxos) -> None:
        with DAG("d", schedule=None):
            mapped = EnsureCryptoDestinationsOperator.partial(task_id="ensure", destinations=lambda: [OWN]).expand(
                paxos_conn_id=["paxos_default"]
            )

        assert len(run(mapped.unmap({"paxos_conn_id": "paxos_default"}))) == 1


class TestWaiting:
    @pytest.fixture(autouse=True)
    def pending(self, saved: FakePaxos) -> None:
        saved.address_status = "PENDING"

    def decide(self, saved: FakePaxos, status: str) -> None:
        for each in saved.addresses.values():
            each["status"] = status

    def test_without_being_asked_it_does_not_wait(self, ensure: Ensure, saved: FakePaxos) -> None:
        assert [each["status"] for each in run(ensure(wait_for_approval=False))] == ["PENDING", "PENDING"]

    @pytest.mark.parametrize("configured", [True, False])
    def test_airflows_default_decides_where_it_waits(
        self, ensure: Ensure, monkeypatch: pytest.MonkeyPatch, configured: bool
    ) -> None:
        monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", str(configured))
        assert ensure(deferrable=None).deferrable is configured

    def test_on_the_worker_it_polls_until_all_are_approved(
        self, ensure: Ensure, saved: FakePaxos, at_nap: Any, naps: list[float], logged: Logged
    ) -> None:
        at_nap(lambda: None, lambda: self.decide(saved, "APPROVED"))

        assert [each["status"] for each in run(ensure())] == ["APPROVED", "APPROVED"]
        assert naps == [60.0, 60.0]
        assert f"Address SOLANA {SOLANA} is APPROVED" in logged()

    def test_on_the_worker_a_transient_error_does_not_end_the_wait(
        self, ensure: Ensure, saved: FakePaxos, at_nap: Any, logged: Logged
    ) -> None:
        at_nap(lambda: saved.replies[LIST_ADDRESSES].extend([BROKEN] * 5), *[lambda: None] * 4)
        at_nap(
            lambda: saved.replies[LIST_ADDRESSES].extend([BROKEN] * 5),
            *[lambda: None] * 4,
            lambda: self.decide(saved, "APPROVED"),
        )

        assert len(run(ensure(poll_interval=5))) == 2
        assert "Transient error while polling; will retry" in logged()

    def test_on_the_worker_it_waits_no_longer_than_the_timeout(
        self, ensure: Ensure, saved: FakePaxos, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = [0.0]
        monkeypatch.setattr("time.monotonic", lambda: now[0])
        monkeypatch.setattr("time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))

        with pytest.raises(errors.DestinationPending, match=r"2 addresses \(SOLANA .* are not APPROVED"):
            run(ensure(timeout=timedelta(minutes=5)))
        assert now == [300.0]

    @pytest.mark.parametrize("deferrable", [True, False])
    def test_a_rejected_address_fails_the_task(
        self, ensure: Ensure, saved: FakePaxos, at_nap: Any, deferrable: bool
    ) -> None:
        at_nap(lambda: self.decide(saved, "REJECTED"))
        task = ensure(deferrable=deferrable)
        if deferrable:
            with pytest.raises(TaskDeferred):
                run(task)
            self.decide(saved, "REJECTED")

        with pytest.raises(AirflowFailException, match=r"2 addresses .* are REJECTED"):
            resume(task, event=DECIDED) if deferrable else run(task)

    def test_in_the_triggerer_it_waits_for_what_is_pending(self, ensure: Ensure, saved: FakePaxos) -> None:
        run(ensure(destinations=[OWN], wait_for_approval=False))
        self.decide(saved, "APPROVED")
        with pytest.raises(TaskDeferred) as deferred:
            run(ensure(deferrable=True, timeout=3600))

        trigger = deferred.value.trigger
        assert isinstance(trigger, CryptoDestinationTrigger)
        assert (trigger.ids, trigger.poll_interval) == (["address-2"], 60.0)
        assert deferred.value.timeout == timedelta(hours=1)
        assert "Planted" not in json.dumps([*trigger.serialize(), deferred.value.kwargs])

    def test_after_the_wait_all_is_read_afresh(self, ensure: Ensure, saved: FakePaxos) -> None:
        with pytest.raises(TaskDeferred):
            run(ensure(deferrable=True))
        self.decide(saved, "APPROVED")

        assert [each["change"] for each in resume(ensure(deferrable=True), event=DECIDED)] == ["unchanged"] * 2

    def test_a_row_that_has_changed_during_the_wait_is_put(self, ensure: Ensure, saved: FakePaxos) -> None:
        with pytest.raises(TaskDeferred):
            run(ensure(deferrable=True))
        self.decide(saved, "APPROVED")
        changed = [{**OWN, "nickname": "treasury"}, OF_A_PERSON]

        assert resume(ensure(destinations=lambda: changed), event=DECIDED)[0]["change"] == "updated"

    def test_what_is_still_pending_after_the_wait_is_waited_for_again(self, ensure: Ensure, saved: FakePaxos) -> None:
        for call in (lambda: run(ensure(deferrable=True)), lambda: resume(ensure(deferrable=True), event=DECIDED)):
            with pytest.raises(TaskDeferred):
                call()

    @pytest.mark.parametrize(
        ("event", "expected"),
        [
            ({"error": "no token"}, "ended with an error: no token"),
            ({"decided": "all"}, "does not understand"),
            ({"terminal": []}, "does not understand"),
            (None, "does not understand"),
        ],
    )
    def test_an_event_that_is_not_understood_is_no_approval(
        self, ensure: Ensure, saved: FakePaxos, event: Any, expected: str
    ) -> None:
        with pytest.raises(errors.WaitAborted, match=expected):
            resume(ensure(deferrable=True), event=event)

    def test_at_the_timeout_in_the_triggerer_all_is_read_once_more(self, ensure: Ensure, saved: FakePaxos) -> None:
        run(ensure(wait_for_approval=False))
        with pytest.raises(errors.DestinationPending, match="A retry waits on"):
            resume_failed(ensure(deferrable=True), "Trigger timeout")
        self.decide(saved, "APPROVED")

        assert len(resume_failed(ensure(deferrable=True), "Trigger timeout")) == 2

    def test_a_trigger_that_fails_is_named(self, ensure: Ensure, saved: FakePaxos) -> None:
        with pytest.raises(errors.WaitAborted, match="the trigger failed: Trigger failure"):
            resume_failed(ensure(deferrable=True), "Trigger failure")


class TestPersonalData:
    """What is known of persons goes to Paxos, and nowhere else."""

    OUTCOMES: tuple[tuple[str, Callable[[FakePaxos], object]], ...] = (
        ("saved", lambda paxos: None),
        ("pending", lambda paxos: setattr(paxos, "address_status", "PENDING")),
        ("rejected", lambda paxos: setattr(paxos, "address_status", "REJECTED")),
        (
            "quoted by Paxos",
            lambda paxos: paxos.always.update(
                {PUT_ADDRESS: problem(400, detail="last_name Plantedlast, 9 PLANTED STREET: no", name="Plantedlast")}
            ),
        ),
        ("an outage", lambda paxos: paxos.always.update({PUT_ADDRESS: BROKEN})),
        ("an odd answer", lambda paxos: paxos.always.update({PUT_ADDRESS: type(BROKEN)(200, {"address": PERSON})})),
        ("no connection", lambda paxos: setattr(paxos, "unreachable", True)),
        (
            "other data is saved",
            lambda paxos: paxos.addresses.update(a={**OF_A_PERSON, "id": "a", "nickname": "Planted2"}),
        ),
    )
    WRONG: tuple[dict[str, Any], ...] = (
        {"nickname": "Planted\0"},
        {"travelrule_metadata": {**OF_A_PERSON["travelrule_metadata"], "Planted": "Planted"}},
        {
            "travelrule_metadata": {
                "custodian_type": "Planted",
                "vasp": "Planted",
                "beneficiary": {"person_details": {**PERSON, "physical_address": {"country": "Planted"}}},
            }
        },
    )

    def traces(self, task: EnsureCryptoDestinationsOperator) -> str:
        """Run the task, and return all that it leaves behind: XComs, rendered fields, and errors with their frames."""
        ti = TaskInstance(task_id=task.task_id)
        left: list[str] = []
        try:
            left.append(json.dumps(run(task, ti)))
        except TaskDeferred as deferred:
            left += [repr(deferred.trigger.serialize()), repr(deferred.kwargs)]
        except Exception as error:  # noqa: BLE001 - whatever it is, it shows no person
            left += [str(error), repr(error), *locals_of_the_package(error)]
        rendered = {name: getattr(task, name) for name in task.template_fields}
        attributes = {name: value for name, value in vars(task).items() if name != "dag"}
        return "\n".join([*left, json.dumps(ti.xcoms), repr(rendered), repr(attributes)])

    @pytest.mark.parametrize("outcome", [deed for _, deed in OUTCOMES], ids=[name for name, _ in OUTCOMES])
    @pytest.mark.parametrize("deferrable", [True, False])
    def test_it_is_nowhere_whatever_happens(  # noqa: PLR0917 - fixtures
        self,
        ensure: Ensure,
        saved: FakePaxos,
        logged: Logged,
        at_nap: Any,
        outcome: Callable[[FakePaxos], object],
        deferrable: bool,
    ) -> None:
        outcome(saved)
        at_nap(lambda: [each.update(status="APPROVED") for each in saved.addresses.values()])
        task = ensure(destinations=lambda: [OF_A_PERSON], deferrable=deferrable)

        assert "planted" not in self.traces(task).lower()
        assert "planted" not in logged().lower()
        assert saved.unreachable or any(b"Planted" in each.body for each in saved.asked)

    @pytest.mark.parametrize("wrong", WRONG)
    def test_it_is_in_no_complaint_about_it(
        self, ensure: Ensure, saved: FakePaxos, logged: Logged, wrong: dict[str, Any]
    ) -> None:
        task = ensure(destinations=lambda: [{**OF_A_PERSON, **wrong}])

        assert "planted" not in self.traces(task).lower()
        assert "planted" not in logged().lower()
        with pytest.raises(errors.InvalidRequest) as refused:
            ensure(destinations=[{**OF_A_PERSON, **wrong}])
        assert "planted" not in str(refused.value).lower()

    def test_it_is_not_in_the_stored_dag(self, ensure: Ensure) -> None:
        with DAG("d", schedule=None) as dag:
            ensure(destinations=lambda: [OF_A_PERSON])

        assert "planted" not in json.dumps(stored(dag)).lower()
