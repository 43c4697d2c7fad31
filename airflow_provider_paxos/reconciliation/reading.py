"""Read Paxos' book: the window a thousand a page, the rest by id and by ref_id a hundred a request.

The first error ends the reading. What was read until then is kept, and what was not is named: a report on half a book
says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from airflow_provider_paxos.api.base_client import BaseClient
from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.errors import MissingScope, PaxosError
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.listing import MAX_PER_PAGE, chunks
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.repair_chain import next_ref_id, replaced_ref_id
from airflow_provider_paxos.reconciliation.breaks import profile_of
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook, is_unsuccessful, transfer_ids_of
from airflow_provider_paxos.reconciliation.window import Window


def read_book(
    client: BaseClient,
    profile_ids: Sequence[str],
    window: Window,
    *,
    ids: Iterable[str] = (),
    ref_ids: Iterable[str] = (),
) -> Flow[PaxosBook]:
    """Return what Paxos has of a window, and of what is named besides.

    :param profile_ids: of the profiles that are reconciled.
    :param ids: of orchestrations to read wherever they are: those that were in progress in earlier windows, and those
        that Airflow has recorded.
    :param ref_ids: of payments to look up wherever they are.
    """
    reading = _Reading(client, PaxosBook())
    book = reading.book
    yield from reading.window(profile_ids, window)
    yield from reading.by_id(each for each in dict.fromkeys(ids) if each not in book.orchestrations)
    yield from reading.by_ref_id(each for each in dict.fromkeys(ref_ids) if not book.has_ref_id(each))
    yield from reading.chains()
    yield from reading.transfers()
    return book


class _Reading:
    def __init__(self, client: BaseClient, book: PaxosBook) -> None:
        self.book = book
        self._client = client

    def window(self, profile_ids: Sequence[str], window: Window) -> Flow[None]:
        for some in chunks(profile_ids):
            filters = {"profile_id": some, "created_at.gte": window.reads_since, "created_at.lt": window.until}
            pages = self._client.orchestrations.pages(**filters, order="ASC", limit=MAX_PER_PAGE)
            asked = set(map(canonical_id, some))
            read = 0
            while pages.more and not self.book.fault:
                try:
                    page = yield from pages.next()
                except PaxosError as error:
                    self._stop(error, f"List Orchestrations of the window ended after {read:,} pages")
                    break
                read += 1
                # Where Paxos ignores a filter, it shows others, too.
                self.book.add(each for each in page if _is_of(each, asked) and window.reads(each.created_at))

    def by_id(self, ids: Iterable[str]) -> Flow[None]:
        what = "orchestrations in progress before, or recorded by Airflow, were not all read"
        yield from self._read("ids", ids, self.book.unread_ids, what)

    def by_ref_id(self, ref_ids: Iterable[str]) -> Flow[None]:
        what = "payments that the window does not show were not all looked up"
        yield from self._read("ref_ids", ref_ids, self.book.unread_ref_ids, what)

    def _read(self, by: str, values: Iterable[str], unread: set[str], what: str) -> Flow[None]:
        for some in chunks(values):
            if self.book.fault:
                unread.update(some)
                continue
            try:
                self.book.add((yield from self._client.orchestrations.read(**{by: some})))
            except PaxosError as error:
                unread.update(some)
                self._stop(error, what)

    def chains(self) -> Flow[None]:
        """Look up what pays again an unsuccessful one, and what a repair replaces, until nothing new is found."""
        asked: set[str] = set()
        while wanted := self._links() - asked:
            asked |= wanted
            yield from self.by_ref_id(sorted(wanted))

    def transfers(self) -> Flow[None]:
        ids = dict.fromkeys(name for each in self.book.orchestrations.values() for name in transfer_ids_of(each))
        if self.book.fault:
            return
        self.book.transfers = {}
        for some in chunks(ids):
            try:
                found = yield from self._client.transfers.read(some)
            except MissingScope as missing:
                self.book.transfers = None
                self.book.not_checked.append(f"transfers: {str(missing.args[0]).removesuffix('.')}")
                return
            except PaxosError as error:
                self._stop(error, f"of {len(ids):,} transfers {len(self.book.transfers):,} were read")
                return
            self.book.transfers |= {canonical_id(each.id): each for each in found}

    def _links(self) -> set[str]:
        book = self.book
        wanted = set()
        for each in book.orchestrations.values():
            if (replaced := replaced_ref_id(each.metadata)) and not book.has_ref_id(replaced):
                wanted.add(replaced)
            if each.ref_id and is_unsuccessful(each) and not book.repairs_of(each):
                wanted.add(next_ref_id(each.ref_id))
        return wanted

    def _stop(self, error: PaxosError, what: str) -> None:
        self.book.fault = error
        self.book.incomplete.append(f"{what}: {error.args[0]}")


def _is_of(orchestration: Orchestration, profile_ids: Collection[str]) -> bool:
    profile_id = profile_of(orchestration)
    return profile_id is None or canonical_id(profile_id) in profile_ids
