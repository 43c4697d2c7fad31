"""One look at what is waited for, from a worker."""

from __future__ import annotations

from dataclasses import dataclass
from logging import Logger
from typing import Any

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.waiting.watch import Watch, ends_waiting


@dataclass(frozen=True)
class Look:
    """What a look came to.

    :param found: what Paxos showed.
    :param obstacle: a passing error instead, which is logged and does not end the wait.
    """

    found: tuple[Orchestration, ...] = ()
    obstacle: PaxosError | None = None


def look(hook: PaxosHook, watch: Watch, log: Logger | Any) -> Look:
    """Read what is still open, and log what is new. ``watch.done`` then tells whether all have ended.

    :raises PaxosError: for an error that no waiting mends.
    """
    try:
        found = hook.read_orchestrations(ids=watch.ids, ref_ids=watch.ref_ids)
        for remark in watch.observe(found):
            log.info(remark)
    except PaxosError as error:
        if ends_waiting(error):
            raise
        log.warning("Still waiting, in spite of a passing error: %s", error)
        return Look(obstacle=error)
    return Look(found=tuple(found))
