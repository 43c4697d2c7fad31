"""A run's business date: its date in the Dag's time zone, where ``ds`` is the one in UTC and repeats."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk import DAG, Asset

from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import FakePaxos
from tests.fixtures import Create, CreateBatch
from tests.payments import REQUEST, payments
from tests.task_instance import TaskInstance, run

try:
    from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, MultipleCronTriggerTimetable
except ImportError:  # Airflow 3.1
    from airflow.timetables.assets import AssetOrTimeSchedule  # type: ignore[assignment]
    from airflow.timetables.trigger import (  # type: ignore[assignment]
        CronTriggerTimetable,
        MultipleCronTriggerTimetable,
    )

if TYPE_CHECKING:
    from collections.abc import Iterator

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
REF_ID = "settle-{{ task.business_date(dag_run) }}-7"


def dag_run(logical_date: datetime | None, run_id: str = "run") -> Any:
    return SimpleNamespace(run_id=run_id, logical_date=logical_date)


def logical_dates(cron: str, start: datetime) -> Iterator[datetime]:
    """Return the logical dates that Airflow's scheduler gives to the runs of a schedule."""
    from airflow.timetables.base import TimeRestriction  # noqa: PLC0415
    from airflow.timetables.trigger import CronTriggerTimetable as Timetable  # noqa: PLC0415
    from pendulum import instance, timezone  # noqa: PLC0415

    timetable = Timetable(cron, timezone=timezone(str(start.tzinfo)))
    restriction = TimeRestriction(earliest=instance(start), latest=None, catchup=True)
    last = None
    while info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction):
        last = info.data_interval
        yield info.logical_date


@pytest.mark.parametrize(
    ("cron", "start", "ds", "business_dates"),
    [
        (
            "0 1 * * *",
            datetime(2026, 3, 28, tzinfo=BERLIN),
            ["2026-03-28", "2026-03-29", "2026-03-29", "2026-03-30"],
            ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"],
        ),
        (
            "0 19 * * *",
            datetime(2026, 3, 6, tzinfo=NEW_YORK),
            ["2026-03-07", "2026-03-08", "2026-03-08", "2026-03-09"],
            ["2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09"],
        ),
    ],
    ids=["Berlin", "New York"],
)
def test_it_differs_from_run_to_run_where_ds_repeats(
    cron: str, start: datetime, ds: list[str], business_dates: list[str]
) -> None:
    with DAG("payments", schedule=cron, start_date=start):
        single = CreateOrchestrationOperator(task_id="create", **REQUEST)
        batch = CreateOrchestrationBatchOperator(task_id="settle", payments=payments(1))
    runs = list(islice(logical_dates(cron, start), 4))
    assert [each.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%d") for each in runs] == ds
    for task in (single, batch):
        assert [task.business_date(dag_run(each)) for each in runs] == business_dates


def test_two_daily_runs_at_the_change_to_summer_time_are_two_payments(create: Create, paxos: FakePaxos) -> None:
    start = datetime(2026, 3, 29, tzinfo=BERLIN)
    for number, logical_date in enumerate(islice(logical_dates("0 1 * * *", start), 2)):
        with DAG("payments", schedule="0 1 * * *", start_date=start):
            task = create(ref_id=REF_ID)
        run(task, TaskInstance(run_id=f"run-{number}"), dag_run=dag_run(logical_date))
    assert {each["ref_id"] for each in paxos.book.values()} == {"settle-2026-03-29-7", "settle-2026-03-30-7"}


def test_the_ref_ids_of_a_batch_can_hold_it(create_batch: CreateBatch, paxos: FakePaxos) -> None:
    with DAG("payments", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=BERLIN)):
        task = create_batch(payments=payments(1), ref_id="settle-{{ task.business_date(dag_run) }}-{{ key }}")
    late = datetime(2026, 3, 29, 23, 30, tzinfo=ZoneInfo("UTC"))
    run(task, TaskInstance(task_id="settle"), dag_run=dag_run(late))
    assert paxos.only("create").json["ref_id"] == "settle-2026-03-30-1"


EVERY_NIGHT = CronTriggerTimetable("0 1 * * *", timezone="Europe/Berlin")


@pytest.mark.parametrize(
    "schedule",
    [
        EVERY_NIGHT,
        AssetOrTimeSchedule(timetable=EVERY_NIGHT, assets=Asset("deposits")),
        MultipleCronTriggerTimetable("0 1 * * *", "30 1 * * *", timezone="Europe/Berlin"),
    ],
    ids=["one", "beside assets", "several"],
)
def test_the_time_zone_of_the_timetable_counts_before_the_dags(create: Create, schedule: Any) -> None:
    late = dag_run(datetime(2026, 3, 29, 23, 30, tzinfo=ZoneInfo("UTC")))
    with DAG("payments", schedule=schedule):
        task = create()
    assert task.business_date(late) == "2026-03-30"
    assert task.business_date(late, "America/New_York") == "2026-03-29"


@pytest.mark.parametrize("operator", ["single", "batch"])
def test_a_run_without_a_logical_date_is_refused_before_anything_is_sent(
    operator: str, create: Create, create_batch: CreateBatch, paxos: FakePaxos
) -> None:
    with DAG("payments", schedule=None):
        task = create(ref_id=REF_ID) if operator == "single" else create_batch(ref_id=REF_ID + "-{{ key }}")
    triggered = dag_run(None, "asset_triggered__2026-03-29")
    with pytest.raises(AirflowFailException, match="no business date follows from run asset_triggered__2026-03-29"):
        run(task, TaskInstance(task_id=task.task_id), dag_run=triggered)
    assert paxos.asked == []
