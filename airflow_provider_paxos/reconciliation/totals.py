"""Totals per profile and asset, to the last digit, and where those of two books do not meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.api.amounts import exact_sum, plain
from airflow_provider_paxos.api.canonical import canonical_code, canonical_id
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.reconciliation.breaks import Break, Kind, profile_of
from airflow_provider_paxos.reconciliation.daily_report import DailyReport
from airflow_provider_paxos.reconciliation.expected import Meant
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook, is_completed, is_unsuccessful

_Place = tuple[str, str]
_COLUMNS = ("meant", "paxos", "completed", "transferred", "reported", "fees")
_MEETING = (
    ("meant", "paxos", "{} {asset} was meant, {} is at Paxos"),
    ("transferred", "completed", "source transfers have moved {} {asset}, {} is COMPLETED"),
    ("reported", "paxos", "the daily report has reserved {} {asset}, {} is at Paxos"),
)


@dataclass(frozen=True, slots=True)
class Total:
    """The amounts of one asset of one profile; None for a book that is not there, or not whole.

    :param meant: of the payments that were meant.
    :param paxos: of their orchestrations, and of all others of the window that pay from the profile and have not
        failed. What a rule of Paxos made is not in it.
    :param completed: of those of them that are COMPLETED.
    :param transferred: of the source transfers of those.
    :param reported: reserved for them by the daily report.
    :param fees: of their transfers.
    """

    profile_id: str
    asset: str
    meant: Decimal | None = None
    paxos: Decimal | None = None
    completed: Decimal | None = None
    transferred: Decimal | None = None
    reported: Decimal | None = None
    fees: Decimal | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, amounts as strings."""
        amounts = {name: getattr(self, name) for name in _COLUMNS}
        shown = {name: plain(amount) for name, amount in amounts.items() if amount is not None}
        return {"profile_id": self.profile_id, "asset": self.asset, **shown}


def totals_of(
    book: PaxosBook, in_scope: Sequence[Orchestration], meant: Sequence[Meant] | None, report: DailyReport | None
) -> list[Total]:
    """Return the totals of each profile and asset.

    :param in_scope: the orchestrations that pay from the profiles that are reconciled.
    :param meant: None if nothing says what was meant.
    """
    moving = [each for each in in_scope if not is_unsuccessful(each)]
    paying = _grouped((_place(each), each) for each in moving)
    asked = _grouped((_place_of_meant(each), each) for each in meant or ())
    fees = _grouped(_fees(book, moving))
    return [
        Total(
            *place,
            meant=None if meant is None else exact_sum(each.request.source_amount for each in asked[place]),
            paxos=_sum(paying[place]),
            completed=_sum([each for each in paying[place] if is_completed(each)]),
            transferred=_transferred(book, paying[place]),
            reported=_reported(report, paying[place]),
            fees=exact_sum(fees[place]) if book.transfers is not None else None,
        )
        for place in sorted({*paying, *asked, *fees})
    ]


def breaks_of_totals(totals: Iterable[Total]) -> Iterator[Break]:
    """Yield where the totals of two books do not meet."""
    for total in totals:
        for one, other, words in _MEETING:
            left, right = getattr(total, one), getattr(total, other)
            if left is not None and right is not None and left != right:
                what = f"In total {words.format(plain(left), plain(right), asset=total.asset)}."
                yield Break(
                    Kind.TOTALS,
                    what,
                    profile_id=total.profile_id,
                    asset=total.asset,
                    amount=exact_sum([right, -left]),
                    fields={f"total.{one}": (plain(left), plain(right))},
                )


def _place(orchestration: Orchestration) -> _Place:
    return canonical_id(profile_of(orchestration) or "-"), canonical_code(orchestration.source_asset or "-")


def _place_of_meant(meant: Meant) -> _Place:
    return meant.request.source.profile.profile_id, meant.request.source_asset


def _grouped(placed: Iterable[tuple[_Place, Any]]) -> defaultdict[_Place, list[Any]]:
    groups: defaultdict[_Place, list[Any]] = defaultdict(list)
    for place, each in placed:
        groups[place].append(each)
    return groups


def _sum(orchestrations: Iterable[Orchestration]) -> Decimal | None:
    amounts = [each.source_amount for each in orchestrations]
    shown = [amount for amount in amounts if amount is not None]
    return exact_sum(shown) if len(shown) == len(amounts) else None


def _transferred(book: PaxosBook, paying: Iterable[Orchestration]) -> Decimal | None:
    amounts = []
    for each in paying:
        if is_completed(each):
            named = each.source_transfer and each.source_transfer.transfer_id
            transfer = (book.transfers or {}).get(canonical_id(named)) if named else None
            if transfer is None or transfer.amount is None:
                return None
            amounts.append(transfer.amount)
    return exact_sum(amounts) if book.transfers is not None else None


def _reported(report: DailyReport | None, paying: Sequence[Orchestration]) -> Decimal | None:
    if report is None or not all(report.covers(each) for each in paying):
        return None
    return exact_sum(report.reserved.get(each.id, Decimal()) for each in paying)


def _fees(book: PaxosBook, moving: Iterable[Orchestration]) -> Iterator[tuple[_Place, Decimal]]:
    for each in moving:
        for transfer in book.transfers_of(each):
            if transfer.fee:
                yield (
                    (
                        canonical_id(transfer.profile_id or "-"),
                        canonical_code(transfer.asset or "-"),
                    ),
                    transfer.fee,
                )
