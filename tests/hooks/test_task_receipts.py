"""Receipts of what a task's own code submits by a hook."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import HoldsSecret, InsufficientFunds, NotAllowed, OrchestrationUnsuccessful
from airflow_provider_paxos.hooks import task_receipts
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook, PaxosHook
from airflow_provider_paxos.receipts import receipts_in
from airflow_provider_paxos.xcom import unpacked
from tests.fake_paxos import SECRET, FakePaxos, problem
from tests.fixtures import Define
from tests.payments import REQUEST
from tests.task_instance import TaskInstance


@pytest.fixture
def ti(monkeypatch: pytest.MonkeyPatch) -> TaskInstance:
    """The running task instance."""
    ti = TaskInstance(task_id="pay")
    run_by(monkeypatch, ti)
    return ti


def run_by(monkeypatch: pytest.MonkeyPatch, ti: TaskInstance, *, do_xcom_push: bool = True) -> None:
    context = {"ti": ti, "task": SimpleNamespace(do_xcom_push=do_xcom_push)}
    for module in ("task_receipts", "creator"):
        monkeypatch.setattr(f"airflow_provider_paxos.hooks.{module}.get_current_context", lambda: context)


def left_by(ti: TaskInstance) -> list[dict[str, Any]]:
    return receipts_in(ti.xcom_pull(task_ids=ti.task_id, key="paxos_receipts", map_indexes=ti.map_index))


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of the XComs that were written, one for each write."""
    keys: list[str] = []
    push = TaskInstance.xcom_push

    def xcom_push(self: TaskInstance, key: str, value: Any) -> None:
        keys.append(key)
        push(self, key, value)

    monkeypatch.setattr(TaskInstance, "xcom_push", xcom_push)
    return keys


def payment(number: int) -> dict[str, Any]:
    return {**REQUEST, "ref_id": f"settle-{number}"}


def test_a_submission_leaves_a_receipt(paxos: FakePaxos, ti: TaskInstance) -> None:
    submission = PaxosHook().submit_orchestration(REQUEST)
    (receipt,) = left_by(ti)
    assert (receipt["id"], receipt["adopted"], receipt["acceptance"]) == (
        submission.orchestration.id,
        False,
        "accepted",
    )


def test_a_creation_leaves_a_receipt(paxos: FakePaxos, ti: TaskInstance) -> None:
    created = PaxosHook().create_orchestration(REQUEST)
    assert [(each["id"], each["adopted"]) for each in left_by(ti)] == [(created.id, False)]


def test_a_submission_of_the_async_hook_leaves_a_receipt(paxos: FakePaxos, ti: TaskInstance) -> None:
    async def pay() -> None:
        async with PaxosAsyncHook() as hook:
            await hook.submit_orchestration(payment(1))
            await hook.create_orchestration(payment(2))

    asyncio.run(pay())
    assert [each["ref_id"] for each in left_by(ti)] == ["settle-1", "settle-2"]


def test_the_author_s_own_xcom_is_left_alone(paxos: FakePaxos, ti: TaskInstance) -> None:
    ti.xcom_push("orchestration", "mine")
    PaxosHook().submit_orchestration(REQUEST)
    assert ti.xcom_pull(task_ids="pay", key="orchestration", map_indexes=-1) == "mine"


def test_several_hooks_of_a_task_leave_their_receipts_together(paxos: FakePaxos, ti: TaskInstance) -> None:
    for number in (1, 2, 1):
        with PaxosHook() as hook:
            hook.submit_orchestration(payment(number))
    assert [(each["ref_id"], each["adopted"]) for each in left_by(ti)] == [("settle-2", False), ("settle-1", True)]


def test_another_attempt_starts_without_the_receipts_of_the_first(
    paxos: FakePaxos, ti: TaskInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    PaxosHook().submit_orchestration(payment(1))
    second = TaskInstance(task_id="pay", try_number=2)
    run_by(monkeypatch, second)
    PaxosHook().submit_orchestration(payment(2))
    assert [each["ref_id"] for each in left_by(second)] == ["settle-2"]


def test_a_refused_submission_leaves_what_was_asked_for_and_why_it_failed(paxos: FakePaxos, ti: TaskInstance) -> None:
    paxos.always["create"] = problem(403, "insufficient-funds", "there is not enough")
    with pytest.raises(InsufficientFunds):
        PaxosHook().submit_orchestration(REQUEST)
    (receipt,) = left_by(ti)
    assert (receipt["ref_id"], receipt["source_amount"], receipt["acceptance"]) == ("settle-1", "100.25", "refused")
    assert "there is not enough" in receipt["error"]


def test_an_unsuccessful_orchestration_is_in_the_receipt(paxos: FakePaxos, ti: TaskInstance) -> None:
    PaxosHook().submit_orchestration(REQUEST)
    paxos.end("orchestration-1", "FAILED", "the account is closed")
    with pytest.raises(OrchestrationUnsuccessful):
        PaxosHook().submit_orchestration(REQUEST)
    assert [(each["status"], each["fail_reason"]["detail"]) for each in left_by(ti)] == [
        ("FAILED", "the account is closed")
    ]


@pytest.mark.parametrize(
    ("request_of", "error"),
    [({**REQUEST, "metadata": {"note": SECRET}}, HoldsSecret), ({**REQUEST, "source_asset": "USDC"}, NotAllowed)],
)
def test_what_this_connection_never_sends_leaves_none(
    paxos: FakePaxos, define_connection: Define, ti: TaskInstance, request_of: dict[str, Any], error: type[Exception]
) -> None:
    define_connection(extra={"max_source_amount": "USD=500"})
    with pytest.raises(error):
        PaxosHook().submit_orchestration(request_of)
    assert ti.xcoms == {}


def test_a_task_without_xcoms_leaves_none(paxos: FakePaxos, ti: TaskInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    run_by(monkeypatch, ti, do_xcom_push=False)
    PaxosHook().submit_orchestration(REQUEST)
    assert ti.xcoms == {}


def test_the_pattern_of_the_dashboard_is_left_once_beside_the_receipts(
    paxos: FakePaxos, define_connection: Define, ti: TaskInstance, pushed: list[str]
) -> None:
    define_connection(extra={"dashboard_url": "https://dashboard.paxos.com/{id}"})
    for number in (1, 2):
        PaxosHook().submit_orchestration(payment(number))
    assert ti.xcom_pull(task_ids="pay", key="paxos_dashboard", map_indexes=-1) == "https://dashboard.paxos.com/{id}"
    assert pushed == ["paxos_dashboard", "paxos_receipts", "paxos_receipts"]


def test_outside_of_a_task_a_submission_is_made_all_the_same(paxos: FakePaxos) -> None:
    assert PaxosHook().submit_orchestration(REQUEST).orchestration.id == "orchestration-1"


def test_a_receipt_that_cannot_be_left_does_not_end_the_task(
    paxos: FakePaxos, ti: TaskInstance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(self: TaskInstance, key: str, value: Any) -> None:
        raise RuntimeError("the supervisor is gone")

    monkeypatch.setattr(TaskInstance, "xcom_push", refuse)
    assert PaxosHook().submit_orchestration(REQUEST).orchestration.id == "orchestration-1"
    assert "The receipt of a payment could not be left: the supervisor is gone" in caplog.text


def test_of_many_submissions_each_write_holds_all_and_writes_are_few(
    paxos: FakePaxos, ti: TaskInstance, pushed: list[str]
) -> None:
    with PaxosHook() as hook:
        for number in range(600):
            hook.submit_orchestration(payment(number))
        before_the_end = len(left_by(ti))
    assert before_the_end >= 570
    assert [each["ref_id"] for each in left_by(ti)] == [f"settle-{number}" for number in range(600)]
    assert len(pushed) < 130


def test_the_number_of_receipts_is_bounded(ti: TaskInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_receipts, "MOST_RECEIPTS", 3)
    kept = task_receipts.TaskReceipts()
    for number in range(5):
        kept.add(ti, {"ref_id": f"settle-{number}"})
    written = unpacked(ti.xcom_pull(task_ids="pay", key="paxos_receipts", map_indexes=-1))
    assert [each["ref_id"] for each in written] == ["settle-2", "settle-3", "settle-4"]
