"""One look at what is waited for, from a worker."""

from __future__ import annotations

from logging import Logger
from typing import Any

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.waiting import Watch, ends_the_wait
from airflow_provider_paxos.hooks.paxos import PaxosHook


def look(hook: PaxosHook, watch: Watch, log: Logger | Any) -> PaxosError | None:
    """Read what is still open, and log what is new. ``watch.done`` then tells whether all have ended.

    :returns: a passing error, which is logged and does not end the wait.
    :raises PaxosError: for an error that no waiting mends.
    """
    try:
        for remark in watch.observe(hook.read_orchestrations(ids=watch.ids, ref_ids=watch.ref_ids)):
            log.info(remark)
    except PaxosError as error:
        if ends_the_wait(error):
            raise
        log.warning("Still waiting, in spite of a passing error: %s", error)
        return error
    return None
