"""PaxosRetryPolicy: how Airflow retries what Paxos has refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from airflow.sdk import DAG, RetryDecision, RetryPolicy, task
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.serialization.serialized_objects import DagSerialization

from airflow_provider_paxos import retries, version_compat
from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.errors import Acceptance, PaxosError
from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.retries import PaxosRetryPolicy
from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor
from airflow_provider_paxos.version_compat import AirflowSkipException
from tests.executed_anew import executed_anew

OUTAGES = {errors.Unreachable, errors.UnreadableAnswer, errors.TemporarilyRefused, errors.ServiceUnavailable}


def classes(of: type[PaxosError] = PaxosError) -> Iterator[type[PaxosError]]:
    yield of
    for each in of.__subclasses__():
        yield from classes(each)


NON_RETRYABLE = {each for each in classes() if not each("it happened.").retryable}
LEFT_TO_THE_TASK = set(classes()) - NON_RETRYABLE - OUTAGES - {errors.RateLimited}


def by_name(kind: type) -> str:
    return kind.__name__


def each_of(kinds: set[type[PaxosError]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", sorted(kinds, key=by_name), ids=by_name)


def decision(error: BaseException, try_number: int = 1) -> RetryDecision:
    return PaxosRetryPolicy().evaluate(error, try_number, 3, None)


def seconds(error: BaseException, try_number: int = 1) -> float:
    decided = decision(error, try_number)
    assert decided.action is RetryAction.RETRY
    assert decided.retry_delay is not None
    return decided.retry_delay.total_seconds()


def throttled(retry_after: float | None = None) -> errors.RateLimited:
    error = errors.RateLimited("Paxos answered 429.")
    error.retry_after = retry_after
    return error


@pytest.fixture(params=[0.0, 1.0])
def chance(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """The ends between which a delay is spread."""
    monkeypatch.setattr("random.random", lambda: request.param)
    return float(request.param)


@pytest.mark.parametrize("kind", [errors.InsufficientFunds, errors.BadCredentials, errors.ServiceUnavailable])
def test_a_batch_is_retried_as_its_cause_is(kind: type[PaxosError], chance: float) -> None:
    batch, cause = errors.BatchIncomplete("1 is missing."), kind("it happened.")
    batch.cause = cause
    assert decision(batch) == decision(cause)


@each_of(NON_RETRYABLE)
def test_what_cannot_succeed_is_never_retried(kind: type[PaxosError]) -> None:
    decided = decision(kind("it happened."))

    assert (decided.action, decided.reason) == (RetryAction.FAIL, f"{kind.__name__}: not retryable.")


@each_of(NON_RETRYABLE)
def test_while_the_outcome_is_unknown_it_is_retryable(kind: type[PaxosError]) -> None:
    assert decision(kind("it happened.", acceptance=Acceptance.UNKNOWN)).action is not RetryAction.FAIL


@pytest.mark.parametrize(("asked", "wait"), [(None, 300), (7.0, 7), (0.0, 1), (3600.0, 3600)])
def test_a_throttle_is_waited_out_and_a_little_longer(chance: float, asked: float | None, wait: float) -> None:
    assert seconds(throttled(asked)) == pytest.approx(wait * (1 + 0.2 * chance))


def test_a_throttle_lasts_as_long_on_whichever_try(chance: float) -> None:
    assert seconds(throttled(), try_number=9) == seconds(throttled())


@each_of(OUTAGES)
@pytest.mark.parametrize(
    ("try_number", "delay"), [(1, 15), (2, 30), (3, 60), (6, 480), (7, 900), (8, 900), (10**9, 900)]
)
def test_on_an_outage_the_delay_doubles_up_to_a_quarter_of_an_hour(
    chance: float, kind: type[PaxosError], try_number: int, delay: float
) -> None:
    assert seconds(kind("it happened."), try_number) == pytest.approx(delay * (1 + 0.2 * chance))


def test_tasks_that_failed_together_come_back_apart() -> None:
    assert len({seconds(throttled()) for _ in range(20)}) > 1


@each_of(LEFT_TO_THE_TASK)
def test_the_rest_is_left_to_the_task_s_settings(kind: type[PaxosError]) -> None:
    assert decision(kind("it happened.")) == RetryDecision.default()


@pytest.mark.parametrize("error", [ValueError("x"), AirflowSkipException(), KeyboardInterrupt(), TimeoutError()])
def test_other_errors_are_left_to_the_task_s_settings(error: BaseException) -> None:
    assert decision(error) == RetryDecision.default()


@each_of(set(classes()))
def test_a_reason_holds_nothing_of_the_error_s_text(kind: type[PaxosError]) -> None:
    assert "it happened" not in str(decision(kind("it happened.", detail="it happened.")).reason)


class TestDags:
    """A Dag with the policy is stored, as any other."""

    @pytest.fixture
    def stored(self) -> dict[str, Any]:
        with DAG("settlement", schedule=None, default_args={"retry_policy": PaxosRetryPolicy()}) as dag:
            amount: dict[str, Any] = {"source_asset": "USD", "destination_asset": "USDG", "source_amount": "1"}
            ends: dict[str, Any] = {"source": {"profile": {"profile_id": "a"}}}
            ends["destination"] = {"profile": {"profile_id": "b"}}
            CreateOrchestrationOperator(task_id="create", **amount, **ends, retry_policy=PaxosRetryPolicy())
            OrchestrationSensor(task_id="by_default", ref_id="settle-1")
            OrchestrationSensor.partial(task_id="mapped", retry_policy=PaxosRetryPolicy()).expand(ref_id=["settle-1"])

            @task(retry_policy=PaxosRetryPolicy())
            def code() -> None: ...

            code()
        stored: dict[str, Any] = json.loads(json.dumps(DagSerialization.to_dict(dag)))
        return stored

    def test_what_is_stored_shows_that_there_is_a_policy(self, stored: dict[str, Any]) -> None:
        tasks = {each["__var"]["task_id"]: each["__var"] for each in stored["dag"]["tasks"]}

        assert tasks["create"]["has_retry_policy"] is True
        assert tasks["by_default"]["has_retry_policy"] is True
        assert tasks["code"]["has_retry_policy"] is True
        assert tasks["mapped"]["partial_kwargs"]["has_retry_policy"] is True

    def test_what_is_stored_is_read_again(self, stored: dict[str, Any]) -> None:
        read = DagSerialization.from_dict(stored)

        assert sorted(read.task_ids) == ["by_default", "code", "create", "mapped"]

    def test_the_policy_comes_back_from_its_settings(self) -> None:
        assert isinstance(PaxosRetryPolicy.deserialize(PaxosRetryPolicy().serialize()), PaxosRetryPolicy)


def test_it_is_one_of_airflow_s_policies() -> None:
    assert isinstance(PaxosRetryPolicy(), RetryPolicy)


def test_the_module_imports_on_an_airflow_without_retry_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    older = ModuleType("airflow.sdk")
    vars(older)["conf"] = version_compat.conf
    monkeypatch.setitem(sys.modules, "airflow.sdk", older)
    monkeypatch.setattr("airflow.sdk", older)
    monkeypatch.setitem(sys.modules, version_compat.__name__, executed_anew(version_compat))

    assert executed_anew(retries).PaxosRetryPolicy.__mro__[1:] == (object,)
