"""The lists of the API: their filters, and their pages to the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote_plus

from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, Subject, UnreadableAnswer, quoted
from airflow_provider_paxos.api.flow import Flow

MAX_VALUES = 100
"""Values that one filter takes in one request."""

MAX_PER_PAGE = 1000

_MOST_PAGES_WITH_STRANGERS = 10
_MOST_EMPTY_PAGES = 100

TIMES = frozenset({f"created_at.{bound}" for bound in ("lt", "lte", "eq", "gte", "gt")})
"""The filters by the time of creation, which most lists have."""

Found = TypeVar("Found")
Found_co = TypeVar("Found_co", covariant=True)
Query = list[tuple[str, str]]
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*", re.ASCII).fullmatch


class PageLike(Protocol[Found_co]):
    """A page of a list, of models or of snapshots."""

    @property
    def found(self) -> Sequence[Found_co]: ...
    @property
    def next_page_cursor(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Identifies a record by a filter.

    :param of: returns the record's value.
    :param form: returns the form in which two values are compared; without it, they are compared as they are.
    """

    of: Callable[[Any], str | None]
    form: Callable[[str], str] | None = None

    def value(self, found: object) -> str | None:
        """Return a record's value, in the form in which it is compared."""
        value = self.of(found)
        return self.form(value) if self.form and value is not None else value

    def asked(self, values: Iterable[str]) -> set[str]:
        """Return the values of a filter, in the form in which they are compared."""
        return {self.form(value) if self.form else value for value in values}


@dataclass(frozen=True)
class Listing:
    """Describes a list of the API.

    :param action: the call, as Paxos' reference names it.
    :param path: below the base URL.
    :param records: what it lists, in words.
    :param many: the filters that take many values.
    :param one: the filters that take one value, beside ``limit`` and ``order``.
    :param identities: how a record is identified by a filter of ids.
    :param scope: the scope that it needs, where not every connection has it.
    :param most: records of one page.
    """

    action: str
    path: str
    records: str
    many: frozenset[str]
    one: frozenset[str] = TIMES
    identities: Mapping[str, Identity] = field(default_factory=dict)
    scope: str | None = None
    most: int = MAX_PER_PAGE

    def query(self, filters: Mapping[str, Any]) -> Query:
        """Return the filters as a query, a filter of many values repeated.

        :param filters: by the API's names; a value or a list of values, times as aware datetimes or RFC 3339.
        :raises InvalidRequest: for a filter that the list does not have, or more values than it takes.
        """
        query: Query = []
        known = self.many | self.one | {"limit", "order"}
        for name, value in filters.items():
            if value is None:
                continue
            if name not in known:
                raise self._invalid(f"there is no filter {quoted(name)}; there are {', '.join(sorted(known))}.")
            values = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
            if not values:
                # Sent without its filter, the request would find everything.
                raise self._invalid(f"{name} is an empty list.")
            if len(values) > (MAX_VALUES if name in self.many else 1):
                raise self._invalid(f"{name} has {len(values)} values, more than a request takes.")
            query += [(name, self._as_text(name, each)) for each in values]
        return query

    def subject(self, query: Query) -> Subject:
        """Return what a query is about, for its errors: the one ref_id that it looks for, if it does."""
        ref_ids = [value for name, value in query if name == "ref_id"]
        return Subject(self.action, ref_id=ref_ids[0] if len(ref_ids) == 1 else None)

    def _as_text(self, name: str, value: object) -> str:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise self._invalid(f"{name} is a time without a time zone: {value}.")
            return value.isoformat()
        if name == "limit" and not (str(value).isdecimal() and 1 <= int(str(value)) <= self.most):
            raise self._invalid(f"limit is {quoted(value)}, which is not between 1 and {self.most}.")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _invalid(self, what: str) -> InvalidRequest:
        return InvalidRequest(what, subject=Subject(self.action), acceptance=Acceptance.NOT_SENT)


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Return the values without repetitions, as many at a time as one filter takes."""
    unique = list(dict.fromkeys(values))
    for start in range(0, len(unique), MAX_VALUES):
        yield unique[start : start + MAX_VALUES]


def encoded(query: Query) -> str:
    """Return a query in the form of a URL. Ids stay as they are: to quote a hundred of them takes a quarter of a ms."""
    return "&".join(f"{name}={value if _PLAIN(value) else quote_plus(value)}" for name, value in query)


class LookUp:
    """Takes what was asked for from the pages of a look-up by ids, and leaves out strangers.

    Strangers are shown where Paxos ignores a filter. What was asked for is used beside them; but then, that something
    is not shown does not mean that it does not exist.

    :param listing: the list, which says how its records are identified.
    :param query: the look-up; without a filter of ids everything was asked for.
    :param others_are_read: whether the caller reads with Get what is not shown, so that strangers do no harm.
    """

    def __init__(self, listing: Listing, query: Query, *, others_are_read: bool = False) -> None:
        self._listing = listing
        self._identities = {name: each for name, each in listing.identities.items() if name in dict(query)}
        self._asked_for = {
            name: identity.asked(value for key, value in query if key == name)
            for name, identity in self._identities.items()
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
            wanted = [found for found in wanted if self._identities[name].value(found) in asked]
        strangers = len(page.found) > len(wanted)
        pages_with_strangers = self._pages_with_strangers + strangers
        shown = {
            name: known | {str(self._identities[name].value(found)) for found in wanted}
            for name, known in self._shown.items()
        }
        if pages_with_strangers and not page.next_page_cursor and not self._others_are_read:
            for name, asked in self._asked_for.items():
                if asked - shown[name]:
                    raise self._unasked(name)
        if pages_with_strangers > _MOST_PAGES_WITH_STRANGERS:
            raise self._unasked(next(iter(self._asked_for)))
        # Only now: a page that is refused is read again.
        self._pages_with_strangers, self._shown = pages_with_strangers, shown
        return wanted

    def _unasked(self, name: str) -> UnreadableAnswer:
        return UnreadableAnswer(f"the answer holds {self._listing.records} of another {name} than was asked for.")


@dataclass(frozen=True, slots=True)
class Page(Generic[Found]):
    """A page of a list without strangers."""

    found: Sequence[Found]
    next_page_cursor: str | None


@dataclass
class Pages(Generic[Found]):
    """Follows ``next_page_cursor`` to the last page.

    :param listing: the list.
    :param query: the query without a cursor.
    :param fetch: the flow that reads one page of a query; it takes from the page what the look-up asked for.
    :param others_are_read: see ``LookUp``.
    """

    listing: Listing
    query: Query
    fetch: Callable[[Query, LookUp], Flow[Page[Found]]]
    others_are_read: bool = False
    more: bool = True
    _cursors: list[str] = field(default_factory=list)
    _empty_pages: int = 0

    def __post_init__(self) -> None:
        self._look_up = LookUp(self.listing, self.query, others_are_read=self.others_are_read)

    def next(self) -> Flow[list[Found]]:
        """Read one more page; ``more`` then says whether another follows.

        :raises UnreadableAnswer: if the cursor repeats, or page after page is empty, which would page for ever.
        """
        cursor = [("page_cursor", self._cursors[-1])] if self._cursors else []
        page = yield from self.fetch(self.query + cursor, self._look_up)
        self.more = bool(page.next_page_cursor)
        if page.next_page_cursor:
            self._empty_pages = 0 if page.found else self._empty_pages + 1
            if page.next_page_cursor in self._cursors:
                raise UnreadableAnswer("the page cursor repeats.", subject=Subject(self.listing.action))
            if self._empty_pages > _MOST_EMPTY_PAGES:
                what = f"the answer has more than {_MOST_EMPTY_PAGES} empty pages, one after the other."
                raise UnreadableAnswer(what, subject=Subject(self.listing.action))
            self._cursors.append(page.next_page_cursor)
        return list(page.found)

    def rest(self) -> Flow[list[Found]]:
        """Read all pages that are left."""
        found: list[Found] = []
        while self.more:
            found += yield from self.next()
        return found
