"""While a trigger waits, it renews a progress record: on changes only, and at most once a minute."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from pytest_mock import MockerFixture

from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.triggers import progress
from airflow_provider_paxos.triggers.progress import progress_renewed, push_for
from airflow_provider_paxos.waiting.watch import Watch

LOG = logging.getLogger("test.progress")


class Minutes:
    """Stands in for the minute's sleep of the renewal: it passes when the test says so."""

    def __init__(self, mocker: MockerFixture) -> None:
        self.slept: list[float] = []
        self._passed = asyncio.Semaphore(0)
        self._asleep = asyncio.Event()
        mocker.patch.object(progress, "sleep", self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._asleep.set()
        await self._passed.acquire()

    async def begin(self) -> None:
        """Let a minute pass, and what follows begin."""
        await self._asleep.wait()
        self._asleep.clear()
        self._passed.release()

    async def pass_one(self) -> None:
        """Let a minute pass, and what follows end."""
        await self.begin()
        await self._asleep.wait()


def seen(watch: Watch, **statuses: str) -> None:
    watch.observe([Orchestration.model_validate({"id": id_, "status": status}) for id_, status in statuses.items()])


def test_a_change_is_stored_after_a_minute_and_no_change_is_not(mocker: MockerFixture) -> None:
    records: list[dict[str, Any]] = []

    async def wait() -> Minutes:
        minutes, watch = Minutes(mocker), Watch(ids=["a", "b"])
        async with progress_renewed(LOG, records.append, watch):
            seen(watch, a="PENDING", b="PROCESSING")
            await minutes.pass_one()
            await minutes.pass_one()
            seen(watch, a="COMPLETED")
            await minutes.pass_one()
        return minutes

    minutes = asyncio.run(wait())

    assert [each["counts"] for each in records] == [{"PENDING": 1, "PROCESSING": 1}, {"COMPLETED": 1, "PROCESSING": 1}]
    assert set(minutes.slept) == {60.0}


def test_a_record_that_cannot_be_stored_is_logged_once_and_ends_no_wait(
    mocker: MockerFixture, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    def refuse(record: dict[str, Any]) -> None:
        tries.append(record)
        raise RuntimeError("no XCom from a triggerer")

    async def wait() -> None:
        minutes, watch = Minutes(mocker), Watch(ids=["a"])
        async with progress_renewed(LOG, refuse, watch):
            seen(watch, a="PENDING")
            await minutes.begin()
            while not caplog.records:
                await asyncio.sleep(0)
            seen(watch, a="PROCESSING")

    asyncio.run(wait())

    assert len(tries) == 1
    assert "no XCom from a triggerer" in caplog.text


def test_it_is_stored_under_the_task_instance(mocker: MockerFixture) -> None:
    stored = mocker.patch.object(progress.XCom, "set")
    ti = mocker.Mock(dag_id="d", task_id="t", run_id="r", map_index=3)
    push = push_for(ti)
    assert push is not None
    push({"counts": {}})
    stored.assert_called_once_with(
        key="paxos_progress", value={"counts": {}}, dag_id="d", task_id="t", run_id="r", map_index=3
    )


def test_without_a_task_instance_nothing_is_stored() -> None:
    async def entered() -> None:
        async with progress_renewed(LOG, push_for(None), Watch(ids=["a"])):
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(entered())
