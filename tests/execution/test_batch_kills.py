"""Whenever a batch is killed, the next attempt re-reads what was accepted, and submits the rest: each payment once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx2
import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.batch import submitting
from airflow_provider_paxos.batch.progress import Progress
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from tests.fake_paxos import Answer, FakePaxos
from tests.fixtures import CreateBatch, Logged
from tests.operators.test_batch import left_by, settling
from tests.payments import payments
from tests.task_instance import run

PAYMENTS = 60


class Killed(BaseException):
    """What Airflow's signal handlers raise in the main thread, as at the end of an ``execution_timeout``."""


class TestAtARandomMoment:
    """A kill at a random create, be it before Paxos has booked it or after."""

    @pytest.fixture(params=range(8))
    def chance(self, request: pytest.FixtureRequest) -> random.Random:
        return random.Random(request.param)

    @pytest.fixture
    def at_a_create(self, paxos: FakePaxos, chance: random.Random) -> Callable[[Callable[[], None]], None]:
        """Do something at a random create, and lose its answer if it was booked before."""

        def plan(deed: Callable[[], None]) -> None:
            answer, moment, booked = paxos.answer, chance.randrange(1, PAYMENTS), chance.random() < 0.5

            def disturbed(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
                if method == "POST" and "/token" not in url and paxos.calls().count("create") == moment:
                    paxos.answer = answer  # type: ignore[method-assign]
                    if booked:
                        answer(method, url, headers, body)
                    deed()
                    raise httpx2.ReadError("the connection broke")
                return answer(method, url, headers, body)

            paxos.answer = disturbed  # type: ignore[method-assign]

        return plan

    @pytest.fixture
    def task(self, create_batch: CreateBatch) -> CreateOrchestrationBatchOperator:
        return create_batch(payments=payments(PAYMENTS))

    def the_next_attempt(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        """Run it, and let it find every payment paid once, having submitted nothing that was booked."""
        paxos.unreachable = False
        booked = {each["ref_id"] for each in paxos.book.values()}
        before = len(paxos.asked)
        run(create_batch(payments=payments(PAYMENTS)), settling(try_number=2))
        submitted = [each.json["ref_id"] for each in paxos.asked[before:] if each.call == "create"]
        assert sorted(submitted) == sorted({f"settle-{number}" for number in range(1, PAYMENTS + 1)} - booked)
        assert set(Counter(each["ref_id"] for each in paxos.book.values()).values()) == {1}
        assert len(paxos.book) == PAYMENTS

    def test_by_a_stop_no_further_request_leaves(
        self, create_batch: CreateBatch, paxos: FakePaxos, task: Any, at_a_create: Any, logged: Logged
    ) -> None:
        def stop() -> None:
            task.on_kill()
            seen.append(paxos.calls().count("create"))

        seen: list[int] = []
        at_a_create(stop)
        with pytest.raises(errors.BatchIncomplete, match="the task was stopped"):
            run(task, settling())
        assert paxos.calls().count("create") == seen[0]
        assert "Stopped while submitting" in logged()
        self.the_next_attempt(create_batch, paxos)

    def test_by_the_loss_of_the_network(
        self, create_batch: CreateBatch, paxos: FakePaxos, task: Any, at_a_create: Any
    ) -> None:
        at_a_create(lambda: setattr(paxos, "unreachable", True))
        with pytest.raises(errors.BatchIncomplete):
            run(task, settling(max_tries=1))
        self.the_next_attempt(create_batch, paxos)

    def test_by_a_signal_in_the_main_thread(
        self, create_batch: CreateBatch, paxos: FakePaxos, task: Any, chance: random.Random, monkeypatch: Any
    ) -> None:
        moment = chance.randrange(1, PAYMENTS)

        def update(_: Progress, done: int) -> None:
            if done >= moment:
                raise Killed

        with monkeypatch.context() as patch, suppress(Killed):
            patch.setattr(Progress, "update", update)
            patch.setattr(submitting, "_PROGRESS_SECONDS", 0.0001)
            run(task, settling())
        self.the_next_attempt(create_batch, paxos)


def test_a_batch_that_was_stopped_before_it_submitted_submits_nothing(
    create_batch: CreateBatch, paxos: FakePaxos, logged: Logged
) -> None:
    task = create_batch()
    task.on_kill()
    assert "Stopped before this attempt submitted anything" in logged()
    with pytest.raises(errors.BatchIncomplete, match=r"Paxos holds 0 of 3 payments.*the task was stopped"):
        run(task, settling())
    assert "create" not in paxos.calls()


def test_what_was_accepted_before_a_signal_is_in_the_receipts(
    create_batch: CreateBatch, paxos: FakePaxos, monkeypatch: pytest.MonkeyPatch
) -> None:
    def update(_: Progress, done: int) -> None:
        if done >= 100:
            raise Killed

    monkeypatch.setattr(Progress, "update", update)
    monkeypatch.setattr(submitting, "_PROGRESS_SECONDS", 0.0001)
    ti = settling()
    with pytest.raises(Killed):
        run(create_batch(payments=payments(1200)), ti)
    is_accepted = {each["ref_id"]: "id" in each for each in left_by(ti)}
    assert len(is_accepted) == 1200
    assert 100 <= sum(is_accepted.values()) < 1200


def test_the_receipts_of_a_stopped_task_may_be_refused_by_airflow(
    create_batch: CreateBatch, paxos: FakePaxos, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise RuntimeError("the task instance is not running")

    task, ti = create_batch(), settling()
    monkeypatch.setattr(ti, "xcom_push", refuse)
    task.on_kill()
    with pytest.raises(errors.BatchIncomplete):
        run(task, ti)
    assert "The receipts of the payments could not be left: the task instance is not running" in logged()
