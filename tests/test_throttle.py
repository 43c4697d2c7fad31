"""A task that the rate limit keeps from submitting comes back when there is room, and uses up no retries."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import RetryPolicy
from airflow.sdk.execution_time.task_runner import _evaluate_retry_policy

from airflow_provider_paxos import retries
from airflow_provider_paxos.api import errors
from airflow_provider_paxos.hooks import connection as hooks_connection
from airflow_provider_paxos.retries import PaxosRetryPolicy
from airflow_provider_paxos.triggers.moment import MomentTrigger
from tests.fake_paxos import BROKEN, FakePaxos, problem
from tests.fixtures import Create, CreateBatch, Define, Logged
from tests.operators.test_batch import left_by, settling
from tests.payments import payments
from tests.task_instance import TaskDeferred, TaskInstance, resume, run

pytestmark = pytest.mark.usefixtures("task_process")

THROTTLED = problem(429, "rate-limited")


@pytest.fixture
def later(naps: list[float], monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let some seconds pass for the rate limiter, for which else the naps alone do."""
    clock = SimpleNamespace(time=time.time, monotonic=lambda: 5_000.0 + sum(naps))
    monkeypatch.setattr(hooks_connection, "time", clock)
    return naps.append


def deferral(task: Any, ti: TaskInstance) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as deferred:
        run(task, ti)
    return deferred.value


def again(task: Any, ti: TaskInstance, deferred: TaskDeferred) -> Any:
    """Resume after the database has kept what was deferred."""
    assert isinstance(deferred.trigger, MomentTrigger)
    kwargs = json.loads(json.dumps(deferred.kwargs or {}))
    event = {"reached": deferred.trigger.moment}
    return resume(task, ti, method=deferred.method_name, event=event, **kwargs)


class TestABatch:
    def test_that_is_throttled_defers_until_the_throttle_is_over(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.always["create"] = THROTTLED
        before = time.time()
        trigger = deferral(create_batch(), settling(max_tries=0)).trigger

        assert isinstance(trigger, MomentTrigger)
        assert 300 <= trigger.longest <= 306 * 1.02
        assert trigger.moment >= before + 300

    def test_then_submits_the_rest_in_the_same_attempt(
        self, create_batch: CreateBatch, paxos: FakePaxos, later: Callable[[float], None]
    ) -> None:
        ti, task = settling(), create_batch(payments=payments(40))
        paxos.always["create"] = THROTTLED
        deferred = deferral(task, ti)
        paxos.always.clear()
        later(400)
        records = again(create_batch(payments=payments(40)), ti, deferred)

        assert [each["acceptance"] for each in records] == ["accepted"] * 40
        assert len(paxos.book) == 40

    def test_and_its_receipts_say_what_the_attempt_has_created_itself(
        self, create_batch: CreateBatch, paxos: FakePaxos, later: Callable[[float], None], logged: Logged
    ) -> None:
        paxos.add(1)
        ti = settling()
        paxos.unlisted = {"orchestration-1"}
        task = create_batch(payments=payments(30))
        creates = 0

        def throttled_from_the_twentieth_on(request: dict[str, Any]) -> Any:
            nonlocal creates
            creates += 1
            return THROTTLED if creates > 20 else FakePaxos._create(paxos, request)

        paxos._create = throttled_from_the_twentieth_on  # type: ignore[method-assign]
        deferred = deferral(task, ti)
        creates = -100
        paxos.unlisted = set()
        later(400)
        again(create_batch(payments=payments(30)), ti, deferred)

        assert [each["adopted"] for each in left_by(ti)] == [True] + [False] * 29
        assert "submitting the rest" in logged()

    def test_that_finds_the_rate_limit_used_up_does_so_until_its_place_comes(
        self,
        create_batch: CreateBatch,
        paxos: FakePaxos,
        later: Callable[[float], None],
        define_connection: Define,
    ) -> None:
        define_connection(extra={"requests_per_second": 0.1})
        ti = settling()
        deferred = deferral(create_batch(payments=payments(40)), ti)
        trigger = deferred.trigger

        assert isinstance(trigger, MomentTrigger)
        assert 305 <= trigger.longest <= 306 * 1.02
        assert len(paxos.book) == 26, "of thirty requests, one was to look up, and three are kept for others"
        later(trigger.longest)
        assert {each["acceptance"] for each in again(create_batch(payments=payments(40)), ti, deferred)} == {"accepted"}
        assert paxos.calls().count("create") == 40

    def test_that_is_throttled_again_defers_again(
        self, create_batch: CreateBatch, paxos: FakePaxos, later: Callable[[float], None]
    ) -> None:
        paxos.always["create"] = THROTTLED
        ti = settling()
        deferred = deferral(create_batch(), ti)
        later(400)
        with pytest.raises(TaskDeferred):
            again(create_batch(), ti, deferred)

    def test_that_is_throttled_as_it_looks_up_defers_too(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        paxos.always["list"] = THROTTLED
        assert isinstance(deferral(create_batch(), settling()).trigger, MomentTrigger)

    def test_that_another_process_has_let_throttle_sends_nothing(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.replies["list"].append(THROTTLED)
        deferral(create_batch(), settling())
        hooks_connection.forget_shared()
        asked = len(paxos.asked)
        deferral(create_batch(), settling())

        assert [each.call for each in paxos.asked[asked:]] in ([], ["token"])

    def test_that_was_stopped_does_not_come_back(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        paxos.always["list"] = THROTTLED
        task = create_batch()
        task.stopped = True
        with pytest.raises(errors.RateLimited):
            run(task, settling())

    def test_that_meets_an_outage_is_left_to_airflows_retries(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.always["create"] = BROKEN
        with pytest.raises(errors.BatchIncomplete):
            run(create_batch(), settling())


class TestASinglePayment:
    def test_that_is_throttled_defers_if_it_may(
        self, create: Create, paxos: FakePaxos, later: Callable[[float], None]
    ) -> None:
        paxos.replies["create"].append(THROTTLED)
        ti, task = TaskInstance(), create(deferrable=True)
        deferred = deferral(task, ti)
        later(400)

        assert again(create(deferrable=True), ti, deferred) == "orchestration-1"

    def test_leaves_a_receipt_before(self, create: Create, paxos: FakePaxos) -> None:
        paxos.replies["create"].append(THROTTLED)
        ti = TaskInstance()
        deferral(create(deferrable=True), ti)

        assert [each["acceptance"] for each in left_by(ti)] == ["refused"]


def delay(task: Any, error: BaseException) -> float | None:
    """Return the seconds until the retry, as Airflow decides on them on the worker."""
    ti: Any = SimpleNamespace(task=task, try_number=1, _ti_context_from_server=None)
    log: Any = SimpleNamespace(info=lambda *_, **__: None, exception=lambda *_, **__: None)
    decided = _evaluate_retry_policy(ti, error, log)
    return decided.retry_delay.total_seconds() if decided and decided.retry_delay else None


class TestWithoutDeferral:
    def failed(self, task: Any) -> errors.PaxosError:
        with pytest.raises((errors.RateLimited, errors.BatchIncomplete)) as failure:
            run(task, settling())
        return failure.value

    @pytest.mark.parametrize("kind", ["batch", "single"])
    def test_the_retry_outlasts_the_throttle(
        self, create_batch: CreateBatch, create: Create, paxos: FakePaxos, kind: str
    ) -> None:
        paxos.always["create"] = THROTTLED
        task = create_batch(deferrable=False) if kind == "batch" else create(deferrable=False)
        seconds = delay(task, self.failed(task))

        assert seconds is not None
        assert seconds >= 300

    def test_the_author_s_own_policy_stays(self, create: Create, paxos: FakePaxos) -> None:
        class Own(RetryPolicy):
            def evaluate(self, *_: Any, **__: Any) -> Any:
                raise NotImplementedError

        own = Own()
        paxos.always["create"] = THROTTLED
        task = create(deferrable=False, retry_policy=own)
        self.failed(task)

        assert task.retry_policy is own

    def test_before_airflow_3_3_the_task_s_retry_delay_decides(
        self, create: Create, paxos: FakePaxos, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retries, "RetryDecision", None)
        paxos.always["create"] = THROTTLED
        task = create(deferrable=False)
        self.failed(task)

        assert task.retry_policy is None

    def test_other_errors_are_left_to_the_task(self, create: Create, paxos: FakePaxos) -> None:
        paxos.always["create"] = BROKEN
        task = create(deferrable=False)
        with pytest.raises(errors.ServiceUnavailable):
            run(task)

        assert task.retry_policy is None
        assert not isinstance(task.retry_policy, PaxosRetryPolicy)
