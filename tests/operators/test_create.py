"""CreateOrchestrationOperator submits an orchestration, once, and ends as the cause of an error demands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.creators import Creator
from airflow_provider_paxos.api.errors import Acceptance
from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.exposure import chain, locals_of_the_package
from tests.fake_paxos import BROKEN, SECRET, UNAUTHORIZED, Answer, FakePaxos, problem
from tests.fixtures import Create, Define, Logged
from tests.payments import REQUEST
from tests.task_instance import RUN_ID, TaskInstance, run

WHERE = {
    "airflow_creator": Creator("settlement", RUN_ID, "create").stamp(),
    "airflow_dag_id": "settlement",
    "airflow_run_id": RUN_ID,
    "airflow_task_id": "create",
}


def test_it_returns_the_orchestrations_id(create: Create, paxos: FakePaxos) -> None:
    assert run(create()) == "orchestration-1"


def test_it_sends_the_authors_values_and_where_they_come_from(create: Create, paxos: FakePaxos) -> None:
    run(create(identity_id="identity-1", account_id="account-1", metadata={"batch": "7"}))
    assert paxos.only("create").json == {
        **REQUEST,
        "identity_id": "identity-1",
        "account_id": "account-1",
        "metadata": {"batch": "7", **WHERE},
    }


def test_what_the_author_does_not_give_is_not_sent(create: Create, paxos: FakePaxos) -> None:
    run(create())
    assert paxos.only("create").json == {**REQUEST, "metadata": WHERE}


def test_a_mapped_instance_names_its_map_index(create: Create, paxos: FakePaxos) -> None:
    run(create(), TaskInstance(map_index=3))
    stamp = Creator("settlement", RUN_ID, "create", 3).stamp()
    assert paxos.only("create").json["metadata"] == {**WHERE, "airflow_creator": stamp, "airflow_map_index": "3"}


@pytest.mark.parametrize(
    ("amount", "sent"), [("100.250", "100.250"), (7, "7"), (Decimal("1E+3"), "1000"), (Decimal("0.10"), "0.10")]
)
def test_an_amount_is_sent_as_a_plain_decimal_string(create: Create, paxos: FakePaxos, amount: Any, sent: str) -> None:
    run(create(source_amount=amount))
    assert paxos.only("create").json["source_amount"] == sent


def test_it_takes_the_connection_that_it_is_given(create: Create, paxos: FakePaxos, define_connection: Define) -> None:
    define_connection("paxos_eu", extra={"environment": "production"})
    run(create(paxos_conn_id="paxos_eu"))
    assert paxos.only("create").url == "https://api.paxos.com/v2/orchestration/orchestrations"


def test_the_whole_orchestration_is_left_in_xcom_with_the_amount_as_a_string(create: Create, paxos: FakePaxos) -> None:
    ti = TaskInstance()
    run(create(source_amount="12345678901234567.890"), ti)
    receipt = ti.xcom_pull(task_ids="create", key="orchestration", map_indexes=-1)
    assert (receipt["id"], receipt["status"], receipt["source_amount"]) == (
        "orchestration-1",
        "PROCESSING",
        "12345678901234567.890",
    )


def test_no_xcom_is_left_where_the_author_wants_none(create: Create, paxos: FakePaxos) -> None:
    ti = TaskInstance()
    run(create(do_xcom_push=False), ti)
    assert ti.xcoms == {}


def test_a_second_run_adopts_and_books_nothing_new(create: Create, paxos: FakePaxos) -> None:
    assert run(create()) == run(create(), TaskInstance(try_number=2))
    assert len(paxos.book) == 1


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (1, "origin  created by this attempt"),
        (2, "origin  adopted: an earlier attempt had created it; nothing was paid again"),
    ],
)
def test_the_log_holds_a_receipt(create: Create, paxos: FakePaxos, logged: Logged, runs: int, expected: str) -> None:
    for _ in range(runs):
        run(create())
    assert expected in logged()
    for fact in ("settle-1", "orchestration-1", "100.25 USD to USDG", "profile-a", "profile-b", "PROCESSING"):
        assert fact in logged()


@pytest.mark.parametrize(("but", "times"), [({}, 1), ({"do_xcom_push": False}, 0)])
def test_the_log_leads_to_the_page_of_the_payment_if_it_leaves_a_receipt(
    but: dict[str, Any],
    times: int,
    *,
    create: Create,
    paxos: FakePaxos,
    logged: Logged,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example")
    run(create(**but))
    assert logged().count("page    https://airflow.example/plugin/paxos?id=orchestration-1") == times


@pytest.mark.parametrize(
    ("but", "expected"),
    [
        ({"source_amount": "{{ 1.5 }} USD"}, "source_amount: the amount '1.5 USD' is not a plain decimal"),
        ({"source_asset": "{{ 'None' }}"}, "source_asset: it is 'None'"),
        ({"destination": "{{ params }}"}, "destination"),
        ({"metadata": "{{ params }}"}, "metadata"),
        ({"metadata": {"batch": "{{ 'x' * 101 }}"}}, "metadata.batch"),
    ],
)
def test_a_value_that_renders_wrong_fails_without_retries_before_any_request(
    create: Create, paxos: FakePaxos, but: dict[str, Any], expected: str
) -> None:
    with pytest.raises(AirflowFailException, match=rf"{expected}.*{Acceptance.NOT_SENT.value}"):
        run(create(**but))
    assert paxos.asked == []


@pytest.mark.parametrize(
    ("but", "text"),
    [
        ({"source_asset": "{{ none }}"}, "source_asset: .* yields None"),
        ({"ref_id": "{{ '' }}"}, "ref_id: .* yields an empty text"),
        (
            {"destination": {"fiat": {"bank_account_id": "{{ none }}"}}},
            "destination.fiat.bank_account_id: .* yields None",
        ),
    ],
)
def test_a_template_without_a_value_fails_without_retries_before_any_request(
    create: Create, paxos: FakePaxos, but: dict[str, Any], text: str
) -> None:
    with pytest.raises(AirflowFailException, match=rf"{text}\. No further request is sent to Paxos"):
        run(create(**but))
    assert paxos.asked == []


def test_a_mapped_value_that_is_wrong_fails_without_retries_before_any_request(paxos: FakePaxos) -> None:
    with DAG("payments", schedule=None):
        payment = {name: value for name, value in REQUEST.items() if name != "source_amount"}
        mapped = CreateOrchestrationOperator.partial(task_id="create", **payment).expand(source_amount=[1.5])
    with pytest.raises(AirflowFailException, match=r"source_amount: the amount 1.5 is a float"):
        run(mapped.unmap({"source_amount": 1.5}), TaskInstance(map_index=0))
    assert paxos.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        problem(400, "bad-request"),
        problem(400, "exceed-precision"),
        problem(400, "unsupported-address"),
        problem(403, "forbidden"),
        problem(403, "forbidden", "insufficient scope"),
        problem(403, "travel-rule-information-required"),
        UNAUTHORIZED,
    ],
)
def test_a_non_retryable_error_fails_without_retries_and_with_the_causes_message(
    create: Create, paxos: FakePaxos, answer: Answer
) -> None:
    paxos.always["create"] = answer
    with pytest.raises(AirflowFailException, match=r"ref_id settle-1, amount 100.25 USD to USDG") as failed:
        run(create())
    assert isinstance(failed.value.__cause__, errors.Refused)
    assert str(failed.value) == str(failed.value.__cause__)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (problem(403, "insufficient-funds"), errors.InsufficientFunds),
        (problem(429, "rate-limited"), errors.RateLimited),
        (BROKEN, errors.ServiceUnavailable),
        (Answer(201, {"status": "PROCESSING"}), errors.UnreadableAnswer),
    ],
)
def test_a_retryable_error_leaves_airflows_retries(
    create: Create, paxos: FakePaxos, answer: Answer, cause: type[Exception]
) -> None:
    paxos.always["create"] = answer
    with pytest.raises(cause):
        run(create())


def test_an_unreachable_host_leaves_airflows_retries(create: Create, paxos: FakePaxos) -> None:
    paxos.unreachable = True
    with pytest.raises(errors.Unreachable, match="A retry asks again"):
        run(create())


@pytest.mark.parametrize("fields", [{"password": None}, {"extra": {"environment": "live"}}])
def test_an_invalid_connection_fails_without_retries(
    create: Create, paxos: FakePaxos, define_connection: Define, fields: dict[str, Any]
) -> None:
    define_connection(**fields)
    with pytest.raises(AirflowFailException, match="Connection paxos_default"):
        run(create())
    assert paxos.asked == []


@pytest.mark.parametrize(
    "fields",
    [
        {"metadata": {"note": SECRET}},
        {"destination": {"fiat": {"bank_account_id": "bank-1", "memo": f"Invoice {SECRET}"}}},
        {"ref_id": f"settle-{SECRET}"},
    ],
)
def test_a_secret_of_the_connection_is_neither_sent_nor_left_in_a_receipt_an_error_or_a_log(
    create: Create, paxos: FakePaxos, logged: Logged, fields: dict[str, Any]
) -> None:
    ti = TaskInstance()
    with pytest.raises(AirflowFailException, match="holds the connection's own client secret") as failed:
        run(create(**fields), ti)
    assert paxos.asked == []
    assert ti.xcoms == {}
    assert (
        SECRET not in "".join(map(str, chain(failed.value))) + "".join(locals_of_the_package(failed.value)) + logged()
    )


def test_another_payment_under_the_same_ref_id_is_refused_with_both_values(create: Create, paxos: FakePaxos) -> None:
    run(create())
    with pytest.raises(AirflowFailException, match=r"source_amount: asked for 250, exists with 100\.25"):
        run(create(source_amount="250"), TaskInstance(try_number=2))
    assert len(paxos.book) == 1


@pytest.mark.parametrize(("status", "reason"), [("FAILED", "account closed"), ("REJECTED", None)])
def test_an_orchestration_that_has_failed_is_neither_success_nor_paid_again(
    create: Create, paxos: FakePaxos, status: str, reason: str | None
) -> None:
    paxos.add(1, status=status, fail_reason={"detail": reason} if reason else None)
    with pytest.raises(AirflowFailException, match=rf"it is {status}: {reason or 'Paxos gave no reason'}.*new ref_id"):
        run(create())
    assert len(paxos.book) == 1


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "COMPLETED", "AWAITING_MOON"])
def test_an_orchestration_that_has_not_failed_is_adopted(create: Create, paxos: FakePaxos, status: str) -> None:
    orchestration_id = paxos.add(1, status=status)
    assert run(create()) == orchestration_id


def test_a_task_that_was_stopped_before_it_submitted_submits_nothing(create: Create, paxos: FakePaxos) -> None:
    task = create()
    task.on_kill()
    with pytest.raises(errors.PaxosError, match="stopped before the request was sent") as stopped:
        run(task)
    assert stopped.value.acceptance is Acceptance.NOT_SENT
    assert paxos.calls() == []
