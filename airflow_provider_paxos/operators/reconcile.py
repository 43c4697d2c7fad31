"""ReconcileOrchestrationsOperator: is what was meant what happened, and nothing else?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

from airflow.sdk import BaseOperator

from airflow_provider_paxos.operators.arguments import seconds
from airflow_provider_paxos.operators.business_date import HasBusinessDate
from airflow_provider_paxos.rendering import RendersPayments

if TYPE_CHECKING:
    from airflow.sdk import Context

_HOUR = 3600.0
_RAILS = ("profile", "crypto", "fiat")


class ReconcileOrchestrationsOperator(HasBusinessDate, RendersPayments, BaseOperator):
    """Compare what was meant, what Airflow has recorded and what Paxos has, over a window, and report exceptions.

    It moves nothing. It lists the orchestrations of the profiles that were created in the window, reads again by id
    what its last run has seen in progress, looks up what was meant and is not in the window, and reads the transfers of
    all of them as far as the connection's scopes name ``transfer:read_transfer``.

    Exceptions are: payments that are missing at Paxos; orchestrations that differ from what was meant, are unknown to
    Airflow, or were not meant; FAILED or REJECTED ones that are not repaired; COMPLETED ones with a FAILED transfer;
    those in progress for unusually long; duplicates; totals per profile and asset that do not meet. What a rule of
    Paxos made is a note. See ``docs/guides/reconciliation.md``.

    The task leaves the report in the log, in the files of ``report``, and as a summary with up to 100 exceptions in the
    XCom ``reconciliation``. It returns the summary without exceptions and totals: ``clean``, ``complete``,
    ``exceptions``, ``by_kind``, ``files`` and more. If Paxos does not answer in between, the report says that it is
    incomplete, and the task fails, whatever ``on_exceptions`` is.

    Give either ``day``, or ``since`` and optionally ``until``.

    :param profile_ids: of the profiles that pay, or that rules pay from.
    :param day: the window is this business date, from midnight to midnight in the time zone of the Dag: a date, or a
        template such as ``{{ task.business_date(dag_run) }}``.
    :param since: the first moment of the window, with a time zone: a datetime, or a template such as
        ``{{ data_interval_start }}``.
    :param until: the first moment behind the window; by default, and at the latest, the moment at which the task runs.
    :param timezone: the name of another time zone for ``day``.
    :param expected: all payments that were meant in the window for these profiles, as a batch takes them: mappings of
        the API's fields with a ``ref_id``, or with the ``key`` of a record. By default nothing says what was meant.
    :param records: what tasks have left about payments: the results of batches, receipts, or a list of those.
    :param receipts_of: tasks whose receipts are read from their XComs: mappings with ``task_id``, and for tasks
        elsewhere ``dag_id`` and ``run_id``.
    :param dag_ids: the Dags whose creations are Airflow's. By default an orchestration with the stamp of any Dag is.
    :param daily_reports: paths of Paxos' daily reports of profile transactions, as CSV, that cover the window.
    :param report: where to write the report, without an ending: ``.jsonl`` and ``.txt`` are added. A local path, or one
        of an object store, such as ``s3://aws_default@treasury/reconciliation/{{ ds }}``.
    :param on_exceptions: ``"fail"`` fails the task if the report is not clean, ``"warn"`` logs a warning.
    :param overlap: seconds (or a timedelta) before the window that are read again; an hour by default.
    :param usual: how long a payment is usually in progress, in seconds (or as a timedelta), by the rail of its
        destination: ``profile`` (an hour by default), ``crypto`` (a day) and ``fiat`` (five days).
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    """

    ui_color = "#dde6d5"
    template_fields: Sequence[str] = (
        "paxos_conn_id",
        "profile_ids",
        "day",
        "since",
        "until",
        "expected",
        "records",
        "receipts_of",
        "dag_ids",
        "daily_reports",
        "report",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"expected": "json", "records": "json", "receipts_of": "json"}

    def __init__(
        self,
        *,
        profile_ids: Any,
        day: str | date | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        timezone: str | None = None,
        expected: Any = None,
        records: Any = None,
        receipts_of: Any = None,
        dag_ids: Any = None,
        daily_reports: Any = None,
        report: str | None = None,
        on_exceptions: Literal["fail", "warn"] = "fail",
        overlap: timedelta | float = _HOUR,
        usual: Mapping[str, timedelta | float] | None = None,
        paxos_conn_id: str = "paxos_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.profile_ids = profile_ids
        self.day = day
        self.since = since
        self.until = until
        self.timezone = timezone
        self.expected = expected
        self.records = records
        self.receipts_of = receipts_of
        self.dag_ids = dag_ids
        self.daily_reports = daily_reports
        self.report = report
        self.on_exceptions = on_exceptions
        self.overlap = seconds("overlap", overlap)
        self.usual = {rail: seconds(f"usual[{rail!r}]", each) for rail, each in (usual or {}).items()}
        self.paxos_conn_id = paxos_conn_id
        if (day is None) is (since is None):
            raise ValueError("Give day, or since and optionally until: the window of the reconciliation.")
        if day is not None and until is not None:
            raise ValueError("until belongs to since; with day, the window ends with the day.")
        if on_exceptions not in ("fail", "warn"):
            raise ValueError(f"on_exceptions is {on_exceptions!r}; it is 'fail' or 'warn'.")
        if unknown := set(self.usual) - set(_RAILS):
            raise ValueError(f"usual names {', '.join(sorted(unknown))}; the rails are {', '.join(_RAILS)}.")
        if timezone is not None and timezone not in available_timezones():
            raise ValueError(f"timezone is {timezone!r}, which is no time zone that is known here.")

    def zone(self) -> tzinfo:
        """Return the time zone of the window: that of the Dag, unless the author named another."""
        return ZoneInfo(self.timezone) if self.timezone else self._time_zone()

    def execute(self, context: Context) -> dict[str, Any]:
        """Reconcile, and leave the report.

        :returns: the summary, without the exceptions and totals.
        :raises AirflowFailException: for exceptions unless ``on_exceptions="warn"``, and for a non-retryable error.
        :raises PaxosError: for a retryable one.
        """
        from airflow_provider_paxos.execution.reconcile import reconcile

        return reconcile(self, context)
