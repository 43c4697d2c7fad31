"""The plan: what a batch would do, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from airflow_provider_paxos.api.amounts import exact_sum, plain
from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.planning.digest import code_of, digest_of_names


class LookUp(StrEnum):
    """The results of the look-up of a ref_id."""

    NEW = "new"
    EXISTS = "exists"
    """It is adopted."""
    UNSUCCESSFUL = "FAILED or REJECTED"
    """It is adopted as such, and not paid again."""
    CONFLICT = "conflict"
    """The ref_id belongs to another payment."""
    CREATED_BY_ANOTHER = "created by another"
    UNKNOWN = "unknown"
    """Paxos shows too little to decide; the submit reads it again."""


class Readiness(StrEnum):
    """The readiness of a destination to receive a payment."""

    READY = "ready"
    NOT_READY = "not ready"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """The result of a check, and its reason; ``ready`` has one only where Paxos is known to refuse it soon."""

    readiness: Readiness
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A payment whose content equals that of a planned one.

    :param key: if it is a payment of the same batch.
    :param id: if it is an orchestration.
    """

    ref_id: str
    key: str | None = None
    id: str | None = None
    status: str | None = None
    created_at: datetime | None = None

    def __str__(self) -> str:
        name = f"orchestration {quoted(self.id)}" if self.id else f"payment {quoted(self.key)} of this batch"
        facts = [f"ref_id {quoted(self.ref_id)}", self.status or ""]
        facts += [f"created {self.created_at.isoformat(timespec='seconds')}"] if self.created_at else []
        return f"{name} ({', '.join(filter(None, facts))})"

    @property
    def names(self) -> frozenset[str]:
        """The names by which an author may refer to it."""
        return frozenset(filter(None, (self.ref_id, self.key, self.id)))


@dataclass(frozen=True, slots=True)
class PlannedPayment:
    """A payment of the plan.

    :param look_up: what Paxos shows under its ref_id.
    :param existing: the id of what exists.
    :param reason: why it is a conflict, or another's.
    :param destination: whether the destination can receive it; only looked at for new payments.
    :param duplicates: payments of equal content that the author has not named in ``duplicate_of_ok``.
    """

    payment: Payment
    look_up: LookUp
    destination: Check
    existing: str | None = None
    reason: str | None = None
    duplicates: tuple[Duplicate, ...] = ()

    @property
    def is_new(self) -> bool:
        """True if it would move money."""
        return self.look_up is LookUp.NEW


@dataclass(frozen=True, slots=True)
class Funding:
    """Compare with the balance what the new payments need of an asset of a profile.

    :param available: None if it was not checked.
    """

    profile_id: str
    asset: str
    payments: int
    needed: Decimal
    available: Decimal | None

    @property
    def short_by(self) -> Decimal:
        """The amount that is missing; 0 if it is enough, or was not checked."""
        return Decimal() if self.available is None else max(Decimal(), self.needed - self.available)


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit, what is left of it, and what the new payments need.

    :param name: of the limit, with whose it is.
    :param unit: an asset, or ``payments``.
    :param keys: of the new payments that need it.
    """

    name: str
    unit: str
    left: Decimal
    needed: Decimal
    keys: tuple[str, ...] = ()
    of_connection: bool = True

    @property
    def is_exceeded(self) -> bool:
        """True if the new payments need more than is left."""
        return self.needed > self.left


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that stands against the plan.

    :param keys: of the payments that it is about.
    :param forbidden: whether a rule of the connection forbids it, rather than something that may change by itself.
    """

    what: str
    keys: tuple[str, ...]
    forbidden: bool = False


@dataclass(frozen=True)
class Plan:
    """A batch that was looked at. It moves nothing.

    :param environment: of the connection.
    :param digest: of exactly what would be sent; see ``digest``.
    :param not_checked: a sentence for each check that could not be made.
    :param warnings: what a person should see, and what does not stand against the plan.
    :param duplicates_forbidden: whether a duplicate stands against the plan.
    :param duplicates_to_approve: whether a person has to approve duplicates.
    """

    environment: str
    digest: str
    payments: Sequence[PlannedPayment]
    funding: Sequence[Funding] = ()
    limits: Sequence[LimitUse] = ()
    not_checked: Sequence[str] = ()
    warnings: Sequence[str] = ()
    duplicates_forbidden: bool = True
    duplicates_to_approve: bool = False

    @property
    def code(self) -> str:
        """The beginning of the digest, as a person compares it."""
        return code_of(self.digest)

    @property
    def code_of_duplicates(self) -> str:
        """The code of the orchestrations that a person has to approve as duplicates; empty without any."""
        ids = {one.id for each in self.payments for one in each.duplicates if one.id}
        return code_of(digest_of_names(ids)) if self.duplicates_to_approve and ids else ""

    @property
    def new(self) -> list[PlannedPayment]:
        """The payments that would move money."""
        return [each for each in self.payments if each.is_new]

    @property
    def with_duplicates(self) -> list[PlannedPayment]:
        """The new payments of which others of equal content exist."""
        return [each for each in self.new if each.duplicates]

    @cached_property
    def problems(self) -> list[Problem]:
        """All that stands against submitting the new payments."""
        return [*self._of_destinations(), *self._of_funding(), *self._of_limits(), *self._of_duplicates()]

    @property
    def is_clear(self) -> bool:
        """True if nothing that was checked stands against submitting."""
        return not self.problems

    @property
    def lacks_room(self) -> bool:
        """True if the funds, or Paxos' own limits, do not suffice for the new payments."""
        exceeded = any(each.is_exceeded and not each.of_connection for each in self.limits)
        return exceeded or any(each.short_by for each in self.funding)

    def totals(self) -> list[tuple[str, str, str, int, Decimal]]:
        """Return source asset, destination asset, what is found, number and exact amount, for each combination."""
        amounts: dict[tuple[str, str, str], list[Decimal]] = {}
        for each in self.payments:
            request = each.payment.request
            row = (request.source_asset, request.destination_asset, each.look_up.value)
            amounts.setdefault(row, []).append(request.source_amount)
        return [(*row, len(parts), exact_sum(parts)) for row, parts in sorted(amounts.items())]

    def to_dict(self) -> dict[str, Any]:
        """Return the plan without its payments, as JSON can hold it: amounts are strings."""
        return {
            "environment": self.environment,
            "digest": self.digest,
            "code": self.code,
            "clear": self.is_clear,
            "payments": len(self.payments),
            "new": len(self.new),
            "totals": [
                {
                    "source_asset": source,
                    "destination_asset": to,
                    "found": found,
                    "payments": count,
                    "amount": plain(sum_),
                }
                for source, to, found, count, sum_ in self.totals()
            ],
            "problems": [each.what for each in self.problems],
            "warnings": list(self.warnings),
            "not_checked": list(self.not_checked),
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return a mapping for each payment, as JSON can hold it; what is not known is left out."""
        return [
            {name: value for name, value in row.items() if value}
            for row in (
                {
                    "key": each.payment.key,
                    "ref_id": each.payment.request.ref_id,
                    "found": each.look_up.value,
                    "id": each.existing,
                    "reason": each.reason,
                    "destination": each.destination.readiness.value if each.is_new else None,
                    "destination_reason": each.destination.reason,
                    "duplicates": [str(one) for one in each.duplicates],
                }
                for each in self.payments
            )
        ]

    def _of_destinations(self) -> Iterator[Problem]:
        for each in self.new:
            if each.destination.readiness is Readiness.NOT_READY:
                key = each.payment.key
                yield Problem(f"payment {quoted(key)}: {each.destination.reason}.", (key,))

    def _of_funding(self) -> Iterator[Problem]:
        for each in self.funding:
            if each.short_by:
                keys = tuple(
                    one.payment.key
                    for one in self.new
                    if (one.payment.request.source.profile.profile_id, one.payment.request.source_asset)
                    == (each.profile_id, each.asset)
                )
                available = plain(each.available or Decimal())
                yield Problem(
                    f"profile {quoted(each.profile_id)} has {available} {each.asset} available, and the "
                    f"{each.payments:,} new payments from it need {plain(each.needed)}: "
                    f"short by {plain(each.short_by)}.",
                    keys,
                )

    def _of_limits(self) -> Iterator[Problem]:
        for each in self.limits:
            if each.is_exceeded:
                what = f"{each.name}: {plain(each.left)} {each.unit} left, {plain(each.needed)} needed."
                yield Problem(what, each.keys, forbidden=each.of_connection)

    def _of_duplicates(self) -> Iterator[Problem]:
        if self.duplicates_forbidden:
            for each in self.with_duplicates:
                key = each.payment.key
                yield Problem(f"payment {quoted(key)}: {duplicates_in_words(each)}.", (key,), forbidden=True)


def duplicates_in_words(planned: PlannedPayment) -> str:
    """Return which payments have the content of a planned one, and what to do if that is meant."""
    first, more = planned.duplicates[0], len(planned.duplicates) - 1
    others = f" and {more:,} more" if more else ""
    return (
        f"source, destination, assets and amount are those of {first}{others}; if both are meant, name it in this "
        "payment's duplicate_of_ok"
    )
