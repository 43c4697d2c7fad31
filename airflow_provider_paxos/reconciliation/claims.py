"""Claims: the payments that should exist at Paxos, as they were meant or as Airflow has recorded them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.same_payment import compare, shown_apart
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.reconciliation.breaks import Break, Kind, break_of
from airflow_provider_paxos.reconciliation.expected import Meant, Recorded
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook


@dataclass(frozen=True, slots=True)
class Claim:
    """A payment that should exist at Paxos: meant, recorded by Airflow, or both."""

    meant: Meant | None
    recorded: Recorded | None

    @property
    def ref_id(self) -> str | None:
        """Its idempotency key."""
        return self.meant.ref_id if self.meant else self.recorded.ref_id if self.recorded else None

    @property
    def recorded_id(self) -> str | None:
        """The orchestration's id, if Airflow has recorded one."""
        return self.recorded.id if self.recorded else None

    @property
    def key(self) -> str | None:
        """The name of the payment in its batch."""
        return (self.meant and self.meant.key) or (self.recorded and self.recorded.key) or None

    def found_in(self, book: PaxosBook) -> list[Orchestration]:
        """Return the orchestrations of this payment: by ref_id, or else by the recorded id."""
        found = book.by_ref_id(self.ref_id) if self.ref_id else []
        recorded = book.orchestrations.get(self.recorded_id or "")
        # An orchestration that Paxos shows without its ref_id is found by the id alone.
        return found or ([recorded] if recorded else [])

    def is_unread(self, book: PaxosBook) -> bool:
        """Return whether the reading ended before this payment was looked for."""
        return self.ref_id in book.unread_ref_ids or self.recorded_id in book.unread_ids


def claims_of(meant: Sequence[Meant], recorded: Sequence[Recorded]) -> list[Claim]:
    """Join what was meant with what Airflow has recorded, by ref_id.

    Of several records of a payment, as attempts and runs leave them, one with an orchestration counts.
    """
    by_name: dict[str, Recorded] = {}
    for each in recorded:
        name = each.ref_id or f"id {each.id}"
        if name not in by_name or each.id:
            by_name[name] = each
    claims = [Claim(each, by_name.pop(each.ref_id, None)) for each in meant]
    return claims + [Claim(None, each) for each in by_name.values()]


def breaks_of_claims(claims: Sequence[Claim], book: PaxosBook) -> Iterator[Break]:
    """Yield what does not match of the payments that should exist."""
    for claim in claims:
        found = claim.found_in(book)
        if not found and not claim.is_unread(book):
            yield from _missing(claim)
        for orchestration in found:
            yield from _differing(claim, orchestration)


def _missing(claim: Claim) -> Iterator[Break]:
    meant, recorded = claim.meant, claim.recorded
    if meant is None and recorded and recorded.was_not_accepted:
        # Airflow and Paxos agree: there is none.
        return
    what = "Paxos has no orchestration with the ref_id."
    if recorded and recorded.id:
        what = f"Airflow has recorded orchestration {quoted(recorded.id)}, and Paxos does not return it."
    elif recorded and recorded.reason:
        what = f"{what} Airflow has recorded: {quoted(recorded.reason)}"
    yield Break(
        Kind.MISSING,
        what,
        ref_id=claim.ref_id,
        id=claim.recorded_id,
        key=claim.key,
        profile_id=meant.request.source.profile.profile_id if meant else None,
        asset=meant.request.source_asset if meant else None,
        amount=meant.request.source_amount if meant else None,
    )


def _differing(claim: Claim, orchestration: Orchestration) -> Iterator[Break]:
    differing = dict(_recorded_otherwise(claim.recorded, orchestration))
    if claim.meant:
        comparison = compare(claim.meant.request, orchestration)
        differing |= comparison.differences
        if comparison.absent:
            what = f"Paxos does not show {', '.join(comparison.absent)}, which the payment was meant to have."
            yield break_of(Kind.NOT_SHOWN, what, orchestration, key=claim.key)
    if differing:
        fields = "; ".join(
            f"{name}: expected {quoted(expected)}, Paxos has {quoted(found)}"
            for name, (expected, found) in differing.items()
        )
        yield break_of(Kind.DIFFERS, f"{fields}.", orchestration, key=claim.key, fields=differing)


def _recorded_otherwise(
    recorded: Recorded | None, orchestration: Orchestration
) -> Iterator[tuple[str, tuple[str, str]]]:
    if recorded is None:
        return
    if recorded.id and recorded.id != orchestration.id:
        yield "id", shown_apart(recorded.id, orchestration.id)
    ended = meaning_of(recorded.status) is not Meaning.IN_PROGRESS
    if ended and recorded.status != orchestration.status:
        # A status that was not terminal yet has gone on since; a terminal one does not change.
        yield "status", (str(recorded.status), str(orchestration.status))
