"""The edge between Paxos' errors and Airflow's retries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow_provider_paxos.airflow_exceptions import AirflowFailException


@contextmanager
def no_vain_retries(*, ended_only: bool = False) -> Iterator[None]:
    """End the task without further retries for an error that none would mend; let the others pass.

    :param ended_only: whether to do so for FAILED and REJECTED only.
    :raises AirflowFailException: with the same message.
    """
    from airflow_provider_paxos.api.errors import OrchestrationEnded, PaxosError

    try:
        yield
    except PaxosError as error:
        if error.retry_helps or (ended_only and not isinstance(error, OrchestrationEnded)):
            raise
        raise AirflowFailException(str(error)) from error
