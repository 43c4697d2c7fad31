"""Leave a receipt of what a task's own code submits by a hook, in the XCom ``paxos_receipts`` of the task instance.

Operators leave theirs in the XCom ``orchestration``, and submit without this. Outside of a task nothing is left. A
receipt that cannot be left never ends a task: it is logged.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from airflow.sdk import get_current_context

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.orchestrations import Submission
from airflow_provider_paxos.receipts import DASHBOARD_KEY, HOOK_RECEIPTS_KEY, receipt_of, receipt_of_failure
from airflow_provider_paxos.xcom import packed

MOST_RECEIPTS = 10_000
"""Receipts that are kept of one task instance, the newest ones."""

_RENEWED_AT = 20
"""From so many receipts on, the XCom is written once a twentieth more have come: each write holds all of them."""

log = logging.getLogger(__name__)


class Attempt:
    """Follows one submission, and has its receipt at the end, unless nothing was to be sent.

    :param dashboard_url: the connection's pattern of a payment's address in Paxos' dashboard.
    """

    def __init__(self, dashboard_url: str | None) -> None:
        self._dashboard_url = dashboard_url
        self._receipt: dict[str, Any] | None = None

    def submit(self, request: OrchestrationRequest, flow: Flow[Submission]) -> Flow[Submission]:
        """Run the flow that submits a request, and keep the receipt of what came of it."""
        with self._failures_of(request):
            submission = yield from flow
            self._keep(request, submission.orchestration, submission.adopted, submission.other_creator)
            return submission

    def create(self, request: OrchestrationRequest, flow: Flow[Orchestration]) -> Flow[Orchestration]:
        """Run the flow that creates an orchestration, and keep the receipt of what came of it."""
        with self._failures_of(request):
            orchestration = yield from flow
            self._keep(request, orchestration, adopted=False)
            return orchestration

    @contextmanager
    def left(self) -> Iterator[None]:
        """Leave the receipt at the end."""
        try:
            yield
        finally:
            if self._receipt:
                _leave(self._receipt, self._dashboard_url)

    async def leave(self) -> None:
        """Leave the receipt, from an event loop."""
        if self._receipt:
            # A thread may block on Airflow's supervisor, and has the context of the task.
            await asyncio.to_thread(_leave, self._receipt, self._dashboard_url)

    @contextmanager
    def _failures_of(self, request: OrchestrationRequest) -> Iterator[None]:
        try:
            yield
        except PaxosError as error:
            self._receipt = receipt_of_failure(request, error)
            raise

    def _keep(
        self,
        request: OrchestrationRequest,
        orchestration: Orchestration,
        adopted: bool,
        creator: str | None = None,
    ) -> None:
        self._receipt = receipt_of(orchestration, ref_id=request.ref_id, adopted=adopted, creator=creator)


class TaskReceipts:
    """Keeps the receipts of one task instance, of all its hooks and threads, each payment's last one."""

    def __init__(self) -> None:
        self._by_ref_id: dict[object, dict[str, Any]] = {}
        self._unwritten = 0

    @property
    def is_empty(self) -> bool:
        """Return whether there is none."""
        return not self._by_ref_id

    @property
    def is_written(self) -> bool:
        """Return whether the XCom holds all of them."""
        return self._unwritten == 0

    def add(self, ti: Any, receipt: Mapping[str, Any]) -> None:
        """Keep a receipt, and write the XCom unless that can wait."""
        ref_id = receipt.get("ref_id")
        self._by_ref_id.pop(ref_id, None)
        self._by_ref_id[ref_id] = dict(receipt)
        if len(self._by_ref_id) > MOST_RECEIPTS:
            del self._by_ref_id[next(iter(self._by_ref_id))]
        self._unwritten += 1
        if self._unwritten >= len(self._by_ref_id) // _RENEWED_AT:
            self.write(ti)

    def write(self, ti: Any) -> None:
        """Write the XCom, if it lacks a receipt."""
        if self._unwritten:
            ti.xcom_push(key=HOOK_RECEIPTS_KEY, value=packed(list(self._by_ref_id.values())))
            self._unwritten = 0


_lock = threading.Lock()
_kept: dict[object, TaskReceipts] = {}
"""Of the task instance that this process runs; a process runs one at a time."""


def all_written() -> bool:
    """Return whether no receipt of the running task is still to be written."""
    return all(each.is_written for each in _kept.values())


def write_the_rest() -> None:
    """Write the receipts of the running task that are still to be written, when a hook is closed."""
    if not all_written():
        _with_kept(lambda kept, ti: kept.write(ti))


def _leave(receipt: Mapping[str, Any], dashboard_url: str | None) -> None:
    def add(kept: TaskReceipts, ti: Any) -> None:
        if dashboard_url and kept.is_empty:
            ti.xcom_push(key=DASHBOARD_KEY, value=dashboard_url)
        kept.add(ti, receipt)

    _with_kept(add)


def _with_kept(act: Callable[[TaskReceipts, Any], None]) -> None:
    try:
        context = get_current_context()
    except RuntimeError:
        return
    try:
        ti = context["ti"]
        if not getattr(context["task"], "do_xcom_push", True):
            return
        with _lock:
            owner = (ti.id, ti.try_number)
            if owner not in _kept:
                _kept.clear()
            act(_kept.setdefault(owner, TaskReceipts()), ti)
    except Exception as error:  # noqa: BLE001 - a receipt is for people: money has moved, and the task goes on
        log.warning("The receipt of a payment could not be left: %s", error)
