"""Read the query parameters of list endpoints, and cut lists into pages behind an opaque cursor."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import eq, ge, gt, itemgetter, le, lt
from typing import Protocol, TypeVar

from starlette.datastructures import QueryParams

from airflow_provider_paxos.emulator.problems import bad_request

MOST_VALUES = 100
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_COMPARISONS: dict[str, Callable[[datetime, datetime], bool]] = {"lt": lt, "lte": le, "eq": eq, "gte": ge, "gt": gt}


class Listable(Protocol):
    """Describes a record with a place in the order of creation."""

    @property
    def seq(self) -> int:
        """Return its place."""

    @property
    def created_at(self) -> datetime:
        """Return the time of its creation."""


Item = TypeVar("Item")


def by_age(item: Listable) -> str:
    """Return an item's place in a list that is ordered by creation."""
    return f"{item.seq:012d}"


@dataclass(frozen=True)
class PageRequest:
    """Holds which part of a list is requested."""

    limit: int
    descending: bool
    after: str | None
    """The place of the last item of the page before."""

    def cut(self, items: Iterable[Item], place: Callable[[Item], str]) -> tuple[list[Item], str | None]:
        """Return the page's items and the cursor of the next page, None on the last.

        :param place: returns what orders the list, different for each item
        """
        placed = sorted(((place(item), item) for item in items), key=itemgetter(0), reverse=self.descending)
        after = self.after
        if after is not None:
            placed = [one for one in placed if (one[0] < after if self.descending else one[0] > after)]
        page = placed[: self.limit]
        return [item for _, item in page], _cursor(page[-1][0]) if len(placed) > self.limit else None


def repeated_values(query: QueryParams, name: str) -> list[str]:
    """Return a repeated parameter's values.

    :raises Problem: 400 if there are more than a hundred.
    """
    listed = query.getlist(name)
    if len(listed) > MOST_VALUES:
        raise bad_request(f"{name} must have at most {MOST_VALUES} values")
    return listed


def read_page(query: QueryParams, *, order: str, default: int, most: int) -> PageRequest:
    """Return the page that is requested.

    :param order: ASC or DESC, unless the query has another
    :param default: the limit, unless the query has another of at most ``most``
    :raises Problem: 400 on a wrong limit, order or cursor.
    """
    limit = query.get("limit", str(default))
    if not re.fullmatch(r"[0-9]{1,9}", limit) or not 1 <= int(limit) <= most:
        raise bad_request(f"limit must be between 1 and {most}")
    order = query.get("order", order)
    if order not in ("ASC", "DESC"):
        raise bad_request("order must be ASC or DESC")
    cursor = query.get("page_cursor")
    return PageRequest(int(limit), order == "DESC", _place(cursor) if cursor else None)


def created_filter(query: QueryParams) -> Callable[[Listable], bool]:
    """Return a function that applies the ``created_at`` filters to an item.

    :raises Problem: 400 on a time that is not RFC 3339.
    """
    matches = time_filter(query, "created_at")
    return lambda item: matches(item.created_at)


def time_filter(query: QueryParams, name: str) -> Callable[[datetime], bool]:
    """Return a function that applies the filters by a time, such as ``updated_at``, to that time of an item.

    :raises Problem: 400 on a time that is not RFC 3339.
    """
    bounds: Sequence[tuple[Callable[[datetime, datetime], bool], datetime]] = [
        (compare, _time(f"{name}.{sign}", query[f"{name}.{sign}"]))
        for sign, compare in _COMPARISONS.items()
        if f"{name}.{sign}" in query
    ]
    return lambda time: all(compare(time, bound) for compare, bound in bounds)


def has_time_filter(query: QueryParams, name: str) -> bool:
    """Return whether a query filters by a time."""
    return any(f"{name}.{sign}" in query for sign in _COMPARISONS)


def _time(name: str, text: str) -> datetime:
    try:
        if _RFC3339.fullmatch(text):
            return datetime.fromisoformat(text.upper())
    except ValueError:
        pass
    raise bad_request(f"{name} must be a time in RFC 3339 format, like 2006-01-02T15:04:05Z")


def _cursor(place: str) -> str:
    return base64.urlsafe_b64encode(f"after:{place}".encode()).decode()


def _place(cursor: str) -> str:
    try:
        word, _, place = base64.urlsafe_b64decode(cursor).decode().partition(":")
    except ValueError:
        word, place = "", ""
    if word != "after" or not place:
        raise bad_request("invalid page_cursor")
    return place
