"""Read the sensor's arguments of a rule: when a Dag is parsed, as far as they are known, and in the task, rendered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

MOST = 1000
"""Orchestrations of a rule that are waited for at most: ``waiting.made_by_rule.MOST``, which no Dag file imports."""


def problem_of(*, orchestration_rule_id: Any, since: Any, count: Any) -> str | None:
    """Return what is wrong with the arguments when the Dag is parsed; None if nothing is, as far as they are known."""
    if orchestration_rule_id is None:
        return "since and count belong to orchestration_rule_id." if since is not None or count != 1 else None
    if since is None:
        return "orchestration_rule_id needs since: when the first orchestration was created at the earliest."
    try:
        if _is_known(since, str | datetime):
            moment_of(since)
        if _is_known(count, str | int | float):
            number_of(count)
    except ValueError as wrong:
        return str(wrong)
    return None


def moment_of(since: Any) -> datetime:
    """Return the moment that ``since`` names.

    :raises ValueError: if it is none, or has no time zone.
    """
    try:
        moment = since if isinstance(since, datetime) else datetime.fromisoformat(str(since))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"since is {since!r}; it has to be a time with a time zone, such as 2026-11-26T00:00:00Z.")
    return moment


def number_of(count: Any) -> int:
    """Return the number that ``count`` is.

    :raises ValueError: if it is none from 1 to 1,000.
    """
    text = str(count)
    # True is an int, too.
    is_disguised = isinstance(count, int) and type(count) is not int
    if is_disguised or not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST):
        raise ValueError(f"count is {count!r}; it has to be a whole number from 1 to {MOST:,}.")
    return int(text)


def _is_known(value: Any, kinds: Any) -> bool:
    """Return whether a value is no template, and not what another task will return."""
    return isinstance(value, kinds) and not (isinstance(value, str) and "{" in value)
