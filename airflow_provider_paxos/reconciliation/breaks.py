"""The classes of reconciliation exceptions, and what to do for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from airflow_provider_paxos.api.amounts import plain
from airflow_provider_paxos.api.creators import creator_named_in
from airflow_provider_paxos.api.models import Orchestration


class Kind(StrEnum):
    """The classes of exceptions; ``RULE_MADE`` is a note, since a rule of Paxos does what it was made for."""

    MISSING = "missing"
    DIFFERS = "differs"
    NOT_SHOWN = "not_shown"
    UNKNOWN_TO_AIRFLOW = "unknown_to_airflow"
    NOT_MEANT = "not_meant"
    DUPLICATE = "duplicate"
    UNSUCCESSFUL = "unsuccessful"
    TRANSFER_FAILED = "transfer_failed"
    IN_PROGRESS_LONG = "in_progress_long"
    TOTALS = "totals"
    NOT_IN_DAILY_REPORT = "not_in_daily_report"
    RULE_MADE = "rule_made"

    @property
    def is_exception(self) -> bool:
        """Return whether a report with one is not clean."""
        return self is not Kind.RULE_MADE

    @property
    def what_to_do(self) -> str:
        """The next step of a person who reads it."""
        return _WHAT_TO_DO[self]


_WHAT_TO_DO: Mapping[Kind, str] = {
    Kind.MISSING: (
        "Find out why the payment was not accepted, then run the paying task again: the same ref_id pays once."
    ),
    Kind.DIFFERS: "Stop paying from the file until the cause is found: the money went as Paxos shows it.",
    Kind.NOT_SHOWN: "Look at the orchestration in the Paxos dashboard; reconcile again once Paxos shows the values.",
    Kind.UNKNOWN_TO_AIRFLOW: (
        "Find out who created it: a person in the dashboard, or another program with the client's credentials. If "
        "nobody did, revoke the credentials, and call Paxos."
    ),
    Kind.NOT_MEANT: "Find out which run created it, and from which file: it is in none that was given as expected.",
    Kind.DUPLICATE: (
        "Ask the payer whether both are meant. If so, name one in duplicate_of_ok of the other; if not, ask the "
        "receiver to return one."
    ),
    Kind.UNSUCCESSFUL: "Mend what fail_reason names, then repair the payment: it is never paid again by itself.",
    Kind.TRANSFER_FAILED: "Call Paxos: the orchestration says that the money has moved, a transfer of it says not.",
    Kind.IN_PROGRESS_LONG: (
        "Look for an approval or travel rule data that Paxos waits for; otherwise call Paxos. Never pay it again."
    ),
    Kind.TOTALS: "Find the exceptions of this profile and asset; if they do not explain the difference, call Paxos.",
    Kind.NOT_IN_DAILY_REPORT: "Fetch the day's report again; if the orchestration stays out of it, call Paxos.",
    Kind.RULE_MADE: "Nothing, if the orchestration rule is yours.",
}


@dataclass(frozen=True, slots=True)
class Break:
    """One exception.

    :param kind: its class.
    :param what: what was found, in a sentence.
    :param fields: per field that differs, what was expected and what Paxos shows.
    :param others: the ids of further orchestrations that it is about.
    """

    kind: Kind
    what: str
    ref_id: str | None = None
    id: str | None = None
    key: str | None = None
    profile_id: str | None = None
    asset: str | None = None
    amount: Decimal | None = None
    status: str | None = None
    creator: str | None = None
    created_at: str | None = None
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, the amount as a string; what is not known is left out."""
        row = {
            "kind": str(self.kind),
            "exception": self.kind.is_exception,
            "ref_id": self.ref_id,
            "id": self.id,
            "key": self.key,
            "profile_id": self.profile_id,
            "asset": self.asset,
            "amount": None if self.amount is None else plain(self.amount),
            "status": self.status,
            "creator": self.creator,
            "created_at": self.created_at,
            "what": self.what,
            "fields": {name: list(values) for name, values in self.fields.items()} or None,
            "others": list(self.others) or None,
            "what_to_do": self.kind.what_to_do,
        }
        return {name: value for name, value in row.items() if value is not None}


def break_of(kind: Kind, what: str, orchestration: Orchestration, **more: Any) -> Break:
    """Return an exception about an orchestration.

    :param more: further fields of the exception.
    """
    created = orchestration.created_at
    shown = {
        "ref_id": orchestration.ref_id,
        "id": orchestration.id,
        "profile_id": profile_of(orchestration),
        "asset": orchestration.source_asset,
        "amount": orchestration.source_amount,
        "status": orchestration.status,
        "creator": creator_named_in(orchestration.metadata),
        "created_at": created.isoformat() if created else None,
    }
    return Break(kind, what, **{**shown, **more})


def profile_of(orchestration: Orchestration) -> str | None:
    """Return the profile that an orchestration belongs to, which pays unless a deposit does."""
    source = orchestration.source and orchestration.source.profile
    return orchestration.profile_id or (source.profile_id if source else None)
