"""The window of a reconciliation: from when until when the orchestrations were created that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, Subject

RECONCILIATION = Subject("Reconciliation")
"""What the errors of a reconciliation are about."""

OVERLAP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Holds the bounds of a window.

    Paxos does not promise that List shows at once what Create has accepted. So what was created shortly before the
    window is read again: it may have been shown too late for the window before.

    :param since: with a time zone; the first moment of the window.
    :param until: with a time zone; the first moment behind it.
    :param overlap: how much of the time before ``since`` is read again.
    """

    since: datetime
    until: datetime
    overlap: timedelta = OVERLAP

    def __post_init__(self) -> None:
        for name, moment in (("since", self.since), ("until", self.until)):
            if moment.tzinfo is None:
                raise invalid(f"{name} is a time without a time zone: {moment}.")
        if self.since >= self.until:
            raise invalid(f"the window ends at {self.until.isoformat()}, before it begins: {self.since.isoformat()}.")
        if self.overlap < timedelta():
            raise invalid(f"overlap is {self.overlap}, which is negative.")

    @property
    def reads_since(self) -> datetime:
        """The first moment that is read, the overlap included."""
        return self.since - self.overlap

    def contains(self, created_at: datetime | None) -> bool:
        """Return whether an orchestration was created in the window; one without a time is counted in."""
        return created_at is None or self.since <= created_at < self.until

    def reads(self, created_at: datetime | None) -> bool:
        """Return whether an orchestration was created in what is read."""
        return created_at is None or self.reads_since <= created_at < self.until


def day(business_date: date, zone: tzinfo = UTC, *, overlap: timedelta = OVERLAP) -> Window:
    """Return the window of a business date: from midnight to midnight.

    :param zone: the time zone of the midnights.
    """
    began, ended = (datetime.combine(each, time(), zone) for each in (business_date, business_date + timedelta(days=1)))
    # Two times of one zone are subtracted and compared by the clock on the wall: a day of 23 hours would have 24.
    return Window(began.astimezone(UTC), ended.astimezone(UTC), overlap)


def invalid(what: str) -> InvalidRequest:
    """Return the error for a reconciliation that cannot be asked for."""
    return InvalidRequest(what, subject=RECONCILIATION, acceptance=Acceptance.NOT_SENT)
