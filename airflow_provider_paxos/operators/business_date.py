"""Gives templates the business date of a Dag run: its date in the Dag's time zone.

``ds`` is the date in UTC. At the change to summer time two daily runs of a Dag in another time zone can have the same
``ds``: with it in a ref_id the second run would adopt the payment of the first, and its own would never be made.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow_provider_paxos.version_compat import AirflowFailException

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

    Base = BaseOperator
else:
    Base = object


class HasBusinessDate(Base):
    """Adds ``business_date`` to an operator. To be named before the operator's base."""

    def business_date(self, dag_run: Any, timezone: str | None = None) -> str:
        """Return the business date of a Dag run, for a template: ``{{ task.business_date(dag_run) }}``.

        It is the date of the run's logical date in the time zone of the schedule, which is the Dag's unless its
        timetable has one of its own. Retries, clears and backfills of a run have the same date.

        - A scheduled run: with a plain cron schedule, the day on which the run is due. With a timetable of data
          intervals (``CronDataIntervalTimetable``), the day on which its interval begins.
        - A manual run: the day of the logical date that was chosen, by default now. Two manual runs of a day have the
          same business date.
        - A run that an asset triggered, and a manual run without a logical date, have none. The day on which such a run
          happens to start is not the business date of its data: take that from the data.

        :param dag_run: the run, as templates have it.
        :param timezone: the name of another time zone, such as ``Europe/Berlin``.
        :returns: as ``YYYY-MM-DD``.
        :raises AirflowFailException: for a run without a logical date; a retry would fail the same way.
        """
        logical_date: datetime | None = dag_run.logical_date
        if logical_date is None:
            raise AirflowFailException(
                f"task.business_date(dag_run): no business date follows from run {dag_run.run_id}, which has no "
                "logical date: an asset triggered it, or a person without giving one. Take the date from the data, "
                "such as {{ params.business_date }} or a field of the payment. No further request is sent to Paxos."
            )
        zone = ZoneInfo(timezone) if timezone else self._time_zone()
        return logical_date.astimezone(zone).strftime("%Y-%m-%d")

    def _time_zone(self) -> tzinfo:
        dag = self.get_dag()
        if dag is None:
            raise ValueError("task.business_date(dag_run): a task without a Dag has no time zone; give one.")
        own = next(_zones(dag.timetable), dag.timezone)
        return ZoneInfo(own) if isinstance(own, str) else own


def _zones(timetable: Any) -> Iterator[Any]:
    """Yield the time zone of a timetable, and those of the timetables that it consists of."""
    # Airflow 3.1 keeps them in private attributes.
    yield from filter(None, (getattr(timetable, name, None) for name in ("timezone", "_timezone")))
    # ``AssetOrTimeSchedule`` has one timetable, ``MultipleCronTriggerTimetable`` several of one time zone.
    several = getattr(timetable, "timetables", getattr(timetable, "_timetables", ()))
    for part in filter(None, (getattr(timetable, "timetable", None), *several)):
        yield from _zones(part)
