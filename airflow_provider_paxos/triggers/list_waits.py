"""Wait in the triggerer's event loop with a list of the API at a time: for what people decide, and what rules make.

Imported when a trigger runs, never when a Dag is parsed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from airflow_provider_paxos.api.errors import PaxosError, UndefinedConnection
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook
from airflow_provider_paxos.triggers.events import counts_event, decided_event, error_event
from airflow_provider_paxos.waiting.decisions import Decidable, DecisionWatch
from airflow_provider_paxos.waiting.destination_watch import DestinationWatch
from airflow_provider_paxos.waiting.made_by_rule import MadeByRule
from airflow_provider_paxos.waiting.rule_watch import RuleWatch
from airflow_provider_paxos.waiting.watch import ends_waiting


class Kind(NamedTuple):
    """Says how one kind of what people decide on is watched, and how it is read by its ids."""

    watch: Callable[[Sequence[str]], DecisionWatch[Any]]
    read: Callable[[PaxosAsyncHook, Sequence[str]], Awaitable[Sequence[Decidable]]]


KINDS: Mapping[str, Kind] = {
    "crypto destinations": Kind(DestinationWatch, lambda hook, ids: hook.read_crypto_destinations(ids=ids)),
    "rules": Kind(RuleWatch, lambda hook, ids: hook.read_orchestration_rules(ids)),
}


async def wait_for_decisions(
    log: Any, paxos_conn_id: str, kind: str, ids: Sequence[str], poll_interval: float
) -> dict[str, Any]:
    """Wait until all are decided on, or until an error ends the wait; return the event.

    :param log: the trigger's.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param kind: of what is waited for: a key of ``KINDS``.
    :param ids: of what is waited for.
    :param poll_interval: seconds from one poll to the next.
    """
    watch = KINDS[kind].watch(ids)

    async def poll(hook: PaxosAsyncHook) -> bool:
        for line in watch.observe(await KINDS[kind].read(hook, watch.undecided)):
            log.info(line)
        return not watch.undecided

    error = await _poll_until_over(log, paxos_conn_id, poll, poll_interval)
    return decided_event(len(ids)) if error is None else error_event(error)


async def wait_for_rule(
    log: Any,
    paxos_conn_id: str,
    rule_id: str,
    *,
    since: str,
    count: int,
    poll_interval: float,
    silent_fail: bool,
) -> dict[str, Any]:
    """Wait until so many orchestrations of a rule are terminal, or until an error ends the wait; return the event.

    :param log: the trigger's.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param rule_id: of the rule.
    :param since: when the first of them was created at the earliest: RFC 3339.
    :param count: how many are waited for.
    :param poll_interval: seconds from one poll to the next.
    :param silent_fail: whether to wait on after a non-transient error.
    """
    watch = MadeByRule(rule_id, datetime.fromisoformat(since), count)

    async def poll(hook: PaxosAsyncHook) -> bool:
        for line in watch.observe(await watch.aread(hook)):
            log.info(line)
        return watch.done

    error = await _poll_until_over(log, paxos_conn_id, poll, poll_interval, silent_fail=silent_fail)
    return counts_event(watch.counts()) if error is None else error_event(error)


async def _poll_until_over(
    log: Any,
    paxos_conn_id: str,
    poll: Callable[[PaxosAsyncHook], Awaitable[bool]],
    poll_interval: float,
    *,
    silent_fail: bool = False,
) -> str | None:
    """Poll until the wait is over, and return None; or the error that has ended it.

    :param poll: polls once, and returns whether the wait is over.
    """
    has_polled = False
    while True:
        await asyncio.sleep(poll_interval)
        try:
            # Read anew for each poll: a connection may change during a wait of days.
            async with PaxosAsyncHook(paxos_conn_id) as hook:
                if await poll(hook):
                    return None
                has_polled = True
        except PaxosError as error:
            # A secrets backend with a transient fault reports a connection that has worked as undefined.
            may_pass = has_polled and isinstance(error, UndefinedConnection)
            ends = ends_waiting(error) and not may_pass
            if ends and not silent_fail:
                return str(error)
            log.warning("%s while polling; will retry: %s", "Error" if ends else "Transient error", error)
