"""Describe what the worker's part uses of an operator or sensor. It does not import them: they import it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Literal, NoReturn, Protocol

from airflow.triggers.base import BaseTrigger


class Task(Protocol):
    """An operator or sensor whose templates are rendered."""

    task_id: str
    paxos_conn_id: str
    deferrable: bool
    do_xcom_push: bool

    @property
    def log(self) -> Any:
        """The log of the task instance."""

    def defer(
        self,
        *,
        trigger: BaseTrigger,
        method_name: str,
        kwargs: dict[str, Any] | None = None,
        timeout: timedelta | int | float | None = None,
    ) -> NoReturn:
        """Leave the worker until the trigger fires."""


class Approval(Protocol):
    """``operators.approval.Approval``, which has its fields described."""

    @property
    def assigned_users(self) -> Sequence[str | Mapping[str, str]]: ...
    @property
    def above(self) -> Mapping[str, Any] | None: ...
    @property
    def forbid_trigger_user(self) -> bool: ...
    @property
    def response_timeout(self) -> timedelta | None: ...
    @property
    def thresholds(self) -> Mapping[str, Decimal]: ...
    @property
    def when(self) -> str | bool: ...


class SettlingTask(Protocol):
    """An operator whose asset events say what it has settled."""

    outlet_partition_key: str | None

    @property
    def outlets(self) -> Sequence[Any]:
        """The assets, references and aliases that the author declared."""

    def business_date(self, dag_run: Any) -> str:
        """Return the business date of a run that has a logical date."""


class CreatingTask(Task, Protocol):
    """An operator that submits.

    ``poll_interval`` and ``timeout`` are in seconds. ``stopped`` is set by ``on_kill``, at any moment.
    """

    adopt: str
    preflight: Literal["fail", "warn", "off"]
    wait_for_completion: bool
    poll_interval: float | None
    timeout: float | None
    stopped: bool

    def get_dag(self) -> Any:
        """Return the Dag; None for a task without one, as in a test."""


class ApprovedTask(CreatingTask, Protocol):
    """An operator that may ask for an approval."""

    @property
    def approval(self) -> Approval | None:
        """The author's wish for an approval."""

    def get_template_env(self) -> Any:
        """Return the Jinja environment of a task without a Dag."""


class CreateTask(ApprovedTask, SettlingTask, Protocol):
    """``CreateOrchestrationOperator``."""

    ref_id: str
    source_amount: Any
    metadata: Any
    duplicate_of_ok: Any

    def api_fields(self) -> dict[str, Any]:
        """Return the API's fields, as far as the author gave them."""


class BatchTask(Protocol):
    """An operator that is given the payments of a batch."""

    payments: Any
    ref_id: str | None
    defaults: Mapping[str, Any] | None

    def get_dag(self) -> Any:
        """Return the Dag; None for a task without one, as in a test."""

    def get_template_env(self) -> Any:
        """Return the Jinja environment of a task without a Dag."""


class SubmittingBatchTask(ApprovedTask, SettlingTask, Protocol):
    """An operator that submits many payments."""

    on_failed_payments: Literal["fail", "report"]


class CreateBatchTask(SubmittingBatchTask, BatchTask, Protocol):
    """``CreateOrchestrationBatchOperator``."""


class RepairTask(SubmittingBatchTask, Protocol):
    """``RepairOrchestrationsOperator``."""

    records: Any
    ref_ids: Any
    keys: Any
    changes: Any


class ReconcileTask(Protocol):
    """``ReconcileOrchestrationsOperator``. ``overlap``, and ``usual`` by rail, are in seconds."""

    task_id: str
    paxos_conn_id: str
    do_xcom_push: bool
    profile_ids: Any
    day: str | date | None
    since: str | datetime | None
    until: str | datetime | None
    expected: Any
    records: Any
    receipts_of: Any
    dag_ids: Any
    daily_reports: Any
    report: str | None
    on_exceptions: Literal["fail", "warn"]
    overlap: float

    @property
    def usual(self) -> Mapping[str, float]: ...
    @property
    def log(self) -> Any:
        """The log of the task instance."""

    def zone(self) -> tzinfo:
        """Return the time zone in which a day begins."""


class PlanBatchTask(BatchTask, Protocol):
    """``PlanOrchestrationBatchOperator``."""

    paxos_conn_id: str
    adopt: str
    for_task_id: str | None
    on_problems: Literal["report", "fail"]

    @property
    def log(self) -> Any:
        """The log of the task instance."""


class EnsuringTask(Task, Protocol):
    """An operator that ensures something.

    ``poll_interval`` and ``timeout`` are in seconds. ``stopped`` is set by ``on_kill``, at any moment.
    """

    poll_interval: float | None
    timeout: float | None
    stopped: bool


class EnsureDestinationsTask(EnsuringTask, Protocol):
    """``EnsureCryptoDestinationsOperator``.

    ``rows_are_given`` says whether the author gave the rows themselves, and not a callable.
    """

    read_rows: Callable[[], Any]
    rows_are_given: bool
    wait_for_approval: bool


class EnsureRulesTask(EnsuringTask, Protocol):
    """``EnsureOrchestrationRulesOperator``."""

    rules: Any
    prune: bool


class SensingTask(Task, Protocol):
    """``OrchestrationSensor``.

    ``poll_interval`` and ``timeout`` are in seconds. Without a ``poll_interval`` the orchestration's age decides.
    ``waits_for_rule`` says whether the author gave a rule, whatever its id renders to.
    """

    orchestration_id: str | None
    ref_id: str | None
    orchestration_rule_id: str | None
    waits_for_rule: bool
    poll_interval: float | None
    timeout: float
    soft_fail: bool
    never_fail: bool
    silent_fail: bool

    @property
    def reschedule(self) -> bool:
        """Return whether each poke is a process of its own."""

    def subject(self) -> str:
        """Return what is waited for, for the log."""

    def wanted_of_rule(self) -> tuple[datetime, int]:
        """Return since when, and how many orchestrations of the rule are waited for.

        :raises ValueError: if what the author gave has rendered to something unusable.
        """
