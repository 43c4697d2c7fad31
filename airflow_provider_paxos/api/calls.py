"""The base of all calls: a request is made of a path and a query or a body, within the scopes of the token."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from airflow_provider_paxos.api.errors import (
    Acceptance,
    InvalidRequest,
    MissingScope,
    PaxosError,
    Stopped,
    Subject,
    quoted,
)
from airflow_provider_paxos.api.exchange import Exchange
from airflow_provider_paxos.api.flow import Flow, Request, Response
from airflow_provider_paxos.api.listing import Found, Listing, LookUp, Page, PageLike, Pages, Query, chunks, encoded

_JSON = "application/json"

Item = TypeVar("Item")
Result = TypeVar("Result")
ReadPage = Callable[[Response], PageLike[Found]]


class Calls:
    """Makes the calls of a part of the API.

    :param base_url: the API's base URL, such as ``https://api.paxos.com/v2``.
    :param exchange: sends the requests.
    :param scopes: those that the token is requested with; without them, Paxos alone decides what a call may do.
    """

    def __init__(self, base_url: str, exchange: Exchange, scopes: Collection[str] | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._exchange = exchange
        self._scopes = scopes

    def _get(
        self,
        path: str,
        read: Callable[[Response], Result],
        subject: Subject,
        *,
        query: Query | None = None,
        scope: str | None = None,
    ) -> Flow[Result]:
        """Send a GET request, and read its answer.

        :param path: below the base URL.
        :raises MissingScope: before anything is sent, if the token is requested without the scope.
        """
        self._require(scope, subject)
        url = f"{self._base_url}/{path}"
        request = Request("GET", f"{url}?{encoded(query)}" if query else url, {"Accept": _JSON})
        return (yield from self._exchange(request, read, subject))

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        read: Callable[[Response], Result],
        subject: Subject,
        *,
        scope: str | None = None,
        commits: bool = False,
    ) -> Flow[Result]:
        """Send a request that changes something, and read its answer.

        :param body: the JSON, if there is any.
        :param commits: whether acceptance moves money, so that a lost answer leaves the outcome unknown.
        :raises MissingScope: before anything is sent, if the token is requested without the scope.
        """
        self._require(scope, subject)
        kind = {} if body is None else {"Content-Type": _JSON}
        request = Request(method, f"{self._base_url}/{path}", {**kind, "Accept": _JSON}, body)
        return (yield from self._exchange(request, read, subject, commits=commits))

    def _pages(
        self, listing: Listing, read_page: ReadPage[Found], filters: Mapping[str, Any], *, others_are_read: bool = False
    ) -> Pages[Found]:
        """Return the pages of a list.

        :param filters: by the API's names.
        :param others_are_read: whether the caller reads with Get what is not shown.
        :raises InvalidRequest: for a filter that the list does not have.
        """

        def fetch(query: Query, look_up: LookUp) -> Flow[Page[Found]]:
            def read(response: Response) -> Page[Found]:
                page = read_page(response)
                return Page(look_up.wanted(page), page.next_page_cursor)

            return self._get(listing.path, read, listing.subject(query), query=query, scope=listing.scope)

        return Pages(listing, listing.query(filters), fetch, others_are_read)

    def _many(
        self,
        listing: Listing,
        read_page: ReadPage[Found],
        name: str,
        values: Iterable[str],
        *,
        others_are_read: bool = False,
    ) -> Flow[list[Found]]:
        """Return the records of any number of values of one filter, as many a request as it takes."""
        found: list[Found] = []
        for some in chunks(values):
            found += yield from self._pages(listing, read_page, {name: some}, others_are_read=others_are_read).rest()
        return found

    def _require(self, scope: str | None, subject: Subject) -> None:
        if scope and self._scopes is not None and scope not in self._scopes:
            raise MissingScope(f"it needs {scope}, which the connection's scopes do not name.", subject=subject)


def each_of(items: Iterable[Item], call: Callable[[Item], Flow[Result]]) -> Flow[list[Result | PaxosError]]:
    """Make a call for each of many items. An error that Paxos refuses one with does not stop the others.

    :returns: for each item its result, or the error.
    :raises PaxosError: for an error that the other items would meet as well.
    """
    results: list[Result | PaxosError] = []
    for item in items:
        try:
            results.append((yield from call(item)))
        except PaxosError as error:
            if error.connection_wide or error.transient or isinstance(error, Stopped):
                raise
            results.append(error)
    return results


def in_path(value: str, noun: str, subject: Subject) -> str:
    """Return an id as a part of a path.

    :param noun: what it identifies.
    :raises InvalidRequest: if it would make another path of the URL.
    """
    if not value.strip("."):
        what = f"the id is {quoted(repr(value))}, which identifies no {noun}."
        raise InvalidRequest(what, subject=subject, acceptance=Acceptance.IRRELEVANT)
    return quote(value, safe="")
