"""Limits over time: how much a connection may move a day, and how long an equal payment counts as a duplicate.

They are computed from Paxos' own list, so that they hold over Dags, runs and hosts. They are checked before a payment
is sent; between two tasks that check at the same moment they are no wall.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from airflow_provider_paxos.api.errors import Acceptance, InvalidConnection, NotAllowed, quoted
from airflow_provider_paxos.api.limits import amounts_per_asset, require_known, shown_amounts
from airflow_provider_paxos.api.rule_models import OrchestrationRuleRequest

LIMITS_OVER_TIME = (
    "max_source_amount_per_day",
    "max_orchestrations_per_day",
    "limits_time_zone",
    "duplicate_window",
    "on_duplicate",
)
_LONGEST_WINDOW = 366


class OnDuplicate(StrEnum):
    """The ways to deal with a payment whose content equals that of another one."""

    REFUSE = "refuse"
    WARN = "warn"
    APPROVE = "approve"


@dataclass(frozen=True)
class LimitsOverTime:
    """The limits over time of a connection. What the connection does not mention is not limited.

    :param owner: the connection's name, for the messages.
    :param max_source_amount_per_day: from one profile, per source asset; if given, other assets are refused.
    :param max_orchestrations_per_day: from one profile.
    :param time_zone: in which a day begins.
    :param duplicate_window: days for which an orchestration makes an equal payment a duplicate.
    :param on_duplicate: what becomes of a duplicate.
    """

    owner: str
    max_source_amount_per_day: Mapping[str, Decimal] | None = field(default=None, hash=False)
    max_orchestrations_per_day: int | None = None
    time_zone: tzinfo = UTC
    duplicate_window: int | None = None
    on_duplicate: OnDuplicate = OnDuplicate.REFUSE

    @classmethod
    def of(cls, owner: str, stated: Mapping[str, Any]) -> Self:
        """Return the limits over time that a connection states.

        :param stated: the limits by their names.
        :raises InvalidConnection: if one is not understood: an unreadable limit must not be none.
        """
        require_known(owner, stated, LIMITS_OVER_TIME, "limit over time")
        given = {name: value for name, value in stated.items() if value not in (None, "")}
        return cls(
            owner,
            amounts_per_asset(owner, "max_source_amount_per_day", given.get("max_source_amount_per_day")),
            _count(owner, "max_orchestrations_per_day", given),
            _time_zone(owner, given),
            _count(owner, "duplicate_window", given, most=_LONGEST_WINDOW),
            _on_duplicate(owner, given),
        )

    @property
    def is_set(self) -> bool:
        """True if anything is limited."""
        limits = (self.max_source_amount_per_day, self.max_orchestrations_per_day, self.duplicate_window)
        return any(limit is not None for limit in limits)

    def in_force(self) -> Iterator[str]:
        """Yield each limit that is set, with its value."""
        if self.max_source_amount_per_day is not None:
            yield f"max_source_amount_per_day {shown_amounts(self.max_source_amount_per_day)}"
        if self.max_orchestrations_per_day is not None:
            yield f"max_orchestrations_per_day {self.max_orchestrations_per_day}"
        if self.duplicate_window is not None:
            yield f"duplicate_window {self.duplicate_window} ({self.on_duplicate})"

    def require_rule_allowed(self, request: OrchestrationRuleRequest) -> None:
        """Raise for a rule if a day is limited: nothing of ours sees what a rule starts before it has started it.

        :raises NotAllowed: names the limit and the connection.
        """
        for name in ("max_source_amount_per_day", "max_orchestrations_per_day"):
            if getattr(self, name) is not None:
                raise NotAllowed(
                    f"connection {quoted(self.owner)} does not allow it: {name} cannot hold for the orchestrations of "
                    "a rule.",
                    subject=request.subject,
                    acceptance=Acceptance.NOT_SENT,
                )

    def day_began(self, now: datetime) -> datetime:
        """Return when the day began in the limits' time zone: at the first of two midnights."""
        return now.astimezone(self.time_zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)

    def window_began(self, now: datetime) -> datetime | None:
        """Return since when an equal orchestration makes a duplicate; None without a window."""
        return None if self.duplicate_window is None else now - timedelta(days=self.duplicate_window)

    def since(self, now: datetime) -> datetime:
        """Return since when orchestrations matter for the limits."""
        return min(filter(None, (self.day_began(now), self.window_began(now))))


def _count(owner: str, name: str, given: Mapping[str, Any], *, most: int | None = None) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    text = value.strip() if isinstance(value, str) else value
    number = int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() else text
    if isinstance(number, bool) or not isinstance(number, int) or number < 1 or (most and number > most):
        allowed = f"a whole number from 1 to {most}" if most else "a whole number, at least 1"
        raise _unreadable(owner, f"{name} is {quoted(value)}; it is {allowed}.")
    return number


def _time_zone(owner: str, given: Mapping[str, Any]) -> tzinfo:
    name = given.get("limits_time_zone")
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError):
        what = f"limits_time_zone is {quoted(name)}; it is the name of a time zone, such as Europe/Berlin."
        raise _unreadable(owner, what) from None


def _on_duplicate(owner: str, given: Mapping[str, Any]) -> OnDuplicate:
    value = given.get("on_duplicate", OnDuplicate.REFUSE)
    if "on_duplicate" in given and "duplicate_window" not in given:
        raise _unreadable(owner, "on_duplicate has no meaning without duplicate_window.")
    try:
        return OnDuplicate(value)
    except ValueError:
        what = f"on_duplicate is {quoted(value)}; it is one of {', '.join(OnDuplicate)}."
        raise _unreadable(owner, what) from None


def _unreadable(owner: str, what: str) -> InvalidConnection:
    return InvalidConnection(f"Connection {quoted(owner)}: {what}")
