"""The event of a trigger: build it, and check it before resuming.

An event is a dictionary with one key: ``terminal``, ``decided`` or ``error``. Airflow stores and logs events, so they
stay small.
This file may know ``api.errors`` and ``waiting.watch``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from airflow_provider_paxos.api.errors import WaitAborted, quoted
from airflow_provider_paxos.waiting.watch import Watch

TERMINAL = "terminal"
DECIDED = "decided"
ERROR = "error"

MAX_LISTED = 100
"""An event lists up to this many orchestrations; for more it holds the number of each status."""


def terminal_event(watch: Watch) -> dict[str, Any]:
    """Return the event of a watch whose orchestrations have all reached a terminal status."""
    if len(watch.terminal) > MAX_LISTED:
        return counts_event(watch.counts())
    return {TERMINAL: [asdict(each) for each in watch.terminal]}


def counts_event(counts: Mapping[str, int]) -> dict[str, Any]:
    """Return the event of a wait that has ended with so many orchestrations of each terminal status."""
    return {TERMINAL: dict(counts)}


def decided_event(count: int) -> dict[str, Any]:
    """Return the event of a wait for saved addresses, on all of which Paxos has decided."""
    return {DECIDED: count}


def error_event(error: str) -> dict[str, Any]:
    """Return the event of a wait that an error has ended."""
    return {ERROR: error}


def terminal_ids(event: Any) -> list[str]:
    """Return the ids that an event reports as terminal; nothing else of an event is used.

    :raises WaitAborted: for an error event, and for an event that is not understood or lists no ids.
    """
    terminal = _terminal(event)
    if isinstance(terminal, list) and terminal and all(isinstance(each, dict) and each.get("id") for each in terminal):
        return [str(each["id"]) for each in terminal]
    raise _not_understood()


def terminal_id(event: Any, *, expected: str | None = None) -> str:
    """Return the one id that an event reports as terminal, for a wait for a single orchestration.

    :param expected: the id that was waited for; None if only a ref_id was known.
    :raises WaitAborted: for an error event, for another id, and for an event that is not understood.
    """
    ids = terminal_ids(event)
    if len(ids) != 1 or expected not in (None, ids[0]):
        raise _not_understood()
    return ids[0]


def require_all_terminal(event: Any, expected: int | None) -> None:
    """Require that an event reports all orchestrations as terminal, however many there are.

    :param expected: how many orchestrations were waited for; None if nothing keeps it.
    :raises WaitAborted: for an error event, for another number, and for an event that is not understood.
    """
    terminal = _terminal(event)
    if (
        isinstance(terminal, dict)
        and terminal
        and all(type(number) is int and number > 0 for number in terminal.values())
    ):
        reported = sum(terminal.values())
    else:
        reported = len(terminal_ids(event))
    if expected not in (None, reported):
        raise _not_understood()


def require_decided(event: Any) -> None:
    """Require that an event reports saved addresses as decided on; they are read afresh all the same.

    :raises WaitAborted: for an error event, and for an event that is not understood.
    """
    if type(_value(event, DECIDED)) is not int:
        raise _not_understood()


def _terminal(event: Any) -> Any:
    return _value(event, TERMINAL)


def _value(event: Any, key: str) -> Any:
    if isinstance(event, dict) and ERROR in event:
        raise WaitAborted(f"waiting in the triggerer ended with an error: {quoted(event[ERROR])}")
    return event.get(key) if isinstance(event, dict) else None


def _not_understood() -> Exception:
    return WaitAborted("the triggerer sent an event that this version does not understand.")
