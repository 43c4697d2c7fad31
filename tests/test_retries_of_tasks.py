"""non_retryable_fails: which errors end a task for good."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.errors import Acceptance, PaxosError
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.version_compat import AirflowFailException


def classes(of: type[PaxosError] = PaxosError) -> Iterator[type[PaxosError]]:
    yield of
    for each in of.__subclasses__():
        yield from classes(each)


RETRYABLE = {
    errors.PaxosError,
    errors.BatchIncomplete,
    errors.NotReady,
    errors.DestinationPending,
    errors.RulePending,
    errors.UndefinedConnection,
    errors.NotFound,
    errors.Unreachable,
    errors.UnreadableAnswer,
    errors.InsufficientFunds,
    errors.RateLimited,
    errors.ServiceUnavailable,
    errors.TemporarilyRefused,
    errors.OutcomeUnknown,
    errors.OrchestrationMissing,
    errors.StillInProgress,
    errors.Stopped,
    errors.WaitAborted,
}
NON_RETRYABLE = set(classes()) - RETRYABLE
UNSUCCESSFUL = {errors.OrchestrationUnsuccessful, errors.OrchestrationFailed, errors.OrchestrationRejected}


def by_name(kind: type) -> str:
    return kind.__name__


@pytest.mark.parametrize("kind", sorted(RETRYABLE, key=by_name), ids=by_name)
def test_a_retryable_error_passes(kind: type[PaxosError]) -> None:
    error = kind("it happened.")
    with pytest.raises(kind) as passed, non_retryable_fails():
        raise error
    assert passed.value is error


def test_a_batch_is_retried_if_its_cause_is() -> None:
    error = errors.BatchIncomplete("it happened.")
    error.cause = errors.BadCredentials("the secret is refused.")
    with pytest.raises(AirflowFailException), non_retryable_fails():
        raise error


@pytest.mark.parametrize("kind", sorted(NON_RETRYABLE, key=by_name), ids=by_name)
def test_a_non_retryable_error_ends_the_task_with_the_same_message(kind: type[PaxosError]) -> None:
    error = kind("it happened.")
    with pytest.raises(AirflowFailException) as ended, non_retryable_fails():
        raise error
    assert str(ended.value) == str(error)
    assert ended.value.__cause__ is error


@pytest.mark.parametrize("kind", sorted(NON_RETRYABLE, key=by_name), ids=by_name)
def test_where_the_outcome_is_unknown_it_is_retryable(kind: type[PaxosError]) -> None:
    with pytest.raises(kind), non_retryable_fails():
        raise kind("it happened.", acceptance=Acceptance.UNKNOWN)


@pytest.mark.parametrize("kind", sorted(NON_RETRYABLE - UNSUCCESSFUL, key=by_name), ids=by_name)
def test_for_the_unsuccessful_alone_nothing_else_ends_the_task(kind: type[PaxosError]) -> None:
    with pytest.raises(kind), non_retryable_fails(unsuccessful_only=True):
        raise kind("it happened.")


@pytest.mark.parametrize("kind", sorted(UNSUCCESSFUL, key=by_name), ids=by_name)
def test_for_the_unsuccessful_alone_one_of_them_ends_the_task(kind: type[PaxosError]) -> None:
    with pytest.raises(AirflowFailException), non_retryable_fails(unsuccessful_only=True):
        raise kind("it happened.")


def test_another_error_passes() -> None:
    with pytest.raises(ZeroDivisionError), non_retryable_fails():
        raise ZeroDivisionError


def test_no_error_is_no_error() -> None:
    with non_retryable_fails():
        pass
