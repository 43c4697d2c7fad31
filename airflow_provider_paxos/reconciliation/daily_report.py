"""Paxos' daily report of profile transactions, an optional fourth book: CSV files of the Dashboard or the SFTP server.

Columns and the type ``ORCHESTRATION_RESERVE`` are as Paxos documents them. A reservation is the debit of what is
available in a profile; the report covers the days (UTC) on which its rows are.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from airflow_provider_paxos.api.amounts import exact_sum, plain, sendable
from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import Status
from airflow_provider_paxos.reconciliation.breaks import Break, Kind, break_of
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook, is_unsuccessful
from airflow_provider_paxos.reconciliation.window import Window, invalid

_RESERVE = "ORCHESTRATION_RESERVE"
_NEEDED = ("Amount", "BalanceType", "Direction", "OrchestrationID", "ProfileID", "Timestamp", "TransactionType")


@dataclass(frozen=True)
class DailyReport:
    """Holds what a reconciliation needs of the daily reports.

    :param days: in UTC, on which the reports have rows.
    :param reserved: the amount that was reserved for each orchestration, by its id.
    :param created_in: the ids of the orchestrations whose reservation lies in the window.
    """

    days: frozenset[date]
    reserved: Mapping[str, Decimal]
    created_in: frozenset[str]

    def covers(self, orchestration: Orchestration) -> bool:
        """Return whether the reports hold the day on which an orchestration was created."""
        created = orchestration.created_at
        return created is not None and created.astimezone(UTC).date() in self.days


def daily_report(texts: Iterable[str], profile_ids: Collection[str], window: Window) -> DailyReport:
    """Read daily reports.

    :param texts: the content of each, as CSV.
    :param profile_ids: of the profiles that are reconciled.
    :raises InvalidRequest: for a text that is no such report; names the line.
    """
    days: set[date] = set()
    reserved: defaultdict[str, list[Decimal]] = defaultdict(list)
    created_in: set[str] = set()
    for text in texts:
        for line, row in _rows(text):
            moment = _moment(row["Timestamp"], line)
            days.add(moment.astimezone(UTC).date())
            if not row["OrchestrationID"] or canonical_id(row["ProfileID"]) not in profile_ids:
                continue
            if (row["TransactionType"], row["Direction"], row["BalanceType"]) == (_RESERVE, "DEBIT", "AVAILABLE"):
                reserved[row["OrchestrationID"]].append(_amount(row["Amount"], line))
                if window.contains(moment):
                    created_in.add(row["OrchestrationID"])
    sums = {name: exact_sum(amounts) for name, amounts in reserved.items()}
    return DailyReport(frozenset(days), sums, frozenset(created_in))


def breaks_of_daily_report(report: DailyReport, book: PaxosBook, in_scope: Sequence[Orchestration]) -> Iterator[Break]:
    """Yield what the daily reports and Paxos' API show differently.

    :param in_scope: the orchestrations that pay from the profiles that are reconciled.
    """
    for name in sorted(report.created_in):
        if name not in book.orchestrations and name not in book.unread_ids:
            what = "The daily report has a reservation for it, and Paxos does not return it."
            yield Break(Kind.MISSING, what, id=name, amount=report.reserved[name])
    for each in in_scope:
        reserved = report.reserved.get(each.id)
        if reserved is None:
            if report.covers(each) and not is_unsuccessful(each) and each.status != Status.PENDING:
                yield break_of(Kind.NOT_IN_DAILY_REPORT, "The daily report has no reservation for it.", each)
        elif each.source_amount is not None and reserved != each.source_amount:
            fields = {"daily_report.Amount": (plain(reserved), plain(each.source_amount))}
            what = f"The daily report has reserved {plain(reserved)}, Paxos has {plain(each.source_amount)}."
            yield break_of(Kind.DIFFERS, what, each, fields=fields)


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    if lacking := [name for name in _NEEDED if name not in (reader.fieldnames or ())]:
        raise invalid(f"the daily report has no column {', '.join(lacking)}.")
    try:
        for row in reader:
            if None in row.values() or None in row:
                raise invalid(f"line {reader.line_num} of the daily report has not a value for each column.")
            yield reader.line_num, row
    except csv.Error as error:
        raise invalid(f"line {reader.line_num} of the daily report is not CSV: {error}.") from error


def _moment(text: str, line: int) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"line {line} of the daily report: Timestamp is {quoted(text)}, which is no time.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _amount(text: str, line: int) -> Decimal:
    try:
        return sendable(text)
    except ValueError as error:
        raise invalid(f"line {line} of the daily report: Amount: {error}.") from None
