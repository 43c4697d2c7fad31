"""Check the sensor's arguments of a rule when a Dag is parsed; templates are validated in the task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

MOST = 1000
"""Orchestrations of a rule that are waited for at most: ``waiting.made_by_rule.MOST``, which no Dag file imports."""


def problem_of(*, orchestration_rule_id: Any, since: Any, count: Any) -> str | None:
    """Return what is wrong with the arguments; None if nothing is."""
    if orchestration_rule_id is None:
        return "since and count belong to orchestration_rule_id." if since is not None or count != 1 else None
    if since is None:
        return "orchestration_rule_id needs since: when the first orchestration was created at the earliest."
    if not _is_moment(since):
        return f"since is {since!r}; it has to be a time with a time zone, such as 2026-11-26T00:00:00Z."
    if not _is_number(count):
        return f"count is {count!r}; it has to be a whole number from 1 to {MOST:,}."
    return None


def _is_moment(value: Any) -> bool:
    if isinstance(value, str) and "{" not in value:
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return False
    return not isinstance(value, datetime) or value.tzinfo is not None


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return "{" in value or (value.isascii() and value.isdecimal() and 1 <= int(value) <= MOST)
    # What another task returns is not known yet.
    return not isinstance(value, bool | int | float) or (type(value) is int and 1 <= value <= MOST)
