"""Correct what an error says of the money, once the task has submitted: the same checks run again after a wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow_provider_paxos.api.errors import Acceptance, PaxosError


@contextmanager
def after_submit(known: Acceptance) -> Iterator[None]:
    """Let no error say that nothing was sent.

    :param known: what is known of the money instead.
    """
    try:
        yield
    except PaxosError as error:
        if error.acceptance is Acceptance.NOT_SENT:
            error.acceptance = known
        raise
