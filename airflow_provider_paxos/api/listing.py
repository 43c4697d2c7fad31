"""List Orchestrations: its filters, and its pages to the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote_plus

from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, Subject, UnreadableAnswer, quoted
from airflow_provider_paxos.api.flow import Flow

LIST = "List Orchestrations"
MAX_VALUES = 100
"""Values that one filter takes in one request."""

MAX_PER_PAGE = 1000

_MOST_PAGES_WITH_STRANGERS = 10

_MANY = frozenset(
    {
        "orchestration_id",
        "ref_id",
        "profile_id",
        "orchestration_rule_id",
        "source_asset",
        "destination_asset",
        "status",
    }
)
_ONE = frozenset({"limit", "order"} | {f"created_at.{bound}" for bound in ("lt", "lte", "eq", "gte", "gt")})


class Identified(Protocol):
    """A model or snapshot of an orchestration, as far as its ids go."""

    @property
    def id(self) -> str: ...
    @property
    def ref_id(self) -> str | None: ...


Found = TypeVar("Found", bound=Identified)
Found_co = TypeVar("Found_co", bound=Identified, covariant=True)


class PageLike(Protocol[Found_co]):
    """A page of List Orchestrations, of models or of snapshots."""

    @property
    def found(self) -> Sequence[Found_co]: ...
    @property
    def next_page_cursor(self) -> str | None: ...


_IDENTIFYING: Mapping[str, Callable[[Identified], str | None]] = {
    "orchestration_id": lambda found: found.id,
    "ref_id": lambda found: found.ref_id,
}

Query = list[tuple[str, str]]
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*", re.ASCII).fullmatch


def query_of(filters: Mapping[str, Any]) -> Query:
    """Return the filters as a query, a filter of many values repeated.

    :param filters: by the API's names; a value or a list of values, times as aware datetimes or RFC 3339.
    :raises InvalidRequest: for a filter that the API does not have, or more values than it takes.
    """
    query: Query = []
    for name, value in filters.items():
        if value is None:
            continue
        if name not in _MANY | _ONE:
            names = ", ".join(sorted(_MANY | _ONE))
            raise _invalid(f"there is no filter {quoted(name)}; there are {names}.")
        values = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        if not values:
            # Sent without its filter, the request would find every orchestration.
            raise _invalid(f"{name} is an empty list.")
        if len(values) > (MAX_VALUES if name in _MANY else 1):
            raise _invalid(f"{name} has {len(values)} values, more than a request takes.")
        query += [(name, _as_text(name, each)) for each in values]
    return query


def encoded(query: Query) -> str:
    """Return a query in the form of a URL. Ids stay as they are: to quote a hundred of them takes a quarter of a ms."""
    return "&".join(f"{name}={value if _PLAIN(value) else quote_plus(value)}" for name, value in query)


def _as_text(name: str, value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise _invalid(f"{name} is a time without a time zone: {value}.")
        return value.isoformat()
    if name == "limit" and not (str(value).isdecimal() and 1 <= int(str(value)) <= MAX_PER_PAGE):
        raise _invalid(f"limit is {quoted(value)}, which is not between 1 and {MAX_PER_PAGE}.")
    return str(value)


def _invalid(what: str) -> InvalidRequest:
    return InvalidRequest(what, subject=Subject(LIST), acceptance=Acceptance.NOT_SENT)


class LookUp:
    """Takes what was asked for from the pages of a look-up by ids or ref_ids, and leaves out strangers.

    Strangers are shown where Paxos ignores a filter. What was asked for is used beside them; but then, that something
    is not shown does not mean that it does not exist.

    :param query: the look-up; without ids and ref_ids everything was asked for.
    :param others_are_read: whether the caller reads with Get what is not shown, so that strangers do no harm.
    """

    def __init__(self, query: Query, *, others_are_read: bool = False) -> None:
        self._asked_for = {
            name: asked for name in _IDENTIFYING if (asked := {value for key, value in query if key == name})
        }
        self._others_are_read = others_are_read
        self._shown: dict[str, set[str]] = {name: set() for name in self._asked_for}
        self._pages_with_strangers = 0

    def wanted(self, page: PageLike[Found]) -> list[Found]:
        """Return what a page holds of what was asked for.

        :raises UnreadableAnswer: if strangers were shown and something asked for was not, on this last page or an
            earlier one; likewise if page after page holds strangers, as it would for all that Paxos has.
        """
        wanted = list(page.found)
        for name, asked in self._asked_for.items():
            wanted = [found for found in wanted if _IDENTIFYING[name](found) in asked]
        strangers = len(page.found) > len(wanted)
        pages_with_strangers = self._pages_with_strangers + strangers
        shown = {
            name: known | {str(_IDENTIFYING[name](found)) for found in wanted} for name, known in self._shown.items()
        }
        if pages_with_strangers and not page.next_page_cursor and not self._others_are_read:
            for name, asked in self._asked_for.items():
                if asked - shown[name]:
                    raise _unasked(name)
        if pages_with_strangers > _MOST_PAGES_WITH_STRANGERS:
            raise _unasked(next(iter(self._asked_for)))
        # Only now: a page that is refused is read again.
        self._pages_with_strangers, self._shown = pages_with_strangers, shown
        return wanted


def _unasked(name: str) -> UnreadableAnswer:
    return UnreadableAnswer(f"the answer holds orchestrations of another {name} than was asked for.")


@dataclass(frozen=True, slots=True)
class Page(Generic[Found]):
    """A page of List Orchestrations without strangers."""

    found: Sequence[Found]
    next_page_cursor: str | None


@dataclass
class Pages(Generic[Found]):
    """Follows ``next_page_cursor`` to the last page.

    :param fetch: the flow that reads one page of a query; it takes from the page what the look-up asked for.
    :param query: the query without a cursor.
    :param others_are_read: see ``LookUp``.
    """

    fetch: Callable[[Query, LookUp], Flow[Page[Found]]]
    query: Query
    others_are_read: bool = False
    more: bool = True
    _cursors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._look_up = LookUp(self.query, others_are_read=self.others_are_read)

    def next(self) -> Flow[list[Found]]:
        """Read one more page; ``more`` then says whether another follows.

        :raises UnreadableAnswer: if the cursor repeats, which would page for ever.
        """
        cursor = [("page_cursor", self._cursors[-1])] if self._cursors else []
        page = yield from self.fetch(self.query + cursor, self._look_up)
        self.more = bool(page.next_page_cursor)
        if page.next_page_cursor:
            if page.next_page_cursor in self._cursors:
                raise UnreadableAnswer("the page cursor repeats.", subject=Subject(LIST))
            self._cursors.append(page.next_page_cursor)
        return list(page.found)

    def rest(self) -> Flow[list[Found]]:
        """Read all pages that are left."""
        found: list[Found] = []
        while self.more:
            found += yield from self.next()
        return found
