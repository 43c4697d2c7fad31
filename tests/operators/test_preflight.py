"""A task looks before its first payment: preflight fail, warn and off, and the limits over time of its connection."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.creators import Creator
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import BROKEN, MISSING_SCOPE, SCOPES, Answer, FakePaxos
from tests.fixtures import Create, CreateBatch, Define, Logged
from tests.payments import PAYMENT, payments
from tests.task_instance import RUN_ID, TaskInstance, left_by, run

BALANCES = "GET /profiles/profile-a/balances"
ACCOUNTS = "GET /transfer/fiat-accounts"
LIMITS = "GET /transfer/limits/utilizations"
FUNDING, FIAT = "funding:read_profile", "transfer:read_fiat_account"
TO_ACCOUNT = {"fiat": {"bank_account_id": "account-1"}}


def settling(**but: Any) -> TaskInstance:
    return TaskInstance(task_id="settle", **but)


def holds(amount: str) -> Answer:
    return Answer(200, {"items": [{"asset": "USD", "available": amount, "trading": "0"}]})


def made_by_this_task(key: str) -> dict[str, str]:
    return {"airflow_creator": Creator("settlement", RUN_ID, "settle", key=key).stamp()}


@pytest.fixture
def scoped(paxos: FakePaxos, define_connection: Define) -> FakePaxos:
    """A Paxos whose connection may read balances and bank accounts."""
    paxos.scopes = f"{SCOPES} {FUNDING} {FIAT}"
    define_connection(extra={"scopes": paxos.scopes})
    return paxos


@pytest.fixture
def short(scoped: FakePaxos) -> FakePaxos:
    """A Paxos where the first profile holds a cent less than three payments need."""
    scoped.always[BALANCES] = holds("300.74")
    return scoped


class TestFail:
    def test_a_batch_is_refused_as_a_whole_before_the_first_payment(
        self, create_batch: CreateBatch, short: FakePaxos
    ) -> None:
        with pytest.raises(errors.NotReady, match=r"short by 0\.01") as refused:
            run(create_batch(), settling())
        assert "create" not in short.calls()
        assert refused.value.retryable

    def test_the_receipts_name_what_stands_against_each_payment_and_the_others_are_not_submitted(
        self, create_batch: CreateBatch, scoped: FakePaxos, logged: Logged
    ) -> None:
        scoped.always[BALANCES] = holds("1000")
        scoped.always[ACCOUNTS] = Answer(200, {"items": [{"id": "account-1", "status": "PENDING"}]})
        batch = payments(3)
        batch[1]["destination"] = TO_ACCOUNT
        ti = settling()
        with pytest.raises(errors.NotReady):
            run(create_batch(payments=batch), ti)
        assert [(each["key"], each["acceptance"], each["error"]) for each in left_by(ti)] == [
            ("1", "not_sent", "it was not submitted by this attempt."),
            ("2", "not_sent", "payment 2: bank account account-1 is PENDING, not APPROVED."),
            ("3", "not_sent", "it was not submitted by this attempt."),
        ]
        assert "payment 2: bank account account-1 is PENDING, not APPROVED." in logged()

    def test_the_log_names_every_payment_however_many_there_are(
        self, create_batch: CreateBatch, scoped: FakePaxos, logged: Logged
    ) -> None:
        scoped.always[BALANCES] = holds("1000000")
        scoped.always[ACCOUNTS] = Answer(200, {"items": []})
        with pytest.raises(errors.NotReady):
            run(create_batch(payments=payments(150, destination=TO_ACCOUNT)), settling())
        said = logged()
        assert all(f"payment {number}: Paxos shows no bank account" in said for number in range(1, 151))

    def test_a_clear_batch_is_paid_and_its_look_up_is_made_once(
        self, create_batch: CreateBatch, scoped: FakePaxos
    ) -> None:
        scoped.always[BALANCES] = holds("300.75")
        run(create_batch(), settling())
        assert scoped.calls() == ["list", BALANCES, "create", "create", "create"]

    def test_an_outage_of_the_preflight_fails_the_attempt_and_not_the_task(
        self, create_batch: CreateBatch, scoped: FakePaxos
    ) -> None:
        scoped.always[BALANCES] = BROKEN
        with pytest.raises(errors.ServiceUnavailable) as outage:
            run(create_batch(), settling())
        assert outage.value.retryable
        assert "create" not in scoped.calls()

    def test_a_scope_that_paxos_itself_refuses_is_not_checked(
        self, create_batch: CreateBatch, scoped: FakePaxos, logged: Logged
    ) -> None:
        scoped.always[BALANCES] = MISSING_SCOPE
        run(create_batch(), settling())
        assert scoped.calls().count("create") == 3
        assert "available balances: " in logged()


class TestWarn:
    def test_what_stands_against_it_is_logged_and_paid(
        self, create_batch: CreateBatch, short: FakePaxos, logged: Logged
    ) -> None:
        run(create_batch(preflight="warn"), settling())
        assert short.calls().count("create") == 3
        assert "short by 0.01" in logged()

    def test_an_outage_is_logged_and_left_out(
        self, create_batch: CreateBatch, scoped: FakePaxos, logged: Logged
    ) -> None:
        scoped.always[BALANCES] = BROKEN
        run(create_batch(preflight="warn"), settling())
        assert scoped.calls().count("create") == 3
        assert "The preflight could not be made, and is left out" in logged()

    def test_limits_over_time_hold_all_the_same(
        self, create_batch: CreateBatch, paxos: FakePaxos, define_connection: Define
    ) -> None:
        define_connection(extra={"max_orchestrations_per_day": 2})
        with pytest.raises(AirflowFailException, match="max_orchestrations_per_day"):
            run(create_batch(preflight="warn"), settling())
        assert "create" not in paxos.calls()


class TestOff:
    def test_nothing_is_asked_for(self, create_batch: CreateBatch, short: FakePaxos, logged: Logged) -> None:
        run(create_batch(preflight="off"), settling())
        assert short.calls() == ["list", "create", "create", "create"]
        assert "Plan " not in logged()

    def test_limits_over_time_hold_and_nothing_else_is_asked_for(
        self, create_batch: CreateBatch, scoped: FakePaxos, define_connection: Define
    ) -> None:
        define_connection(extra={"scopes": scoped.scopes, "max_source_amount_per_day": {"USD": "300.74"}})
        ti = settling()
        with pytest.raises(AirflowFailException, match=r"300\.74 USD left, 300\.75 needed"):
            run(create_batch(preflight="off"), ti)
        assert scoped.calls() == ["list", "list"]
        assert [each["acceptance"] for each in left_by(ti)] == ["not_sent"] * 3


class TestTheDefaultConnection:
    """It names no further scopes, and has no limits over time."""

    def test_nothing_but_the_look_up_is_asked_for(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        run(create_batch(), settling())
        assert paxos.calls() == ["list", "create", "create", "create"]
        assert paxos.only("token").body.decode().count("read_profile") == 0

    def test_what_it_does_not_check_is_logged_in_a_few_lines(
        self, create_batch: CreateBatch, paxos: FakePaxos, logged: Logged
    ) -> None:
        batch = payments(300)
        for each in batch[::2]:
            each["destination"] = TO_ACCOUNT
        run(create_batch(payments=batch), settling())
        said = logged()
        assert "the connection's scopes do not name" in said
        assert "\nStands against it" not in said
        assert len(said.splitlines()) < 30


class TestTheSingleOperator:
    def test_it_does_not_look_by_default(self, create: Create, short: FakePaxos) -> None:
        run(create())
        assert short.calls() == ["create"]

    @pytest.mark.parametrize(("mode", "paid"), [("fail", 0), ("warn", 1)])
    def test_it_looks_if_the_author_asks_for_it(
        self, create: Create, short: FakePaxos, logged: Logged, mode: str, paid: int
    ) -> None:
        short.always[BALANCES] = holds("100.24")
        ti = TaskInstance()
        if paid:
            run(create(preflight=mode), ti)
        else:
            with pytest.raises(errors.NotReady, match=r"short by 0\.01"):
                run(create(preflight=mode), ti)
        assert short.calls().count("create") == paid
        assert "short by 0.01" in logged()
        (receipt,) = left_by(ti)
        assert ("short by 0.01" in str(receipt.get("error"))) is not bool(paid)

    def test_limits_over_time_hold_without_a_preflight(
        self, create: Create, paxos: FakePaxos, define_connection: Define
    ) -> None:
        define_connection(extra={"duplicate_window": 7})
        paxos.add(7, ref_id="yesterday")
        with pytest.raises(AirflowFailException, match="orchestration orchestration-7"):
            run(create())
        assert "create" not in paxos.calls()

    @pytest.mark.parametrize("meant", ["yesterday", ["orchestration-7"], "{{ params.meant }}"])
    def test_a_duplicate_that_is_meant_is_paid(
        self, create: Create, paxos: FakePaxos, define_connection: Define, meant: Any
    ) -> None:
        define_connection(extra={"duplicate_window": 7})
        paxos.add(7, ref_id="yesterday")
        run(create(duplicate_of_ok=meant), params={"meant": "yesterday"})
        assert paxos.calls().count("create") == 1

    @pytest.mark.parametrize("preflight", ["no", True, None])
    def test_another_preflight_fails_the_parse(self, create: Create, create_batch: CreateBatch, preflight: Any) -> None:
        for make in (create, create_batch):
            with pytest.raises(ValueError, match="'fail', 'warn', 'off'"):
                make(preflight=preflight)


class TestDuplicatesOfABatch:
    @pytest.fixture(autouse=True)
    def _a_window(self, paxos: FakePaxos, define_connection: Define) -> None:
        define_connection(extra={"duplicate_window": 7})

    def test_equal_payments_are_refused_and_the_later_ones_named(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        ti = settling()
        with pytest.raises(AirflowFailException, match="2 problems"):
            run(create_batch(), ti)
        assert "create" not in paxos.calls()
        assert ["payment 1 of this batch" in each["error"] for each in left_by(ti)] == [False, True, True]

    def test_rows_name_the_payments_that_may_equal_them(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        batch = payments(3)
        batch[1]["duplicate_of_ok"] = "1"
        batch[2]["duplicate_of_ok"] = ["1", "settle-2"]
        run(create_batch(payments=batch), settling())
        assert paxos.calls().count("create") == 3
        assert not any("duplicate_of_ok" in each.json for each in paxos.asked if each.call == "create")

    @pytest.mark.parametrize("meant", [True, 7, {"1": "2"}, [1]], ids=str)
    def test_a_row_that_names_none_is_not_valid_when_the_task_runs(
        self, create_batch: CreateBatch, paxos: FakePaxos, meant: Any
    ) -> None:
        batch = payments(1, duplicate_of_ok=meant)
        with pytest.raises(AirflowFailException, match="duplicate_of_ok: it is of the type"):
            run(create_batch(payments="{{ params.batch | tojson }}"), settling(), params={"batch": batch})
        assert paxos.calls() == []

    @pytest.mark.parametrize("meant", [True, 7], ids=str)
    def test_a_literal_that_names_none_fails_the_parse(
        self, create: Create, create_batch: CreateBatch, meant: Any
    ) -> None:
        with pytest.raises(errors.InvalidRequest, match="payment 1: duplicate_of_ok: it is of the type"):
            create_batch(payments=payments(1, duplicate_of_ok=meant))
        with pytest.raises(errors.InvalidRequest, match="duplicate_of_ok: it is of the type"):
            create(duplicate_of_ok=meant)

    def test_on_duplicate_warn_pays_and_says_so(
        self, create_batch: CreateBatch, paxos: FakePaxos, define_connection: Define, logged: Logged
    ) -> None:
        define_connection(extra={"duplicate_window": 7, "on_duplicate": "warn"})
        run(create_batch(), settling())
        assert paxos.calls().count("create") == 3
        assert "payment 2: source, destination, assets and amount are those of payment 1 of this batch" in logged()

    def test_on_duplicate_approve_refuses_without_an_approval(
        self, create_batch: CreateBatch, paxos: FakePaxos, define_connection: Define
    ) -> None:
        define_connection(extra={"duplicate_window": 7, "on_duplicate": "approve"})
        with pytest.raises(AirflowFailException, match="2 problems"):
            run(create_batch(), settling())
        assert "create" not in paxos.calls()


TWO = [{"key": str(number), **PAYMENT, "source_amount": amount} for number, amount in ((1, "100"), (2, "200"))]


class TestARetry:
    """Half of the batch was submitted before the first attempt was lost."""

    @pytest.fixture
    def retried(self, scoped: FakePaxos, define_connection: Define) -> FakePaxos:
        limits = {"duplicate_window": 7, "max_orchestrations_per_day": 2, "max_source_amount_per_day": "USD=300"}
        define_connection(extra={"scopes": scoped.scopes, **limits})
        scoped.add(1, source_amount="100", metadata=made_by_this_task("1"))
        scoped.always[BALANCES] = holds("200")
        return scoped

    def test_it_is_not_refused_for_its_own_reservations_or_as_a_duplicate_of_itself(
        self, create_batch: CreateBatch, retried: FakePaxos
    ) -> None:
        records = run(create_batch(payments=TWO), settling(try_number=2))
        assert retried.only("create").json["ref_id"] == "settle-2"
        assert [each["acceptance"] for each in records] == ["accepted"] * 2

    def test_nor_while_list_lags(self, create_batch: CreateBatch, retried: FakePaxos, naps: list[float]) -> None:
        # The first look-up and the list of the day do not show the first payment, and the balance lacks it already.
        retried.replies["list"].extend([Answer(200, {"items": []})] * 2)
        records = run(create_batch(payments=TWO), settling(try_number=2))
        assert len(retried.book) == 2
        assert [each["acceptance"] for each in records] == ["accepted"] * 2
        assert naps

    def test_nor_if_the_list_of_the_day_shows_it_sooner_than_the_look_up(
        self, create_batch: CreateBatch, retried: FakePaxos
    ) -> None:
        retried.replies["list"].append(Answer(200, {"items": []}))
        run(create_batch(payments=TWO), settling(try_number=2))
        assert len(retried.book) == 2
