"""What the routes answer, out of the entries that are to be shown: in order, a page of it, and what sums it up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, timedelta
from decimal import Context, Decimal

from airflow_provider_paxos.api.description import describe_end
from airflow_provider_paxos.ui import values
from airflow_provider_paxos.ui.filters import assets, began
from airflow_provider_paxos.ui.merging import Book, Entry
from airflow_provider_paxos.ui.places import Place
from airflow_provider_paxos.ui.shapes import Day, Facets, Group, Groups, Notes, Receipt, Task, Total, WholeReceipt
from airflow_provider_paxos.ui.standing import Standing, is_ended
from airflow_provider_paxos.ui.whole import advice, fields, timeline

_MOST_RELATED = 20
_MOST_DAYS = 92
_MOST_FACETS = 1000
_ORDER: dict[Group, int] = {"needs_attention": 0, "in_progress": 1, "settled": 2}
_EXACT = Context(prec=200)
"""Enough for a hundred thousand amounts of the longest kind: no digit is rounded away."""


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return what needs attention first, then what is in progress; of each the newest first."""
    return sorted(entries, key=lambda entry: (_ORDER[entry.standing.group], -began(entry).timestamp()))


def receipt(entry: Entry) -> Receipt:
    """Return an entry as the list shows it."""
    told = entry.receipt
    adopted = told.get("adopted")
    return Receipt(
        id=values.text(told.get("id")),
        ref_id=values.text(told.get("ref_id")),
        key=values.text(told.get("key")),
        status=entry.standing.status,
        group=entry.standing.group,
        concern=entry.standing.concern,
        label=entry.standing.label,
        reason=values.reason(told),
        amount=values.amount(told.get("source_amount")),
        source_asset=values.text(told.get("source_asset"), longest=100),
        destination_asset=values.text(told.get("destination_asset"), longest=100),
        source=values.text(describe_end(told.get("source")), longest=300),
        destination=values.text(describe_end(told.get("destination")), longest=300),
        created_at=values.told(told.get("created_at")),
        updated_at=values.told(told.get("updated_at")),
        read_at=values.shown(entry.read),
        adopted=adopted if isinstance(adopted, bool) else None,
        task=task(entry.place),
        related=[task(place) for place in entry.others[:_MOST_RELATED]],
    )


def whole_receipt(entry: Entry, own: Place) -> WholeReceipt:
    """Return an entry as the tab of one of its tasks shows it.

    :param own: the task of the tab; the others are related.
    """
    others = tuple(place for place in entry.places if place != own)
    seen_from = Entry(entry.receipt, own, others, entry.read, entry.standing)
    return WholeReceipt(
        **dict(receipt(seen_from)), timeline=timeline(entry), advice=advice(entry), fields=fields(entry)
    )


def task(place: Place) -> Task:
    """Return a task instance with the addresses that lead to it."""
    return Task(**place._asdict(), dag_path=place.dag_path, run_path=place.run_path, task_path=place.task_path)


def groups(entries: Iterable[Entry]) -> Groups:
    """Return how many are at each group."""
    return Groups.model_validate(Counter(entry.standing.group for entry in entries))


def totals(entries: Iterable[Entry]) -> list[Total]:
    """Return count and sum by asset pair and status, in the order of the groups."""
    groups: dict[tuple[str | None, str | None, Standing], list[Decimal | None]] = defaultdict(list)
    for entry in entries:
        pair = (values.text(entry.receipt.get(name), longest=100) for name in ("source_asset", "destination_asset"))
        groups[(*pair, entry.standing)].append(values.exact(entry.receipt.get("source_amount")))  # type: ignore[index]
    return [
        Total(
            source_asset=source,
            destination_asset=destination,
            status=standing.status,
            label=standing.label,
            group=standing.group,
            count=len(amounts),
            amount=_sum(amounts),
            without_amount=amounts.count(None),
        )
        for (source, destination, standing), amounts in sorted(groups.items(), key=_by_pair)
    ]


def days(entries: Iterable[Entry]) -> list[Day]:
    """Return what ended on each day: by ``updated_at``, or else by when it was read."""
    settled: Counter[date] = Counter()
    failed: Counter[date] = Counter()
    for entry in entries:
        if is_ended(entry.standing.status):
            ended = values.moment(entry.receipt.get("updated_at")) or entry.read
            (settled if entry.standing.group == "settled" else failed)[ended.astimezone(UTC).date()] += 1
    known = settled.keys() | failed.keys()
    if not known:
        return []
    last = max(known)
    first = max(min(known), last - timedelta(days=_MOST_DAYS - 1))
    span = (first + timedelta(days=passed) for passed in range((last - first).days + 1))
    return [Day(day=day.isoformat(), settled=settled[day], failed=failed[day]) for day in span]


def facets(entries: Sequence[Entry]) -> Facets:
    """Return what can be filtered by."""
    return Facets(
        dag_ids=_some({place.dag_id for entry in entries for place in entry.places}),
        assets=_some({asset for entry in entries for asset in assets(entry)}),
        statuses=_some({entry.standing.status for entry in entries}),
    )


def notes(book: Book) -> Notes:
    """Return what keeps the answer from being the whole truth."""
    return Notes(
        unreadable=book.unreadable,
        complete=book.complete,
        looked_at=book.looked_at,
        as_of=values.shown(book.as_of.replace(microsecond=0)),
    )


def _some(names: set[str]) -> list[str]:
    return sorted(names)[:_MOST_FACETS]


def _sum(amounts: Iterable[Decimal | None]) -> str:
    total = Decimal(0)
    for amount in amounts:
        if amount is not None:
            total = _EXACT.add(total, amount)
    return format(total, "f")


def _by_pair(group: tuple[tuple[str | None, str | None, Standing], list[Decimal | None]]) -> tuple[str, str, int, str]:
    source, destination, standing = group[0]
    return source or "", destination or "", _ORDER[standing.group], standing.label
